"""The cases that hold for every python-utcp: its manuals here, ours there, and calls through both."""

import json

import harness

READ = {"id": "a b/ü", "page": 2}
READ_SEEN = {"method": "GET", "path": "/things/a%20b%2F%C3%BC", "query": "page=2", "headers": {}, "body": ""}
WRITE = {"doc": {"k": ["ä", 1, None]}, "X-Trace": "t-1"}


def without_nulls(value):
    """`null` means absent; python-utcp v1 writes one for each key of a schema that is not set."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


class PeerCases(harness.Suite):
    """`peer` and `script` name the peer, `dialect` what `utcp convert --to` calls its dialect."""

    peer = script = dialect = None

    def setUp(self):
        super().setUp()
        self.served = self.enter(harness.mirror())
        self.served.manual = self.ask("manual", self.served.base)

    def ask(self, *arguments):
        return harness.peer(self.peer, self.script, *arguments, cwd=self.folder)

    def check_write(self, seen):
        self.assertEqual((seen["method"], seen["path"], seen["query"]), ("POST", "/things", ""))
        self.assertEqual(seen["headers"], {"Content-Type": "application/json", "X-Api-Key": "key-1", "X-Fixed": "yes", "X-Trace": "t-1"})
        self.assertEqual(json.loads(seen["body"]), WRITE["doc"])

    # Theirs here.

    def ours_for_theirs(self):
        return self.write("ours.json", [{"name": "shop", "provider_type": "http", "url": f"{self.served.base}/utcp"}])

    def test_their_manual_loads_here_over_http(self):
        self.assertEqual(self.tool_names(self.ours_for_theirs()), ["shop.read", "shop.write"])

    def test_their_manual_loads_here_from_a_file(self):
        self.write("theirs.json", self.served.manual)
        config = self.write("ours.json", [{"name": "shop", "provider_type": "text", "file_path": "theirs.json"}])
        self.assertEqual(self.tool_names(config), ["shop.read", "shop.write"])

    def test_their_manual_is_valid_here(self):
        self.expect(harness.utcp("validate", config=self.write("theirs.json", self.served.manual)))

    def test_calls_through_their_manual_send_what_they_should(self):
        config = self.ours_for_theirs()
        self.assertEqual(self.call(config, "shop.read", READ), READ_SEEN)
        self.check_write(self.call(config, "shop.write", WRITE))

    def test_their_manual_goes_round_without_loss(self):
        theirs = self.write("theirs.json", self.served.manual)
        first = self.expect(harness.utcp("convert", theirs, "--to", self.dialect, "--full")).json()
        again = self.expect(harness.utcp("convert", self.write("again.json", first), "--to", self.dialect, "--full")).json()
        self.assertEqual(first, again)
        read = first["tools"][0]
        self.assertEqual(without_nulls(read["inputs"]["properties"]["page"]), {"type": "integer", "minimum": 1})
        self.assertEqual(read["inputs"]["required"], ["id"])
        self.assertEqual(first["tools"][1]["average_response_size"], 120)

    # Ours there.

    def manual_of_ours(self, written_as):
        """Hand-written in the other dialect or in theirs, with keys that they refuse, then converted to theirs."""
        template, kind, base = {
            "v0": ("tool_provider", "provider_type", {"version": "1.0"}),
            "v1": ("tool_call_template", "call_template_type", {"utcp_version": "1.1.0", "manual_version": "1.0.0"}),
        }[written_as]
        source = {
            **base,
            "info": {"title": "A key that python-utcp v1 refuses"},
            "tools": [
                {"name": "read", "description": "Reads a thing", "tags": ["thing"],
                 "inputs": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
                 template: {kind: "http", "url": f"{self.served.base}/things/{{id}}", "http_method": "GET"}},
                {"name": "write",
                 template: {kind: "http", "url": f"{self.served.base}/things", "http_method": "POST", "body_field": "doc",
                            "header_fields": ["X-Trace"], "headers": {"X-Fixed": "yes"},
                            "auth": {"auth_type": "api_key", "api_key": "key-1", "var_name": "X-Api-Key"}}},
            ],
        }
        path = self.write(f"source-{written_as}.json", source)
        return self.expect(harness.utcp("convert", path, "--to", self.dialect)).json()

    def check_ours_there(self, written_as):
        self.served.manual = self.manual_of_ours(written_as)
        config = self.theirs_for_ours()
        found = {t["name"]: t for t in self.ask("tools", config)}
        self.assertEqual(sorted(found), ["shop.read", "shop.write"])
        self.assertEqual(found["shop.read"]["tags"], ["thing"])
        self.assertEqual(found["shop.read"]["inputs"]["required"], ["id"])
        seen = self.ask("call", config, "shop.read", json.dumps({"id": "x1"}))
        self.assertEqual((seen["method"], seen["path"]), ("GET", "/things/x1"))
        self.check_write(self.ask("call", config, "shop.write", json.dumps(WRITE)))

    def test_our_manual_converted_from_v0_loads_there_and_is_called(self):
        self.check_ours_there("v0")

    def test_our_manual_converted_from_v1_loads_there_and_is_called(self):
        self.check_ours_there("v1")

    def test_every_recorded_manual_loads_there_when_it_is_portable(self):
        loaded = set()
        for file in sorted((harness.ROOT / "tests" / "golden" / "dialect").glob("*.json")):
            with self.subTest(file.name):
                golden = json.loads(file.read_text())
                ours = golden["expected"][f"{self.dialect}_portable"]["written"]
                names = self.ask("names", self.write(file.name, ours))
                self.assertLessEqual(set(names), {t["name"] for t in ours["tools"]})
                if self.dialect == "v0":
                    self.assertEqual(names, [t["name"] for t in ours["tools"]])
                loaded.update(names)
        self.assertIn("odd_schema", loaded)

    def test_their_manual_loads_in_the_other_dialects_models_here_and_back(self):
        other = {"v0": "v1", "v1": "v0"}[self.dialect]
        theirs = self.write("theirs.json", self.served.manual)
        there = self.expect(harness.utcp("convert", theirs, "--to", other)).json()
        back = self.expect(harness.utcp("convert", self.write("other.json", there), "--to", self.dialect)).json()
        self.assertEqual(self.ask("names", self.write("back.json", back)), ["read", "write"])
