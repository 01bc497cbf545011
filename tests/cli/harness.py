"""Runs the program as a user would: in a folder of its own, with pipes or on a terminal."""

import fcntl
import json
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import service

BINARY = sys.argv.pop(1) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else os.environ.get("UTCP_BINARY", "utcp")
WITH_CLI = os.environ.get("UTCP_WITH_CLI", "ON").upper() in ("ON", "1", "TRUE", "YES")
WITH_MCP = os.environ.get("UTCP_WITH_MCP", "ON").upper() in ("ON", "1", "TRUE", "YES")
# A sanitized program starts slowly.
PATIENCE = 60

HEADER_SECRET = "s3cret-in-header"
QUERY_SECRET = "s3cret-in-query"
BASIC_SECRET = "s3cret-of-basic"
LITERAL_SECRET = "s3cret-written-out"
SECRETS = [HEADER_SECRET, QUERY_SECRET, BASIC_SECRET, LITERAL_SECRET]


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.raw = out
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.out)


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.service = service.Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="utcp-cli-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.service.slow_began.clear()
        self.service.slow_dropped.clear()
        self.service.seen.clear()
        self.write("providers.json", self.providers())
        self.write("keyed.json", self.keyed_manual())
        # Its tool has no provider of its own: it takes the manual's, and a call gives the file.
        self.write("notes.json", {"version": "1", "tools": [{"name": "read", "description": "Reads the notes", "tags": ["notes"]}]})

    def providers(self):
        port = self.service.port
        return {
            "variables": {"API_KEY": HEADER_SECRET},
            "providers": [
                {"name": "weather", "provider_type": "http", "url": f"http://127.0.0.1:{port}/utcp"},
                {"name": "notes", "provider_type": "text", "file_path": "notes.json"},
                {"name": "keyed", "provider_type": "text", "file_path": "keyed.json",
                 "allowed_variables": ["API_KEY", "QUERY_KEY", "BASIC_PASSWORD"], "allowed_origins": [f"http://127.0.0.1:{port}"]},
                {"name": "broken", "provider_type": "http", "url": "http://127.0.0.1:9/utcp"},
            ],
        }

    def keyed_manual(self):
        port = self.service.port

        def keyed(name, **provider):
            return service.tool(name, "Needs a key", "/echo", port, "POST", properties={"body": {"type": "object"}}, **provider)

        return {
            "version": "1.0.0",
            "tools": [
                keyed("header", auth={"auth_type": "api_key", "api_key": "${API_KEY}", "var_name": "X-Api-Key", "location": "header"}),
                keyed("query", auth={"auth_type": "api_key", "api_key": "${QUERY_KEY}", "var_name": "app", "location": "query"}),
                keyed("basic", auth={"auth_type": "basic", "username": "user", "password": "${BASIC_PASSWORD}"}),
                keyed("literal", auth={"auth_type": "api_key", "api_key": LITERAL_SECRET, "var_name": "X-Api-Key", "location": "header"}),
                keyed("static", headers={"Authorization": "Bearer " + LITERAL_SECRET}),
            ],
        }

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        data = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
        with open(self.path(name), "wb") as out:
            out.write(data)
        return self.path(name)

    def environment(self, extra=None):
        out = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "API_KEY", "UTCP_CACHE", "UTCP_CACHE_MAX_AGE")}
        out.update({"UTCP_CACHE_DIR": self.path("cache"), "TERM": "xterm", "QUERY_KEY": QUERY_SECRET, "BASIC_PASSWORD": BASIC_SECRET})
        out.update(extra or {})
        return out

    def start(self, *words, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("stderr", subprocess.PIPE)
        how["env"] = self.environment(how.get("env"))
        return subprocess.Popen([BINARY, *words], cwd=self.folder, **how)

    def utcp(self, *words, input=None, env=None):
        child = self.start(*words, env=env, stdin=subprocess.DEVNULL if input is None else subprocess.PIPE)
        out, err = child.communicate(input.encode() if input is not None else None, timeout=PATIENCE)
        self.assertNotIn(b"Sanitizer", err, err.decode("utf-8", "replace"))
        return Result(child.returncode, out, err)

    def expect(self, code, *words, **how):
        result = self.utcp(*words, **how)
        self.assertEqual(result.code, code, f"{words}: {result.out}\n{result.err}")
        return result

    def on_terminal(self, *words, columns=80, env=None, stderr_too=False):
        """Runs on a pseudo terminal; its standard output is `out`, with standard error in it when asked for."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        child = self.start(*words, env=env, stdout=slave, stderr=slave if stderr_too else subprocess.PIPE)
        os.close(slave)
        out = self.drain(master, child)
        os.close(master)
        err = b"" if stderr_too else child.stderr.read()
        if child.stderr:
            child.stderr.close()
        return Result(child.wait(PATIENCE), out, err)

    def drain(self, master, child):
        out = b""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not select.select([master], [], [], 0.2)[0]:
                continue
            try:
                block = os.read(master, 65536)
            except OSError:  # Linux: the last writer is gone
                return out
            if not block:
                return out
            out += block
        child.kill()
        self.fail("the program did not end")

    def assert_no_secret(self, result):
        for secret in SECRETS:
            self.assertNotIn(secret, result.out + result.err)
        self.assertNotIn("dXNlcjpz", result.out + result.err, "the credentials of basic authentication in base64")


def main():
    unittest.main(verbosity=1)
