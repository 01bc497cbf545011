"""validate, convert, variables, and configurations that are wrong."""

import functools
import http.server
import json
import os
import pathlib
import re
import threading

import harness


class Configuration(harness.Case):
    def test_a_missing_default_says_what_to_do(self):
        os.remove(self.path("providers.json"))
        result = self.expect(3, "tools")
        self.assertEqual(result.out, "")
        self.assertIn("providers.json", result.err)
        self.assertIn("--config", result.err)
        self.assertEqual(self.expect(3, "tools", "--json").json()["error"]["code"], "invalid_config")

    def test_a_broken_file_is_told_with_its_place(self):
        self.write("providers.json", '[\n  {"name": }\n]')
        result = self.expect(3, "tools")
        self.assertRegex(result.err, r"providers\.json.*2")
        self.expect(3, "--config", "missing.json", "tools")
        self.write("text.json", "5")
        self.expect(3, "--config", "text.json", "tools")

    def test_insecure_http_needs_the_switch(self):
        # An address of the documentation range: nothing answers, and nothing may be asked without the switch.
        self.write("providers.json", [{"name": "far", "provider_type": "http", "url": "http://192.0.2.1/utcp"}])
        refused = self.expect(3, "validate", "--json").json()[0]
        self.assertEqual(refused["error"]["code"], "not_allowed")
        tried = self.expect(3, "validate", "--json", "--allow-insecure-http", "--timeout", "300ms").json()[0]
        self.assertIn(tried["error"]["code"], ("timed_out", "connection_failed"))

    def test_yaml_is_read(self):
        self.write("providers.yaml", "- name: notes\n  provider_type: text\n  file_path: notes.json\n")
        self.assertEqual(len(self.expect(0, "--config", "providers.yaml", "tools", "--json").json()), 1)


