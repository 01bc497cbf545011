"""call: arguments, results, exit codes, dry runs, interruption."""

import base64
import json
import os
import shlex
import signal
import tempfile
import unittest

import harness


class Arguments(harness.Case):
    def echoed(self, *words, **how):
        return self.expect(0, "call", "weather.echo", *words, "--json", **how).json()

    def test_pairs_are_typed_by_the_inputs(self):
        result = self.expect(0, "call", "weather.current", "city=42", "days=3", "--json").json()
        self.assertEqual(result, {"city": "42", "temperature": 12, "days": "3"})
        self.assertEqual(self.echoed("exact=true", "tags=a", "tags=b")["query"], {"exact": ["true"], "tags": ["a", "b"]})

    def test_an_object_comes_from_the_command_line_a_file_or_standard_input(self):
        text = '{"body":{"k":[1,"ö"]}}'
        self.write("arguments.json", text)
        for words, how in ((["call", text], {}), (["call", "-"], {"input": text}), (["call", "@arguments.json"], {})):
            answer = self.echoed(*words[1:], **how)
            self.assertEqual(json.loads(answer["body"]), {"k": [1, "ö"]})

    def test_dotted_keys_and_forced_json(self):
        self.assertEqual(json.loads(self.echoed("body.a=1", "body.b:=\"x\"")["body"]), {"a": 1, "b": "x"})

    def test_files_are_uploaded_as_parts_of_a_form(self):
        png = b"\x89PNG\r\n\x1a\n\0--\xff"
        self.write("cat a.png", png)
        self.write("notes.txt", "kind words\r\n")
        got = self.expect(0, "call", "weather.upload", "body.title=Cat", "body.files@=cat a.png", "body.files@=notes.txt", "--json").json()
        self.assertEqual([[name, file, kind, base64.b64decode(data)] for name, file, kind, data in got["parts"]],
                         [["files", "cat a.png", "image/png", png], ["files", "notes.txt", "text/plain", b"kind words\r\n"], ["title", None, "text/plain", b"Cat"]])

    def test_a_file_is_the_whole_body_with_its_own_type(self):
        data = bytes(range(256)) * 1000
        self.write("all.png", data)
        got = self.expect(0, "call", "weather.store", "body@=all.png", "--json").json()
        self.assertEqual((got["type"], base64.b64decode(got["base64"])), ("image/png", data))
        self.write("empty", b"")
        got = self.expect(0, "call", "weather.store", "body@=empty", "--json").json()
        self.assertEqual((got["type"], got["base64"]), ("application/octet-stream", ""))

    def test_a_file_is_base64_in_json_and_in_a_query(self):
        self.write("two", b"\0\xff")
        self.assertEqual(json.loads(self.echoed("body.f@=two")["body"]), {"f": {"filename": "two", "data": "AP8="}})
        self.assertEqual(json.loads(self.echoed("q@=two")["query"]["q"][0]), {"filename": "two", "data": "AP8="})

    def test_a_file_that_cannot_be_read_is_wrong_usage(self):
        for word in ("body@=absent", "body@=.", "body@=", "@=x"):
            self.assertTrue(self.expect(2, "call", "weather.store", word).err.startswith("utcp: "), word)

    def test_files_fit_the_inputs_that_are_checked(self):
        providers = self.providers()
        providers["providers"][0]["validate_arguments"] = True
        self.write("providers.json", providers)
        self.write("two", b"\0\xff")
        self.expect(0, "call", "weather.store", "body@=two")
        self.expect(0, "call", "weather.upload", "body.files@=two", "body.title=x")
        self.expect(2, "call", "weather.current", "city=Oslo", "days@=two")

    def test_a_pair_replaces_what_an_object_says(self):
        self.assertEqual(self.expect(0, "call", "weather.current", '{"city":"Oslo"}', "city=Bergen", "--json").json()["city"], "Bergen")

    def test_what_does_not_fit_is_wrong_usage(self):
        for words in (["days=soon"], ["oslo"], ["[1]"], ["{"], ["@missing.json"], ["city=a", "city=b"], ["--city", "Oslo"]):
            result = self.expect(2, "call", "weather.current", *words)
            self.assertEqual(result.out, "", words)
            self.assertTrue(result.err.startswith("utcp: "), words)
        self.assertIn("key=value", self.expect(2, "call", "weather.current", "--city", "Oslo").err)
        self.expect(2, "call", "weather.current", "-", input="no json")

    def test_a_name_that_the_tool_does_not_know_is_told(self):
        result = self.expect(0, "call", "weather.current", "city=Oslo", "dayss=3")
        self.assertIn('did you mean "days"?', result.err)

    def test_global_options_stand_before_or_after_the_command(self):
        os.rename(self.path("providers.json"), self.path("other.json"))
        before = self.expect(0, "--config", "other.json", "--json", "call", "weather.current", "city=Oslo")
        after = self.expect(0, "call", "weather.current", "city=Oslo", "--config", "other.json", "--json")
        self.assertEqual(before.out, after.out)


