#!/usr/bin/env python3
"""Servers that are broken or mean: reflection that answers too much, nonsense or nothing, and answers that are no gRPC. Each is a named
failure within a bounded time and little memory."""

import gzip
import json
import struct
import time
import zlib

import grpc_peers
import harness
import http2

PROTOS = grpc_peers.HERE / "protos"
MOST_MB = 400


class Hostile(grpc_peers.Suite):
    def check(self, done, errcs, seconds):
        self.assertGreater(done.code, 0, done)  # no signal
        self.assertLess(done.seconds, seconds, done)
        self.assertLess(done.rss_mb, MOST_MB, done)
        found = json.loads(done.out.splitlines()[-1])
        error = (found[0] if isinstance(found, list) else found)["error"]
        self.assertIn(error["code"], errcs.split(), done)
        self.assertNotIn("\x1b", done.err)
        return error


class Reflection(Hostile):
    """Those of grpc_hostile_service.py by their names."""

    def read(self, name, *options, timeout="20s"):
        command = [harness.peer_python("grpc"), grpc_peers.HERE / "grpc_hostile_service.py", name]
        with harness.process(command, "port ", timeout=60) as port:
            return harness.utcp("validate", "--json", "--timeout", timeout, *options, config=self.provider(port=int(port)), cwd=self.folder, timeout=60)

    def refused(self, name, errcs, *said, seconds=15, timeout="20s"):
        error = self.check(self.read(name, timeout=timeout), errcs, seconds)
        for words in said:
            self.assertIn(words, error["message"])

    def taken(self, name, tools, seconds=15):
        done = self.expect(self.read(name))
        self.assertEqual(done.json()[0]["tools"], tools, done)
        self.assertLess(done.seconds, seconds)
        self.assertLess(done.rss_mb, MOST_MB)

    def test_an_answer_of_50_mb(self):
        self.refused("Huge", "too_large")

    def test_an_answer_of_50_mb_of_messages(self):
        self.refused("HugeTypes", "too_large")

    def test_imports_in_a_ring(self):
        for name in ("Ring", "Self"):
            self.refused(name, "invalid_config protocol_error")

    def test_an_import_that_is_missing(self):
        self.refused("MissingImport", "invalid_config unsupported", "not/here.proto")

    def test_imports_without_an_end(self):
        self.refused("Wide", "too_large")
        self.refused("Chain", "too_large timed_out", timeout="5s")

    def test_answers_without_an_end(self):
        for name in ("Flood", "FloodOfFiles"):
            self.refused(name, "too_large protocol_error invalid_config timed_out", timeout="5s")

    def test_no_answer(self):
        for name in ("Silent", "HalfSilent"):
            self.refused(name, "timed_out", timeout="2s", seconds=6)
        self.refused("Hangup", "protocol_error connection_failed")

    def test_answers_that_are_none(self):
        for name in ("Garbage", "WrongKind", "NoKind", "NoFiles", "OtherFile", "Undefined", "Malformed"):
            with self.subTest(name):
                self.refused(name, "protocol_error invalid_config")

    def test_files_of_one_name_that_differ(self):
        done = self.read("Contradiction")
        if done.code == 0:
            self.assertEqual(done.json()[0]["tools"], 1)
        else:
            self.check(done, "protocol_error invalid_config", 10)

    def test_a_file_of_a_newer_protobuf(self):
        self.refused("Editions", "unsupported invalid_config protocol_error", "edition")

    def test_no_services(self):
        done = self.read("NoServices")
        if done.code == 0:
            self.assertEqual(done.json()[0]["tools"], 0)
        else:
            self.check(done, "invalid_config", 10)

    def test_a_million_services(self):
        self.refused("ManyServices", "too_large")

    def test_names_that_are_none(self):
        self.refused("OddNames", "protocol_error invalid_config")

    def test_types_in_types_a_thousand_deep(self):
        done = self.read("Deep")
        if done.code != 0:
            self.check(done, "too_large invalid_config protocol_error", 10)

    def test_much_that_is_well(self):
        self.taken("Tangled", 1)
        self.taken("ManyMethods", 20_001)


def message(data, flag=0):
    return struct.pack(">BI", flag, len(data)) + data


HEAD = [(":status", "200"), ("content-type", "application/grpc")]
FINE = [("grpc-status", "0")]
TREE = b"\x0a\x01x"  # {"name": "x"}


KINDS = (("Tree", {"name": "x"}, ()), ("Collect", {"messages": [{}]}, ()), ("Repeat", {"count": 1}, ("--stream",)))


