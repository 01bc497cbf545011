"""A real OAuth2 server, Authlib on Flask: the client credentials grant, for the manual and for its tool."""

import harness

SECRET = "s3cr3t & more"


class OAuth2(harness.Suite):
    def setUp(self):
        super().setUp()
        command = [harness.peer_python("oauth2"), harness.ROOT / "tests/interop/oauth2_service.py"]
        self.base = self.enter(harness.process(command, "listening on "))

    def config(self, client, secret=SECRET, **more):
        auth = {"auth_type": "oauth2", "client_id": client, "client_secret": "${CLIENT_SECRET}", "token_url": f"{self.base}/token", "scope": "tools", **more}
        self.env = {"CLIENT_SECRET": secret, "guard_SECRET": secret}
        return self.write("providers.json", [{"name": "guard", "provider_type": "http", "url": f"{self.base}/utcp", "auth": auth}])

    def test_a_token_opens_the_manual_and_the_tool_by_either_style(self):
        for client in ("basic", "post"):
            with self.subTest(client):
                answer = self.call(self.config(client), "guard.whoami", {}, env=self.env)
                self.assertEqual(answer, {"client": client, "issued": 1}, "one token serves both requests")

    def test_a_token_that_ends_soon_is_asked_for_anew(self):
        answer = self.call(self.config("brief"), "guard.whoami", {}, env=self.env)
        self.assertEqual(answer, {"client": "brief", "issued": 2})

    def test_a_token_that_is_refused_is_replaced_once(self):
        answer = self.call(self.config("stale"), "guard.whoami", {}, env=self.env)
        self.assertEqual(answer, {"client": "stale", "issued": 2})

    def test_a_wrong_secret_and_a_wrong_scope_are_refused_and_not_shown(self):
        for more, words in (({"secret": "wr0ng-secret"}, "HTTP 401"), ({"scope": "root"}, "HTTP 403")):
            with self.subTest(words):
                config = self.config("basic", **more)
                done = harness.utcp("call", "guard.whoami", "{}", config=config, env=self.env)
                self.expect(done, 4)
                self.assertIn(words, done.err)
                for secret in (SECRET, "wr0ng-secret"):
                    self.assertNotIn(secret, done.err + done.out)


if __name__ == "__main__":
    harness.main(needs=["oauth2"])
