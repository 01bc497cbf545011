"""A real OAuth2 server, Authlib on Flask: the client credentials grant, for the manual and for its tool."""

import harness

SECRET = "s3cr3t & more"


class OAuth2(harness.Suite):
    def setUp(self):
        super().setUp()
        command = [harness.peer_python("oauth2"), harness.ROOT / "tests/interop/oauth2_service.py"]
        self.base = self.enter(harness.process(command, "listening on "))

    def config(self, client, secret=SECRET, query="", **more):
        auth = {"auth_type": "oauth2", "client_id": client, "client_secret": "${CLIENT_SECRET}", "scope": "tools", **more}
        if "issuer" not in auth:
            auth["token_url"] = f"{self.base}/token"
        self.env = {"CLIENT_SECRET": secret, "guard_SECRET": secret}
        return self.write("providers.json", [{"name": "guard", "provider_type": "http", "url": f"{self.base}/utcp{query}", "auth": auth}])

    def test_a_token_opens_the_manual_and_the_tool_by_either_style(self):
        for client, asked in (("basic", 2), ("post", 1)):
            with self.subTest(client):
                answer = self.call(self.config(client), "guard.whoami", {}, env=self.env)
                self.assertEqual(answer, {"client": client, "issued": 1, "asked": asked}, "one token serves both requests")

    def test_client_auth_needs_one_request_only(self):
        for client, way in (("basic", "header"), ("post", "body")):
            with self.subTest(client):
                config = self.config(client, query=f"?client_auth={way}", client_auth=way)
                self.assertEqual(self.call(config, "guard.whoami", {}, env=self.env), {"client": client, "issued": 1, "asked": 1})

    def test_client_auth_that_the_server_does_not_take_is_refused(self):
        for client, way in (("basic", "body"), ("post", "header")):
            with self.subTest(client):
                done = self.expect(harness.utcp("call", "guard.whoami", "{}", config=self.config(client, client_auth=way), env=self.env), 4)
                self.assertIn("invalid_client", done.err)
                self.assertNotIn(SECRET, done.err + done.out)

    def test_an_issuer_s_metadata_lead_to_the_token_endpoint_and_say_how_to_ask(self):
        for issuer, client in (("post", "post"), ("basic", "basic"), ("openid", "post")):
            with self.subTest(issuer):
                config = self.config(client, query=f"?issuer={issuer}", issuer=f"{self.base}/{issuer}")
                before = self.call(config, "guard.whoami", {}, env=self.env)
                after = self.call(config, "guard.whoami", {}, env=self.env)
                # The manual's own text is bound to the manual's origins, so its token is another one than the provider's.
                self.assertEqual(after, {"client": client, "issued": before["issued"] + 2, "asked": before["asked"] + 2})

    def test_metadata_of_another_issuer_are_refused(self):
        done = self.expect(harness.utcp("call", "guard.whoami", "{}", config=self.config("post", issuer=f"{self.base}/mirror"), env=self.env), 4)
        self.assertIn("another issuer", done.err)
        missing = self.expect(harness.utcp("call", "guard.whoami", "{}", config=self.config("post", issuer=f"{self.base}/nowhere"), env=self.env), 4)
        self.assertIn("/.well-known/oauth-authorization-server/nowhere", missing.err)

    def test_a_token_that_ends_soon_is_asked_for_anew(self):
        answer = self.call(self.config("brief"), "guard.whoami", {}, env=self.env)
        self.assertEqual(answer, {"client": "brief", "issued": 2, "asked": 2})

    def test_a_token_that_is_refused_is_replaced_once(self):
        answer = self.call(self.config("stale"), "guard.whoami", {}, env=self.env)
        self.assertEqual(answer, {"client": "stale", "issued": 2, "asked": 2})

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
