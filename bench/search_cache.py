#!/usr/bin/env python3
"""Times of `utcp search`: without the cache, cold with it, and warm. usage: search_cache.py UTCP FOLDER [COUNT…]

Writes manuals of COUNT tools (100 10000 100000) into FOLDER, serves them on loopback with entity tags, and prints the medians of ten runs
(three of the slow ones) as a table: milliseconds, and behind them those of processor time; and the size of the file. `start` is
`utcp --version`.
"""
import http.server
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

VERBS = "get list create update delete search fetch convert translate send read write upload merge split check".split()
NOUNS = "user invoice order weather forecast city country payment repository issue branch message document image video calendar ticket server".split()
STATES = "recent active archived public private shared urgent daily weekly detailed compact raw cached remote local".split()


def tool(i, port):
    verb, noun, state = (random.choice(words) for words in (VERBS, NOUNS, STATES))
    return {"name": f"{verb}_{state}_{noun}_{i}", "description": f"{verb.capitalize()} the {state} {noun} records of an account, and return them with their details.",
            "inputs": {"type": "object", "properties": {"id": {"type": "string", "description": f"identifier of the {noun}"}, "limit": {"type": "integer"}}, "required": ["id"]},
            "outputs": {"type": "object", "properties": {"ok": {"type": "boolean"}, "value": {"type": "integer"}}}, "tags": [verb, noun, state],
            "tool_provider": {"provider_type": "http", "name": "m", "http_method": "GET", "url": f"http://127.0.0.1:{port}/tool"}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        body, tag = self.server.manuals[self.path]
        known = self.headers.get("If-None-Match") == tag
        self.send_response(304 if known else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", "application/json")
        if not known:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not known:
            self.wfile.write(body)


def medians(words, folder, runs):
    times, work = [], []
    for _ in range(runs):
        began = time.monotonic()
        child = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, "UTCP_CACHE_DIR": os.path.join(folder, "cache")})
        _, status, used = os.wait4(child.pid, 0)
        times.append((time.monotonic() - began) * 1000)
        work.append((used.ru_utime + used.ru_stime) * 1000)
        if status != 0:
            sys.exit(f"{words}: {status}")
    return f"{statistics.median(times):.1f} ({statistics.median(work):.1f})"


def main():
    utcp, folder = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.manuals = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    print(f"start: {medians([utcp, '--version'], folder, 10)}")
    print("| tools | manual, MB | without | cold | warm | asked, 304 | file, MB |\n| --- | --- | --- | --- | --- | --- | --- |")
    cache = os.path.join(folder, "cache")
    for count in [int(word) for word in sys.argv[3:]] or [100, 10_000, 100_000]:
        shutil.rmtree(cache, ignore_errors=True)
        random.seed(count)
        body = json.dumps({"version": "1.0", "tools": [tool(i, port) for i in range(count)]}).encode()
        server.manuals[f"/{count}"] = (body, f'"{count}"')
        config = os.path.join(folder, f"providers_{count}.json")
        with open(config, "w") as out:
            json.dump([{"name": "m", "provider_type": "http", "url": f"http://127.0.0.1:{port}/{count}"}], out)
        search = [utcp, "--config", config, "search", "fetch the weather of a city"]
        few = 10 if count < 50_000 else 3
        row = [medians([*search, "--no-cache"], folder, few), medians([*search, "--refresh"], folder, few),
               medians(search, folder, 10), medians([*search, "--max-age", "0"], folder, 10)]
        size = max(os.path.getsize(os.path.join(cache, name)) for name in os.listdir(cache))
        print(f"| {count:,} | {len(body) / 1e6:.2f} | " + " | ".join(row) + f" | {size / 1e6:.2f} |", flush=True)


main()
