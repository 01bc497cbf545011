"""What `utcp search` keeps: how often providers are asked, and that nothing else changes."""

import http.server
import json
import os
import re
import stat
import threading
import time

import harness
import service

VALUE = "s3cret-value-of-a-variable"


class Manuals:
    """Serves manuals by path, with entity tags, and notes each request's path and whether it was conditional."""

    def __init__(self):
        self.manuals = {}
        self.tags = True
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                path = self.path.split("?")[0]
                outer.asked.append((path, self.headers.get("If-None-Match")))
                manual = outer.manuals.get(path)
                body = json.dumps(manual).encode() if manual else b"no such thing"
                tag = f'"{hash(body) & 0xFFFFFFFF:x}"'
                known = manual and outer.tags and self.headers.get("If-None-Match") == tag
                self.send_response(304 if known else 200 if manual else 404)
                if manual and outer.tags:
                    self.send_header("ETag", tag)
                if not known:
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not known:
                    self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self):
        out, self.asked[:] = list(self.asked), []
        return out


class Cache(harness.Case):
    def setUp(self):
        super().setUp()
        self.server = Manuals()
        self.addCleanup(self.server.stop)
        self.server.manuals["/weather"] = self.manual("current", "The weather in a city right now", ["weather"])
        self.server.manuals["/mail"] = self.manual("send", "Sends a message to somebody", ["mail", "Chat"])
        self.configure()

    def manual(self, name, description, tags):
        return {"version": "1.0", "tools": [
            service.tool(name, description, "/x", self.server.port, tags=tags, properties={"city": {"type": "string", "description": "which city"}}),
            service.tool(name + "_later", description + ", but later", "/x", self.server.port)]}

    def configure(self, *more, **variables):
        self.write("providers.json", {"variables": variables, "providers": [
            {"name": "weather", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/weather"},
            {"name": "notes", "provider_type": "text", "file_path": "notes.json"},
            {"name": "mail", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/mail"}, *more]})
        time.sleep(0.06)  # what has just changed may change again unseen, so it would be read twice

    def names(self, *words, **how):
        return [tool["name"] for tool in self.expect(0, "search", *words, "--json", **how).json()]

    def bytes_of(self, file):
        with open(file, "rb") as held:
            return held.read()

    def files(self):
        return [os.path.join(self.path("cache"), name) for name in sorted(os.listdir(self.path("cache")))]

    def catalogue(self):
        return next(file for file in self.files() if file.endswith(".catalogue"))

    def age(self, seconds):
        then = time.time() - seconds
        os.utime(self.catalogue(), (then, then))

    def test_a_second_search_asks_nobody(self):
        self.assertEqual(self.names("weather")[0], "weather.current")
        self.assertEqual(len(self.server.take()), 2)
        self.assertEqual(self.names("weather")[0], "weather.current")
        self.assertEqual(self.names("message"), ["mail.send", "mail.send_later"])
        self.assertEqual(self.server.take(), [])

    def test_after_the_freshness_time_it_is_asked_whether_there_is_anything_new(self):
        before = self.names("weather")
        self.server.take()
        self.age(301)
        self.assertEqual(self.names("weather"), before)
        asked = self.server.take()
        self.assertEqual(sorted(path for path, _ in asked), ["/mail", "/weather"])
        self.assertTrue(all(tag for _, tag in asked), asked)
        self.assertEqual(self.names("weather"), before)
        self.assertEqual(self.server.take(), [], "renewed by the 304")

    def test_a_changed_manual_is_read_again_and_the_others_stay(self):
        self.names("weather")
        self.server.manuals["/weather"] = self.manual("tides", "The tides of an ocean", ["sea"])
        self.assertEqual(self.names("tides of the ocean"), [])
        self.age(400)
        self.assertEqual(self.names("tides of the ocean"), ["weather.tides", "weather.tides_later"])
        self.assertNotIn("weather.current", self.names("weather right now"))
        self.assertEqual(self.names("message"), ["mail.send", "mail.send_later"])

    def test_a_server_without_entity_tags_is_read_again(self):
        self.server.tags = False
        self.names("weather")
        self.age(400)
        changed = os.stat(self.catalogue()).st_ino
        self.server.take()
        self.assertEqual(self.names("message")[0], "mail.send")
        self.assertEqual(len(self.server.take()), 2)
        self.assertEqual(os.stat(self.catalogue()).st_ino, changed, "the same tools are not written again")
        self.names("message")
        self.assertEqual(self.server.take(), [])

    def test_the_freshness_time_is_the_users(self):
        self.names("weather")
        self.age(100)
        self.server.take()
        self.names("weather")
        self.assertEqual(self.server.take(), [])
        self.names("weather", "--max-age", "30s")
        self.assertEqual(len(self.server.take()), 2)
        self.age(100)
        self.names("weather", env={"UTCP_CACHE_MAX_AGE": "1m"})
        self.assertEqual(len(self.server.take()), 2)
        self.names("weather", "--max-age", "0")
        self.assertEqual(len(self.server.take()), 2)
        self.assertIn("UTCP_CACHE_MAX_AGE", self.expect(2, "search", "x", env={"UTCP_CACHE_MAX_AGE": "soon"}).err)
        self.expect(2, "search", "x", "--max-age", "soon")
        self.expect(2, "search", "x", "--no-cache", "--refresh")

    def test_refresh_asks_all_without_conditions(self):
        self.names("weather")
        self.server.take()
        self.assertEqual(self.names("weather", "--refresh")[0], "weather.current")
        self.assertEqual(sorted(self.server.take()), [("/mail", None), ("/weather", None)])
        self.names("weather")
        self.assertEqual(self.server.take(), [])

    def test_switched_off_it_neither_reads_nor_writes(self):
        for words, env in [(["--no-cache"], {}), ([], {"UTCP_CACHE": "off"})]:
            self.names("weather", *words, env=env)
            self.names("weather", *words, env=env)
            self.assertEqual(len(self.server.take()), 4)
            self.assertFalse(os.path.exists(self.path("cache")))
        self.names("weather")
        self.server.take()
        self.names("weather", "--no-cache")
        self.assertEqual(len(self.server.take()), 2)
        self.assertIn("UTCP_CACHE", self.expect(2, "search", "x", env={"UTCP_CACHE": "perhaps"}).err)

    def test_every_option_gives_the_same_as_without(self):
        self.configure({"name": "broken", "provider_type": "http", "url": "http://127.0.0.1:9/utcp"})
        self.write("queries.jsonl", '"weather"\n{"query":"message to somebody"}\n')
        self.names("warm")
        searches = [["weather in a city"], ["message", "--json"], ["weather", "--limit", "1"], ["weather", "--limit", "0"], ["city", "--tag", "MAIL"],
                    ["city", "--each-tag", "mail", "--each-tag", "chat"], ["city", "--manual", "weather"], ["city", "--protocol", "text"],
                    ["notes", "--protocol", "file", "--protocol", "text"], ["weather", "--show-scores"], ["wether", "--explain"], ["wether", "--explain", "--json"],
                    ["weather", "--all"], ["weather", "--all", "--json", "--tag", "mail"], ["weather", "--all", "--limit", "3", "--manual", "mail"],
                    ["weather", "--format", "openai"], ["city", "--format", "anthropic", "--budget", "150"], ["city", "--format", "mistral"],
                    ["city", "--format", "utcp"], ["nothing of that kind at all zzz"], ["--queries", "queries.jsonl", "--limit", "2", "--json"], ["x" * 70000]]
        for words in searches:
            without = self.utcp("search", *words, "--no-cache")
            self.server.take()
            cached = self.utcp("search", *words)
            self.assertEqual(self.server.take(), [], words)
            self.assertEqual((cached.code, cached.raw), (without.code, without.raw), words)
            when = re.compile(r"\((after )?[0-9.]+ (m?s|min)( ago)?\)")
            self.assertEqual(when.sub("", cached.err), when.sub("", without.err), words)

    def test_a_failed_provider_is_told_and_not_asked_until_it_is_time(self):
        self.configure({"name": "gone", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/gone"})
        self.assertRegex(self.expect(0, "search", "weather").err, r"(?m)^utcp: provider gone: .*404.* \(after .+\)$")
        self.server.take()
        self.age(130)
        self.assertRegex(self.expect(0, "search", "weather").err, r"(?m)^utcp: provider gone: .*404.* \(2 min ago\)$")
        self.assertEqual(self.server.take(), [])
        self.server.manuals["/gone"] = self.manual("back", "Is back again", [])
        self.age(400)
        self.assertEqual(self.names("back again")[0], "gone.back")

    def test_a_changed_file_is_seen_at_once_and_asks_no_server(self):
        self.names("weather")
        self.server.take()
        time.sleep(0.1)
        self.write("notes.json", {"version": "1", "tools": [{"name": "scribble", "description": "Scribbles something"}]})
        self.assertEqual(self.names("scribble"), ["notes.scribble"])
        self.assertEqual(self.names("reads the notes"), ["notes.scribble"])
        os.remove(self.path("notes.json"))
        self.assertIn("provider notes", self.expect(0, "search", "weather").err)
        self.assertEqual(self.server.take(), [])

    def test_a_changed_configuration_asks_only_what_is_new(self):
        self.names("weather")
        self.server.take()
        self.server.manuals["/more"] = self.manual("paint", "Paints a picture", [])
        self.configure({"name": "more", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/more"})
        self.assertEqual(self.names("picture")[0], "more.paint")
        self.assertEqual(self.server.take(), [("/more", None)])
        self.configure()
        self.assertEqual(self.names("picture"), [])
        self.assertEqual(self.server.take(), [])

    def test_another_value_of_a_variable_is_another_manual(self):
        self.write("providers.json", [{"name": "w", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/${{WHICH}}",
                                       "headers": {"X-Key": "${KEY}"}}])
        self.assertEqual(self.names("message", env={"WHICH": "mail", "KEY": VALUE}), ["w.send", "w.send_later"])
        self.server.take()
        self.assertEqual(self.names("message", env={"WHICH": "mail", "KEY": VALUE}), ["w.send", "w.send_later"])
        self.assertEqual(self.server.take(), [])
        self.assertEqual(self.names("message", env={"WHICH": "weather", "KEY": VALUE}), [])
        self.assertEqual(self.server.take(), [("/weather", None)])
        self.names("message", env={"WHICH": "weather", "KEY": "another"})
        self.assertEqual(self.server.take(), [("/weather", None)])

    def test_no_value_and_no_credential_is_written(self):
        self.server.manuals["/weather"]["tools"][0]["tool_provider"]["headers"] = {"Authorization": "Bearer " + harness.LITERAL_SECRET}
        self.write("providers.json", {"variables": {"KEY": VALUE}, "providers": [
            {"name": "weather", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/weather?key=${{QUERY_KEY}}", "headers": {"X-Key": "${KEY}"}},
            {"name": "keyed", "provider_type": "text", "file_path": "keyed.json"},
            {"name": "gone", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/gone?key=${{QUERY_KEY}}"}]})
        self.names("weather")
        held = b"".join(self.bytes_of(file) for file in self.files())
        self.assertIn(b"The weather in a city", held)
        for secret in [VALUE, *harness.SECRETS]:
            self.assertNotIn(secret.encode(), held)

    def test_only_the_user_can_read_it(self):
        self.names("weather")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("cache")).st_mode), 0o700)
        self.assertEqual({stat.S_IMODE(os.stat(file).st_mode) for file in self.files()}, {0o600})
        self.assertEqual(len(self.files()), 2, self.files())

    def test_a_folder_or_file_that_others_may_have_written_is_not_used(self):
        self.names("weather")
        self.server.take()
        os.chmod(self.catalogue(), 0o622)
        self.assertEqual(self.names("weather")[0], "weather.current")
        self.assertEqual(len(self.server.take()), 2)
        os.chmod(self.path("cache"), 0o777)
        self.assertIn("other users", self.expect(0, "search", "weather", "-v").err)
        self.assertEqual(len(self.server.take()), 2)
        os.chmod(self.path("cache"), 0o700)
        os.rename(self.path("cache"), self.path("elsewhere"))
        os.symlink(self.path("elsewhere"), self.path("cache"))
        self.assertIn("symbolic link", self.expect(0, "search", "weather", "-v").err)

    def test_a_damaged_file_is_made_anew(self):
        before = self.expect(0, "search", "weather", "--json").raw
        whole = self.bytes_of(self.catalogue())
        for damaged in [whole[:100], whole[:-8], b"", b"\0" * len(whole), whole.replace(b"The weather in a city", b"The weather in a town"),
                        whole[:-64] + bytes(64)]:
            with open(self.catalogue(), "wb") as out:
                out.write(damaged)
            self.server.take()
            self.assertEqual(self.expect(0, "search", "weather", "--json").raw, before)
            self.assertEqual(len(self.server.take()), 2)
            self.assertEqual(self.expect(0, "search", "weather", "--json").raw, before)
            self.assertEqual(self.server.take(), [])

    def test_where_nothing_can_be_written_a_search_works_as_before(self):
        self.write("file", "")
        self.assertEqual(self.names("weather", env={"UTCP_CACHE_DIR": self.path("file/cache")})[0], "weather.current")
        self.assertEqual(self.names("weather", env={"UTCP_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": ""})[0], "weather.current")

    def test_it_is_where_the_desktop_keeps_caches(self):
        self.names("weather", env={"UTCP_CACHE_DIR": "", "XDG_CACHE_HOME": self.path("xdg")})
        self.assertTrue(os.listdir(self.path("xdg/utcp")))
        self.names("weather", env={"UTCP_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": self.path("home")})
        self.assertTrue(os.listdir(self.path("home/.cache/utcp")))

    def test_many_at_once_do_no_harm(self):
        for _ in range(3):
            children = [self.start("search", "weather", "--json", *(["--refresh"] if i % 2 else [])) for i in range(8)]
            for child in children:
                out, err = child.communicate(timeout=harness.PATIENCE)
                self.assertEqual(child.returncode, 0, err)
                self.assertEqual(json.loads(out)[0]["name"], "weather.current")
        self.server.take()
        self.assertEqual(self.names("weather")[0], "weather.current")
        self.assertEqual(self.server.take(), [])
        self.assertEqual(len(self.files()), 2, self.files())

    def test_other_strategies_and_two_providers_of_one_name_go_without(self):
        self.write("providers.json", {"tool_search_strategy": {"tool_search_strategy_type": "tag"}, "providers": [
            {"name": "weather", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/weather"}]})
        self.names("weather")
        self.names("weather")
        self.assertEqual(len(self.server.take()), 2)
        self.configure({"name": "mail", "provider_type": "http", "url": f"http://127.0.0.1:{self.server.port}/weather"})
        self.assertIn("already registered", self.expect(0, "search", "weather").err)

    def test_other_options_of_the_search_make_it_anew(self):
        self.names("weather")
        config = json.loads(self.bytes_of(self.path("providers.json")))
        config["tool_search_strategy"] = {"tool_search_strategy_type": "indexed", "name": 0}
        self.write("providers.json", config)
        self.assertEqual(self.expect(0, "search", "weather", "--json").raw, self.expect(0, "search", "weather", "--json", "--no-cache").raw)

    def test_verbose_says_where_the_tools_come_from(self):
        self.assertIn("tools over http in", self.expect(0, "search", "weather", "-v").err)
        self.assertRegex(self.expect(0, "search", "weather", "-v").err, r"cache: used, read \d+ s ago")
        self.age(400)
        self.assertIn("weather: unchanged", self.expect(0, "search", "weather", "-v").err)


if __name__ == "__main__":
    harness.main()
