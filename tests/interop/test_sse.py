"""Event streams of FastAPI with sse-starlette: what is in an event, reconnection, bodies, errors, and streams without an end."""

import json
import signal

import harness
import streams


def setUpModule():
    streams.start()


def tearDownModule():
    streams.stop()


class Events(streams.Suite):
    kind = "sse"

    def test_each_event_is_a_value(self):
        self.assertEqual(self.stream("/events/count"), [{"n": 0}, {"n": 1}, {"n": 2}])

    def test_a_plain_call_gathers_them(self):
        self.assertEqual(self.ask("/events/count"), [{"n": 0}, {"n": 1}, {"n": 2}])
        self.assertEqual(self.ask("/events/count?n=0"), [])
        self.assertEqual(self.ask("/events/count", {"n": 1}), [{"n": 0}], "one event is a list as well")

    def test_a_thousand_events(self):
        self.assertEqual(self.stream("/events/count", {"n": 1000}), [{"n": n} for n in range(1000)])

    def test_a_name_chooses_events(self):
        names = {"tick": ["a tick", "another tick"], "tock": ["a tock"], "message": ["no name", "called message"], "other": []}
        for name, values in names.items():
            with self.subTest(name):
                self.assertEqual(self.stream("/events/named", event_type=name), values)
        self.assertEqual(len(self.stream("/events/named")), 5)
        self.assertEqual(len(self.stream("/events/named", event_type=None)), 5)

    def test_lines_may_end_in_each_way(self):
        for end in ("%0D%0A", "%0A", "%0D"):
            with self.subTest(end):
                self.assertEqual(self.stream(f"/events/lines?sep={end}"),
                                 ["first\nsecond\n\n  fourth ", "ünïcödé 🙂 \u2028 日本", {"a": [1, 2]}, "", "data: inside"])

    def test_pings_are_no_events(self):
        self.assertEqual(self.stream("/events/pinged"), [1, 2])

    def test_name_id_and_status_are_there_for_those_who_ask(self):
        config = self.tool("/events/named")
        done = self.expect(harness.utcp("call", "t.it", "{}", "--stream", "--json", "-i", config=config))
        self.assertIn("status: 200", done.err)
        self.assertIn("text/event-stream", done.err)
        self.assertIn("event: tick", done.err)
        self.assertIn("id: 1", done.err)

    def test_values_are_shown_as_they_come(self):
        call = self.begin("/events/endless?gap=0.3")
        first = json.loads(call.lines(1)[0])
        self.assertEqual(first, {"n": 0})
        self.assertIsNone(call.child.poll())
        self.assertEqual(json.loads(call.lines(3)[2]), {"n": 2})

    def test_the_bytes_may_come_one_at_a_time(self):
        text = "\ufeff: hello\n\ndata: ä€🙂\n\nevent: x\ndata\n\nid: 7\ndata:no space\ndata:  two\nunknown: field\nretry: soon\n\ndata: never ended"
        self.assertEqual(self.stream("/events/raw", {"text": text}), ["ä€🙂", "", "no space\n two"])

    def test_an_event_beyond_the_limit_fails(self):
        values, done = self.stream("/events/raw", {"text": "data: 1\n\ndata: " + "x" * 3000}, code=1, options=("--max-bytes", "1000"))
        self.assertEqual(values[0], 1)
        self.assertEqual(values[-1]["error"]["code"], "too_large", done)