class Validate(harness.Case):
    def test_one_line_a_provider_and_exit_code_three_when_one_failed(self):
        result = self.expect(3, "validate")
        self.assertRegex(result.out, r"(?m)^ok +weather \(http\): 16 tools, .+$")
        self.assertRegex(result.out, r"(?m)^failed +broken \(http\): .+ \(after .+\)$")

    def test_all_well_is_exit_code_zero(self):
        self.write("providers.json", [{"name": "notes", "provider_type": "text", "file_path": "notes.json"}])
        self.assertRegex(self.expect(0, "validate").out, r"^ok +notes")

    def test_json_has_an_entry_a_provider(self):
        by_name = {entry["name"]: entry for entry in self.expect(3, "validate", "--json").json()}
        self.assertTrue(by_name["weather"]["ok"])
        self.assertEqual(by_name["weather"]["tools"], 16)
        self.assertEqual(by_name["broken"]["error"]["code"], "connection_failed")
        self.assertGreaterEqual(by_name["broken"]["took_ms"], 0)

    def test_a_missing_variable_and_an_unreadable_entry_fail_alone(self):
        self.write("providers.json", [
            {"name": "notes", "provider_type": "text", "file_path": "notes.json"},
            {"name": "unset", "provider_type": "http", "url": "https://${NOWHERE_TO_BE_FOUND}/utcp"},
            {"name": "odd", "provider_type": "pigeon"},
            {"name": "typeless"},
        ])
        for words in ([], ["--offline"]):
            by_name = {entry["name"]: entry for entry in self.expect(3, "validate", "--json", *words).json()}
            self.assertTrue(by_name["notes"]["ok"])
            self.assertEqual(by_name["unset"]["error"]["code"], "missing_variable")
            self.assertFalse(by_name["odd"]["ok"])
            self.assertFalse(by_name["typeless"]["ok"])

    def test_offline_finds_what_stands_beside_the_providers(self):
        for wrong in ({"tool_repository": {"tool_repository_type": "nowhere"}}, {"post_processing": [{"tool_post_processor_type": "nothing"}]},
                      {"load_variables_from": [{"variable_loader_type": "nothing"}]}, {"plugins": ["absent.so"]}):
            self.write("providers.json", {"providers": [{"name": "notes", "provider_type": "text", "file_path": "notes.json"}], **wrong})
            self.assertEqual(self.expect(3, "validate", "--offline").err, self.expect(3, "validate").err)

    def test_offline_a_variable_of_the_configuration_needs_its_own_variables(self):
        self.write("providers.json", {"variables": {"BASE": "${HOST_NOT_SET}"}, "providers": [{"name": "far", "provider_type": "http", "url": "http://${BASE}/x"}]})
        for words in ([], ["--offline"]):
            self.assertEqual(self.expect(3, "validate", "--json", *words).json()[0]["error"]["code"], "missing_variable")
        self.expect(0, "validate", "--offline", env={"HOST_NOT_SET": "127.0.0.1"})

    def test_offline_a_limit_that_is_none_fails(self):
        self.write("providers.json", [{"name": "notes", "provider_type": "text", "file_path": "notes.json", "rate_limit": {"calls": "many"}}])
        for words in ([], ["--offline"]):
            self.assertEqual(self.expect(3, "validate", "--json", *words).json()[0]["error"]["code"], "invalid_config")

    @harness.unittest.skipUnless(os.environ.get("UTCP_MEMO_PLUGIN"), "built without the examples")
    def test_offline_a_plugin_serves_its_protocol(self):
        self.write("providers.json", {"plugins": [os.environ["UTCP_MEMO_PLUGIN"]], "providers": [{"name": "memo", "call_template_type": "memo", "notes": {"milk": "2 l"}}]})
        for words in ([], ["--offline"]):
            self.expect(0, "validate", *words)

    def test_a_time_of_the_command_line_bounds_a_provider_that_has_its_own(self):
        self.write("providers.json", [{"name": "slow", "provider_type": "http", "url": f"http://127.0.0.1:{self.service.port}/slow_manual", "timeout_ms": 600000}])
        failure = self.expect(3, "validate", "--json", "--timeout", "300ms").json()[0]["error"]
        self.assertEqual(failure["code"], "timed_out")
        self.assertIn("--timeout", failure["message"])
        self.assertNotIn("timeout_ms", failure["message"])

    def test_a_time_of_the_configuration_is_what_the_advice_names(self):
        self.write("providers.json", [{"name": "slow", "provider_type": "http", "url": f"http://127.0.0.1:{self.service.port}/slow_manual", "timeout_ms": 200}])
        self.assertIn('set "timeout_ms"', self.expect(3, "validate", "--json").json()[0]["error"]["message"])

    def test_offline_contacts_nobody(self):
        self.expect(0, "validate", "--offline")
        self.assertEqual(self.service.seen, [])

    def test_no_secret_is_shown(self):
        for words in (["validate"], ["validate", "-v"], ["validate", "--offline", "--json"]):
            self.assert_no_secret(self.utcp(*words))

    def test_settings_that_no_call_could_read_are_told_offline_too(self):
        self.write("providers.json", [{"name": "notes", "provider_type": "text", "file_path": "notes.json", "retry": {"attemps": 3}}])
        for words in ([], ["--offline"]):
            self.assertIn("notes#/retry/attemps", self.expect(3, "validate", "--json", *words).json()[0]["error"]["message"])

    def test_a_key_that_nobody_reads_is_a_warning_with_its_place(self):
        self.write("providers.json", {"providers": [{"name": "notes", "provider_type": "text", "file_paht": "notes.json", "file_path": "notes.json", "base_ulr": "https://x.example"}]})
        for words in ([], ["--offline"], ["--json"]):
            self.assertEqual(self.expect(0, "validate", *words).err.splitlines(),
                             ['utcp: providers.json#/providers/0/base_ulr: unknown key, ignored; did you mean "base_url"?', "utcp: providers.json#/providers/0/file_paht: unknown key, ignored"])
        self.assertEqual(self.expect(0, "tools").err, "")
        self.assertIn("base_ulr", self.expect(0, "tools", "-v").err)

    def test_a_manual_in_the_place_of_a_configuration_is_named_by_its_file(self):
        os.mkdir(self.path("sub"))
        self.write("sub/tools.json", {"version": "1", "tools": [{"name": "x", "description": "d", "tool_provider": {"provider_type": "http"}}]})
        result = self.expect(0, "--config", "sub/tools.json", "validate")
        self.assertIn("sub/tools.json#/tools/0/tool_provider: \"url\" is missing", result.out)

    def test_wrong_options_are_told_with_their_place(self):
        far = {"name": "far", "provider_type": "http", "url": "https://far.example/utcp"}
        for wrong, told in (({"providers": [{**far, "http_method": "no method"}]}, 'http provider "far"#/http_method: '),
                            ({"providers": [{**far, "other_origins": "sometimes"}]}, "manual far#/other_origins: "),
                            ({"providers": [{**far, "proxy": "nowhere"}]}, 'http provider "far"#/proxy: '),
                            ({"providers": [far], "defaults": {"http": {"proxy": "nowhere"}}}, "providers.json#/defaults/http/proxy: "),
                            ({"providers": [far], "defaults": {"http": {"max_connections": 0}}}, "providers.json#/defaults/http/max_connections: "),
                            ({"providers": [far], "defaults": {"http": {"proxi": ""}}}, "providers.json#/defaults/http/proxi: unknown key")):
            self.write("providers.json", wrong)
            failure = self.expect(3, "validate", "--json").json()[0]["error"]
            self.assertEqual(failure["code"], "invalid_config")
            self.assertTrue(failure["message"].startswith(told), failure["message"])