class Results(harness.Case):
    def test_json_is_indented_for_people_and_compact_for_machines(self):
        self.assertIn('\n  "city": "Oslo"', self.expect(0, "call", "weather.current", "city=Oslo").out)
        self.assertEqual(self.expect(0, "call", "weather.current", "city=Oslo", "--json").out.count("\n"), 1)

    def test_text_and_bytes_reach_a_pipe_as_they_are(self):
        text = "first line\n" + harness.service.ESCAPE + "\n"
        self.assertEqual(self.expect(0, "call", "weather.text").out, text)
        self.assertEqual(self.expect(0, "call", "weather.text", "--json").json(), text)
        self.assertEqual(self.expect(0, "call", "weather.data").raw, bytes(range(256)))

    def test_output_goes_to_a_file_and_nowhere_else(self):
        result = self.expect(0, "call", "weather.data", "--output", "data.bin")
        self.assertEqual(result.raw, b"")
        with open(self.path("data.bin"), "rb") as file:
            self.assertEqual(file.read(), bytes(range(256)))
        self.expect(1, "call", "weather.fails", "--output", "data.bin")
        self.assertEqual(os.path.getsize(self.path("data.bin")), 256)
        self.assertFalse(os.path.exists(self.path("data.bin.part")))
        self.expect(2, "call", "weather.data", "--output", "no/such/folder")

    def test_a_full_disk_is_no_wrong_usage(self):
        self.assertEqual(self.expect(1, "call", "weather.current", "--output", "/dev/full", "--json").json()["error"]["code"], "internal")

    def test_a_stream_of_one_value_is_one_line(self):
        self.assertEqual(self.expect(0, "call", "weather.current", "city=Oslo", "--stream").out.count("\n"), 1)

    def items_tool(self, script):
        """The tool items.all is this script, which may wait for a line of the pipe `gate`."""
        self.write("items.sh", script)
        self.write("items.json", {"version": "1", "tools": [
            {"name": "all", "description": "Gives items", "tool_provider": {"provider_type": "cli", "command_name": "/bin/sh items.sh", "working_dir": "."}}]})
        self.write("providers.json", [{"name": "items", "provider_type": "text", "file_path": "items.json"}])
        os.mkfifo(self.path("gate"))

    @unittest.skipUnless(harness.WITH_CLI, "built without the cli transport")
    def test_each_item_of_a_stream_is_a_line_as_soon_as_it_comes(self):
        # The second item comes only when the first has been read.
        self.items_tool('echo \'{"n": 1}\'\nread -r go < gate\necho two\necho \'{"n": 3}\'\n')
        for words, expected in ((["--json"], ['{"n":1}', '"two"', '{"n":3}']), ([], ['{"n":1}', "two", '{"n":3}'])):
            child = self.start("call", "items.all", "--stream", *words)
            first = child.stdout.readline().decode().rstrip("\n")
            with open(self.path("gate"), "w", encoding="utf-8") as gate:
                gate.write("go\n")
            out, err = child.communicate(timeout=harness.PATIENCE)
            self.assertEqual(child.returncode, 0, err)
            self.assertEqual([first, *out.decode().splitlines()], expected)

    @unittest.skipUnless(harness.WITH_CLI, "built without the cli transport")
    def test_the_timeout_bounds_a_stream(self):
        self.items_tool("echo one\nread -r go < gate\n")
        result = self.expect(5, "call", "items.all", "--stream", "--timeout", "1s")
        self.assertEqual(result.out, "one\n")
        self.assertIn("did not end within 1.0 s", result.err)

    def test_include_shows_status_and_headers_on_standard_error(self):
        result = self.expect(0, "call", "weather.current", "city=Oslo", "-i", "--json")
        self.assertIn("status: 200", result.err)
        self.assertIn("x-test: yes", result.err.lower())
        result.json()

    def test_a_local_tool_is_called(self):
        self.assertTrue(self.expect(0, "call", "notes.read", "--json").json())

    def test_one_call_contacts_only_the_provider_it_needs(self):
        result = self.expect(0, "call", "notes.read")
        self.assertNotIn("/utcp", self.service.seen)
        self.assertEqual(result.err, "")


