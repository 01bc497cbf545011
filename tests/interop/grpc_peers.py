"""What the gRPC suites share: the servers of grpc_service.py and of grpcurl, grpcurl itself, and configurations that name them."""

import json
import pathlib
import signal
import socket
import subprocess
import time

import harness

HERE = harness.ROOT / "tests" / "interop"


def need_go(*programs):
    """Ends the suite, visibly skipped, where a program made by Go is not there. Elsewhere than harness.skip this is no failure in CI
    either: Debian 12's Go is too old to build them, and no package brings a newer one."""
    for program in programs:
        if not (harness.options.peers / program).exists():
            print(f"SKIPPED: {program} is not installed; run scripts/peers, which needs go for it" + (", and ../shared" if "go_utcp" in program else ""))
            raise SystemExit(harness.SKIPPED)


class Server:
    """A running grpc_service.py."""

    def __init__(self, *words, port=0):
        self.words = [str(word) for word in words]
        self.start(port)

    def start(self, port=0):
        command = [harness.peer_python("grpc"), HERE / "grpc_service.py", "--port", str(port), *self.words]
        self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        told = json.loads(harness.first_line(self.child, "ports ", 30))
        self.port, self.state_port, self.files = told["grpc"], told["state"], told["files"]

    def state(self):
        with socket.create_connection(("127.0.0.1", self.state_port), 5) as connection, connection.makefile("rb") as text:
            return json.load(text)

    def wait_for(self, what, holds, seconds=10):
        """Until the state is as told."""
        deadline = time.monotonic() + seconds
        while not holds(now := self.state()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not {what} within {seconds} s: {now}")
            time.sleep(0.02)

    def wait_until_left(self, before, count=1):
        self.wait_for("left", lambda now: now["left"] >= before["left"] + count and now["open"] == 0)

    def end(self, number=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(number)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()


class Suite(harness.Suite):
    """Tests over one server; `port` is where it listens."""

    port = None

    @classmethod
    def enter_class(cls, context):
        """Enters a context until the end of the class's tests."""
        value = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return value

    def provider(self, more=None, defaults=None, file="providers.json", **options):
        template = {"name": "g", "provider_type": "grpc", "host": "127.0.0.1", "port": options.pop("port", self.port), **options}
        return self.write(file, {"defaults": defaults or {}, "providers": [template, *(more or [])]})

    def ask(self, method, arguments=None, **options):
        """The answer of a call."""
        return self.call(self.provider(**options), f"g.{method}", arguments or {})

    def refuse(self, method, arguments, errc, *said, options=(), **provider):
        """The error of a call that has to fail so."""
        return self.fails(self.provider(**provider), f"g.{method}", arguments or {}, errc, *said, options=options)

    def stream(self, method, arguments=None, code=0, options=(), **provider):
        """All values of a streamed call; with another exit code than 0 also the outcome."""
        words = ["call", f"g.{method}", json.dumps(arguments or {}), "--stream", "--json", *options]
        done = self.expect(harness.utcp(*words, config=self.provider(**provider), cwd=self.folder), code)
        values = [json.loads(line) for line in done.out.split("\n") if line]
        return values if code == 0 else (values, done)

    def refused_discovery(self, errc, *said, options=(), seconds=30, **provider):
        """The error with which the provider cannot be read."""
        done = harness.utcp("validate", "--json", *options, config=self.provider(**provider), cwd=self.folder, timeout=seconds)
        self.expect(done, 3)
        report = done.json()[0]
        if report["ok"]:
            self.fail(f"expected {errc}: {done}")
        self.assertEqual(report["error"]["code"], errc, done)
        for words in said:
            self.assertIn(words, report["error"]["message"], done)
        return report["error"]


def grpcurl(port, *words, flags=(), data=None, plaintext=True, timeout=30):
    """Runs grpcurl; `data` is the text of its requests."""
    command = [harness.options.peers / "go" / "grpcurl", *(["-plaintext"] if plaintext else []), *flags, *([] if data is None else ["-d", "@"])]
    return harness.run([*command, f"127.0.0.1:{port}", *words], stdin=(data or "").encode(), timeout=timeout)


def values(text):
    """The JSON values in a text, one after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        value, at = decoder.raw_decode(text, at)
        found.append(value)
    return found