ROOT = pathlib.Path(__file__).resolve().parents[2]


class KnownKeys(harness.Case):
    """What documents and examples have is no unknown key."""

    def check(self, providers):
        self.write("providers.json", providers)
        result = self.utcp("validate", "--offline", "--json")
        self.assertNotIn("unknown key", result.err)
        return result.json()

    def documented(self, page):
        """The fields of a provider that a page's tables list."""
        out, inside = [], False
        for line in page.read_text().splitlines():
            inside = line.startswith("| field |") or (inside and line.startswith("|"))
            if inside:
                out += [word for word in re.findall(r"`([a-z_-]+)`", line.split("|")[1])]
        return out

    def test_those_of_the_documents(self):
        of_all = [word for word in self.documented(ROOT / "docs" / "providers.md") if word not in ("auth", "allowed_communication_protocols", "call_template_type", "provider_type", "name")]
        self.assertIn("circuit_breaker", of_all)
        for kind in ("http", "sse", "http_stream", "cli", "grpc", "mcp", "text"):
            keys = self.documented(ROOT / "docs" / "transports" / f"{kind}.md")
            self.assertGreater(len(keys), 3, kind)
            provider = {"name": "x", "provider_type": kind, "url": "https://x.example", "command_name": "x", "config": {}, "openapi": {}}
            wanted = {"http": "url", "sse": "url", "http_stream": "url", "cli": "command_name", "mcp": "config"}.get(kind, "")
            provider = {key: value for key, value in provider.items() if key in ("name", "provider_type", wanted) or (key == "openapi" and kind not in ("grpc", "mcp"))}
            provider.update({key: "${X}" for key in keys if key not in ("auth", "auth_tools", *of_all)})
            entry = self.check([provider])[0]
            self.assertIn("protocol", entry, "was not read: " + str(entry))
            self.assertEqual(entry["protocol"], kind, entry)

    def examples(self, value):
        if isinstance(value, dict):
            if isinstance(value.get("provider_type", value.get("call_template_type")), str):
                yield value
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from self.examples(each)

    def test_those_of_the_examples(self):
        texts = [path.read_text() for folder in ("docs", "examples") for path in sorted((ROOT / folder).rglob("*.json"))]
        texts.append((ROOT / "providers.json").read_text())
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
            texts += re.findall(r"```json\n(.*?)```", page.read_text(), re.S)
        found = []
        for text in texts:
            try:
                found += self.examples(json.loads(text))
            except ValueError:
                continue  # a piece of JSON
        self.assertGreater(len(found), 20)
        self.check(found)