class Requests(streams.Suite):
    kind = "sse"

    def echo(self, arguments=None, **template):
        return self.stream("/events/echo", arguments, **template)[0]

    def test_it_asks_for_an_event_stream(self):
        headers = self.echo()["headers"]
        self.assertEqual(headers["accept"], "text/event-stream")
        self.assertNotIn("last-event-id", headers)
        self.assertNotIn("content-type", headers)

    def test_arguments_go_to_query_and_header_fields(self):
        seen = self.echo({"q": "a b", "X-Trace": "t-1"}, header_fields=["X-Trace"], headers={"X-Fixed": "yes"})
        self.assertEqual((seen["query"], seen["headers"]["x-trace"], seen["headers"]["x-fixed"]), ("q=a+b", "t-1", "yes"))

    def test_credentials_are_sent(self):
        auth = {"auth_type": "api_key", "api_key": "k-1", "var_name": "X-Api-Key"}
        self.assertEqual(self.echo(auth=auth)["headers"]["x-api-key"], "k-1")
        auth = {"auth_type": "basic", "username": "ada", "password": "pass"}
        self.assertEqual(self.echo(auth=auth)["headers"]["authorization"], "Basic YWRhOnBhc3M=")

    def test_a_body_is_posted_as_json(self):
        # python-utcp sends an object as a form unless a header says otherwise (reference, section 9 no. 34).
        values = self.stream("/events/ask", {"body": {"prompt": "to be or"}}, body_field="body")
        self.assertEqual(values, [{"token": "to"}, {"token": "be"}, {"token": "or"}, "[DONE]"])

    def test_the_body_has_its_content_type(self):
        config = self.tool("/events/ask", body_field="body")
        done = self.expect(harness.utcp("call", "t.it", json.dumps({"body": {"prompt": "x"}}), "--stream", "-i", config=config))
        self.assertIn("x-asked-as: application/json", done.err.lower())
        self.assertIn("x-accepts: text/event-stream", done.err.lower())

    def test_a_manual_is_fetched_by_sse_as_json(self):
        config = self.write("providers.json", [{"name": "w", "provider_type": "sse", "url": streams.base + "/utcp"}])
        self.assertEqual(self.tool_names(config), ["w.count", "w.rows"])
        self.assertEqual(self.call(config, "w.count", {"n": 2}), [{"n": 0}, {"n": 1}])

    def test_v1_has_the_same_tools(self):
        template = {"name": "w", "call_template_type": "sse", "url": streams.base + "/utcp", "allowed_communication_protocols": ["sse", "streamable_http"]}
        config = self.write("config.json", {"manual_call_templates": [template]})
        self.assertEqual(self.call(config, "w.count", {"n": 2}), [{"n": 0}, {"n": 1}])

    def test_a_dry_run_shows_the_request(self):
        done = self.expect(harness.utcp("call", "t.it", json.dumps({"q": 1}), "--dry-run", config=self.tool("/events/echo")))
        self.assertIn("/events/echo?q=1", done.out)
        self.assertIn("text/event-stream", done.out)


