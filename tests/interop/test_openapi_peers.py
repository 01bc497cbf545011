#!/usr/bin/env python3
"""Manuals made of OpenAPI documents in python-utcp v1 and 0.2.3: they load there, and tools that need none of our extensions send the same
requests. The samples of arguments come from ../shared/openapi; without it that part is skipped."""

import collections
import json
import pathlib
import re
import sys
import unittest
import urllib.parse

import harness
import openapi_documents

ROUND_TRIP = openapi_documents.SHARED / "roundtrip.py"
DOCUMENTS = ["petstore2.json", "petstore3.yaml", "uspto.yaml", "museum.yaml", "adyen-checkout.yaml", "prefect.json", "qdrant.json", "spotify.yaml", "security30.json"]
PEERS = {"v1": "python_v1", "v0": "python_v0_2"}
# What python-utcp does with true and false: in a query it fails (yarl takes none), in a header it writes its own words for them.
SAME = ("same", "bool refused", "True in a header")
EXTENSIONS = ("x-arg-map", "x-body-encoding", "cookie_fields")


def normal(request):
    """A request as a server understands it, so that two ways of writing the same are equal."""
    query = sorted(urllib.parse.parse_qsl(request["query"], keep_blank_values=True))
    media = (request["headers"].get("content-type") or "").split(";")[0]
    body = request["body"]
    try:
        body = json.loads(body) if "json" in media else sorted(urllib.parse.parse_qsl(body)) if "urlencoded" in media else body
    except ValueError:
        pass
    kept = {name: value for name, value in request["headers"].items() if name not in ("host", "user-agent", "accept", "accept-encoding", "content-length", "content-type", "connection", "transfer-encoding")}
    return {"method": request["method"], "path": urllib.parse.unquote(request["path"]), "query": query, "media": media if body not in ("", None) else "", "body": body, "headers": kept}


