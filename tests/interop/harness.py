"""What the interop suites share: the program under test, its peers, and servers on free ports of 127.0.0.1.

The suites use the standard library only and run as `python3 test_x.py --utcp PROGRAM --build DIR`. A suite whose peer is
not installed exits with 77, which CTest shows as skipped, or fails where CI=true.
"""

import argparse
import contextlib
import http.server
import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
options = argparse.Namespace(utcp=None, build=None)


def main(needs=(), files=(), before=None):
    """Runs the calling module's tests. `needs` names Python peers of build/peers, `files` other things that must be there; `before`
    is called first, and may skip too."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--utcp", required=True, type=pathlib.Path, help="the utcp program")
    parser.add_argument("--build", required=True, type=pathlib.Path, help="build directory, for the example programs")
    parser.add_argument("--peers", default=ROOT / "build" / "peers", type=pathlib.Path)
    parser.add_argument("only", nargs="*", help="tests as unittest names them, such as McpServers.test_git")
    parser.parse_args(namespace=options)
    for name in needs:
        if not peer_python(name).exists():
            skip(f"the peer {name} is not installed; run scripts/peers")
    for name in files:
        if not (options.peers / name).exists():
            skip(f"{name} is not installed; run scripts/peers, which needs npm for it")
    if before is not None:
        before()
    outcome = unittest.main(argv=[sys.argv[0], *options.only], exit=False, verbosity=2)
    sys.exit(0 if outcome.result.wasSuccessful() else 1)


def skip(why):
    in_ci = os.environ.get("CI") == "true"
    print(("FAILED: " if in_ci else "SKIPPED: ") + why)
    sys.exit(1 if in_ci else SKIPPED)


def peer_python(name):
    return options.peers / name / "bin" / "python"


class Outcome:
    """What a finished program left: exit code, both outputs, seconds, and the largest resident memory in MB."""

    def __init__(self, code, out, err, seconds, rss_mb):
        self.code, self.out, self.err, self.seconds, self.rss_mb = code, out, err, seconds, rss_mb

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit code {self.code} after {self.seconds:.2f} s, {self.rss_mb:.0f} MB\n--- stdout\n{self.out[:4000]}\n--- stderr\n{self.err[:4000]}"


def environment_with(changes):
    """The environment of this process with changes; None takes a variable away. Nothing of an earlier run is kept in the user's cache."""
    return {name: value for name, value in {**os.environ, "UTCP_CACHE": "off", **(changes or {})}.items() if value is not None}


def run(command, env=None, cwd=None, timeout=60, stdin=b""):
    """Runs a program to its end; its memory is measured from wait4, so that other children do not count."""
    environment = environment_with(env)
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        child = subprocess.Popen([str(c) for c in command], stdin=given, stdout=out, stderr=err, env=environment, cwd=cwd)
        timer = threading.Timer(timeout, child.kill)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
    return Outcome(child.returncode, *texts, time.monotonic() - started, usage.ru_maxrss / 1024)


def utcp(*arguments, config=None, env=None, cwd=None, timeout=60, stdin=b""):
    """Runs the program under test."""
    command = [options.utcp, *arguments]
    if config is not None:
        command[2:2] = ["--config", config]
    return run(command, env=env, cwd=cwd, timeout=timeout, stdin=stdin)


def peer(name, script, *arguments, env=None, cwd=None):
    """Runs a script of this folder with a peer's Python; its last line of output is JSON."""
    done = run([peer_python(name), ROOT / "tests" / "interop" / script, *arguments], env=env, cwd=cwd)
    if done.code != 0:
        raise AssertionError(f"{name} {script} {arguments}: {done}")
    return json.loads(done.out.strip().splitlines()[-1])


@contextlib.contextmanager
def process(command, ready, env=None, cwd=None, timeout=20):
    """A child that runs meanwhile. Gives the first line of its output that begins with `ready`, without that beginning;
    with `ready=None` it does not wait and gives nothing."""
    child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             env=environment_with(env), cwd=cwd)
    try:
        yield None if ready is None else first_line(child, ready, timeout)
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()


def first_line(child, ready, timeout):
    deadline = time.monotonic() + timeout
    seen = b""
    while True:
        for line in seen.split(b"\n")[:-1]:
            if line.startswith(ready.encode()):
                return line.decode()[len(ready):].strip()
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([child.stdout], [], [], left)[0]:
            raise AssertionError(f"no line '{ready}…' within {timeout} s; got {seen!r}")
        chunk = os.read(child.stdout.fileno(), 65536)
        if not chunk:
            raise AssertionError(f"ended with {child.wait()} before '{ready}…'; got {seen!r}")
        seen += chunk


