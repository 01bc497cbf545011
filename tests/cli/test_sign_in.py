"""logout: what is kept of MCP servers' tokens, and how it goes. `login` needs a server: tests/interop/test_mcp_oauth.py."""

import json
import os

import harness


@harness.unittest.skipUnless(harness.WITH_MCP, "built without mcp")
class Logout(harness.Case):
    def setUp(self):
        super().setUp()
        self.write("providers.json", [
            {"name": "mail", "provider_type": "mcp", "auth": {"auth_type": "api_key", "api_key": "${NOT_SET}"},
             "config": {"mcpServers": {"inbox": {"url": "https://${MAIL_HOST}/mcp"}, "local": {"command": "x"}}}},
            {"name": "notes", "provider_type": "text", "file_path": "notes.json"},
        ])
        os.makedirs(self.path("data/utcp"), 0o700)
        self.keep("access to https://mail.example/mcp", "access to https://mail.example/mcp as me", "access to https://chat.example/mcp", "client of https://id.example")

    def environment(self, extra=None):
        return super().environment({"XDG_DATA_HOME": self.path("data"), "MAIL_HOST": "mail.example", **(extra or {})})

    def keep(self, *names):
        os.chmod(self.write("data/utcp/credentials.json", {"version": 1, "entries": {name: '{"access_token":"t0p"}' for name in names}}), 0o600)

    def kept(self):
        with open(self.path("data/utcp/credentials.json")) as file:
            return sorted(json.load(file)["entries"])

    def test_a_provider_s_tokens_go_and_the_others_stay(self):
        self.assertEqual(self.expect(0, "logout", "mail").out, "signed out of https://mail.example/mcp\n")
        self.assertEqual(self.kept(), ["access to https://chat.example/mcp", "client of https://id.example"])
        again = self.expect(0, "logout", "mail")
        self.assertEqual((again.out, again.err), ("", 'utcp: no tokens are kept for the servers of "mail"\n'))

    def test_all_go_without_a_provider_and_without_a_configuration(self):
        os.remove(self.path("providers.json"))
        self.assertEqual(self.expect(0, "logout", "--json").json(), {"signed_out": ["https://chat.example/mcp", "https://mail.example/mcp"]})
        self.assertEqual(self.kept(), ["client of https://id.example"])
        self.assertEqual(self.expect(0, "logout", "--json").json(), {"signed_out": []})

    def test_where_nothing_is_kept_nothing_is_made(self):
        self.assertIn("no tokens are kept", self.expect(0, "logout", env={"XDG_DATA_HOME": self.path("nowhere")}).err)
        self.assertFalse(os.path.exists(self.path("nowhere")))

    def test_wrong_names_and_files_are_told(self):
        self.assertIn('did you mean "mail"?', self.expect(2, "logout", "mial").err)
        self.assertIn("only MCP servers", self.expect(2, "logout", "notes").err)
        self.expect(3, "logout", "mail", env={"MAIL_HOST": ""})
        os.chmod(self.path("data/utcp/credentials.json"), 0o644)
        refused = self.expect(3, "logout")
        self.assertIn("chmod 600", refused.err)
        self.assertNotIn("t0p", refused.err)

    def test_help_shows_it(self):
        self.assertIn("utcp logout mail", self.expect(0, "logout", "--help").out)


if __name__ == "__main__":
    harness.main()