class Reconnection(streams.Suite):
    kind = "sse"

    def test_a_lost_connection_goes_on_after_the_last_event(self):
        self.assertEqual(self.stream("/events/resumed"), [0, 1, 2, 3, 4])
        self.assertEqual(streams.state()["connections"], [None, "1", "3"])

    def test_a_plain_call_gathers_over_all_connections(self):
        self.assertEqual(self.ask("/events/resumed"), [0, 1, 2, 3, 4])

    def test_a_service_that_is_not_back_yet_is_tried_again(self):
        self.assertEqual(self.stream("/events/resumed?failures=2"), [0, 1, 2, 3, 4])
        self.assertEqual(streams.state()["connections"], [None, "1", "1", "1", "3"])

    def test_the_server_says_how_long_to_wait(self):
        done = self.expect(harness.utcp("call", "t.it", '{"retry": 700}', "--stream", config=self.tool("/events/resumed", retry_timeout=1)))
        self.assertGreater(done.seconds, 1.4, "two reconnections of 0.7 s")

    def test_without_a_word_of_the_server_the_template_says_it(self):
        slow = self.expect(harness.utcp("call", "t.it", '{"retry": -1}', "--stream", config=self.tool("/events/resumed", retry_timeout=700)))
        self.assertGreater(slow.seconds, 1.4, "two reconnections of 0.7 s")
        quick = self.expect(harness.utcp("call", "t.it", '{"retry": -1}', "--stream", config=self.tool("/events/resumed", retry_timeout=1)))
        self.assertEqual(quick.out, slow.out)

    def test_no_reconnection_when_it_is_switched_off(self):
        values, done = self.stream("/events/resumed", code=5, reconnect=False)
        self.assertEqual(values[:2], [0, 1])
        self.assertEqual(values[2]["error"]["code"], "connection_failed", done)
        self.assertEqual(len(streams.state()["connections"]), 1)

    def test_no_reconnection_after_a_body_was_sent(self):
        values, done = self.stream("/events/ask_broken", {"body": {}}, code=5, body_field="body")
        self.assertEqual((values[0], values[1]["error"]["code"]), (1, "connection_failed"), done)
        self.assertEqual(len(streams.state()["connections"]), 1)

    def test_no_reconnection_after_the_server_has_ended_the_stream(self):
        self.assertEqual(self.stream("/events/resumed?each_time=9"), [0, 1, 2, 3, 4])
        self.assertEqual(len(streams.state()["connections"]), 1)

    def test_204_ends_it(self):
        self.assertEqual(self.stream("/events/gone"), [1])
        self.assertEqual(streams.state()["connections"], [None, "1"])

    def test_a_stream_that_fails_for_good_gives_up(self):
        values, done = self.stream("/events/resumed?failures=9", code=5, max_reconnects=2)
        self.assertEqual(values[:2], [0, 1])
        self.assertEqual(len(streams.state()["connections"]), 3, done)


class Errors(streams.Suite):
    kind = "sse"

    def test_a_status_is_told_with_what_the_server_said(self):
        for status, errc in ((400, "remote_failed"), (401, "unauthorized"), (404, "remote_failed"), (429, "rate_limited"), (500, "remote_failed"), (503, "unavailable")):
            for options in ((), ("--stream",)):
                with self.subTest(f"{status} {options}"):
                    error = self.fails(self.tool(f"/error/{status}"), "t.it", {}, errc, str(status), options=options)
                    self.assertEqual(error["remote"]["status"], status)
                    self.assertIn(f"this is {status}", json.dumps(error["remote"]))

    def test_what_is_no_event_stream_is_refused(self):
        for path, kind in (("/page", "text/html"), ("/whole", "application/json")):
            with self.subTest(path):
                self.fails(self.tool(path), "t.it", {}, "protocol_error", kind, "text/event-stream")

    def test_no_content_is_no_event(self):
        self.assertEqual(self.stream("/nothing"), [])
        self.assertEqual(self.ask("/nothing"), [])

    def test_nobody_listens(self):
        config = self.tools(it={"provider_type": "sse", "url": f"http://127.0.0.1:{harness.free_port()}/"})
        self.fails(config, "t.it", {}, "connection_failed")


class Leaving(streams.Suite):
    kind = "sse"

    def test_ctrl_c_closes_the_connection(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            for path in ("/events/endless", "/events/silent"):
                with self.subTest(f"{path} {number}"):
                    super().setUp()
                    call = self.begin(path)
                    call.lines(1)
                    self.assertEqual(call.interrupt(number), code)
                    self.wait_until_left()

    def test_ctrl_c_while_it_waits_to_reconnect(self):
        call = self.begin("/events/resumed?retry=60000")
        call.lines(2)
        self.assertEqual(call.interrupt(), 130)

    def test_a_reader_that_goes_away_closes_the_connection(self):
        call = self.begin("/events/endless")
        call.lines(1)
        call.child.stdout.close()
        call.child.wait(10)
        self.wait_until_left()

    def test_the_time_of_the_call(self):
        config = self.tool("/events/silent")
        done = harness.utcp("call", "t.it", "{}", "--json", "--timeout", "700ms", config=config)
        self.assertEqual(done.json()["error"]["code"], "timed_out", done)
        self.wait_until_left()


if __name__ == "__main__":
    harness.main(needs=["sse"])
