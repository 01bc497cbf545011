"""grpcio servers for the gRPC suites: every kind of message, call and failure of protos/shapes. Prints

    ports {"grpc": …, "state": …, "files": "…"}

and runs until it is stopped. `state` is a port that tells in JSON, to whoever connects, what became of the calls. `files` is a folder
with the descriptor set. SIGTERM ends it as servers end: no new calls, a little time for those that run, then all are cut."""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import threading
import time

import grpc
import grpc_tools
from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, duration_pb2, message_factory, struct_pb2, wrappers_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

PROTOS = pathlib.Path(__file__).resolve().parent / "protos"
WELL_KNOWN = pathlib.Path(grpc_tools.__file__).parent / "_proto"
UTCP_SERVICE = "grpcpb.UTCPService"


def compiled(folder, *names):
    """A descriptor set of the files with all that they import, comments too."""
    out = folder / (pathlib.Path(names[0]).stem + ".protoset")
    words = ["protoc", f"-I{PROTOS}", f"-I{WELL_KNOWN}", "--include_imports", "--include_source_info", f"--descriptor_set_out={out}", *names]
    if protoc.main(words) != 0:
        sys.exit(f"protoc fails on {names}")
    return out


def load(file):
    """The descriptors in the default pool. Well-known files that the program has already are as good."""
    pool = descriptor_pool.Default()
    for each in descriptor_pb2.FileDescriptorSet.FromString(file.read_bytes()).file:
        with contextlib.suppress(TypeError):
            pool.Add(each) if hasattr(pool, "Add") else pool.AddSerializedFile(each.SerializeToString())
    return pool


