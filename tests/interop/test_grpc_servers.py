#!/usr/bin/env python3
"""The server of grpc_service.py, found and called in every way: descriptors, the four kinds of call, leaving, deadlines, metadata, failures,
limits, and servers that go away. TLS and credentials are in test_grpc_security.py."""

import contextlib
import json
import pathlib
import select
import signal
import socket
import subprocess
import threading
import time

import grpc_peers
import harness
import streams

HIGHEST = 64 << 20  # of one message, unless told otherwise
PROTOS = grpc_peers.HERE / "protos"


def setUpModule():
    global server
    server = grpc_peers.Server()


def tearDownModule():
    server.__exit__()


class Suite(grpc_peers.Suite):
    def setUp(self):
        super().setUp()
        self.port = server.port

    def another(self, *words, port=0):
        """A server of the test's own."""
        started = grpc_peers.Server(*words, port=port)
        self.enter(started)
        return started

    def begin(self, method, arguments=None, options=(), **provider):
        running = streams.Streamed(self.provider(**provider), f"g.{method}", arguments or {}, options)
        self.addCleanup(running.close)
        return running


class Discovery(Suite):
    def setUp(self):
        super().setUp()
        self.all = self.tool_names(self.provider())

    def described(self, name, **provider):
        done = harness.utcp("describe", f"g.{name}", "--json", config=self.provider(**provider), cwd=self.folder)
        return self.expect(done).json()

    def test_every_method_is_a_tool(self):
        self.assertEqual(len(self.all), 20 + 17)
        self.assertIn("g.test.Echo.Scalars", self.all)
        self.assertFalse([name for name in self.all if not name.startswith("g.test.")])
        self.assertEqual(self.expect(harness.utcp("validate", "--json", config=self.provider(), cwd=self.folder)).json()[0]["notices"], [])

    def test_each_version_of_reflection(self):
        for versions, asked in (("v1", ["v1"]), ("v1alpha", ["v1", "v1alpha"]), ("v1,v1alpha", ["v1"])):
            with self.subTest(versions):
                other = self.another("--reflection", versions)
                self.assertEqual(self.tool_names(self.provider(port=other.port)), self.all)
                paths = [f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo" for version in asked]
                # The peers' own service may be asked for first.
                self.assertEqual([path for path in dict.fromkeys(other.state()["paths"]) if "reflection" in path], paths)

    def test_without_reflection_it_says_what_to_do(self):
        other = self.another("--reflection", "none")
        done = harness.utcp("validate", "--json", config=self.provider(port=other.port), cwd=self.folder)
        report = self.expect(done, 3).json()[0]
        self.assertIn(report["error"]["code"], ("unsupported", "invalid_config"), done)
        for word in ("reflection", "proto_files", "descriptor_set"):
            self.assertIn(word, report["error"]["message"])

    def test_files_take_the_place_of_reflection(self):
        other = self.another("--reflection", "none")
        (self.folder / "service.protoset").write_bytes((pathlib.Path(other.files) / "service.protoset").read_bytes())
        for files in ({"descriptor_set": "service.protoset"}, {"descriptor_set": ["service.protoset"]}, {"proto_files": ["shapes/service.proto"], "import_paths": [str(PROTOS)]},
                      {"proto_files": "shapes/service.proto", "import_paths": str(PROTOS)}, {"proto_files": [str(PROTOS / "shapes/service.proto")], "import_paths": [str(PROTOS)]}):
            with self.subTest(files):
                here = {"port": other.port, **files}
                self.assertEqual(self.tool_names(self.provider(**here)), self.all)
                self.assertEqual(self.ask("test.Echo.Legacy", {"name": "x", "pair": {"left": "l"}}, **here), {"name": "x", "pair": {"left": "l"}})
        self.assertFalse([path for path in other.state()["paths"] if "reflection" in path])

    def test_comments_of_files_are_descriptions(self):
        files = {"proto_files": ["shapes/service.proto"], "import_paths": [str(PROTOS)]}
        self.assertIn("Everything at once, one to one.", json.dumps(self.described("test.Echo.Everything", **files)))
        self.assertIn("A 64-bit floating-point number.", json.dumps(self.described("test.Echo.Scalars", **files)))

    def test_files_that_are_wrong(self):
        self.write("bad.protoset", b"\xff\xff\xff")
        self.write("bad.proto", 'syntax = "proto3"; message A { nothing b = 1; }')
        self.write("lonely.proto", 'syntax = "proto3"; import "not/here.proto"; service S { rpc M(A) returns (A); } message A {}')
        self.write("ring.proto", 'syntax = "proto3"; import "gnir.proto"; message A {}')
        self.write("gnir.proto", 'syntax = "proto3"; import "ring.proto"; message B {}')
        here = {"import_paths": ["."]}
        for files, said in (({"descriptor_set": "bad.protoset"}, "bad.protoset"), ({"descriptor_set": "no.protoset"}, "no.protoset"), ({"proto_files": ["bad.proto"], **here}, "bad.proto"),
                            ({"proto_files": ["no.proto"], **here}, "no.proto"), ({"proto_files": ["lonely.proto"], **here}, "not/here.proto"), ({"proto_files": ["ring.proto"], **here}, "ring.proto")):
            with self.subTest(files):
                self.refused_discovery("invalid_config", said, **files)

    def test_one_service_or_method_may_be_chosen(self):
        of_echo = [name for name in self.all if ".Echo." in name]
        for chosen, expected in (({"service_name": "test.Echo"}, of_echo), ({"services": ["test.Echo"]}, of_echo), ({"services": ["test.Echo", "test.Calls"]}, self.all),
                                 ({"service_name": "test.Echo", "method_name": "Tree"}, ["g.test.Echo.Tree"])):
            with self.subTest(chosen):
                self.assertEqual(self.tool_names(self.provider(**chosen)), expected)
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "a"}, service_name="test.Echo", method_name="Tree"), {"name": "a"})

    def test_a_service_or_method_that_is_not_there(self):
        for chosen, said in (({"service_name": "test.Nothing"}, "test.Nothing"), ({"service_name": "test.Echo", "method_name": "Nothing"}, "Nothing"), ({"services": ["test.Echo", "no.Such"]}, "no.Such")):
            with self.subTest(chosen):
                done = harness.utcp("validate", "--json", config=self.provider(**chosen), cwd=self.folder)
                self.assertIn(said, done.out, done)
                if "services" not in chosen:
                    self.assertEqual(self.expect(done, 3).json()[0]["error"]["code"], "invalid_config", done)

    def test_v1_configurations(self):
        template = {"name": "g", "call_template_type": "grpc", "host": "127.0.0.1", "port": self.port}
        config = self.write("config.json", {"manual_call_templates": [template]})
        self.assertEqual(self.tool_names(config), self.all)
        self.assertEqual(self.call(config, "g.test.Echo.Tree", {"name": "v1"}), {"name": "v1"})

    def test_a_tool_of_a_manual(self):
        template = {"provider_type": "grpc", "port": self.port, "service_name": "test.Echo", "method_name": "Tree"}
        self.assertEqual(self.call(self.tools(tree=template), "t.tree", {"name": "manual"}), {"name": "manual"})

    def test_the_tags_name_package_and_service(self):
        listed = self.expect(harness.utcp("tools", "--json", config=self.provider(), cwd=self.folder)).json()
        tags = {tag for each in listed if each["name"] == "g.test.Echo.Tree" for tag in each["tags"]}
        self.assertTrue({"test", "Echo"} <= tags or "test.Echo" in tags, tags)

    def test_nobody_listens(self):
        self.refused_discovery("connection_failed", port=harness.free_port())


