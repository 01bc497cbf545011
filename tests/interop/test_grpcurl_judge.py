#!/usr/bin/env python3
"""grpcurl as the judge: the same request through it and through the program gives the same JSON and the same status, for every method of
grpc_service.py and of grpcurl's own test server; and of odd requests both refuse the same ones."""

import collections
import json
import re

import grpc_peers
import grpc_requests
import harness

Answer = collections.namedtuple("Answer", "values status refused", defaults=([], None, False))

ERRC = {4: "timed_out", 7: "unauthorized", 8: "rate_limited", 14: "unavailable", 16: "unauthorized"}
STATUS = ("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION "
          "ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED").split()

NO_OBJECT = ("test.Echo.Value", "test.Echo.Timestamp", "test.Echo.StringValue")
CLIENT_STREAMS = ("test.Echo.Collect", "test.Echo.Chat", "test.Calls.FailUpload", "test.Calls.FailChat", "testing.TestService.StreamingInputCall",
                  "testing.TestService.FullDuplexCall", "testing.TestService.HalfDuplexCall")
SERVER_STREAMS = ("test.Echo.Repeat", "test.Echo.Chat", "test.Calls.FailLate", "test.Calls.FailChat", "test.Calls.HugeItems", "testing.TestService.StreamingOutputCall",
                  "testing.TestService.FullDuplexCall", "testing.TestService.HalfDuplexCall")

# Where grpcurl, whose JSON is that of a library frozen in 2020, is not what protobuf's JSON mapping says. (method, request): why, and what ours is.
DIFFERENCES = {}


def differs(method, why, *requests, gives=None):
    """Ours gives what was sent, or `gives`; or refuses, where that is false."""
    for request in requests:
        ours = Answer(refused=True) if gives is False else Answer([json.loads(request) if gives is None else gives])
        DIFFERENCES[(f"test.Echo.{method}", request)] = (why, ours)


ALREADY_THERE = "two of a oneof, or a field by both of its names: grpcurl takes the last"
differs("Choices", ALREADY_THERE, '{"text": "a", "number": 1}', '{"left": "", "right": ""}', gives=False)
differs("Names", ALREADY_THERE, '{"plain_name": "a", "plainName": "b"}', gives=False)
LENIENT = "grpcurl takes an array for its last item, an empty array for nothing, one value or an object for an array of it"
differs("Everything", LENIENT, '{"scalars": []}', '{"tree": {"children": {}}}', gives=False)
differs("Lists", LENIENT, '{"strings": "a"}', gives=False)
differs("Maps", LENIENT, '{"byString": []}', gives=False)
differs("Scalars", LENIENT, '{"anInt32": []}', '{"aBool": []}', '{"aString": ["a"]}', gives=False)
differs("WellKnown", LENIENT, '{"struct": []}', gives=False)
NULLS = "null in an array or a map is no value; grpcurl makes a default one of it"
differs("Lists", NULLS, '{"strings": [null]}', '{"messages": [null]}', gives=False)
differs("Maps", NULLS, '{"byString": {"a": null}}', gives=False)
differs("Choices", "null is as if it were not there; grpcurl takes it for a value where the field has presence", '{"text": null}', gives={})
differs("Optionals", "null is as if it were not there; grpcurl takes it for a value where the field has presence", '{"aString": null}', gives={})
differs("Legacy", "grpcurl sends groups without their required fields", '{"name": "x", "row": [{}]}', gives=False)
differs("Legacy", "grpcurl writes the names of extensions in lowerCamelCase", '{"name": "x", "[test.legacy.extra_numbers]": [1, 2]}')
differs("Scalars", "NaN has one name", '{"aDouble": "nan"}', gives=False)
differs("Scalars", "beyond the range of a float; grpcurl makes Infinity of it", '{"aFloat": 1e39}', '{"aFloat": -1e39}', gives=False)
for message in ("Scalars", "Optionals"):
    differs(message, "whole numbers with a point or an exponent", '{"anInt32": 1e3}', '{"anInt32": 1.0}', '{"anInt32": 100000e-5}')
    differs(message, "whole numbers with a point or an exponent", '{"anInt64": 1e18}', gives={"anInt64": "1000000000000000000"})