class Variables(harness.Case):
    def found(self, code, *words, **how):
        result = self.expect(code, "variables", "--json", *words, **how)
        self.assert_no_secret(result)
        return {entry["name"]: entry for entry in result.json()}

    def test_each_is_told_with_its_place_and_never_its_value(self):
        self.write("key.env", "FROM_FILE=" + harness.LITERAL_SECRET)
        self.write("providers.json", {
            "variables": {"FROM_CONFIG": harness.HEADER_SECRET},
            "load_variables_from": [{"type": "dotenv", "env_file_path": "key.env"}],
            "providers": [{"name": "a", "provider_type": "http", "url": "https://x.invalid/${FROM_CONFIG}/${FROM_FILE}/${QUERY_KEY}/${NOWHERE}"}],
        })
        found = self.found(3, "--offline")
        self.assertEqual(found["FROM_CONFIG"]["place"], "configuration")
        self.assertIn("key.env", found["FROM_FILE"]["place"])
        self.assertEqual(found["QUERY_KEY"]["place"], "environment")
        self.assertEqual((found["NOWHERE"]["found"], found["NOWHERE"]["place"]), (False, None))
        table = self.expect(3, "variables", "--offline")
        self.assert_no_secret(table)
        self.assertRegex(table.out, r"(?m)^NOWHERE +a +missing$")

    def test_what_the_library_leaves_as_it_is_is_not_missing(self):
        self.write("providers.json", {
            "escape_dollar": True,
            "variables": {"LOST": "${NOWHERE}"},
            "providers": [{"name": "shop", "provider_type": "http", "url": "https://x.invalid/a$CURRENCY/$$PRICE"}],
        })
        found = self.found(0, "--offline")
        self.assertEqual(sorted(found), ["CURRENCY"])
        self.assertEqual((found["CURRENCY"]["found"], found["CURRENCY"]["required"]), (False, False))
        table = self.expect(0, "variables", "--offline")
        self.assertRegex(table.out, r"(?m)^CURRENCY +shop +no value: the text stays as it is$")
        self.write("providers.json", {"variables": {"LOST": "${NOWHERE}"},
                                      "providers": [{"name": "shop", "provider_type": "http", "url": "https://x.invalid/${LOST}"}]})
        self.assertFalse(self.found(3, "--offline")["LOST"]["found"], "the client leaves a variable out whose own reference has no value")

    def test_those_of_the_tools_are_found_too(self):
        names = self.found(0)
        self.assertTrue(any(name.endswith("API_KEY") for name in names), names)

    def test_nothing_needed_is_fine(self):
        self.write("providers.json", [{"name": "notes", "provider_type": "text", "file_path": "notes.json"}])
        self.assertEqual(self.found(0), {})

    def test_v1_names_carry_the_manual(self):
        self.write("providers.json", {"manual_call_templates": [{"name": "my_api", "call_template_type": "http", "url": "https://x.invalid/${KEY}"}]})
        self.assertFalse(self.found(3, "--offline")["my__api_KEY"]["found"])
        self.assertEqual(self.found(0, "--offline", env={"my__api_KEY": "x"})["my__api_KEY"]["place"], "environment")


