"""Completion of command lines: what the program offers, and real shells that ask it. And the manual page."""

import os
import pty
import select
import shutil
import signal
import subprocess
import time
import unittest

import harness

MANUAL = {
    "version": "1",
    "tools": [
        {"name": "read", "description": "Reads:\tthe notes", "inputs": {"type": "object", "properties": {
            "city": {"type": "string", "enum": ["Oslo", "Lima"], "description": "Where"}, "urgent": {"type": "boolean"}}}},
        {"name": "write", "description": "Writes the notes"},
        {"name": "x; echo $(id)", "description": "not for a command line"},
    ],
}


class Shop(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("notes.json", MANUAL)
        self.write("shop.json", [{"name": "notes", "provider_type": "text", "file_path": "notes.json"},
                                 {"name": "weather", "provider_type": "http", "url": "http://127.0.0.1:9/utcp"},
                                 {"name": "wealth", "provider_type": "text", "content": {"version": "1", "tools": []}}])

    def lines(self, *words):
        result = self.expect(0, "__complete", *words)
        self.assertEqual(result.err, "")
        return result.out.splitlines()

    def words(self, *words):
        return [line.split("\t")[0] for line in self.lines(*words) if not line.startswith(":")]


class Completion(Shop):
    def test_commands_are_those_of_the_help(self):
        help_text = self.expect(0, "--help").out
        listed = [line.split()[0] for line in help_text.split("Subcommands:")[1].split("\n\n")[0].splitlines() if line.strip()]
        self.assertEqual(self.words(""), listed)
        self.assertEqual(self.lines("desc"), ["describe\tShow what a tool takes, gives, and how it is reached", ":"])

    def test_options_are_those_of_the_command(self):
        for command in self.words(""):
            text = self.expect(0, command, "--help").out
            for option in self.words(command, "--"):
                self.assertIn(option, text)
        self.assertIn("--dry-run", self.words("call", "--d"))
        self.assertNotIn("--dry-run", self.words("tools", "--"))
        self.assertIn("-o", self.words("call", "-"))
        self.assertEqual(self.words("call", "--", "--"), [])

    def test_values_of_options(self):
        self.assertEqual(self.words("convert", "x", "--to", ""), ["v0", "v1"])
        self.assertEqual(self.words("convert", "x", "--to="), ["--to=v0", "--to=v1"])
        self.assertEqual(self.lines("--config", "sh"), [": files "])
        self.assertEqual(self.lines("--config=sh"), [": files --config="])
        self.assertEqual(self.lines("call", "-o", ""), [": files "])
        self.assertEqual(self.words("--config", "shop.json", "tools", "--manual", "wea"), ["weather", "wealth"])

    def test_manuals_and_then_their_tools(self):
        shop = ("--config", "shop.json")
        self.assertEqual(self.words(*shop, "call", ""), ["notes.", "weather.", "wealth."])
        self.assertEqual(self.words(*shop, "call", "wea"), ["weather.", "wealth."])
        self.assertEqual(self.words("describe", "no", *shop), [])  # a second operand
        self.assertEqual(self.words("describe", *shop, "no"), ["notes.read", "notes.write"])
        self.assertEqual(self.words(*shop, "call", "notes.w"), ["notes.write"])
        self.assertEqual(self.lines(*shop, "call", "notes.r"), ["notes.read\tReads: the notes", ":"])

    def test_a_name_that_a_shell_would_run_is_not_offered(self):
        self.assertEqual(self.words("--config", "shop.json", "call", "notes.x"), [])

    def test_arguments_of_the_tool(self):
        shop = ("--config", "shop.json", "call", "notes.read")
        self.assertEqual(self.lines(*shop, ""), ["city=\tWhere", "urgent=", ": unfinished"])
        self.assertEqual(self.words(*shop, "city=Oslo", "city=L"), ["city=Lima"])
        self.assertEqual(self.words(*shop, "urgent="), ["urgent=true", "urgent=false"])
        self.assertEqual(self.lines(*shop, "@"), [": files @"])
        self.assertEqual(self.lines(*shop, "city@=sh"), [": files city@="])
        self.assertEqual(self.lines(*shop, "city=a@=sh"), [":"])

    def test_only_the_provider_that_is_meant_is_contacted_and_names_need_none(self):
        self.assertIn("weather.", self.words("call", ""))
        self.assertEqual(self.words("call", "notes.r"), ["notes.read"])
        self.assertEqual(self.service.seen, [])
        self.assertIn("weather.current", self.words("call", "weather.c"))

    def test_what_fails_is_silent_and_quick(self):
        started = time.monotonic()
        for words in (["--config", "absent.json", "call", ""], ["nonsense", ""], ["--config", "shop.json", "call", "weather."], ["--nonsense", "call", "x", "--"]):
            self.lines(*words)
        self.write("broken.json", "{")
        self.assertEqual(self.words("--config", "broken.json", "call", ""), [])
        os.mkfifo(self.path("pipe.json"))
        child = self.start("__complete", "--config", "pipe.json", "call", "")
        self.assertEqual(child.communicate(timeout=harness.PATIENCE), (b":\n", b""))
        self.assertLess(time.monotonic() - started, harness.PATIENCE)

    def test_the_scripts_are_for_two_shells(self):
        self.assertIn("complete -F _utcp utcp", self.expect(0, "completion", "bash").out)
        self.assertTrue(self.expect(0, "completion", "zsh").out.startswith("#compdef utcp\n"))
        self.expect(2, "completion", "fish")


class Shell:
    """A shell on a pseudo terminal. Ctrl-O writes the line that is being edited to a file."""

    def __init__(self, case, words, prepare):
        self.case = case
        self.out = case.path("line.txt")
        env = case.environment({"PATH": os.path.dirname(os.path.abspath(harness.BINARY)) + ":" + os.environ["PATH"], "OUT": self.out,
                                "PS1": "> ", "TERM": "dumb", "HOME": case.folder, "HISTFILE": "/dev/null"})
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(case.folder)
            os.execvpe(words[0], words, env)
        case.addCleanup(self.stop)
        self.send(prepare + "\n")
        self.send("echo rea''dy\n")
        self.wait_for(lambda seen: "ready" in seen)

    def send(self, text):
        os.write(self.master, text.encode())

    def wait_for(self, enough):
        seen = ""
        end = time.monotonic() + harness.PATIENCE
        while not enough(seen):
            if time.monotonic() > end:
                self.case.fail("the shell did not answer: " + seen)
            if select.select([self.master], [], [], 0.1)[0]:
                seen += os.read(self.master, 65536).decode("utf-8", "replace")
        return seen

    def completed(self, text):
        """The line after a tab."""
        if os.path.exists(self.out):
            os.remove(self.out)
        self.send(text + "\t\x0f")
        self.wait_for(lambda _: self.line().endswith("\n"))
        self.send("\x15")
        return self.line()[:-1]

    def line(self):
        if not os.path.exists(self.out):
            return ""
        with open(self.out, encoding="utf-8") as written:
            return written.read()

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.master)


