"""A manual of 100,000 tools (about 57 MB): resident memory at its peak and afterwards, as multiples of the manual's bytes.

Memory, not time, so it is the same on a busy machine."""

import functools
import http.server
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import unittest

BENCH = sys.argv.pop(1)
TOOLS = 100_000
MOST_AT_PEAK = 4.0
INDEX = 1.0  # of the manual's bytes, beside the tools
MOST_SETTLED = 2.5 + INDEX

VERBS = "get list create update delete search fetch convert translate summarize send read write merge split count check".split()
NOUNS = "user invoice order weather forecast city payment repository issue commit message channel document event ticket volume".split()
KINDS = "recent active archived public private shared urgent daily weekly monthly detailed raw cached remote local".split()


def made_tool(i, port, dialect, own_address, chance):
    verb, noun, kind = chance.choice(VERBS), chance.choice(NOUNS), chance.choice(KINDS)
    properties = {"id": {"type": "string", "description": f"identifier of the {noun}"}}
    # Not all alike: a client must not look good by sharing what the tools of a real manual do not share.
    properties[chance.choice(KINDS) + "_" + str(chance.randrange(1000))] = {"type": chance.choice(["integer", "boolean", "string"])}
    template = {"http_method": "GET", "url": f"http://127.0.0.1:{port}/" + (f"{noun}/{i}" if own_address else "tool"), "name": "m"}
    out = {
        "name": f"{verb}_{kind}_{noun}_{i}",
        "description": f"{verb.capitalize()} the {kind} {noun} records of an account, and return them with their details.",
        "inputs": {"type": "object", "properties": properties, "required": ["id"]},
        "outputs": {"type": "object", "properties": {"ok": {"type": "boolean"}, "value": {"type": "integer"}}},
        "tags": [verb, noun, kind],
    }
    if dialect == "v0":
        out["tool_provider"] = {"provider_type": "http", **template}
    else:
        out["tool_call_template"] = {"call_template_type": "http", **template}
    return out


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


class Memory(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="utcp-memory-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=self.folder))
        self.addCleanup(self.server.server_close)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.shutdown)

    def write(self, name, content):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            json.dump(content, out)

    def measure(self, dialect, own_address):
        port = self.server.server_address[1]
        chance = random.Random(7)
        manual = {"version": "1.0"} if dialect == "v0" else {"utcp_version": "1.0.1", "manual_version": "1.0.0"}
        manual["tools"] = [made_tool(i, port, dialect, own_address, chance) for i in range(TOOLS)]
        # The names are those of the side-by-side protocol, whatever the dialect.
        self.write(f"manual_v0_{TOOLS}.json", manual)
        url = f"http://127.0.0.1:{port}/manual_v0_{TOOLS}.json"
        self.write(f"providers_{TOOLS}.json", [{"name": "m", "provider_type": "http", "url": url, "http_method": "GET"}])
        done = subprocess.run([BENCH, "memory", self.folder, str(TOOLS)], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        figures = json.loads(done.stdout)
        print(dialect, "an address each" if own_address else "one address", done.stdout.strip())
        self.assertEqual(figures["tools"], TOOLS)
        self.assertGreater(figures["manual_bytes"], 50_000_000)
        return figures

    def check(self, dialect, own_address=False, most_settled=MOST_SETTLED):
        figures = self.measure(dialect, own_address)
        self.assertLessEqual(figures["peak_ratio"], MOST_AT_PEAK)
        self.assertLessEqual(figures["settled_ratio"], most_settled)

    def test_a_manual_of_v0(self):
        self.check("v0")

    def test_a_manual_of_v1(self):
        self.check("v1")

    def test_tools_that_share_no_template_cost_more(self):
        self.check("v0", own_address=True, most_settled=2.75 + INDEX)


if __name__ == "__main__":
    unittest.main(verbosity=1)