class Calls(Suite):
    def test_one_to_one(self):
        self.assertEqual(self.ask("test.Echo.Scalars", {"aDouble": 1.5, "anInt64": "-9223372036854775808"}), {"aDouble": 1.5, "anInt64": "-9223372036854775808"})

    def test_names_as_in_the_source_are_read(self):
        self.assertEqual(self.ask("test.Echo.Scalars", {"an_int32": 5}), {"anInt32": 5})

    def test_a_stream_of_answers(self):
        item = {"tree": {"name": "t"}}
        self.assertEqual(self.ask("test.Echo.Repeat", {"item": item, "count": 3}), [item] * 3)
        self.assertEqual(self.stream("test.Echo.Repeat", {"item": item, "count": 3}), [item] * 3)
        self.assertEqual(self.ask("test.Echo.Repeat", {}), [])
        self.assertEqual(len(self.stream("test.Echo.Repeat", {"item": item, "count": 20000})), 20000)

    def test_a_stream_of_requests(self):
        items = [{"tree": {"name": "a"}}, {}, {"names": {"class": "c"}}]
        self.assertEqual(self.ask("test.Echo.Collect", {"messages": items}), {"items": items, "count": 3})
        self.assertEqual(self.ask("test.Echo.Collect", {"messages": []}), {})

    def test_streams_both_ways(self):
        items = [{"tree": {"name": str(n)}} for n in range(1000)]
        self.assertEqual(self.ask("test.Echo.Chat", {"messages": items}), items)
        self.assertEqual(self.stream("test.Echo.Chat", {"messages": items[:5]}), items[:5])

    def test_requests_from_a_file(self):
        items = [{"tree": {"name": str(n)}} for n in range(3)]
        file = self.write("requests.json", "\n".join(json.dumps(item, indent=1) for item in items))
        for method, expected in (("Collect", {"items": items, "count": 3}), ("Chat", items)):
            done = harness.utcp("call", f"g.test.Echo.{method}", "--upload", file, "--json", config=self.provider(), cwd=self.folder)
            self.assertEqual(self.expect(done).json(), expected)

    def test_answers_are_shown_as_they_come(self):
        call = self.begin("test.Echo.Repeat", {"item": {"tree": {"name": "t"}}, "count": 100, "pauseMs": 300})
        self.assertEqual(json.loads(call.lines(2)[1]), {"tree": {"name": "t"}})
        self.assertIsNone(call.child.poll())

    def test_more_than_one_request_where_one_is_due(self):
        file = self.write("requests.json", '{"name": "a"} {"name": "b"}')
        done = harness.utcp("call", "g.test.Echo.Tree", "--upload", file, "--json", config=self.provider(), cwd=self.folder)
        self.assertNotEqual(done.code, 0, done)

    def test_a_unix_socket(self):
        path = self.folder / "s"
        other = self.another("--unix", path)
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "u"}, unix_socket=str(path)), {"name": "u"})
        self.assertIn("/test.Echo/Tree", other.state()["paths"])

    def test_answers_that_are_compressed(self):
        for encoding in ("gzip", "deflate", ""):
            with self.subTest(encoding):
                answer = self.ask("test.Calls.Compressed", {"size": "300000", "encoding": encoding})
                self.assertEqual(len(answer["data"]), 400000)

    def test_requests_that_are_compressed(self):
        text = "compress me " * 9000
        for compression, most in (("gzip", 20_000), ("deflate", 20_000), (None, None)):
            with self.subTest(compression), counting(self.port) as through:
                more = {"compression": compression} if compression else {}
                self.assertEqual(self.ask("test.Calls.Measure", {"text": text}, port=through.port, service_name="test.Calls", **more), {"number": str(len(text))})
                if most:
                    self.assertLess(through.sent, most)
                else:
                    self.assertGreater(through.sent, len(text))

    def test_providers_of_one_server_share_a_connection(self):
        with counting(self.port) as through:
            more = [{"name": name, "provider_type": "grpc", "port": through.port, "service_name": "test.Echo", "metadata": {"x-of": name}} for name in ("second", "third")]
            self.assertEqual(len(self.tool_names(self.provider(more, port=through.port))), 37 + 2 * 20)
            self.assertEqual(through.connections, 1)

    def test_a_large_request(self):
        text = json.dumps({"text": "x" * (10 << 20)}).encode()
        done = harness.utcp("call", "g.test.Calls.Measure", "-", "--json", config=self.provider(), cwd=self.folder, stdin=text)
        self.assertEqual(self.expect(done).json(), {"number": str(10 << 20)})

    def test_compression_that_is_none(self):
        self.refused_discovery("invalid_config", "compression", compression="zip")

    def test_dry_run_sends_nothing(self):
        before = server.state()["paths"].count("/test.Calls/Fail")
        done = self.expect(harness.utcp("call", "g.test.Calls.Fail", '{"code": 5}', "--dry-run", config=self.provider(), cwd=self.folder))
        self.assertIn("test.Calls", done.out)
        self.assertEqual(server.state()["paths"].count("/test.Calls/Fail"), before)


