"""What changes when the program writes to a terminal."""

import json
import re
import unicodedata

import harness

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def columns_of(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


class Terminal(harness.Case):
    def assert_harmless(self, text):
        plain = STYLE.sub("", text)
        for c in ("\x1b", "\x07", "\u009b", "\u202e", "\x7f"):
            self.assertNotIn(c, plain)

    def test_a_table_fits_a_narrow_terminal(self):
        for width in (40, 60):
            result = self.on_terminal("tools", columns=width)
            lines = STYLE.sub("", result.out).splitlines()
            self.assertEqual(result.code, 0)
            self.assertTrue(any("…" in line for line in lines))
            for line in lines:
                self.assertLessEqual(columns_of(line), width, line)

    def test_a_wide_terminal_cuts_nothing(self):
        self.assertNotIn("…", self.on_terminal("tools", columns=500).out)

    def test_columns_counts_when_the_terminal_has_no_size(self):
        result = self.on_terminal("tools", columns=0, env={"COLUMNS": "50"})
        self.assertLessEqual(max(columns_of(line) for line in STYLE.sub("", result.out).splitlines()), 50)

    def test_headings_are_bold_unless_no_color_is_set(self):
        self.assertIn("\x1b[1mNAME", self.on_terminal("tools").out)
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            self.assertNotIn("\x1b", self.on_terminal("tools", env=env).out)

    def test_control_characters_of_a_remote_do_not_reach_it(self):
        for words in (["tools"], ["tools", "--json"], ["search", "control characters"], ["describe", "weather.text"], ["describe", "weather.text", "--json"],
                      ["call", "weather.text"], ["call", "weather.text", "--json"], ["call", "weather.text", "--stream"], ["call", "weather.hostile"],
                      ["call", "weather.hostile", "--json"]):
            result = self.on_terminal(*words, columns=1000)
            self.assertEqual(result.code, 0, words)
            self.assert_harmless(result.out)
        failed = self.on_terminal("call", "weather.fails", stderr_too=True)
        self.assertEqual(failed.code, 1)
        self.assertIn("broken inside", failed.out)
        self.assert_harmless(failed.out.replace("\x1b[K", ""))

    def test_harmless_json_is_still_the_same_json(self):
        shown = json.loads(self.on_terminal("call", "weather.hostile").out)
        self.assertEqual(shown, {"text": harness.service.ESCAPE + "\x7f"})

    def test_json_is_indented(self):
        self.assertIn('\n  "city": "Oslo"', self.on_terminal("call", "weather.current", "city=Oslo").out)
        self.assertEqual(self.on_terminal("call", "weather.current", "city=Oslo", "--json").out.count("\n"), 1)

    def test_bytes_are_refused_with_a_hint(self):
        result = self.on_terminal("call", "weather.data")
        self.assertEqual((result.code, result.out), (1, ""))
        self.assertIn("--output", result.err)

    def test_a_text_ends_with_a_line_break(self):
        self.assertTrue(self.on_terminal("call", "notes.read").out.endswith("\n"))

    def test_progress_is_shown_and_removed_again(self):
        both = self.on_terminal("tools", stderr_too=True).out
        self.assertIn("registering providers: ", both)
        # What a terminal shows: of each line, what follows the last removal.
        shown = [line.rsplit("\r\x1b[K", 1)[-1] for line in both.split("\n")]
        self.assertFalse([line for line in shown if "registering providers" in line])

    def test_a_pipe_sees_no_progress(self):
        self.assertNotIn("registering", self.expect(0, "tools").err)


if __name__ == "__main__":
    harness.main()
