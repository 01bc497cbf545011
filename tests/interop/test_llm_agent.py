"""The agent example against a scripted stand-in of an OpenAI-compatible chat endpoint, and the example service."""

import contextlib
import http.server
import json
import threading

import harness


class ChatHandler(http.server.BaseHTTPRequestHandler):
    """Answers each request with the next step of the script: a message, or a function of the request that gives one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), request))
        step = self.server.script.pop(0) if self.server.script else {"content": "the script is over"}
        if callable(step):
            step = step(request)
        status, body = step if isinstance(step, tuple) else (200, {"choices": [{"message": {"role": "assistant", **step}}]})
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def chat_endpoint(*script):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ChatHandler)
    server.daemon_threads, server.block_on_close = True, False
    server.script, server.requests = list(script), []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wants(*calls):
    """A message that asks for tools: (name, arguments) each."""
    return {"content": None, "tool_calls": [
        {"id": f"call_{i}", "type": "function", "function": {"name": name, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}}
        for i, (name, arguments) in enumerate(calls)]}


class Agent(harness.Suite):
    def ask(self, endpoint, *words, stdin=b"", key=""):
        service = self.enter(harness.process([harness.options.build / "examples" / "weather_service"], "listening on "))
        command = [harness.options.build / "examples" / "llm_agent", "--config", harness.ROOT / "providers.json",
                   "--base-url", f"http://127.0.0.1:{endpoint.server_port}/v1", "--model", "stand-in", *words]
        return harness.run(command, env={"WEATHER_PORT": service.rsplit(":", 1)[1], "OPENAI_API_KEY": key}, cwd=harness.ROOT, stdin=stdin)

    def endpoint(self, *script):
        return self.enter(chat_endpoint(*script))

    def test_a_prompt_leads_over_a_tool_to_an_answer(self):
        endpoint = self.endpoint(wants(("weather_get_current", {"city": "Oslo"})), lambda request: {"content": "It is " + request["messages"][-1]["content"]})
        done = self.expect(self.ask(endpoint, "--once", "What is the weather in the city of Oslo?", key="k-123"))
        self.assertIn('"city":"Oslo"', done.out)
        path, headers, first = endpoint.requests[0]
        self.assertEqual(path, "/v1/chat/completions")
        self.assertEqual(headers["Authorization"], "Bearer k-123")
        self.assertEqual(first["model"], "stand-in")
        self.assertEqual([m["role"] for m in first["messages"]], ["system", "user"])
        offered = {t["function"]["name"]: t["function"] for t in first["tools"]}
        self.assertIn("weather_get_current", offered)
        self.assertEqual(offered["weather_get_current"]["parameters"]["type"], "object")
        self.assertIn("city", offered["weather_get_current"]["parameters"]["properties"])
        self.assertFalse([name for name in offered if name.startswith("chat_endpoint")])
        second = endpoint.requests[1][2]["messages"]
        self.assertEqual([m["role"] for m in second], ["system", "user", "assistant", "tool"])
        self.assertEqual(second[-1]["tool_call_id"], "call_0")
        self.assertIn("weather.get_current", done.err)
        self.assertNotIn("k-123", done.err)

    def test_several_calls_in_one_message_are_all_answered(self):
        endpoint = self.endpoint(wants(("weather_get_current", {"city": "Oslo"}), ("weather_get_current", '{"city":"Lima"}')), {"content": "done"})
        self.expect(self.ask(endpoint, "--once", "weather in two cities"))
        self.assertEqual([m.get("tool_call_id") for m in endpoint.requests[1][2]["messages"][-2:]], ["call_0", "call_1"])

    def test_what_goes_wrong_with_a_tool_is_told_to_the_model(self):
        endpoint = self.endpoint(wants(("weather_get_current", {"city": "Atlantis"}), ("made_up", {}), ("weather_get_current", "{no json"), ("weather_get_current", "[1]")), {"content": "sorry"})
        done = self.expect(self.ask(endpoint, "--once", "weather in the city of Atlantis"))
        self.assertEqual(done.out, "sorry\n")
        contents = [m["content"] for m in endpoint.requests[1][2]["messages"][-4:]]
        self.assertTrue(all(c.startswith("error: ") for c in contents), contents)
        self.assertIn("no such tool", contents[1])
        self.assertIn("no JSON", contents[2])

    def test_arguments_that_are_null_or_no_text_are_taken(self):
        message = wants(("weather_get_current", {}), ("weather_get_current", {}))
        message["tool_calls"][0]["function"]["arguments"] = {"city": "Oslo"}
        del message["tool_calls"][1]["function"]["arguments"]
        endpoint = self.endpoint(message, {"content": "done"})
        self.expect(self.ask(endpoint, "--once", "weather in the city of Oslo"))
        contents = [m["content"] for m in endpoint.requests[1][2]["messages"][-2:]]
        self.assertIn('"city":"Oslo"', contents[0])
        self.assertNotIn("no JSON", contents[1])

    def test_only_so_many_calls_of_one_message_are_made(self):
        endpoint = self.endpoint(wants(*[("weather_get_current", {"city": "Oslo"})] * 20), {"content": "done"})
        done = self.expect(self.ask(endpoint, "--once", "weather in the city of Oslo"))
        contents = [m["content"] for m in endpoint.requests[1][2]["messages"] if m["role"] == "tool"]
        self.assertEqual([c.startswith("error: too many") for c in contents], [False] * 16 + [True] * 4)
        self.assertEqual(done.err.count("weather.get_current"), 16)

    def test_only_what_endpoints_take_back_goes_back(self):
        first = {**wants(("weather_get_current", {"city": "Oslo"})), "reasoning_content": "hm", "annotations": [], "audio": None, "refusal": None}
        endpoint = self.endpoint(first, {"content": "done"})
        self.expect(self.ask(endpoint, "--once", "weather in the city of Oslo"))
        self.assertEqual(sorted(endpoint.requests[1][2]["messages"][2]), ["content", "role", "tool_calls"])

    def test_refusals_parts_and_cut_answers_are_shown(self):
        for message, words in (({"content": None, "refusal": "No."}, "No."), ({"content": [{"type": "text", "text": "Fine"}, {"type": "text", "text": "."}]}, "Fine.")):
            self.assertEqual(self.expect(self.ask(self.endpoint(message), "--once", "hello")).out, words + "\n")
        endpoint = self.endpoint((200, {"choices": [{"finish_reason": "length", "message": {"content": "It is"}}]}))
        done = self.expect(self.ask(endpoint, "--once", "hello"))
        self.assertEqual(done.out, "It is\n")
        self.assertIn("cut this answer", done.err)

    def test_turns_are_remembered(self):
        endpoint = self.endpoint(wants(("weather_get_current", {"city": "Oslo"})), {"content": "Cold."}, {"content": "You asked about Oslo."})
        done = self.expect(self.ask(endpoint, stdin=b"weather in the city of Oslo?\n\n   \nWhich city did I ask about?\n"))
        self.assertEqual(done.out, "Cold.\nYou asked about Oslo.\n")
        self.assertEqual([m["role"] for m in endpoint.requests[2][2]["messages"]], ["system", "user", "assistant", "tool", "assistant", "user"])

    def test_a_turn_that_fails_is_told_and_forgotten(self):
        endpoint = self.endpoint((500, {"error": {"message": "overloaded"}}), {"content": "fine"})
        done = self.expect(self.ask(endpoint, stdin=b"one\ntwo\n"))
        self.assertEqual(done.out, "fine\n")
        self.assertIn("llm_agent: ", done.err)
        self.assertEqual([m["content"] for m in endpoint.requests[1][2]["messages"][1:]], ["two"])

    def test_a_model_that_never_stops_asking_is_stopped(self):
        endpoint = self.endpoint(*[wants(("weather_get_current", {"city": "Oslo"}))] * 20)
        done = self.ask(endpoint, "--once", "weather in the city of Oslo?")
        self.assertEqual(done.code, 1)
        self.assertIn("kept asking", done.err)
        self.assertEqual(len(endpoint.requests), 9)
        self.assertNotIn("tools", endpoint.requests[-1][2])

    def test_an_answer_that_is_no_chat_completion_is_told(self):
        for body in ({}, [], {"choices": []}, {"choices": [{"message": 5}]}, "text"):
            done = self.ask(self.endpoint((200, body)), "--once", "hello")
            self.assertEqual(done.code, 1)
            self.assertIn("OpenAI-compatible", done.err)

    def test_without_a_key_none_is_sent_and_the_real_endpoint_is_not_asked(self):
        endpoint = self.endpoint({"content": "hi"})
        self.expect(self.ask(endpoint, "--once", "hello"))
        self.assertNotIn("Authorization", endpoint.requests[0][1])
        done = harness.run([harness.options.build / "examples" / "llm_agent", "--once", "hello"], env={"OPENAI_API_KEY": ""}, cwd=harness.ROOT)
        self.assertEqual(done.code, 2)
        self.assertIn("OPENAI_API_KEY", done.err)

    def test_wrong_words_show_how_it_is_used(self):
        for words in (["--what", "x"], ["--once"], ["--help"]):
            self.assertEqual(harness.run([harness.options.build / "examples" / "llm_agent", *words]).code, 2)


if __name__ == "__main__":
    harness.main()
