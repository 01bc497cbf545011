"""What the suites of event streams and of other streams share: the service of stream_service.py, one for all of a suite's
tests, and calls whose values are read as they come."""

import contextlib
import json
import select
import os
import signal
import subprocess
import time
import urllib.request

import harness

base = None
running = contextlib.ExitStack()


def start():
    global base
    command = [harness.peer_python("sse"), harness.ROOT / "tests/interop/stream_service.py"]
    base = running.enter_context(harness.process(command, "listening on "))


def stop():
    running.close()


def state():
    with urllib.request.urlopen(base + "/state") as answer:
        return json.load(answer)


class Streamed:
    """A call with --stream under way."""

    def __init__(self, config, name, arguments, options=()):
        command = [harness.options.utcp, "call", "--config", config, name, json.dumps(arguments), "--stream", "--json", *options]
        self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.seen = b""

    def lines(self, count, seconds=10):
        """The first lines, as soon as there are `count`."""
        deadline = time.monotonic() + seconds
        while self.seen.count(b"\n") < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.child.stdout], [], [], left)[0]:
                raise AssertionError(f"only {self.seen!r} within {seconds} s")
            data = os.read(self.child.stdout.fileno(), 65536)
            if not data:
                raise AssertionError(f"ended with {self.child.wait()} after {self.seen!r}: {self.child.stderr.read()!r}")
            self.seen += data
        return self.seen.splitlines()[:count]

    def interrupt(self, number=signal.SIGINT, seconds=10):
        """Sends a signal. Gives the exit code."""
        self.child.send_signal(number)
        return self.child.wait(seconds)

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self.child.stderr.close()


class Suite(harness.Suite):
    kind = None  # the provider type of the tools

    def setUp(self):
        super().setUp()
        request = urllib.request.Request(base + "/reset", method="POST")
        urllib.request.urlopen(request).close()

    def tool(self, path, **template):
        return self.tools(it={"provider_type": self.kind, "url": base + path, **template})

    def stream(self, path, arguments=None, code=0, options=(), **template):
        """All values of a streamed call; with another exit code than 0 also the outcome."""
        config = self.tool(path, **template)
        done = self.expect(harness.utcp("call", "t.it", json.dumps(arguments or {}), "--stream", "--json", *options, config=config), code)
        values = [json.loads(line) for line in done.out.rstrip("\n").split("\n") if line]  # splitlines() ends lines at U+2028, too
        return values if code == 0 else (values, done)

    def ask(self, path, arguments=None, **template):
        """The answer of a call that is not streamed."""
        return self.call(self.tool(path, **template), "t.it", arguments or {})

    def begin(self, path, arguments=None, options=(), **template):
        running_call = Streamed(self.tool(path, **template), "t.it", arguments or {}, options)
        self.addCleanup(running_call.close)
        return running_call

    def wait_until_left(self, seconds=10):
        """Until the service has seen that a caller went away."""
        deadline = time.monotonic() + seconds
        while True:
            now = state()
            if now["left"] >= 1 and now["open"] == 0:
                return
            if time.monotonic() > deadline:
                self.fail(f"the connection is still open: {now}")
            time.sleep(0.05)