class Failures(harness.Case):
    def test_each_kind_has_its_exit_code(self):
        for tool, code, name in (("fails", 1, "remote_failed"), ("forbidden", 1, "unauthorized"), ("busy", 5, "unavailable"), ("gone", 5, "connection_failed")):
            result = self.expect(code, "call", "weather." + tool, "--json")
            self.assertEqual(result.json()["error"]["code"], name)
            self.assertTrue(result.err.startswith("utcp: "))

    def test_what_the_server_said_is_kept_apart(self):
        problem = self.expect(1, "call", "weather.fails", "--json").json()["error"]
        self.assertIn("broken inside", json.dumps(problem["remote"]))
        self.assertNotIn("broken inside", problem["message"])
        told = self.expect(1, "call", "weather.fails")
        self.assertEqual(told.out, "")
        self.assertIn("broken inside", told.err)
        self.assertNotIn("\x1b", told.err)

    def test_a_slow_tool_times_out(self):
        for time in ("0.5", "500ms", "0.5s"):
            self.assertIn("timed_out", self.expect(5, "call", "weather.slow", "--timeout", time, "--json").out)

    def test_a_passing_failure_is_tried_again_when_asked_to_and_the_call_may_be_repeated(self):
        self.assertEqual(self.expect(5, "call", "weather.flaky", "--json").json()["error"]["code"], "unavailable")
        self.assertEqual(self.service.seen.count("/flaky"), 1)
        self.service.seen.clear()
        self.assertEqual(self.expect(0, "call", "weather.flaky", "--retry", "2", "--json").json(), {"tries": 2})
        self.service.seen.clear()
        self.expect(5, "call", "weather.flaky_post", "--retry", "2")
        self.assertEqual(self.service.seen.count("/flaky"), 1, "a POST is sent once")
        self.service.seen.clear()
        self.expect(5, "call", "weather.busy", "--retry", "1")
        self.assertEqual(self.service.seen.count("/busy"), 2)

    def test_an_answer_over_the_limit_fails(self):
        for words in ([], ["--stream"]):
            problem = self.expect(1, "call", "weather.large", "--max-bytes", "1000", "--json", *words).json()["error"]
            self.assertEqual(problem["code"], "too_large")
            self.assertIn("raise --max-bytes", problem["message"])

    def test_an_unknown_tool_is_told_with_near_names_and_failed_providers(self):
        self.assertIn('"weather.current"', self.expect(4, "call", "weather.currnt").err)
        self.assertIn('"weather.current"', self.expect(4, "call", "wether.current").err)
        result = self.expect(4, "call", "broken.x", "--json")
        self.assertIn("its provider could not be registered", result.json()["error"]["message"])
        self.expect(4, "call", "nothing")

    def test_what_is_wrong_with_a_cut_off_document_is_told(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "api.json")
            with open(name, "w", encoding="utf-8") as out:
                out.write('{"openapi":"3.0.0","paths":{')
            self.assertRegex(self.expect(3, "convert", name).err, r"api\.json.*line 1")

    def test_bad_usage_is_told_on_standard_error(self):
        for words in ([], ["fly"], ["call"], ["--nonsense"], ["tools", "extra"], ["call", "weather.current", "--timeout", "soon"],
                      ["call", "weather.current", "--max-bytes", "-1"], ["call", "weather.current", "--retry", "x"], ["convert"], ["--config"]):
            result = self.expect(2, *words)
            self.assertEqual(result.out, "", words)
            self.assertRegex(result.err, r"(?s)^utcp: .+--help", words)
        for words in (["--json", "fly"], ["fly", "--json"], ["--timeout", "abc", "call", "weather.current", "--json"], ["call", "--json"]):
            self.assertEqual(self.expect(2, *words).json()["error"]["code"], "invalid_argument")

    def test_an_unknown_command_is_told_with_a_near_one(self):
        self.assertIn('there is no command "serch"; did you mean "search"? See', self.expect(2, "serch", "x").err)
        self.assertIn('there is no command "fly".', self.expect(2, "--config", "other.json", "fly").err)
        self.assertIn("--nonsense", self.expect(2, "--nonsense").err)

    def test_help_and_version_are_on_standard_output(self):
        self.assertRegex(self.expect(0, "--version").out, r"^utcp \d+\.\d+\.\d+\n$")
        overview = self.expect(0, "--help").out
        for command in ("tools", "search", "call", "describe", "validate", "convert", "variables"):
            self.assertIn(command, overview)
            help_text = self.expect(0, command, "--help").out
            self.assertIn("Examples:\n  utcp ", help_text)
            self.assertIn("--config", help_text)
        self.assertIn("Exit codes", overview)