class Recorder:
    """A server that keeps the requests since the last GET of /case/N."""

    def __init__(self):
        self.requests = collections.defaultdict(list)
        self.case = None

    def __call__(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        if "chunked" in (handler.headers.get("Transfer-Encoding") or ""):
            while (size := int(handler.rfile.readline().split(b";")[0], 16)) > 0:
                body += handler.rfile.read(size)
                handler.rfile.readline()
            handler.rfile.readline()
        path, _, query = handler.path.partition("?")
        if path == "/token":
            return harness.send(handler, json.dumps({"access_token": "dummy", "token_type": "Bearer", "expires_in": 3600}))
        if path.startswith("/case/"):
            self.case = int(path[6:])
        else:
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.requests[self.case].append({"method": handler.command, "path": path, "query": query, "headers": headers, "body": body.decode("utf-8", "replace")})
        return harness.send(handler, "{}")


class Loading(harness.Suite):
    def load(self, dialect):
        with openapi_documents.unpacked() as folder:
            wanted = {}
            for name, operations in openapi_documents.listed():
                spec = pathlib.Path(folder) / name
                if not spec.exists() or operations == 0:
                    continue
                manual = self.folder / (name.replace("/", "_") + ".json")
                self.expect(harness.utcp("convert", spec, "--spec-url", openapi_documents.SPEC_URL, "--dialect", dialect, "-o", manual, timeout=120))
                wanted[str(manual)] = [tool["name"] for tool in json.loads(manual.read_text())["tools"]]
            self.assertGreater(len(wanted), 60)
            taken = harness.run([harness.peer_python(PEERS[dialect]), harness.ROOT / "tests/interop/openapi_peer.py", "names", *wanted], timeout=300)
            taken = json.loads(self.expect(taken).out.strip().splitlines()[-1])
            self.assertEqual({path: names for path, names in taken.items() if names != wanted[path]}, {})
            self.assertGreater(sum(map(len, wanted.values())), 1000)

    def test_python_v1_loads_every_manual(self):
        self.load("v1")

    def test_python_0_2_loads_every_manual(self):
        self.load("v0")


@unittest.skipUnless(ROUND_TRIP.exists(), f"{ROUND_TRIP} is not there")
class Requests(harness.Suite):
    def prepare(self, name, origin):
        """Gives the v1 configuration, the v0 one, the environment and the cases of tools that need no extension."""
        spec = openapi_documents.SHARED / "shared" / name
        self.expect(harness.utcp("convert", spec, "-o", self.folder / "manual.json", "--spec-url", openapi_documents.SPEC_URL, timeout=120))
        port = origin.rsplit(":", 1)[1]
        emit = [harness.peer_python("openapi_judge"), ROUND_TRIP, "emit", spec, self.folder / "manual.json", self.folder, "--port", port, "--spec-url", openapi_documents.SPEC_URL]
        self.expect(harness.run(emit, timeout=300))
        manual = json.loads((self.folder / "manual.rebased.json").read_text())
        variables, plain = set(), set()
        for tool in manual["tools"]:
            template = tool["tool_call_template"]
            if (template.get("auth") or {}).get("auth_type") == "oauth2":
                template["auth"]["token_url"] = origin + "/token"
            variables.update(re.findall(r"\$\{?(\w+)\}?", json.dumps([template.get("auth"), template.get("headers")])))
            if not any(key in template for key in EXTENSIONS):
                plain.add(tool["name"])
        manual["tools"] = [tool for tool in manual["tools"] if tool["name"] in plain]
        self.write("manual.v1.json", manual)
        self.expect(harness.utcp("convert", self.folder / "manual.v1.json", "--to", "v0", "-o", self.folder / "manual.v0.json"))
        cases = [line for line in (self.folder / "cases.jsonl").read_text().splitlines() if json.loads(line)["tool"] in plain]
        self.write("plain.jsonl", "\n".join(cases) + "\n")
        v1 = {"name": "t", "call_template_type": "text", "file_path": str(self.folder / "manual.v1.json"), "allowed_communication_protocols": ["text", "http"]}
        dummies = {f"t_{each}": "dummy" for each in variables}
        self.write("v1.json", {"variables": dummies, "manual_call_templates": [{**v1, "call_template_type": "file"}]})
        self.write("v0.json", [{"name": "t", "provider_type": "text", "file_path": str(self.folder / "manual.v0.json")}])
        self.write("ours.json", {"manual_call_templates": [v1]})
        return {**dummies, **{each: "dummy" for each in variables}}, [json.loads(line) for line in cases]

    def ours(self, case, recorder, number, environment):
        recorder.case = number
        self.write("arguments.json", case["args"])
        done = harness.utcp("call", "t." + case["tool"], f"@{self.folder / 'arguments.json'}", "--json", config=self.folder / "ours.json", env=environment, cwd=self.folder)
        return recorder.requests.pop(number, []), done.err + done.out

    def compare(self, name, dialect):
        recorder = Recorder()
        origin = self.enter(harness.answering(recorder))
        environment, cases = self.prepare(name, origin)
        if not cases:
            return
        command = [harness.peer_python(PEERS[dialect]), harness.ROOT / "tests/interop/openapi_peer.py", "call", self.folder / f"{dialect}.json", self.folder / "plain.jsonl", origin]
        errors = json.loads(self.expect(harness.run(command, env=environment, timeout=300)).out.strip().splitlines()[-1])
        theirs = dict(recorder.requests)
        recorder.requests.clear()
        counts, wrong = collections.Counter(), []
        for number, case in enumerate(cases):
            mine, said = self.ours(case, recorder, number, environment)
            verdict = self.verdict(case, [normal(each) for each in mine], [normal(each) for each in theirs.get(number, [])], errors[number])
            counts[verdict if verdict in SAME else "different"] += 1
            if verdict not in SAME:
                wrong.append(f"{case['op']} {json.dumps(case['args'])[:300]}: {verdict} {said[:200] if not mine else ''}")
        print(json.dumps({"document": name, "peer": PEERS[dialect], "requests": len(cases), **counts}), file=sys.stderr, flush=True)
        if wrong:
            self.fail(f"{len(wrong)} differ:\n" + "\n".join(wrong[:30]))

    def verdict(self, case, mine, theirs, failure):
        if mine == theirs:
            return "same"
        flags = any(isinstance(value, bool) for value in case["args"].values())
        if flags and not theirs and failure and "of type <class 'bool'>" in failure:
            return "bool refused"
        for each in theirs:
            each["headers"] = {name: {"True": "true", "False": "false"}.get(value, value) for name, value in each["headers"].items()}
        if flags and mine == theirs:
            return "True in a header"
        return f"\n  ours   {json.dumps(mine)[:700]}\n  theirs {json.dumps(theirs)[:700]} {failure or ''}"


def add_test(name, dialect):
    def test(self):
        self.compare(name, dialect)

    setattr(Requests, "test_" + re.sub(r"\W", "_", name) + "_" + dialect, test)


for document in DOCUMENTS:
    for each in PEERS:
        add_test(document, each)


if __name__ == "__main__":
    harness.main(needs=["openapi_judge", *PEERS.values()])
