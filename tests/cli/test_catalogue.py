"""tools, search and describe."""

import os

import harness


class Tools(harness.Case):
    def test_a_table_is_on_standard_output_and_the_failed_provider_on_standard_error(self):
        result = self.expect(0, "tools")
        lines = result.out.splitlines()
        self.assertRegex(lines[0], r"^NAME +PROTOCOL +DESCRIPTION$")
        self.assertIn("weather.current", result.out)
        self.assertIn("notes.read", result.out)
        self.assertNotIn("broken", result.out)
        self.assertRegex(result.err, r"(?m)^utcp: provider broken: .+ \(after .+ m?s\)$")

    def test_a_pipe_gets_no_colour_and_whole_lines(self):
        result = self.expect(0, "tools")
        self.assertNotIn("\x1b", result.out + result.err)
        self.assertNotIn("…", result.out)

    def test_json_is_an_array_of_whole_tools(self):
        tools = self.expect(0, "tools", "--json").json()
        current = next(t for t in tools if t["name"] == "weather.current")
        self.assertEqual(current["inputs"]["properties"]["city"]["type"], "string")
        self.assertEqual(current["tool_call_template"]["call_template_type"], "http")
        self.assertEqual(current["tags"], ["weather", "city"])

    def test_filters_by_manual_and_tag(self):
        names = {t["name"] for t in self.expect(0, "tools", "--json", "--manual", "notes").json()}
        self.assertEqual(names, {"notes.read"})
        names = {t["name"] for t in self.expect(0, "tools", "--json", "--tag", "WEATHER", "--tag", "notes").json()}
        self.assertEqual(names, {"weather.current", "notes.read"})
        self.assertEqual(self.expect(0, "tools", "--json", "--tag", "nothing").json(), [])

    def test_a_manual_that_failed_has_no_tools_and_an_unknown_one_is_an_error(self):
        self.assertEqual(self.expect(0, "tools", "--manual", "broken").out, "")
        self.assertIn("nowhere", self.expect(4, "tools", "--manual", "nowhere").err)

    def test_no_secret_is_listed(self):
        self.assert_no_secret(self.expect(0, "tools", "--json"))
        self.assert_no_secret(self.expect(0, "tools", "-v"))

    def test_a_reader_that_goes_away_is_no_error(self):
        read, write = os.pipe()
        child = self.start("tools", "--json", stdout=write)
        os.close(write)
        os.close(read)
        err = child.communicate(timeout=harness.PATIENCE)[1].decode()
        self.assertEqual(child.returncode, 0, err)
        self.assertNotIn("write", err)

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            child = self.start("tools", stdout=full)
            err = child.communicate(timeout=harness.PATIENCE)[1].decode()
        self.assertEqual(child.returncode, 1, err)
        self.assertIn("cannot write", err)