class DryRun(harness.Case):
    def dry(self, tool, *words):
        before = list(self.service.seen)
        result = self.expect(0, "call", tool, "--dry-run", *words)
        self.assertNotIn("/echo", self.service.seen[len(before):])
        self.assert_no_secret(result)
        return result

    def test_shows_the_request_and_a_curl_line(self):
        out = self.dry("weather.echo", "body.a=it's", "exact=true").out
        lines = out.splitlines()
        self.assertEqual(lines[0], f"POST http://127.0.0.1:{self.service.port}/echo?exact=true")
        words = shlex.split(out[out.index("\ncurl ") + 1:])
        self.assertEqual(words[0], "curl")
        self.assertIn(f"http://127.0.0.1:{self.service.port}/echo?exact=true", words)
        self.assertEqual(json.loads(words[words.index("--data-raw") + 1]), {"a": "it's"})

    def test_json_holds_both(self):
        shown = self.dry("weather.current", "city=a b", "--json").json()
        self.assertEqual(shown["request"]["method"], "GET")
        self.assertEqual(shlex.split(shown["curl"])[0], "curl")

    def test_files_are_shown_as_far_as_they_are_text(self):
        self.write("two", b"\0\xff\x1b[31m")
        self.write("words.txt", "kind words")
        for words in (["weather.store", "body@=two"], ["weather.upload", "body.files@=two"], ["weather.echo", "body.f@=two"], ["weather.echo", "q@=two"]):
            for more in ([], ["--json"]):
                result = self.dry(*words, *more)
                self.assertNotIn("\x1b", result.out)
                self.assertNotIn("\0", result.out)
                if more:
                    self.assertEqual(result.json()["request"]["method"], "POST")
        self.assertNotIn("/upload", self.service.seen)
        self.assertIn("(7 bytes that are no text)", self.dry("weather.store", "body@=two").out)
        out = self.dry("weather.upload", "body.files@=words.txt").out
        self.assertIn('Content-Disposition: form-data; name="files"; filename="words.txt"', out)
        self.assertIn("kind words", out)

    def test_an_upload_is_named_and_its_file_opened(self):
        self.write("a film.mp4", b"\0\xff")
        out = self.dry("weather.store", "--upload", "a film.mp4").out
        self.assertIn("Content-Type: application/octet-stream\n\n(the bytes of a film.mp4)\n", out)
        self.assertTrue(out.endswith(" --data-binary @- < 'a film.mp4'\n"), out)
        shown = self.dry("weather.store", "--upload", "-", "--json").json()
        self.assertEqual(shown["request"]["upload"], "-")
        self.assertTrue(shown["curl"].endswith(" --data-binary @-"), shown)
        self.expect(2, "call", "weather.store", "--dry-run", "--upload", "absent")
        self.assertIn("do not go together", self.expect(2, "call", "weather.store", "--dry-run", "-o", "x").err)

    def test_no_secret_is_shown_in_any_place(self):
        for tool in ("header", "query", "basic", "literal", "static"):
            for words in ([], ["--json"], ["-v"]):
                result = self.dry("keyed." + tool, *words)
                self.assertIn("***", result.out)

    def test_the_secrets_are_sent_for_real(self):
        echoed = self.expect(0, "call", "keyed.header", "--json").json()
        self.assertEqual(echoed["headers"]["x-api-key"], harness.HEADER_SECRET)
        echoed = self.expect(0, "call", "keyed.query", "--json").json()
        self.assertEqual(echoed["query"]["app"], [harness.QUERY_SECRET])

    def test_a_failed_call_shows_no_secret(self):
        self.write("keyed.json", json.dumps(self.keyed_manual()).replace("/echo", "/fails"))
        for tool in ("header", "query", "basic", "literal", "static"):
            for words in ([], ["--json"], ["-v", "-i"]):
                self.assert_no_secret(self.expect(1, "call", "keyed." + tool, *words))


class Interruption(harness.Case):
    def interrupt(self, *words, number=signal.SIGINT):
        child = self.start(*words)
        self.assertTrue(self.service.slow_began.wait(harness.PATIENCE))
        child.send_signal(number)
        out, err = child.communicate(timeout=harness.PATIENCE)
        return harness.Result(child.returncode, out, err)

    def test_control_c_cancels_a_call_and_closes_its_connection(self):
        for words in ([], ["--stream"]):
            self.service.slow_began.clear()
            result = self.interrupt("call", "weather.slow", "--timeout", "1m", *words)
            self.assertEqual(result.code, 130, result.err)
            self.assertEqual(result.out, "")
            self.assertTrue(self.service.slow_dropped.wait(harness.PATIENCE))

    def test_it_is_told_in_json(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            self.service.slow_began.clear()
            result = self.interrupt("call", "weather.slow", "--timeout", "1m", "--json", number=number)
            self.assertEqual((result.code, result.json()["error"]["code"]), (code, "cancelled"))

    def test_control_c_ends_the_registration(self):
        self.write("providers.json", [{"name": "slow", "provider_type": "http", "url": f"http://127.0.0.1:{self.service.port}/slow_manual"}])
        self.assertEqual(self.interrupt("tools", "--timeout", "1m").code, 130)

    def test_termination_has_its_own_code(self):
        self.assertEqual(self.interrupt("call", "weather.slow", "--timeout", "1m", number=signal.SIGTERM).code, 143)


if __name__ == "__main__":
    harness.main()