class State:
    """What became of the calls."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter(open=0, left=0, finished=0, calls=0)
        self.paths = []

    def add(self, **changes):
        with self.lock:
            self.counts.update(changes)

    def begin(self, context):
        """Counts the call until its end, and tells those apart that the caller left."""
        over = threading.Event()
        self.add(open=1)

        def ended():
            over.set()
            self.add(open=-1, left=1)

        if not context.add_callback(ended):
            ended()
        return over

    def told(self):
        with self.lock:
            return json.dumps({**self.counts, "paths": self.paths[-100:]}).encode()


def tell(state):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(state.told())

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


class Service:
    """A method of test.Echo or test.Calls by its name; what has none gives back what it was given."""

    def __init__(self, pool, state):
        self.pool, self.state = pool, state

    def new(self, name, **fields):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))(**fields)

    def item(self, **fields):
        return self.new("test.Item", **fields)

    def behaviour(self, service, method):
        found = getattr(self, method.name, None) if service.name == "Calls" or method.client_streaming or method.server_streaming else None
        return found or (lambda request, context: request)

    # ---- test.Echo

    def Repeat(self, request, context):
        for _ in range(request.count):
            yield request.item
            time.sleep(request.pause_ms / 1000)

    def Collect(self, requests, context):
        items = list(requests)
        return self.new("test.Collected", items=items, count=len(items))

    def Chat(self, requests, context):
        yield from requests

    # ---- test.Calls

    def refuse(self, request, context):
        status = status_pb2.Status(code=request.code, message=request.message, details=request.details)
        if request.details:
            context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        by_number = {code.value[0]: code for code in grpc.StatusCode}
        # A number that gRPC does not know goes out as it is.
        context.abort(by_number.get(request.code, request.code), request.message)

    def Fail(self, request, context):
        if request.code == 0:
            return self.new("google.protobuf.Empty")
        self.refuse(request, context)

    def FailLate(self, request, context):
        for number in range(request.items):
            yield self.item(number=number)
        if request.code:
            self.refuse(request, context)

    def FailUpload(self, requests, context):
        number = 0
        for request in requests:
            if request.code:
                self.refuse(request, context)
            number += 1
        return self.item(number=number)

    def FailChat(self, requests, context):
        for request in requests:
            yield from self.FailLate(request, context)

    def FailInDetail(self, request, context):
        details = [
            error_details_pb2.BadRequest(field_violations=[{"field": "a.b", "description": "is no colour"}]),
            error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=1, nanos=500000000)),
            error_details_pb2.ErrorInfo(reason="WRONG_COLOUR", domain="shapes.test", metadata={"colour": "none"}),
            self.new("test.CustomDetail", reason="because", numbers=[1, 2**53 + 1], more=struct_pb2.Struct(fields={"k": struct_pb2.Value(bool_value=True)})),
        ]
        status = status_pb2.Status(code=request.code or 3, message=request.message or "in detail")
        for detail in details:
            status.details.add().Pack(detail)
        if request.items:
            status.details.append(any_pb2.Any(type_url="type.example/test.Nobody", value=b"\x08\x01"))
        context.abort_with_status(rpc_status.to_status(status))

    def Sleep(self, request, context):
        over = self.state.begin(context)
        over.wait(request.milliseconds / 1000)
        return self.item(number=request.milliseconds)

    def Endless(self, request, context):
        over = self.state.begin(context)
        number = 0
        while context.is_active() and not over.is_set():
            yield self.item(number=number, data=bytes(request.size))
            number += 1
            over.wait(request.pause_ms / 1000)

    def Listen(self, requests, context):
        over = self.state.begin(context)
        with contextlib.suppress(grpc.RpcError):
            for _ in requests:
                pass
        over.wait(60)
        return self.item()

    def Metadata(self, request, context):
        def pairs(entries):
            return tuple((entry.key, entry.data if entry.key.endswith("-bin") else entry.text) for entry in entries)

        context.send_initial_metadata(pairs(request.headers))
        context.set_trailing_metadata(pairs(request.trailers))
        seen = [{"key": key, "data" if isinstance(value, bytes) else "text": value} for key, value in context.invocation_metadata()]
        seen.append({"key": ":authority", "text": context._rpc_event.call_details.host})  # grpcio has no public way to it
        return self.new("test.MetadataResponse", seen=seen)

    def Deadline(self, request, context):
        left = context.time_remaining()
        # Without a deadline grpcio says none, or centuries.
        if left is None or left > 10**7:
            return self.new("test.DeadlineResponse")
        return self.new("test.DeadlineResponse", has_deadline=True, left_ms=int(left * 1000))

    def Huge(self, request, context):
        return self.item(data=bytes(request.size))

    def HugeItems(self, request, context):
        for number in range(request.count):
            yield self.item(number=number, data=bytes(request.size))

    def Compressed(self, request, context):
        context.set_compression({"gzip": grpc.Compression.Gzip, "deflate": grpc.Compression.Deflate}.get(request.encoding, grpc.Compression.NoCompression))
        return self.item(data=bytes(request.size))

    def Measure(self, request, context):
        return self.item(number=len(request.data) + len(request.text))

    def Crash(self, request, context):
        os.kill(os.getpid(), signal.SIGKILL)

    def CrashLate(self, request, context):
        yield self.item(number=1)
        time.sleep(0.3)
        self.Crash(request, context)

    def Missing(self, request, context):
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "")

    # ---- grpcpb.UTCPService

    def utcp(self, method):
        return {"GetManual": self.manual, "CallTool": self.call_tool, "CallToolStream": self.call_tool_stream}[method]

    def manual(self, request, context):
        tools = [{"name": "echo", "description": "Gives its arguments back"}, {"name": "fail", "description": "Fails"}, {"name": "odd", "description": "Answers no JSON"}]
        return self.new("grpcpb.Manual", version="1.0", tools=tools)

    def tool(self, request, context):
        name = request.tool.rpartition(".")[2]
        if name == "fail":
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "as asked")
        return "no json" if name == "odd" else json.dumps({"tool": request.tool, "args": json.loads(request.args_json)})

    def call_tool(self, request, context):
        return self.new("grpcpb.ToolCallResponse", result_json=self.tool(request, context))

    def call_tool_stream(self, request, context):
        for _ in range(3):
            yield self.new("grpcpb.ToolCallResponse", result_json=self.tool(request, context))


def handlers(service, descriptor):
    """grpcio's handlers for every method of a service's descriptor."""
    found = {}
    for method in descriptor.methods:
        kind = ("stream" if method.client_streaming else "unary") + "_" + ("stream" if method.server_streaming else "unary")
        behaviour = service.utcp(method.name) if descriptor.full_name == UTCP_SERVICE else service.behaviour(descriptor, method)
        make = getattr(grpc, kind + "_rpc_method_handler")
        found[method.name] = make(behaviour, message_factory.GetMessageClass(method.input_type).FromString, lambda message: message.SerializeToString())
    return grpc.method_handlers_generic_handler(descriptor.full_name, found)


class Gate(grpc.ServerInterceptor):
    """Counts the calls, and lets only those through that bring what is wanted."""

    def __init__(self, state, wanted):
        self.state, self.wanted = state, wanted

    def intercept_service(self, go_on, call):
        self.state.add(calls=1)
        with self.state.lock:
            self.state.paths.append(call.method)
        sent = dict(call.invocation_metadata)
        for key, value in self.wanted.items():
            if sent.get(key) != value:
                # Another token may be let in, another password may not.
                again = key not in sent or sent[key].startswith("Bearer ")
                code = grpc.StatusCode.UNAUTHENTICATED if again else grpc.StatusCode.PERMISSION_DENIED

                def refuse(request, context):
                    context.abort(code, f"{key} is wrong")

                inner = go_on(call)
                if inner is None:
                    return None
                kind = ("stream" if inner.request_streaming else "unary") + "_" + ("stream" if inner.response_streaming else "unary")
                return getattr(grpc, kind + "_rpc_method_handler")(refuse)
        return go_on(call)


class Reflection(reflection.ReflectionServicer):
    """Under both names, or one; grpcio-reflection itself knows v1alpha only, and the messages are the same."""

    def handler(self, version):
        method = grpc.stream_stream_rpc_method_handler(self.ServerReflectionInfo, reflection_pb2.ServerReflectionRequest.FromString,
                                                       reflection_pb2.ServerReflectionResponse.SerializeToString)
        return grpc.method_handlers_generic_handler(f"grpc.reflection.{version}.ServerReflection", {"ServerReflectionInfo": method})


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--reflection", default="v1,v1alpha", help="v1, v1alpha, both with a comma, or none")
    parser.add_argument("--services", default="test.Echo,test.Calls")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--unix", help="a socket's path, in place of the port")
    parser.add_argument("--certificate", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path)
    parser.add_argument("--clients", type=pathlib.Path, help="the authority of the certificates that clients must have")
    parser.add_argument("--wanted", default="{}", help="the metadata without which nothing is answered, as JSON")
    parser.add_argument("--grace", type=float, default=0.5, help="how long running calls may go on after SIGTERM, in seconds")
    parser.add_argument("--option", action="append", default=[], help="a channel argument of grpcio, such as grpc.max_connection_age_ms=500")
    return parser.parse_args()


def bind(server, given):
    if given.unix:
        server.add_insecure_port(f"unix:{given.unix}")
        return 0
    address = f"127.0.0.1:{given.port}"
    if given.certificate is None:
        return server.add_insecure_port(address)
    pair = [(given.key.read_bytes(), given.certificate.read_bytes())]
    clients = given.clients.read_bytes() if given.clients else None
    return server.add_secure_port(address, grpc.ssl_server_credentials(pair, clients, require_client_auth=clients is not None))


def main():
    given = arguments()
    folder = tempfile.TemporaryDirectory()
    files = pathlib.Path(folder.name)
    load(compiled(files, "shapes/service.proto"))
    pool = load(compiled(files, "utcp.proto"))
    state = State()
    service = Service(pool, state)

    settings = [(name, int(value)) for name, value in (each.split("=") for each in given.option)]
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(64), interceptors=[Gate(state, json.loads(given.wanted))],
                         options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0), *settings])
    names = given.services.split(",")
    versions = [] if given.reflection == "none" else given.reflection.split(",")
    # Two that no tool is made of, and that nobody describes here.
    shown = names + ["grpc.health.v1.Health", "grpc.channelz.v1.Channelz"] + [f"grpc.reflection.{version}.ServerReflection" for version in versions]
    added = [handlers(service, pool.FindServiceByName(name)) for name in names]
    server.add_generic_rpc_handlers([*added, *(Reflection(shown, pool).handler(version) for version in versions)])
    port = bind(server, given)
    server.start()

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    print("ports", json.dumps({"grpc": port, "state": tell(state), "files": str(files)}), flush=True)
    stopped.wait()
    server.stop(given.grace).wait()


if __name__ == "__main__":
    main()