class Convert(harness.Case):
    def test_a_providers_file_to_v1_and_back(self):
        converted = self.expect(0, "convert", "providers.json", "--to", "v1", "-o", "utcp.json")
        self.assertEqual(converted.out, "")
        with open(self.path("utcp.json"), encoding="utf-8") as file:
            config = json.load(file)
        self.assertEqual([t["call_template_type"] for t in config["manual_call_templates"]], ["http", "file", "file", "http"])
        back = self.expect(0, "convert", "utcp.json", "--to", "v0").json()
        self.assertEqual([p["provider_type"] for p in back], ["http", "text", "text", "http"])

    def test_what_was_converted_still_works(self):
        self.expect(0, "convert", "providers.json", "--to", "v1", "-o", "utcp.json")
        result = self.expect(0, "--config", "utcp.json", "call", "weather.current", "city=Oslo", "--json")
        self.assertEqual(result.json()["city"], "Oslo")

    def test_a_manual_keeps_its_references_and_tells_what_it_drops(self):
        manual = self.keyed_manual()
        manual["extra"] = 1
        self.write("manual.json", manual)
        portable = self.expect(0, "convert", "manual.json", "--to", "v1")
        self.assertIn("extra", portable.err)
        self.assertEqual(portable.json()["tools"][0]["tool_call_template"]["auth"]["api_key"], "${API_KEY}")
        full = self.expect(0, "convert", "manual.json", "--to", "v1", "--full")
        self.assertEqual(full.json()["extra"], 1)

    def test_a_bad_file_is_an_error_of_the_configuration(self):
        self.expect(3, "convert", "missing.json", "--to", "v1")
        self.write("bad.json", "{")
        self.expect(3, "convert", "bad.json", "--to", "v1")
        self.expect(2, "convert", "providers.json", "--to", "v2")

    def test_an_entry_that_cannot_be_read_is_told(self):
        self.write("providers.json", [{"name": "typeless"}, {"name": "notes", "provider_type": "text", "file_path": "notes.json"}])
        result = self.expect(3, "convert", "providers.json", "--to", "v1")
        self.assertEqual(len(result.json()["manual_call_templates"]), 1)
        self.assertIn("left out", result.err)


class Documents(harness.Case):
    """OpenAPI documents that refer to others."""

    def setUp(self):
        super().setUp()
        for folder in ("top#1/in", "served"):
            os.makedirs(self.path(folder))
        self.write("top#1/common.json", self.parameter("above"))
        self.write("served/common.json", self.parameter("far"))
        handler = functools.partial(QuietHandler, directory=self.path("served"))
        self.servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(lambda: [server.shutdown() or server.server_close() for server in self.servers])

    @staticmethod
    def parameter(name):
        return {"p": {"name": name, "in": "query", "schema": {"type": "string"}}}

    @staticmethod
    def document(*references):
        return {"openapi": "3.1.0", "servers": [{"url": "https://s.example"}], "paths": {"/x": {"get": {"parameters": [{"$ref": each} for each in references]}}}}

    def address(self, server, name):
        return f"http://127.0.0.1:{self.servers[server].server_address[1]}/{name}"

    def arguments(self, *words):
        return sorted(self.expect(0, "convert", *words).json()["tools"][0]["inputs"]["properties"])

    def test_a_file_leads_to_files_above_it_and_to_the_web(self):
        self.write("top#1/in/main.json", self.document("../common.json#/p", self.address(0, "common.json") + "#/p", "/etc/hostname#/p"))
        self.assertEqual(self.arguments("top#1/in/main.json"), ["above", "far"])
        self.assertEqual(self.arguments("top#1/in/main.json", "--root", "."), ["far"])
        self.assertEqual(self.arguments("top#1/in/main.json", "--root", ".."), ["above", "far"])

    def test_a_provider_leads_below_its_root(self):
        self.write("top#1/in/main.json", self.document("../common.json#/p"))
        for options, there in (({}, []), ({"root": ".."}, ["above"])):
            self.write("providers.json", [{"name": "m", "provider_type": "text", "file_path": "top#1/in/main.json", "openapi": options}])
            tool = self.expect(0, "tools", "--json").json()[0]["name"]
            self.assertEqual(sorted(self.expect(0, "describe", tool, "--json").json()["inputs"]["properties"]), there)

    def test_the_web_leads_to_other_hosts_and_to_no_files(self):
        self.write("served/main.json", self.document("common.json#/p", self.address(1, "other.json") + "#/p", "file://" + self.path("top#1/common.json").replace("#", "%23") + "#/p"))
        self.write("served/other.json", self.parameter("other"))
        self.assertEqual(self.arguments(self.address(0, "main.json")), ["far", "other"])
        told = self.expect(0, "convert", self.address(0, "main.json"), "--report").err
        self.assertIn("does not lead to files", told)

    def test_a_report_of_what_cannot_be_read_has_the_line(self):
        self.write("broken.json", '{"openapi": "3.0.0",\n "paths": {')
        self.assertRegex(self.expect(3, "convert", "broken.json", "--report").err, "line 2")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    harness.main()