class ShellCases:
    """What each shell is asked."""

    def setUp(self):
        super().setUp()
        os.makedirs(self.path("data"))
        self.write("data/with space.json", "{}")
        self.shell = self.start_shell()

    def check(self, typed, expected):
        self.assertEqual(self.shell.completed(typed), expected)

    def test_commands_and_options(self):
        self.check("utcp desc", "utcp describe ")
        self.check("utcp call --dry", "utcp call --dry-run ")
        self.check("utcp --json sea", "utcp --json search ")
        self.check("utcp nonsense ", "utcp nonsense ")

    def test_tools_and_their_arguments(self):
        self.check("utcp --config shop.json call no", "utcp --config shop.json call notes.")
        self.check("utcp --config shop.json call notes.r", "utcp --config shop.json call notes.read ")
        self.check("utcp --config=shop.json describe notes.w", "utcp --config=shop.json describe notes.write ")
        self.check("utcp --config shop.json call notes.read ci", "utcp --config shop.json call notes.read city=")
        self.check("utcp --config shop.json call notes.read city=O", "utcp --config shop.json call notes.read city=Oslo ")
        self.check("utcp --config ~/shop.json call notes.r", "utcp --config ~/shop.json call notes.read ")

    def test_files(self):
        self.check("utcp --config sho", "utcp --config shop.json ")
        self.check("utcp --config=sho", "utcp --config=shop.json ")
        self.check("utcp convert dat", "utcp convert data/")
        self.check("utcp convert data/wi", "utcp convert data/with\\ space.json ")
        self.check("utcp --config shop.json call notes.read city@=sho", "utcp --config shop.json call notes.read city@=shop.json ")
        # Bash quotes the @, which the program does not see.
        line = self.shell.completed("utcp --config shop.json call notes.read @sho")
        self.assertEqual(line.replace("\\@", "@"), "utcp --config shop.json call notes.read @shop.json ")


class Bash(ShellCases, Shop):
    def start_shell(self):
        return Shell(self, ["bash", "--norc", "--noprofile", "-i"],
                     "source <(utcp completion bash); bind 'set enable-bracketed-paste off'; "
                     "bind -x '\"\\C-o\": printf \"%s\\n\" \"$READLINE_LINE\" >\"$OUT\"'")


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(ShellCases, Shop):
    def start_shell(self):
        return Shell(self, ["zsh", "-f", "-i"],
                     "unsetopt zle_bracketed_paste; autoload -U compinit && compinit -D -u && source <(utcp completion zsh); "
                     "show() { print -r -- \"$BUFFER\" >$OUT }; zle -N show; bindkey -e; bindkey '^O' show")


class ManualPage(Shop):
    def setUp(self):
        super().setUp()
        self.text = self.expect(0, "__man", "2026-01-31").out
        self.page = self.write("utcp.1", self.text)

    def test_it_holds_every_command_and_option_of_the_help(self):
        text = self.text.replace("\\-", "-")
        for word in self.words("") + self.words("--") + self.words("call", "--"):
            self.assertIn(word, text)
        for heading in ("NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "EXIT CODES", "EXAMPLES"):
            self.assertIn(f".SH {heading}\n", text)

    def formatted(self, *words):
        done = subprocess.run([*words, self.page], capture_output=True, text=True, env=self.environment({"LC_ALL": "C.UTF-8", "MANWIDTH": "80"}))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_has_no_warning(self):
        self.assertIn("utcp", self.formatted("groff", "-ww", "-man", "-Tutf8"))

    @unittest.skipUnless(shutil.which("man"), "man is not installed")
    def test_man_shows_it(self):
        text = self.formatted("man", "--warnings", "-l")
        self.assertIn("utcp call mail.send to=a@b.example tags=red tags=blue options.urgent=true extra:='{\"k\":1}'", text)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_has_no_warning(self):
        self.assertEqual(self.formatted("mandoc", "-Tlint", "-Wwarning"), "")


if __name__ == "__main__":
    harness.main()