class Search(harness.Case):
    def test_the_best_tool_comes_first_and_what_fits_not_at_all_is_hidden(self):
        lines = self.expect(0, "search", "weather in a city").out.splitlines()
        self.assertTrue(lines[1].startswith("weather.current"), lines)
        self.assertNotIn("notes.read", "\n".join(lines))

    def test_words_without_quotes_are_one_sentence(self):
        self.assertEqual(self.expect(0, "search", "weather", "in", "a", "city").out, self.expect(0, "search", "weather in a city").out)

    def test_a_word_may_be_the_name_of_a_command(self):
        self.assertEqual(self.expect(0, "search", "tools").code, 0)

    def test_json_has_scores_and_inputs(self):
        found = self.expect(0, "search", "weather in a city", "--json", "--limit", "2").json()
        self.assertEqual(len(found), 2)
        self.assertEqual(found[0]["name"], "weather.current")
        self.assertGreater(found[0]["score"], found[1]["score"])
        for key in ("description", "tags", "inputs"):
            self.assertIn(key, found[0])

    def test_scores_all_and_tags(self):
        self.assertRegex(self.expect(0, "search", "weather in a city", "--show-scores").out, r"(?m)^\d\S* +weather\.current")
        everything = self.expect(0, "search", "weather in a city", "--all", "--limit", "100").out
        self.assertIn("weather.data", everything)
        tagged = self.expect(0, "search", "weather in a city", "--tag", "notes", "--all").out
        self.assertIn("notes.read", tagged)
        self.assertNotIn("weather.current", tagged)

    def test_nothing_found_is_said_on_standard_error(self):
        result = self.expect(0, "search", "zzzz")
        self.assertEqual(result.out, "")
        self.assertIn("no tool fits", result.err)

    def test_wrong_usage(self):
        self.expect(2, "search", "x", "--limit", "many")
        self.expect(2, "search", "x", "--limit", "-1")
        self.expect(2, "search")
        self.expect(2, "search", "x", "--format", "cobol")
        self.expect(2, "search", "x", "--budget", "100")
        self.expect(2, "search", "x", "--queries", "-")
        self.assertEqual(self.expect(0, "search", "weather", "--limit", "0", "--json").json(), [])

    def test_explains_what_found_a_tool(self):
        out = self.expect(0, "search", "wether in a city", "--explain").out
        self.assertRegex(out, r"(?m)^\d\S* +weather\.current +.*wether > weather \(typo\) [\d.]+")
        first = self.expect(0, "search", "weather in a city", "--explain", "--json").json()[0]
        self.assertAlmostEqual(sum(reason["points"] for reason in first["why"]), first["score"], places=3)
        self.assertEqual({reason["how"] for reason in first["why"]} - {"word", "prefix", "typo", "related"}, set())

    def test_filters_by_manual_protocol_and_tags(self):
        self.assertEqual({m["name"].split(".")[0] for m in self.expect(0, "search", "read the weather", "--manual", "notes", "--json").json()}, {"notes"})
        self.assertNotIn("weather.current", self.expect(0, "search", "weather", "--protocol", "text").out)
        self.assertIn("weather.current", self.expect(0, "search", "weather", "--each-tag", "WEATHER", "--each-tag", "city").out)
        self.assertEqual(self.expect(0, "search", "weather", "--each-tag", "weather", "--each-tag", "notes").out, "")

    def test_ranks_the_queries_of_a_file(self):
        self.write("queries.jsonl", '{"query": "weather in a city", "relevant": []}\n\n"read notes"\n""\n')
        lines = self.expect(0, "search", "--queries", self.path("queries.jsonl"), "--limit", "1", "--json").out.splitlines()
        self.assertEqual(lines, ['["weather.current"]', '["notes.read"]', "[]"])
        result = self.expect(2, "search", "--queries", "-", input='"fine"\n{"no": 1}\n')
        self.assertIn("line 2", result.err)

    def test_writes_definitions_for_models_and_calls_by_their_names(self):
        one = self.expect(0, "search", "weather in a city", "--format", "openai", "--limit", "1").json()[0]
        self.assertEqual((one["type"], one["function"]["name"]), ("function", "weather__current"))
        self.assertIn("city", one["function"]["parameters"]["properties"])
        self.assertIn("input_schema", self.expect(0, "search", "weather in a city", "--format", "anthropic").json()[0])
        few = self.expect(0, "search", "weather in a city", "--format", "utcp", "--budget", "1")
        self.assertEqual(few.json(), [])
        self.assertIn("do not fit the budget of 1 tokens", few.err)
        self.assertEqual(self.expect(0, "call", "weather__current", "city=Oslo").out, self.expect(0, "call", "weather.current", "city=Oslo").out)

    def test_the_configuration_chooses_the_strategy(self):
        self.write("tag.json", dict(self.providers(), tool_search_strategy={"tool_search_strategy_type": "tag"}))
        first = self.expect(0, "search", "weather in a city", "--json", "--explain", "--config", self.path("tag.json")).json()[0]
        self.assertEqual((first["name"], first["why"][0]["how"]), ("weather.current", "tag"))
        self.write("none.json", dict(self.providers(), tool_search_strategy={"tool_search_strategy_type": "nothing"}))
        self.assertIn("indexed", self.expect(3, "search", "x", "--config", self.path("none.json")).err)


class Describe(harness.Case):
    def test_shows_inputs_template_and_an_example(self):
        out = self.expect(0, "describe", "weather.current").out
        self.assertRegex(out, r"(?m)^  city +string +yes +Where$")
        self.assertRegex(out, r"(?m)^  days +integer$")
        self.assertIn("utcp call weather.current city=CITY", out)
        self.assertIn('"http_method": "GET"', out)

    def test_json_is_the_tool(self):
        self.assertEqual(self.expect(0, "describe", "weather.current", "--json").json()["name"], "weather.current")

    def test_hides_secrets_and_control_characters(self):
        for tool in ("header", "query", "basic", "literal", "static"):
            self.assert_no_secret(self.expect(0, "describe", "keyed." + tool))
            self.assert_no_secret(self.expect(0, "describe", "keyed." + tool, "--json"))
        self.assertNotIn("\x1b", self.expect(0, "describe", "weather.text").out)

    def test_takes_the_names_that_search_gives_a_model(self):
        self.assertEqual(self.expect(0, "describe", "weather__current").out, self.expect(0, "describe", "weather.current").out)

    def test_an_unknown_tool_is_told_with_near_names(self):
        result = self.expect(4, "describe", "weather.curent")
        self.assertEqual(result.out, "")
        self.assertIn('Did you mean "weather.current"', result.err)


if __name__ == "__main__":
    harness.main()
