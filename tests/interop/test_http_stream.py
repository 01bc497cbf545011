"""Streams of FastAPI that are no event streams: JSON Lines, JSON, bytes; slow, broken and without an end."""

import base64
import json
import signal

import harness
import streams

TEXT = "ä\u2028"


def setUpModule():
    streams.start()


def tearDownModule():
    streams.stop()


class Lines(streams.Suite):
    kind = "http_stream"

    def rows(self, count, **more):
        return [{"row": row, "text": TEXT, **more} for row in range(count)]

    def test_each_line_is_a_value(self):
        self.assertEqual(self.stream("/rows"), self.rows(3))
        self.assertEqual(self.stream("/rows", {"n": 2000}), self.rows(2000))

    def test_a_plain_call_gathers_them(self):
        self.assertEqual(self.ask("/rows"), self.rows(3))
        self.assertEqual(self.ask("/rows", {"n": 1}), self.rows(1))
        self.assertEqual(self.ask("/rows", {"n": 0}), [])

    def test_each_type_of_lines(self):
        for kind in ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-ndjson; charset=utf-8"):
            with self.subTest(kind):
                self.assertEqual(self.stream("/rows", {"kind": kind}), self.rows(3))

    def test_odd_lines(self):
        values = self.stream("/rows/odd")
        self.assertEqual(values[:2], [{"a": 1}, {"b": "ä"}])
        self.assertEqual(values[3:], [[1, 2], None, "last"])
        # A line that is no JSON is bytes in python-utcp: here it may be text or bytes, but is neither lost nor the end.
        self.assertIn(values[2], ("not json", base64.b64encode(b"not json").decode()))

    def test_values_are_shown_as_they_come(self):
        call = self.begin("/rows/endless?gap=0.3")
        self.assertEqual(json.loads(call.lines(1)[0]), {"n": 0})
        self.assertIsNone(call.child.poll())
        self.assertEqual(json.loads(call.lines(3)[2]), {"n": 2})

    def test_a_stream_that_breaks_fails_after_what_came(self):
        values, done = self.stream("/rows/broken", code=5)
        self.assertEqual((values[0], values[1]["error"]["code"]), ({"row": 0}, "connection_failed"), done)
        self.fails(self.tool("/rows/broken"), "t.it", {}, "connection_failed")

    def test_a_line_beyond_the_limit_fails(self):
        values, done = self.stream("/rows", {"n": 2}, code=1, options=("--max-bytes", "10"))
        self.assertEqual(values[-1]["error"]["code"], "too_large", done)


