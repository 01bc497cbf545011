"""Authorization against the Python MCP SDK's own authorization server: `utcp login`, tokens that are kept and renewed, and what is refused."""

import json
import os
import re
import select
import stat
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import harness


class Authorization(harness.Suite):
    def start(self, life=3600, scope="tools"):
        command = [harness.peer_python("mcp_python"), harness.ROOT / "tests/interop/mcp_oauth_service.py", life, scope]
        self.base = self.enter(harness.process(command, "listening on "))
        self.env = {"XDG_DATA_HOME": str(self.folder / "data"), "DISPLAY": None, "WAYLAND_DISPLAY": None}
        return self.provider({"url": f"{self.base}/mcp"})

    def provider(self, entry):
        return self.write("providers.json", [{"name": "guard", "provider_type": "mcp", "config": {"mcpServers": {"s": entry}}}])

    def login(self, config, visit=None):
        """Runs `utcp login`, and does what a browser does with the address that it shows."""
        child = subprocess.Popen([harness.options.utcp, "login", "guard", "--config", config, "--timeout", "30"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 stdin=subprocess.DEVNULL, env=harness.environment_with(self.env))
        seen = b""
        try:
            deadline = time.monotonic() + 20
            while child.poll() is None and time.monotonic() < deadline:
                if not select.select([child.stderr], [], [], 0.1)[0]:
                    continue
                seen += os.read(child.stderr.fileno(), 65536)
                address = re.search(rb"^(https?://\S+/authorize\S*)\n", seen, re.M)
                if address:
                    (visit or self.browse)(address.group(1).decode())
                    break
            out, err = child.communicate(timeout=30)
        finally:
            child.kill()
        return harness.Outcome(child.returncode, out.decode(), (seen + err).decode(), 0, 0)

    def browse(self, address):
        with urllib.request.urlopen(address, timeout=10) as page:
            self.page = page.read().decode()

    def counts(self, config):
        return json.loads(self.call(config, "guard.s.counts", {}, env=self.env))

    def store(self):
        return self.folder / "data" / "utcp" / "credentials.json"

    def test_one_login_serves_the_calls_after_it(self):
        config = self.start()
        done = self.expect(self.login(config))
        self.assertEqual(done.out, "guard: 1 tool\n")
        self.assertIn("close this window", self.page)
        counts = self.counts(config)
        self.assertEqual(counts["authorizations"], 1)
        self.assertEqual(counts["registrations"], 1)
        self.assertEqual(counts["resource"], f"{self.base}/mcp")
        self.assertEqual(counts["scopes"], ["tools"])
        self.assertEqual(self.counts(config), counts, "no more is asked")

    def test_what_is_kept_is_for_its_owner_only_and_shown_nowhere(self):
        config = self.start()
        done = self.expect(self.login(config))
        self.assertEqual(stat.S_IMODE(self.store().stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.store().parent.stat().st_mode), 0o700)
        kept = json.loads(self.store().read_text())["entries"]
        tokens = json.loads(kept[f"access to {self.base}/mcp"])
        verbose = harness.utcp("call", "guard.s.counts", "{}", "-v", config=config, env=self.env)
        for name in ("access_token", "refresh_token"):
            self.assertNotIn(tokens[name], done.out + done.err + verbose.out + verbose.err)

    def test_a_token_that_has_ended_is_renewed_and_nobody_is_asked(self):
        config = self.start(life=2)
        self.expect(self.login(config))
        time.sleep(2.5)
        counts = self.counts(config)
        self.assertEqual(counts["authorizations"], 1)
        self.assertGreaterEqual(counts["refreshes"], 1)
        time.sleep(2.5)
        self.assertGreater(self.counts(config)["refreshes"], counts["refreshes"], "the refresh token changed, and the new one was kept")

    def test_other_commands_open_no_browser_and_name_the_one_that_does(self):
        config = self.start()
        done = harness.utcp("call", "guard.s.counts", "{}", config=config, env=self.env)
        self.assertNotEqual(done.code, 0)
        self.assertIn("utcp login guard", done.err)
        self.assertNotIn("/authorize?", done.err)
        self.assertFalse(self.store().exists() and "access to" in self.store().read_text())

    def test_a_redirect_with_another_state_is_turned_away(self):
        config = self.start()

        def visit(address):
            redirect = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["redirect_uri"][0]
            with self.assertRaises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{redirect}?code=evil&state=evil", timeout=10)
            self.assertEqual(refused.exception.code, 400)
            refused.exception.close()
            self.browse(address)

        self.expect(self.login(config, visit))

    def test_a_second_login_takes_the_same_registration(self):
        config = self.start()
        self.expect(self.login(config))
        kept = json.loads(self.store().read_text())
        del kept["entries"][f"access to {self.base}/mcp"]
        self.store().write_text(json.dumps(kept))
        self.expect(self.login(config))
        counts = self.counts(config)
        self.assertEqual((counts["registrations"], counts["authorizations"]), (1, 2))

    def test_after_a_logout_a_person_is_needed_again(self):
        config = self.start()
        self.expect(self.login(config))
        done = self.expect(harness.utcp("logout", "guard", config=config, env=self.env))
        self.assertEqual(done.out, f"signed out of {self.base}/mcp\n")
        refused = harness.utcp("call", "guard.s.counts", "{}", config=config, env=self.env)
        self.assertIn("utcp login guard", refused.err)
        self.expect(self.login(config))
        self.assertEqual(self.counts(config)["registrations"], 1, "the registration stayed")

    def test_another_issuer_than_the_configuration_s_is_refused(self):
        self.start()
        config = self.provider({"url": f"{self.base}/mcp", "authorization": {"issuer": "https://id.example"}})
        done = harness.utcp("login", "guard", config=config, env=self.env)
        self.assertNotEqual(done.code, 0)
        self.assertIn("issuer", done.err)

    def test_a_wrong_entry_is_told(self):
        self.start()
        for entry, words in (({"clientid": "x"}, "clientid"), ({"grant": "password"}, "grant"), ({"client_secret": "s3cr3t"}, "client_id")):
            config = self.provider({"url": f"{self.base}/mcp", "authorization": entry})
            done = harness.utcp("login", "guard", config=config, env=self.env)
            self.assertNotEqual(done.code, 0)
            self.assertIn(words, done.err)
            self.assertNotIn("s3cr3t", done.err)


if __name__ == "__main__":
    harness.main(needs=["mcp_python"])
