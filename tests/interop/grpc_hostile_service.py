"""A grpcio server whose reflection is bad in the way that its argument names. Prints `port …` and runs until it is stopped."""

import concurrent.futures
import itertools
import sys
import threading

import grpc
from google.protobuf import descriptor_pb2
from grpc_reflection.v1alpha import reflection_pb2

SERVICE = "bad.Service"
FIELD = descriptor_pb2.FieldDescriptorProto


def file(name="bad.proto", imports=(), messages=("Message",), service=SERVICE, syntax="proto3"):
    """A file with a service whose one method takes and gives the first of the messages."""
    package, _, bare = service.rpartition(".")
    made = descriptor_pb2.FileDescriptorProto(name=name, package=package, syntax=syntax, dependency=imports)
    for message in messages:
        made.message_type.add(name=message).field.add(name="text", number=1, type=FIELD.TYPE_STRING, label=FIELD.LABEL_OPTIONAL)
    kind = f".{package}.{messages[0]}" if messages else ".bad.Nothing"
    made.service.add(name=bare).method.add(name="Do", input_type=kind, output_type=kind)
    return made


def answer(*files):
    texts = [each if isinstance(each, bytes) else each.SerializeToString() for each in files]
    return reflection_pb2.ServerReflectionResponse(file_descriptor_response={"file_descriptor_proto": texts})


def services(*names):
    return reflection_pb2.ServerReflectionResponse(list_services_response={"service": [{"name": name} for name in names]})


def not_found():
    return reflection_pb2.ServerReflectionResponse(error_response={"error_code": 5, "error_message": "not found"})


class Plain:
    """A server that is as it should be; those below change one thing."""

    def __init__(self):
        self.known = answer(self.file())

    def respond(self, requests):
        for request in requests:
            yield from self.one(request)

    def one(self, request):
        kind = request.WhichOneof("message_request")
        if kind == "list_services":
            yield self.list()
        elif kind == "file_containing_symbol":
            yield self.symbol(request.file_containing_symbol)
        elif kind == "file_by_filename":
            yield self.named(request.file_by_filename)
        else:
            yield not_found()

    def list(self):
        return services(SERVICE)

    def symbol(self, name):
        return self.known if name.startswith(SERVICE) else not_found()

    def named(self, name):
        return self.known if name == "bad.proto" else not_found()

    def file(self):
        return file()


class Huge(Plain):
    """50 MB of descriptor."""

    def file(self):
        made = file()
        made.source_code_info.location.add(path=[4, 0], span=[1, 1, 1], leading_comments="x" * (50 << 20))
        return made


class HugeTypes(Plain):
    """50 MB of descriptor, all of it messages."""

    def file(self):
        made = file()
        for number in range(700_000):
            made.message_type.add(name=f"Message{number:060}")
        return made


class Ring(Plain):
    """Files that import one another in a ring."""

    def file(self):
        return file(imports=["other.proto"])

    def named(self, name):
        return answer(file(name, ["third.proto"] if name == "other.proto" else ["bad.proto"], ["In" + name[:5]], f"bad{name[:5]}.Service"))


class Self(Plain):
    """A file that imports itself."""

    def file(self):
        return file(imports=["bad.proto"])


class MissingImport(Plain):
    def file(self):
        made = file(imports=["not/here.proto"])
        made.message_type[0].field.add(name="other", number=2, type=FIELD.TYPE_MESSAGE, type_name=".not.here.Message", label=FIELD.LABEL_OPTIONAL)
        return made


class Chain(Plain):
    """Each file imports another one, without an end."""

    def file(self):
        return file(imports=["link0.proto"])

    def named(self, name):
        number = int(name[4:-6]) + 1
        return answer(file(name, [f"link{number}.proto"], [f"M{number}"], f"bad.S{number}"))


class Wide(Plain):
    """A file that imports 100,000 others."""

    def file(self):
        return file(imports=[f"link{number}.proto" for number in range(100_000)])

    def named(self, name):
        return answer(file(name, messages=["M" + name[4:-6]], service="bad.S" + name[4:-6]))


class Flood(Plain):
    """Answers without an end to one question."""

    def one(self, request):
        return itertools.repeat(services(SERVICE))