differs("WellKnown", "grpcurl takes Go's durations", '{"duration": "1m"}', gives=False)
differs("WellKnown", "more than Go's durations hold", '{"duration": "315576000000s"}')
differs("WellKnown", "grpcurl knows no JSON form of a FieldMask", '{"mask": "a,b.c"}', '{"mask": "fooBar.bazQux"}')
differs("WellKnown", "grpcurl writes null for no bytes", '{"aBytes": ""}')
EMPTY = '{"anys": [{"@type": "type.googleapis.com/test.Item"}, {"@type": "type.googleapis.com/google.protobuf.Empty", "value": {}}]}'
differs("WellKnown", "Go's protobuf alone writes a value of an Empty in an Any", EMPTY, gives={"anys": [{"@type": "type.googleapis.com/test.Item"}, {"@type": "type.googleapis.com/google.protobuf.Empty"}]})
differs("WellKnown", "grpcurl cannot write a null in a map", '{"namedValues": {"a": null, "b": 1}}')


def same(one, other):
    """Equal as JSON: 1 is 1.0, but not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def camel(value):
    """Details with lowerCamelCase names: grpcurl alone writes those of details as they are in the source."""
    if isinstance(value, dict):
        return {re.sub("_([a-z0-9])", lambda found: found[1].upper(), key): camel(each) for key, each in value.items()}
    return [camel(each) for each in value] if isinstance(value, list) else value


def equal(one, other):
    if one.refused or other.refused or (one.status is None) != (other.status is None):
        return one.refused == other.refused and one.status == other.status
    if one.status is not None and not same(camel(one.status), camel(other.status)):
        return False
    return same(one.values, other.values)


class Judged(grpc_peers.Suite):
    def grpcurl(self, method, request, metadata):
        headers = [word for key, value in metadata.items() for word in ("-rpc-header", f"{key}: {value}")]
        service, _, name = method.rpartition(".")
        text = "\n".join(request) if isinstance(request, list) else request
        done = grpc_peers.grpcurl(self.port, f"{service}/{name}", flags=["-format-error", "-max-time", "20", *headers], data=text)
        if done.code == 0:
            try:
                return Answer(grpc_peers.values(done.out))
            except ValueError:
                return Answer([f"not JSON: {done.out}"])
        if done.code < 64:
            return Answer(refused=True)
        said = json.loads(done.err) if done.err.strip() else {}
        return Answer(grpc_peers.values(done.out), {"code": done.code - 64, "message": said.get("message", ""), "details": said.get("details", [])})

    def ours(self, method, request, metadata):
        if isinstance(request, list):
            text = '{"messages": [' + ", ".join(request) + "]}"
        else:
            text = '{"value": ' + request + "}" if method in NO_OBJECT else request
        streamed = ["--stream"] if method in SERVER_STREAMS else []
        done = harness.utcp("call", f"g.{method}", "-", "--json", *streamed, config=self.provider(metadata=metadata), cwd=self.folder, stdin=text.encode(), timeout=60)
        if done.code == 0:
            values = [json.loads(line) for line in done.out.split("\n") if line]
            # An Any may bring a value that is null, and a call's answer is always one value.
            return Answer(values), done
        lines = [json.loads(line) for line in done.out.split("\n") if line.startswith("{")]
        error = lines[-1]["error"] if lines and "error" in lines[-1] else {}
        if not isinstance(error.get("remote"), dict):
            self.assertIn(done.code, (1, 2, 3), done)
            self.assertIn(error.get("code", "invalid_argument"), ("invalid_argument",), done)
            return Answer(refused=True), done
        remote = error["remote"]
        self.assertEqual(error["code"], ERRC.get(remote["code"], "remote_failed"), done)
        self.assertEqual(remote["status"], STATUS[remote["code"]], done)
        return Answer(lines[:-1], {"code": remote["code"], "message": remote.get("message", ""), "details": remote.get("details", [])}), done

    def judge(self, method, requests, metadata=None):
        for request in requests:
            with self.subTest(method=method, request=str(request)[:200], metadata=metadata):
                theirs = self.grpcurl(method, request, metadata or {})
                ours, done = self.ours(method, request, metadata or {})
                known = DIFFERENCES.get((method, request if isinstance(request, str) else tuple(request)))
                if known is None:
                    self.assertTrue(equal(theirs, ours), f"grpcurl: {str(theirs)[:2000]}\n{done}")
                else:
                    self.assertFalse(equal(theirs, ours), f"no difference any more: {known}")
                    self.assertTrue(equal(known[1], ours), f"{known}\n{done}")


class Service(Judged):
    @classmethod
    def setUpClass(cls):
        cls.port = cls.enter_class(grpc_peers.Server()).port

    def test_every_method_is_here(self):
        listed = []
        for service in ("test.Echo", "test.Calls"):
            listed += grpc_peers.grpcurl(self.port, "list", service).out.split()
        # Those that do not end by themselves, or end the server, are in test_grpc_servers.py.
        left_out = {"test.Calls.Endless", "test.Calls.Listen", "test.Calls.Crash", "test.Calls.CrashLate"}
        self.assertEqual(set(listed), {*grpc_requests.ECHO, *grpc_requests.CALLS, *left_out})
        self.assertEqual([name for name in self.tool_names(self.provider())], sorted(f"g.{name}" for name in listed))

    def test_metadata_is_seen_alike(self):
        sent = {"x-text": "a b", "x-data-bin": "AAH/", "X-Upper": "C"}
        seen = []
        for answer in (self.grpcurl("test.Calls.Metadata", "{}", sent), self.ours("test.Calls.Metadata", "{}", sent)[0]):
            seen.append({entry["key"]: entry.get("text", entry.get("data")) for entry in answer.values[0]["seen"] if entry["key"].startswith("x-")})
        self.assertEqual(seen[0], {"x-text": "a b", "x-data-bin": "AAH/", "x-upper": "C"})
        self.assertEqual(seen[0], seen[1])


def add_tests(to, table):
    """A test for each method: what fits, and what may not."""
    for method, (fitting, odd) in table.items():
        for kind, requests in (("requests", fitting), ("odd_requests", odd)):
            if requests:
                setattr(to, f"test_{kind}_of_{method.replace('.', '_')}", lambda self, method=method, requests=requests: self.judge(method, requests))


add_tests(Service, {**grpc_requests.ECHO, **grpc_requests.CALLS})


class TestServer(Judged):
    """The one that grpcurl's own tests use."""

    @classmethod
    def setUpClass(cls):
        cls.port = int(cls.enter_class(harness.process([harness.options.peers / "go/testserver", "-q"], "Listening on ")).rpartition(":")[2])

    def test_every_method_is_here(self):
        listed = grpc_peers.grpcurl(self.port, "list", "testing.TestService").out.split()
        self.assertEqual(set(listed), set(grpc_requests.TESTSERVER))
        self.assertEqual(self.tool_names(self.provider()), sorted(f"g.{name}" for name in listed))


def add_steered(method, requests):
    def check(self):
        for metadata in grpc_requests.STEERED:
            self.judge(method, requests, metadata)

    setattr(TestServer, f"test_requests_of_{method.replace('.', '_')}", check)


for name, requests in grpc_requests.TESTSERVER.items():
    add_steered(name, requests)


if __name__ == "__main__":
    harness.main(needs=["grpc"], before=lambda: grpc_peers.need_go("go/grpcurl", "go/testserver"))