@contextlib.contextmanager
def counting(port):
    """A way to a port that counts the bytes that are sent there."""
    listener = socket.create_server(("127.0.0.1", 0))
    told = type("Counted", (), {"port": listener.getsockname()[1], "sent": 0, "connections": 0})()

    def carry(client):
        with client, socket.create_connection(("127.0.0.1", port)) as onward, contextlib.suppress(OSError):
            while True:
                for end in select.select([client, onward], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    if end is client:
                        told.sent += len(data)
                    (onward if end is client else client).sendall(data)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                client = listener.accept()[0]
                told.connections += 1
                threading.Thread(target=carry, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield told
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


class Leaving(Suite):
    """What the server sees of a caller that goes away."""

    def test_ctrl_c_reaches_the_server(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                before = server.state()
                call = self.begin("test.Calls.Endless", {"pauseMs": 20})
                call.lines(2)
                self.assertEqual(server.state()["open"], 1)
                self.assertEqual(call.interrupt(number), code)
                server.wait_until_left(before)

    def test_ctrl_c_while_nothing_comes(self):
        for method, arguments in (("test.Calls.Sleep", {"milliseconds": 60000}), ("test.Calls.Listen", {"messages": [{}]}), ("test.Calls.Endless", {"pauseMs": 60000})):
            with self.subTest(method):
                before = server.state()
                call = self.begin(method, arguments)
                server.wait_for("open", lambda now: now["open"] == 1)
                self.assertEqual(call.interrupt(), 130)
                server.wait_until_left(before)

    def test_the_time_of_the_call(self):
        for method, arguments in (("test.Calls.Sleep", {"milliseconds": 60000}), ("test.Calls.Endless", {"pauseMs": 20})):
            # That of a stream of answers is the time in which it has to be opened.
            for options in ((), ("--stream",)) if method == "test.Calls.Sleep" else ((),):
                with self.subTest(f"{method} {options}"):
                    before = server.state()
                    done = harness.utcp("call", f"g.{method}", json.dumps(arguments), "--json", "--timeout", "700ms", *options, config=self.provider(), cwd=self.folder)
                    self.assertEqual(self.expect(done, 5).out.count("timed_out"), 1, done)
                    self.assertLess(done.seconds, 5)
                    server.wait_until_left(before)

    def test_a_reader_that_goes_away(self):
        before = server.state()
        call = self.begin("test.Calls.Endless", {"pauseMs": 20})
        call.lines(1)
        call.child.stdout.close()
        call.child.wait(10)
        server.wait_until_left(before)

    def test_a_slow_reader_holds_the_server_back(self):
        before = server.state()
        call = self.begin("test.Calls.Endless", {"size": 100_000})
        call.lines(1)
        time.sleep(0.5)  # it reads nothing meanwhile
        memory = [line for line in (pathlib.Path("/proc") / str(call.child.pid) / "status").read_text().splitlines() if line.startswith("VmRSS")]
        self.assertLess(int(memory[0].split()[1]), 150_000, "kB, though a stream without an end is not read")
        call.child.kill()
        server.wait_until_left(before)

    def test_the_server_sees_the_deadline(self):
        done = self.expect(harness.utcp("call", "g.test.Calls.Deadline", "{}", "--json", "--timeout", "8", config=self.provider(), cwd=self.folder)).json()
        self.assertTrue(done["hasDeadline"])
        self.assertTrue(3000 < int(done["leftMs"]) < 8500, done)


class Metadata(Suite):
    def seen(self, arguments=None, **provider):
        entries = self.ask("test.Calls.Metadata", arguments, **provider)["seen"]
        return {entry["key"]: entry.get("text", entry.get("data", "")) for entry in entries}

    def test_of_the_template(self):
        seen = self.seen(metadata={"x-text": "a b", "X-Upper": "C", "x-data-bin": "AAH/"}, target="dev1")
        self.assertEqual((seen["x-text"], seen["x-upper"], seen["x-data-bin"], seen["target"]), ("a b", "C", "AAH/", "dev1"))
        self.assertIn("utcp", seen["user-agent"])

    def test_the_authority(self):
        self.assertEqual(self.seen()[":authority"], f"127.0.0.1:{self.port}")
        self.assertEqual(self.seen(authority="other.test")[":authority"], "other.test")

    def test_of_arguments(self):
        seen = self.seen({"x-tenant": "t1", "headers": []}, metadata_fields=["x-tenant"])
        self.assertEqual(seen["x-tenant"], "t1")

    def test_goes_with_discovery_too(self):
        other = self.another("--wanted", '{"x-key": "k"}')
        self.assertEqual(len(self.tool_names(self.provider(port=other.port, metadata={"x-key": "k"}))), 37)
        self.refused_discovery("unauthorized", port=other.port)

    def test_that_cannot_be_sent(self):
        for metadata in ({"x y": "a"}, {"x-a": "a\nb"}, {"x-a-bin": "***"}, {"grpc-timeout": "1S"}, {"": "a"}, {"x-ä": "a"}):
            with self.subTest(metadata):
                self.refused_discovery("invalid_config", metadata=metadata)
        self.refuse("test.Calls.Metadata", {"x-tenant": "a\nb"}, "invalid_argument", metadata_fields=["x-tenant"])

    def test_of_the_answer(self):
        arguments = {"headers": [{"key": "x-head", "text": "h1"}, {"key": "x-head-bin", "data": "AAH/"}], "trailers": [{"key": "x-trail", "text": "t1"}]}
        done = self.expect(harness.utcp("call", "g.test.Calls.Metadata", json.dumps(arguments), "--json", "-i", config=self.provider(), cwd=self.folder))
        for words in ("x-head: h1", "AAH/", '"x-trail":"t1"'):
            self.assertIn(words, done.err)


class Failures(Suite):
    STATUS = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION "
              "ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED").split()
    ERRC = {4: ("timed_out", 5), 7: ("unauthorized", 1), 8: ("rate_limited", 1), 14: ("unavailable", 5), 16: ("unauthorized", 1)}

    def test_each_status(self):
        for code in range(1, 17):
            for method in ("Fail", "FailLate"):
                with self.subTest(f"{method} {self.STATUS[code]}"):
                    done = harness.utcp("call", f"g.test.Calls.{method}", json.dumps({"code": code, "message": f"it is {code}"}), "--json", config=self.provider(), cwd=self.folder)
                    errc, exit_code = self.ERRC.get(code, ("remote_failed", 1))
                    error = self.expect(done, exit_code).json()["error"]
                    self.assertEqual(error["code"], errc)
                    self.assertEqual({key: error["remote"][key] for key in ("code", "status", "message")}, {"code": code, "status": self.STATUS[code], "message": f"it is {code}"})

    def test_details(self):
        error = self.refuse("test.Calls.FailInDetail", {"items": 1}, "remote_failed")
        kinds = {detail["@type"].rpartition("/")[2]: detail for detail in error["remote"]["details"]}
        self.assertEqual(kinds["google.rpc.BadRequest"]["fieldViolations"], [{"field": "a.b", "description": "is no colour"}])
        self.assertEqual(kinds["google.rpc.RetryInfo"]["retryDelay"], "1.500s")
        self.assertEqual(kinds["google.rpc.ErrorInfo"]["metadata"], {"colour": "none"})
        self.assertEqual({key: kinds["test.CustomDetail"][key] for key in ("reason", "numbers", "more")}, {"reason": "because", "numbers": ["1", "9007199254740993"], "more": {"k": True}})
        self.assertIn("test.Nobody", kinds)  # of a type that nobody knows: told all the same

    def test_details_without_descriptors_of_them(self):
        files = {"service_name": "test.Calls", "reflection": False, "proto_files": ["shapes/service.proto"], "import_paths": [str(PROTOS)]}
        error = self.refuse("test.Calls.FailInDetail", {}, "remote_failed", **files)
        self.assertEqual(len(error["remote"]["details"]), 4)

    def test_a_stream_that_fails_after_what_came(self):
        values, done = self.stream("test.Calls.FailLate", {"code": 9, "message": "late", "items": 2}, code=1)
        self.assertEqual(values[:2], [{}, {"number": "1"}])
        self.assertEqual((values[2]["error"]["code"], values[2]["error"]["remote"]["status"]), ("remote_failed", "FAILED_PRECONDITION"), done)

    def test_an_upload_that_is_refused_half_way(self):
        error = self.refuse("test.Calls.FailUpload", {"messages": [{}, {"code": 8, "message": "full"}, *[{}] * 1000]}, "rate_limited")
        self.assertEqual(error["remote"]["message"], "full")

    def test_an_upload_that_cannot_be_read(self):
        file = self.write("requests.json", '{} {"code": ')
        for method in ("FailUpload", "FailChat"):
            done = harness.utcp("call", f"g.test.Calls.{method}", "--upload", file, "--json", config=self.provider(), cwd=self.folder)
            self.assertEqual(done.json()["error"]["code"], "invalid_argument", done)

    def test_a_method_that_is_not_there(self):
        error = self.refuse("test.Calls.Missing", {}, "remote_failed")
        self.assertEqual(error["remote"]["status"], "UNIMPLEMENTED")

    def test_arguments_that_do_not_fit(self):
        for method, arguments, pointer in (
                ("Scalars", {"noSuchField": 1}, "/noSuchField"), ("Scalars", {"anInt32": 2147483648}, "/anInt32"), ("Scalars", {"anInt32": 1.5}, "/anInt32"), ("Scalars", {"aUint64": -1}, "/aUint64"),
                ("Scalars", {"aBytes": "***"}, "/aBytes"), ("Scalars", {"aColour": "BLUE"}, "/aColour"), ("Scalars", {"aString": 1}, "/aString"), ("Lists", {"int32s": [1, "x"]}, "/int32s/1"),
                ("Maps", {"byInt32": {"x": "a"}}, "/byInt32/x"), ("Nested", {"one": {"inner": {"nope": 1}}}, "/one/inner/nope"), ("WellKnown", {"timestamp": "yesterday"}, "/timestamp"),
                ("WellKnown", {"any": {"@type": "type.googleapis.com/no.Such"}}, "/any"), ("Choices", {"text": "a", "number": 1}, ""), ("Legacy", {"count": 1}, "name"),
                ("Collect", {"messages": [{}, {"nope": 1}]}, "/messages/1/nope"), ("Collect", {"messages": {}}, "/messages"), ("Collect", {"nope": []}, "nope"), ("Chat", {"messages": [{"tree": 1}]}, "/messages/0/tree")):
            with self.subTest(f"{method} {arguments}"):
                self.refuse(f"test.Echo.{method}", arguments, "invalid_argument", pointer)


class Limits(Suite):
    def test_of_a_message(self):
        files = {"service_name": "test.Calls", "reflection": False, "proto_files": ["shapes/service.proto"], "import_paths": [str(PROTOS)]}
        self.assertEqual(len(self.ask("test.Calls.Huge", {"size": "900"}, max_message_bytes=1000, **files)["data"]), 1200)
        for method, arguments in (("Huge", {"size": "1001"}), ("HugeItems", {"size": "1001", "count": 2})):
            self.refuse(f"test.Calls.{method}", arguments, "too_large", max_message_bytes=1000, **files)

    def test_of_a_message_by_default(self):
        # More than gRPC's own 4 MB.
        self.assertEqual(len(self.ask("test.Calls.Huge", {"size": str(6 << 20)})["data"]), 8 << 20)
        self.refuse("test.Calls.Huge", {"size": str(HIGHEST + 1)}, "too_large")

    def test_of_an_answer(self):
        self.refuse("test.Calls.Huge", {"size": "100000"}, "too_large", options=("--max-bytes", "50000"))
        self.refuse("test.Calls.HugeItems", {"size": "10000", "count": 100}, "too_large", options=("--max-bytes", "50000"))

    def test_a_stream_without_an_end_is_bounded_when_it_is_gathered(self):
        before = server.state()
        done = harness.utcp("call", "g.test.Calls.Endless", '{"size": 100000}', "--json", "--max-bytes", "5000000", config=self.provider(), cwd=self.folder)
        self.assertEqual(done.json()["error"]["code"], "too_large", done)
        self.assertLess(done.rss_mb, 200)
        server.wait_until_left(before)

    def test_many_items_go_through_little_memory(self):
        done = self.expect(harness.utcp("call", "g.test.Calls.HugeItems", '{"size": 100000, "count": 1000}', "--stream", "--json", "-o", "out", config=self.provider(), cwd=self.folder))
        self.assertLess(done.rss_mb, 100)
        with (self.folder / "out").open() as lines:
            self.assertEqual(sum(1 for _ in lines), 1000)


class GoingAway(Suite):
    """Servers that end in the middle of a call."""

    def test_one_that_is_killed(self):
        for method, values in (("Crash", 0), ("CrashLate", 1)):
            with self.subTest(method):
                other = self.another()
                here = {"port": other.port}
                if values:
                    came, done = self.stream(f"test.Calls.{method}", {}, code=5, **here)
                    self.assertEqual(came[0], {"number": "1"})
                    self.assertEqual(came[1]["error"]["code"], "connection_failed", done)
                else:
                    self.refuse(f"test.Calls.{method}", {}, "connection_failed", **here)
                other.child.wait(10)
                self.refused_discovery("connection_failed", **here)
                again = self.another(port=other.port)
                self.assertEqual(self.ask("test.Echo.Tree", {"name": "again"}, port=again.port), {"name": "again"})

    def test_one_that_comes_back_in_the_middle_of_a_talk(self):
        other = self.another()
        call = self.begin("test.Calls.Endless", {"pauseMs": 20}, port=other.port)
        call.lines(2)
        other.end(signal.SIGKILL)
        other.child.wait(10)
        self.another(port=other.port)
        self.assertEqual(call.child.wait(10), 5)
        rest = [json.loads(line) for line in call.child.stdout.read().decode().splitlines() if line.startswith("{")]
        self.assertEqual(rest[-1]["error"]["code"], "connection_failed")

    def test_one_that_ends_gracefully_lets_calls_finish(self):
        other = self.another("--grace", 20)
        item = {"tree": {"name": "t"}}
        call = self.begin("test.Echo.Repeat", {"item": item, "count": 20, "pauseMs": 50}, port=other.port)
        call.lines(2)
        other.end()
        self.assertEqual(len(call.lines(20)), 20)
        self.assertEqual(call.child.wait(10), 0)

    def test_one_that_ends_and_cuts_its_calls(self):
        other = self.another("--grace", 0.2)
        call = self.begin("test.Calls.Endless", {"pauseMs": 20}, port=other.port)
        call.lines(2)
        other.end()
        code = call.child.wait(10)
        last = json.loads(call.child.stdout.read().decode().splitlines()[-1])
        self.assertIn((code, last["error"]["code"]), ((5, "connection_failed"), (5, "unavailable"), (1, "remote_failed")), last)

    def test_a_connection_that_may_not_grow_old(self):
        other = self.another("--option", "grpc.max_connection_age_ms=300", "--option", "grpc.max_connection_age_grace_ms=60000")
        item = {"tree": {"name": "t"}}
        self.assertEqual(self.stream("test.Echo.Repeat", {"item": item, "count": 20, "pauseMs": 60}, port=other.port), [item] * 20)


class Peers(Suite):
    """The service of go-utcp and rs-utcp, with whatever names its server expects."""

    @classmethod
    def setUpClass(cls):
        cls.other = cls.enter_class(grpc_peers.Server("--services", "grpcpb.UTCPService,test.Echo", "--reflection", "none"))

    def setUp(self):
        super().setUp()
        self.port = self.other.port

    def test_its_manual(self):
        self.assertEqual(self.tool_names(self.provider()), ["g.echo", "g.fail", "g.odd"])

    def test_names_as_the_server_expects_them(self):
        for options, name in (({}, "g.echo"), ({"qualified_names": True}, "g.echo"), ({"qualified_names": False}, "echo")):
            with self.subTest(options):
                expected = {"tool": name, "args": {"a": [1, "ä"]}}
                self.assertEqual(self.ask("echo", {"a": [1, "ä"]}, **options), expected)
                self.assertEqual(self.stream("echo", {"a": [1, "ä"]}, **options), [expected] * 3)

    def test_failures(self):
        error = self.refuse("fail", {}, "remote_failed")
        self.assertEqual((error["remote"]["status"], error["remote"]["message"]), ("FAILED_PRECONDITION", "as asked"))

    def test_an_answer_that_is_no_json_is_text(self):
        self.assertEqual(self.ask("odd"), "no json")

    def test_a_service_of_files_beside_it(self):
        files = {"proto_files": ["shapes/service.proto"], "import_paths": [str(PROTOS)], "service_name": "test.Echo"}
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "a"}, **files), {"name": "a"})


if __name__ == "__main__":
    harness.main(needs=["grpc"])