class FloodOfFiles(Plain):
    def one(self, request):
        if request.WhichOneof("message_request") == "list_services":
            yield self.list()
        else:
            for number in itertools.count():
                yield answer(file(f"f{number}.proto", messages=[f"M{number}"], service=f"bad.S{number}"))


class Silent(Plain):
    """No answer, ever."""

    def one(self, request):
        threading.Event().wait(60)
        yield self.list()


class Hangup(Plain):
    """The stream ends, all well, without an answer."""

    def respond(self, requests):
        next(requests)
        yield from ()


class HalfSilent(Plain):
    """The services, and then nothing more."""

    def symbol(self, name):
        threading.Event().wait(60)
        return not_found()


class Garbage(Plain):
    def file(self):
        return b"\xff\xfe no descriptor \x00"


class WrongKind(Plain):
    """A list of services where a file was asked for."""

    def symbol(self, name):
        return self.list()


class NoKind(Plain):
    def symbol(self, name):
        return reflection_pb2.ServerReflectionResponse()


class NoFiles(Plain):
    def symbol(self, name):
        return answer()


class OtherFile(Plain):
    """A file that does not have the service."""

    def file(self):
        return file(service="bad.Other")


class NoServices(Plain):
    def list(self):
        return services()


class ManyServices(Plain):
    def list(self):
        return services(*(f"bad.S{number}" for number in range(1_000_000)))


class OddNames(Plain):
    """Names that are none."""

    def list(self):
        return services("", ".", "a b", "../../etc/passwd", "\x1b[31mred", "x" * 1_000_000)


class Undefined(Plain):
    """Types that are nowhere."""

    def file(self):
        return file(messages=())


class Contradiction(Plain):
    """Two files of one name, and the second is another."""

    def file(self):
        return file(imports=["bad2.proto"])

    def symbol(self, name):
        return answer(self.file(), file(messages=["Other"]), file("bad2.proto", messages=["Message"], service="bad.Service"))


class Editions(Plain):
    """A file of a newer protobuf than this one."""

    def file(self):
        made = file(syntax="editions")
        made.edition = descriptor_pb2.EDITION_2023
        return made


class Malformed(Plain):
    """Fields that no compiler would make."""

    def file(self):
        made = file()
        entry = made.message_type[0].nested_type.add(name="MapEntry")
        entry.options.map_entry = True
        made.message_type[0].field.add(name="map", number=-5, type=FIELD.TYPE_MESSAGE, type_name=".bad.Message.MapEntry", label=FIELD.LABEL_REPEATED)
        made.message_type[0].field.add(name="text", number=1, type=FIELD.TYPE_GROUP, type_name=".bad.Service", label=FIELD.LABEL_REQUIRED, oneof_index=7)
        return made


class Deep(Plain):
    """Message types in message types, a thousand levels."""

    def file(self):
        made = file()
        inner = made.message_type.add(name="M")
        for _ in range(1000):
            inner = inner.nested_type.add(name="M")
        return made


class Tangled(Plain):
    """Every message has a field of every other one: the schema must not be unrolled."""

    def file(self):
        names = [f"M{number}" for number in range(150)]
        made = file(messages=names)
        for message in made.message_type:
            for number, name in enumerate(names):
                message.field.add(name=f"f{number}", number=number + 2, type=FIELD.TYPE_MESSAGE, type_name=f".bad.{name}", label=FIELD.LABEL_OPTIONAL)
        return made


class ManyMethods(Plain):
    def file(self):
        made = file()
        for number in range(20_000):
            made.service[0].method.add(name=f"Do{number}", input_type=".bad.Message", output_type=".bad.Message")
        return made


KINDS = {kind.__name__: kind for kind in Plain.__subclasses__()}


def main():
    bad = KINDS[sys.argv[1]]()
    method = grpc.stream_stream_rpc_method_handler(lambda requests, context: bad.respond(requests), reflection_pb2.ServerReflectionRequest.FromString,
                                                   reflection_pb2.ServerReflectionResponse.SerializeToString)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1)])
    for version in ("v1", "v1alpha"):
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(f"grpc.reflection.{version}.ServerReflection", {"ServerReflectionInfo": method})])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print("port", port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