def free_ports(count):
    """Different ports that were free a moment ago, for programs that cannot bind port 0 themselves."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def free_port():
    return free_ports(1)[0]


def wait_for_port(port, timeout=20, host="127.0.0.1"):
    deadline = time.monotonic() + timeout
    while True:
        try:
            socket.create_connection((host, port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextlib.contextmanager
def nginx(folder, config, ports):
    """nginx in the foreground with the configuration `config` (text) and everything in `folder`, until the end of the
    context; `ports` are those it listens on."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        skip("nginx is not installed; run scripts/packages test")
    file = folder / "nginx.conf"
    file.write_text(config)
    # nginx as root drops to a user who must be able to read the files.
    folder.chmod(0o755)
    command = [program, "-p", folder, "-c", file, "-e", "stderr"]
    tested = run([*command, "-t", "-q"])
    if tested.code != 0:
        raise AssertionError(f"nginx refuses its configuration: {tested}")
    with process(command, ready=None):
        for port in ports:
            wait_for_port(port)
        yield


@contextlib.contextmanager
def answering(respond):
    """An HTTP server of the suite's own. `respond(request_handler)` writes the answer. Gives the origin."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            respond(self)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = do_GET

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def send(handler, body, content_type="application/json", status=200, headers=()):
    data = body if isinstance(body, bytes) else body.encode()
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        with contextlib.suppress(ConnectionError):
            handler.wfile.write(data)


class Suite(unittest.TestCase):
    """A test case with a scratch folder."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
        return path

    def enter(self, context):
        """Enters a context until the test's end."""
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def expect(self, outcome, code=0):
        if outcome.code != code:
            self.fail(f"expected exit code {code}: {outcome}")
        return outcome

    def tool_names(self, config, env=None):
        listed = self.expect(utcp("tools", "--json", config=config, env=env, cwd=self.folder)).json()
        tools = listed["tools"] if isinstance(listed, dict) else listed
        return sorted(t["name"] for t in tools)

    def tools(self, defaults=None, **templates):
        """A configuration whose manual `t`, a local file, has a tool for each template under its keyword. A template may
        hold the tool's `inputs`."""
        tools = [{"name": name, "inputs": template.pop("inputs", {}), "tool_provider": {"provider_type": "http", **template}} for name, template in templates.items()]
        self.write("manual.json", {"version": "1.0", "tools": tools})
        provider = {"name": "t", "provider_type": "text", "file_path": "manual.json"}
        return self.write("providers.json", {"defaults": defaults or {}, "providers": [provider]})

    def fails(self, config, name, arguments, errc, *said, env=None, options=()):
        """Calls a tool that has to fail with `errc`; `said` must be in the message. Gives the error."""
        done = utcp("call", name, json.dumps(arguments), "--json", *options, config=config, env=env, cwd=self.folder)
        if done.code == 0 or not done.out.startswith('{"error"'):
            self.fail(f"expected {errc}: {done}")
        error = done.json()["error"]
        self.assertEqual(error["code"], errc, done)
        for words in said:
            self.assertIn(words, error["message"], done)
        return error

    def call(self, config, name, arguments, env=None):
        done = utcp("call", name, json.dumps(arguments), "--json", config=config, env=env, cwd=self.folder)
        return self.expect(done).json()


@contextlib.contextmanager
def mirror():
    """A server that answers what it was asked, and at /utcp the manual in `served.manual`. Gives `served`; `served.base`
    is its origin, `served.key` the X-Api-Key of the last request for the manual."""
    served = argparse.Namespace(manual=None, key=None, base=None)

    def respond(handler):
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        path, _, query = handler.path.partition("?")
        if path == "/utcp":
            served.key = handler.headers.get("X-Api-Key")
            return send(handler, json.dumps(served.manual))
        kept = ("Content-Type", "X-Api-Key", "X-Fixed", "X-Trace")
        headers = {name: handler.headers[name] for name in kept if name in handler.headers}
        return send(handler, json.dumps({"method": handler.command, "path": path, "query": query, "headers": headers, "body": body.decode()}))

    with answering(respond) as base:
        served.base = base
        yield served