class Others(streams.Suite):
    kind = "http_stream"

    def into_file(self, path, *options, **template):
        self.expect(harness.utcp("call", "t.it", "-o", "out.bin", *options, config=self.tool(path, **template), cwd=self.folder))
        return (self.folder / "out.bin").read_bytes()

    def test_json_is_one_value(self):
        self.assertEqual(self.stream("/whole"), [{"a": [1, 2, 3]}])
        self.assertEqual(self.ask("/whole"), {"a": [1, 2, 3]})

    def test_json_that_is_cut_off(self):
        text = '{"a": [1, 2, '
        done = harness.utcp("call", "t.it", '{"bad": true}', "--json", config=self.tool("/whole"))
        # python-utcp gives the bytes; an error that says so is as good.
        if done.code == 0:
            self.assertIn(done.json(), (text, base64.b64encode(text.encode()).decode()))
        else:
            self.assertEqual(done.json()["error"]["code"], "protocol_error", done)

    def test_bytes_come_in_pieces_of_the_size_that_is_asked_for(self):
        expected = bytes(i * 7 % 256 for i in range(10_000))
        for size, most in ((1, 1), (4096, 4096), (0, 8192), (100_000, 100_000)):
            with self.subTest(size):
                values = [base64.b64decode(value) for value in self.stream("/octets", chunk_size=size)]
                self.assertEqual(b"".join(values), expected)
                self.assertLessEqual(max(map(len, values)), most)

    def test_a_plain_call_joins_them(self):
        self.assertEqual(base64.b64decode(self.ask("/octets")), bytes(i * 7 % 256 for i in range(10_000)))

    def test_bytes_go_into_a_file_as_they_are(self):
        expected = bytes(i * 7 % 256 for i in range(10_000))
        self.assertEqual(self.into_file("/octets"), expected)
        self.assertEqual(self.into_file("/octets", "--stream"), expected)

    def test_an_unknown_type_is_bytes(self):
        values = self.stream("/octets?kind=application/x-odd")
        self.assertEqual(base64.b64decode("".join(values)) if len(values) == 1 else b"".join(map(base64.b64decode, values)), bytes(i * 7 % 256 for i in range(10_000)))

    def test_much_goes_through_little_memory(self):
        done = self.expect(harness.utcp("call", "t.it", "--stream", "-o", "out.bin", config=self.tool("/octets/many?megabytes=200"), cwd=self.folder))
        self.assertEqual((self.folder / "out.bin").stat().st_size, 200 << 20)
        self.assertLess(done.rss_mb, 64, "without the answer's own size")

    def test_a_body_is_posted(self):
        body = {"q": ["ä", 1]}
        values = self.stream("/rows", {"body": body, "n": 1}, http_method="POST", body_field="body", content_type="application/json")
        self.assertEqual(json.loads(values[0]["sent"]), body)
        # python-utcp sends an object as a form under application/octet-stream (reference, section 9 no. 34).
        values = self.stream("/rows", {"body": body, "n": 1}, http_method="POST", body_field="body")
        self.assertEqual(json.loads(values[0]["sent"]), body)

    def test_a_manual_is_fetched_by_http_stream_as_json(self):
        config = self.write("providers.json", [{"name": "w", "provider_type": "http_stream", "url": streams.base + "/utcp"}])
        self.assertEqual([row["row"] for row in self.call(config, "w.rows", {"n": 2})], [0, 1])

    def test_v1_calls_it_streamable_http(self):
        template = {"name": "w", "call_template_type": "streamable_http", "url": streams.base + "/utcp"}
        config = self.write("config.json", {"manual_call_templates": [template]})
        self.assertEqual([row["row"] for row in self.call(config, "w.rows", {"n": 2})], [0, 1])

    def test_a_status_is_told_with_what_the_server_said(self):
        for status, errc in ((404, "remote_failed"), (429, "rate_limited"), (500, "remote_failed"), (503, "unavailable")):
            for options in ((), ("--stream",)):
                with self.subTest(f"{status} {options}"):
                    error = self.fails(self.tool(f"/error/{status}"), "t.it", {}, errc, str(status), options=options)
                    self.assertEqual(error["remote"]["status"], status)
                    self.assertIn(f"this is {status}", json.dumps(error["remote"]))


class Leaving(streams.Suite):
    kind = "http_stream"

    def test_ctrl_c_closes_the_connection(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            with self.subTest(number):
                super().setUp()
                call = self.begin("/rows/endless")
                call.lines(1)
                self.assertEqual(call.interrupt(number), code)
                self.wait_until_left()

    def test_ctrl_c_leaves_no_file(self):
        call = self.begin("/rows/endless?gap=0.05", options=("-o", str(self.folder / "out.bin")))
        while streams.state()["open"] == 0:
            self.assertIsNone(call.child.poll())
        self.assertEqual(call.interrupt(), 130)
        self.assertFalse((self.folder / "out.bin").exists())
        self.wait_until_left()

    def test_the_time_of_the_template_bounds_the_whole_stream(self):
        values, done = self.stream("/rows/endless", code=5, timeout=700)
        self.assertEqual(values[0], {"n": 0})
        self.assertEqual(values[-1]["error"]["code"], "timed_out", done)
        self.wait_until_left()

    def test_a_slow_stream_may_take_longer_than_a_call(self):
        config = self.tools(defaults={"call_timeout_ms": 500}, it={"provider_type": "http_stream", "url": streams.base + "/rows?n=6&gap=0.2"})
        done = self.expect(harness.utcp("call", "t.it", "{}", "--stream", config=config))
        self.assertEqual(done.out.count("\n"), 6)
        self.assertGreater(done.seconds, 1.0)

    def test_a_reader_that_goes_away_closes_the_connection(self):
        call = self.begin("/rows/endless")
        call.lines(1)
        call.child.stdout.close()
        call.child.wait(10)
        self.wait_until_left()


if __name__ == "__main__":
    harness.main(needs=["sse"])