class Answers(Hostile):
    """What a server may send in the place of an answer; the methods come from a file."""

    def call_of(self, port, method, arguments, *options, **provider):
        config = self.provider(port=port, service_name="test.Echo", reflection=False, proto_files=["shapes/service.proto"], import_paths=[str(PROTOS)], **provider)
        return harness.utcp("call", f"g.test.Echo.{method}", json.dumps(arguments), "--json", *options, config=config, cwd=self.folder, timeout=60)

    def ask_of(self, port, *options, **provider):
        return self.call_of(port, "Tree", {"name": "x"}, *options, **provider)

    def refused(self, answer, errcs, *options, seconds=10, kinds=3):
        """Each of the kinds of call must fail so; `answer(connection, stream)` is what the server does."""
        with http2.answering(answer) as port:
            for method, arguments, more in KINDS[:kinds]:
                with self.subTest(method):
                    self.check(self.call_of(port, method, arguments, *options, *more), errcs, seconds)

    def test_the_server_of_this_suite_can_be_right(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, message(TREE))
            connection.headers(stream, FINE, end=True)

        with http2.answering(answer) as port:
            self.assertEqual(self.expect(self.ask_of(port)).json(), {"name": "x"})

    def test_a_server_of_something_else(self):
        for words in (b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", bytes(range(256)) * 100, b""):
            with self.subTest(words[:20]), http2.serving(lambda client: client.sendall(words)) as port:
                self.check(self.ask_of(port, "--timeout", "10"), "connection_failed protocol_error", 12)

    def test_a_server_that_says_nothing(self):
        with http2.serving(lambda client: client.recv(1 << 20) and time.sleep(20)) as port:
            self.check(self.ask_of(port, "--timeout", "2"), "timed_out connection_failed", 6)

    def test_a_call_that_is_never_answered(self):
        # A stream may be silent as long as it likes.
        self.refused(lambda connection, stream: None, "timed_out", "--timeout", "1", seconds=5, kinds=2)

    def test_keepalive_finds_a_server_that_is_gone(self):
        def answer(connection, stream):
            connection.answers_pings = False
            connection.headers(stream, HEAD)
            connection.data(stream, message(b""))

        with http2.answering(answer) as port:
            done = self.call_of(port, "Repeat", {"count": 1}, "--stream", keepalive_time_ms=1000, keepalive_timeout_ms=500)
            self.check(done, "connection_failed", 10)
            self.assertEqual(done.out.splitlines()[0], "{}")

    def test_statuses_of_http(self):
        # As gRPC's own table has it (doc/http-grpc-status-mapping.md); a 404 is most often a proxy that knows no such path.
        for status, errcs in ((400, "remote_failed protocol_error"), (401, "unauthorized"), (403, "unauthorized"), (404, "remote_failed protocol_error"), (429, "unavailable rate_limited"),
                              (500, "remote_failed protocol_error"), (502, "unavailable"), (503, "unavailable"), (504, "unavailable")):
            def answer(connection, stream, status=status):
                connection.headers(stream, [(":status", str(status)), ("content-type", "text/html")])
                connection.data(stream, b"<html>no</html>", end=True)

            with self.subTest(status), http2.answering(answer) as port:
                self.check(self.ask_of(port), errcs + " connection_failed" if status > 500 else errcs, 10)

    def test_a_wrong_content_type(self):
        def answer(connection, stream):
            connection.headers(stream, [(":status", "200"), ("content-type", "text/html")])
            connection.data(stream, b"<html>welcome</html>", end=True)

        self.refused(answer, "protocol_error remote_failed connection_failed")

    def test_no_status_at_the_end(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, message(b""), end=True)

        self.refused(answer, "protocol_error remote_failed connection_failed")

    def test_half_a_message_and_then_a_reset(self):
        # Of HTTP/2's codes: NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM
        for code, errcs in ((0, "protocol_error remote_failed connection_failed"), (2, "protocol_error remote_failed connection_failed"), (7, "unavailable connection_failed"),
                            (8, "remote_failed connection_failed protocol_error"), (11, "rate_limited connection_failed too_large remote_failed protocol_error")):
            def answer(connection, stream, code=code):
                connection.headers(stream, HEAD)
                connection.data(stream, message(TREE * 100)[:50])
                connection.reset(stream, code)

            with self.subTest(code):
                self.refused(answer, errcs)

    def test_half_a_message_and_then_the_end_of_the_connection(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, message(TREE * 100)[:50])
            connection.close()

        self.refused(answer, "connection_failed")

    def test_half_a_message_and_then_a_good_end(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, message(TREE * 100)[:50])
            connection.headers(stream, FINE, end=True)

        # gRPC takes this for the end of a stream.
        self.refused(answer, "protocol_error connection_failed remote_failed", kinds=2)

    def test_the_server_goes_away(self):
        def answer(connection, stream):
            connection.go_away(0, 0, b"bye")
            connection.close()

        self.refused(answer, "connection_failed unavailable")

    def test_a_compressed_message_without_an_encoding(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, message(gzip.compress(TREE), flag=1))
            connection.headers(stream, FINE, end=True)

        self.refused(answer, "protocol_error remote_failed")

    def test_an_encoding_that_does_not_fit(self):
        for encoding, data in (("gzip", b"no gzip at all"), ("br", gzip.compress(TREE)), ("gzip", gzip.compress(TREE)[:-6])):
            def answer(connection, stream, encoding=encoding, data=data):
                connection.headers(stream, [*HEAD, ("grpc-encoding", encoding)])
                connection.data(stream, message(data, flag=1))
                connection.headers(stream, FINE, end=True)

            with self.subTest(encoding):
                self.refused(answer, "protocol_error remote_failed unsupported")

    def test_little_that_becomes_much(self):
        # gRPC looks at the size when it has unpacked a message, all of it: so no more than a thousand times of what it was.
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(128)) + packer.flush()

        def answer(connection, stream):
            connection.headers(stream, [*HEAD, ("grpc-encoding", "gzip")])
            connection.data(stream, message(bomb, flag=1))
            connection.headers(stream, FINE, end=True)

        self.refused(answer, "too_large", seconds=20)

    def test_a_message_of_4_gb_is_announced(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, struct.pack(">BI", 0, 0xFFFFFFFF) + b"x" * 1000)

        self.refused(answer, "timed_out", "--timeout", "1", kinds=2)

    def test_a_message_of_4_gb_is_cut_off_long_before(self):
        def answer(connection, stream):
            connection.headers(stream, HEAD)
            connection.data(stream, struct.pack(">BI", 0, 0xFFFFFFFF))
            for _ in range(4000):
                connection.data(stream, bytes(1_000_000))

        self.refused(answer, "too_large", "--timeout", "30", seconds=30)

    def test_bytes_that_are_no_message(self):
        deep = b""
        for _ in range(3000):
            deep = b"\x12" + varint(len(deep)) + deep  # children
        for data in (b"\x0a\x05x", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"\x0a\x01\xff", b"\x0f", b"\x00\x01", deep):
            def answer(connection, stream, data=data):
                connection.headers(stream, HEAD)
                connection.data(stream, message(data))
                connection.headers(stream, FINE, end=True)

            with self.subTest(data[:12]), http2.answering(answer) as port:
                self.check(self.ask_of(port), "protocol_error too_large", 10)

    def test_too_many_and_too_few_messages(self):
        for data in (b"", message(TREE) * 2):
            def answer(connection, stream, data=data):
                connection.headers(stream, HEAD)
                connection.data(stream, data)
                connection.headers(stream, FINE, end=True)

            # gRPC 1.51 waits for the end of a second message until the deadline.
            with self.subTest(data), http2.answering(answer) as port:
                self.check(self.ask_of(port, "--timeout", "2"), "protocol_error remote_failed timed_out" if data else "protocol_error", 10)

    def test_statuses_that_are_none(self):
        for status in ("77", "abc", "-1", ""):
            with self.subTest(status), http2.answering(lambda connection, stream: connection.headers(stream, [*HEAD, ("grpc-status", status), ("grpc-message", "odd")], end=True)) as port:
                self.check(self.ask_of(port), "protocol_error remote_failed", 10)

    def test_words_that_a_terminal_would_obey(self):
        fields = [*HEAD, ("grpc-status", "3"), ("grpc-message", "%1B[31mred%zz%"), ("grpc-status-details-bin", "bm8gc3RhdHVz/w")]
        with http2.answering(lambda connection, stream: connection.headers(stream, fields, end=True)) as port:
            done = self.ask_of(port)
            error = self.check(done, "remote_failed", 10)
            self.assertIn("red%zz%", error["remote"]["message"])
            self.assertNotIn("\x1b", done.out)

    def test_a_megabyte_of_headers(self):
        fields = [*HEAD, *((f"x-{number}", "y" * 1000) for number in range(1000)), ("grpc-status", "0")]
        with http2.answering(lambda connection, stream: connection.headers(stream, fields, end=True)) as port:
            self.check(self.ask_of(port), "too_large protocol_error rate_limited connection_failed remote_failed", 10)


def varint(number):
    out = b""
    while number >= 128:
        out += bytes([number % 128 + 128])
        number //= 128
    return out + bytes([number])


if __name__ == "__main__":
    harness.main(needs=["grpc"])
