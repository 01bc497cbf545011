"""The tables of python-utcp's own tests for redirects, token URLs and trusted addresses, replayed against this program.

Sources: python-utcp fd30247, plugins/communication_protocols/http/tests/test_redirect_security.py (29 tests) and test_security.py
(15). Theirs call functions; here every row is a request that is sent, or is not. What needs other hosts than this machine
goes through `elsewhere`.
"""

import json

import elsewhere
import harness

METADATA = "http://169.254.169.254/latest/meta-data/"
SECRET_HEADERS = """Authorization Proxy-Authorization Cookie WWW-Authenticate X-Api-Key X-Auth-Token X-Access-Token X-Csrf-Token
X-Amz-Security-Token X-Goog-Api-Key X_API_KEY X_AUTH_TOKEN API_KEY XApiKey ApiKey AuthToken AccessToken BearerToken SessionId
X-MyApp-Token X_MyApp_Token Custom-Bearer Custom_Secret X-JWT X-CSRF X-MyApp-Auth""".split()
HARMLESS_HEADERS = "Content-Type User-Agent Accept X-Trace-Id X-Request-Id X-Forwarded-For Cache-Control Date".split()


class Redirects(harness.Suite):
    """Two servers of this machine, which are two origins: /tool of the first sends where `self.location` says."""

    def setUp(self):
        super().setUp()
        self.landed = []
        self.location, self.status = None, 302

        def land(handler):
            body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
            self.landed.append((handler.command, handler.path, handler.headers, body))
            harness.send(handler, '{"hop":"final"}')

        def send_on(handler):
            if handler.path.startswith("/landed"):
                return land(handler)
            handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
            harness.send(handler, "", status=self.status, headers=[("Location", self.location)])

        self.first = self.enter(harness.answering(send_on))
        self.second = self.enter(harness.answering(land))

    def config(self, **template):
        return self.tools(it={"url": f"{self.first}/tool", **template})

    def land(self, location, arguments=None, **template):
        """The header fields that arrived where the redirect led."""
        self.location = location
        del self.landed[:]
        self.assertEqual(self.call(self.config(**template), "t.it", arguments or {}), {"hop": "final"})
        self.assertEqual(len(self.landed), 1)
        return self.landed[0][2]

    def blocked(self, location, errc, *said):
        self.location = location
        return self.fails(self.config(headers={"Authorization": "Bearer victim-secret"}), "t.it", {}, errc, *said)

    def test_on_the_same_origin_it_is_followed_with_everything(self):
        for location in ("/landed", f"{self.first}/landed", self.first.replace("http:", "") + "/landed"):
            with self.subTest(location):
                auth = {"auth_type": "api_key", "api_key": "secret-key", "var_name": "X-MyApp"}
                headers = self.land(location, headers={"Authorization": "Bearer keep-me", "Cookie": "a=1"}, auth=auth)
                self.assertEqual((headers["Authorization"], headers["Cookie"], headers["X-MyApp"]), ("Bearer keep-me", "a=1", "secret-key"))

    def test_another_port_is_another_origin(self):
        headers = self.land(f"{self.second}/landed", headers={"Authorization": "Bearer victim-secret", "Cookie": "session=victim"})
        self.assertIsNone(headers["Authorization"])
        self.assertIsNone(headers["Cookie"])

    def test_another_name_of_the_same_machine_is_another_origin(self):
        headers = self.land(f"{self.second}/landed".replace("127.0.0.1", "localhost"), headers={"Authorization": "Bearer victim-secret"})
        self.assertIsNone(headers["Authorization"])

    def test_header_names_that_sound_secret_stay_behind(self):
        sent = {name: "victim-secret" for name in SECRET_HEADERS}
        headers = self.land(f"{self.second}/landed", headers=sent)
        self.assertEqual([name for name in SECRET_HEADERS if name in headers], [])
        self.assertNotIn("victim-secret", str(headers))

    def test_harmless_header_names_go_along(self):
        headers = self.land(f"{self.second}/landed", headers={name: "keep-this" for name in HARMLESS_HEADERS})
        # There is no body that a Content-Type would tell about.
        self.assertEqual([name for name in HARMLESS_HEADERS if headers[name] != "keep-this" and name != "Content-Type"], [])

    def test_the_name_that_auth_declares_stays_behind(self):
        auth = {"auth_type": "api_key", "api_key": "secret-key", "var_name": "X-MyApp"}
        self.assertIsNone(self.land(f"{self.second}/landed", auth=auth)["X-MyApp"])
        self.assertEqual(self.land("/landed", auth=auth)["X-MyApp"], "secret-key")

    def test_a_key_in_the_query_or_a_cookie_stays_behind(self):
        for location in ("query", "cookie"):
            with self.subTest(location):
                auth = {"auth_type": "api_key", "api_key": "secret-key", "var_name": "k", "location": location}
                headers = self.land(f"{self.second}/landed", {"q": "private"}, auth=auth)
                self.assertNotIn("secret-key", str(headers) + self.landed[0][1])
                self.assertNotIn("private", self.landed[0][1])

    def test_a_body_stays_behind(self):
        for status in (301, 302, 307, 308):
            with self.subTest(status):
                self.status = status
                self.land(f"{self.second}/landed", {"body": {"client_secret": "victim-SECRET"}}, http_method="POST")
                method, _, headers, body = self.landed[0]
                self.assertEqual((method, body, headers["Content-Length"]), ("POST", "", "0"))

    def test_303_asks_with_get(self):
        self.status = 303
        for server in (self.first, self.second):
            self.land(f"{server}/landed", {"body": {"client_secret": "victim-SECRET"}}, http_method="POST")
            self.assertEqual((self.landed[0][0], self.landed[0][3]), ("GET", ""))

    def test_plain_http_to_another_machine_is_blocked(self):
        error = self.blocked(METADATA, "not_allowed", "169.254.169.254", "redirect")
        self.assertNotIn("victim-secret", json.dumps(error))

    def test_it_is_blocked_for_a_manual_too(self):
        self.location = METADATA
        config = self.write("providers.json", [{"name": "w", "provider_type": "http", "url": f"{self.first}/utcp"}])
        done = self.expect(harness.utcp("tools", "--json", config=config))
        self.assertEqual(done.json(), [])
        self.assertIn("169.254.169.254", done.err)

    def test_other_schemes_are_blocked(self):
        for location in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "javascript:alert(1)", "dict://127.0.0.1:1/"):
            with self.subTest(location):
                self.blocked(location, "not_allowed")

    def test_a_location_that_cannot_be_read_is_an_error_and_no_crash(self):
        for location in ("http://127.0.0.1:99999/", "http://127.0.0.1:65536/", "http://127.0.0.1:abc/", "http://127.0.0.1:-1/", "http://", "http://[::1/", "http://a b/"):
            with self.subTest(location):
                self.location = location
                done = harness.utcp("call", "t.it", "{}", "--json", config=self.config(headers={"Authorization": "Bearer victim-secret"}))
                self.assertIn(done.code, (1, 3), done)
                self.assertIn(done.json()["error"]["code"], ("remote_failed", "not_allowed"), done)
        self.assertEqual(self.landed, [])

    def test_a_loop_ends(self):
        self.blocked("/tool", "remote_failed", "redirect")

    def test_a_redirected_token_request_does_not_take_the_secret_along(self):
        for status in (302, 307):
            with self.subTest(status):
                del self.landed[:]
                self.status, self.location = status, f"{self.second}/landed"
                auth = {"auth_type": "oauth2", "client_id": "victim-id", "client_secret": "victim-SECRET", "token_url": f"{self.first}/token"}
                done = harness.utcp("call", "t.it", "{}", "--json", config=self.config(url=f"{self.second}/landed/tool", auth=auth))
                self.assertNotEqual(done.code, 0, done)
                for _, path, headers, body in self.landed:
                    self.assertNotIn("victim", str(headers) + body)
                    self.assertNotEqual(path, "/landed/tool", "the tool was called without a token")

    def test_streams_keep_the_same_rules(self):
        # python-utcp follows none for them (reference, section 6.1.1); here they are held to the rules of http.
        for kind in ("sse", "http_stream"):
            with self.subTest(kind):
                self.location = METADATA
                self.fails(self.config(provider_type=kind), "t.it", {}, "not_allowed", "169.254.169.254")
                self.location = f"{self.second}/landed"
                del self.landed[:]
                harness.utcp("call", "t.it", "{}", config=self.config(provider_type=kind, headers={"Authorization": "Bearer victim-secret"}))
                self.assertNotIn("victim-secret", "".join(str(headers) for _, _, headers, _ in self.landed))


class Addresses(harness.Suite):
    def test_urls_that_are_trusted(self):
        for url in ("https://example.com/openapi.json", "HTTPS://example.com/openapi.json", "https://example.com:8443/v1/tool", "http://localhost/openapi.json",
                    "http://localhost:8080/v1/tool", "http://127.0.0.1:9090/sensitive", "http://[::1]:9090/sensitive"):
            with self.subTest(url):
                self.expect(harness.utcp("call", "t.it", "{}", "--dry-run", config=self.tools(it={"url": url})))

    def test_urls_that_are_not(self):
        table = [METADATA, "http://internal.service.local/secret", "http://10.0.0.5/admin", "http://example.com/openapi.json", "http://localhost.evil.com/path",
                 "http://127.0.0.1.attacker.example/path", "file:///etc/passwd", "ftp://example.com/x", "javascript:alert(1)", "", "not-a-url"]
        for kind in ("http", "sse", "http_stream"):
            for url in table:
                with self.subTest(f"{kind} {url}"):
                    done = harness.utcp("call", "t.it", "{}", "--json", config=self.tools(it={"provider_type": kind, "url": url}))
                    self.expect(done, 3)
                    self.assertIn(done.json()["error"]["code"], ("not_allowed", "invalid_config"), done)
                    self.assertLess(done.seconds, 2, "nothing was tried")

    def test_the_message_says_what_it_was_about(self):
        self.fails(self.tools(it={"url": METADATA}), "t.it", {}, "not_allowed", "tool invocation", "169.254.169.254")
        done = self.expect(harness.utcp("tools", config=self.write("providers.json", [{"name": "w", "provider_type": "http", "url": METADATA}])))
        self.assertIn("manual discovery", done.err)
        self.assertIn("169.254.169.254", done.err)

    def test_token_urls_are_held_to_it_before_anything_is_sent(self):
        for url in ("http://169.254.169.254/oauth/token", "http://attacker.example/token"):
            with self.subTest(url):
                auth = {"auth_type": "oauth2", "token_url": url, "client_id": "victim-id", "client_secret": "victim-secret"}
                error = self.fails(self.tools(it={"url": "https://api.example.com/x", "auth": auth}), "t.it", {}, "not_allowed", "token")
                self.assertNotIn("victim-secret", json.dumps(error))

    def test_line_breaks_in_the_name_of_a_key_are_refused(self):
        seen = []
        base = self.enter(harness.answering(lambda handler: (seen.append(handler.path), harness.send(handler, "{}"))))
        for name in ("X-Api-Key\r\nX-Injected: yes", "X-Foo\nX-Other: bar", "X-Foo\rX-Other: bar", "X Foo", "X-Foo:", ""):
            with self.subTest(name):
                auth = {"auth_type": "api_key", "api_key": "secret", "var_name": name, "location": "header"}
                done = harness.utcp("call", "t.it", "{}", "--json", config=self.tools(it={"url": f"{base}/x", "auth": auth}))
                self.assertIn(done.json()["error"]["code"], ("invalid_argument", "invalid_config"), done)
        self.assertEqual(seen, [])

    def test_line_breaks_in_header_arguments_are_refused(self):
        seen = []
        base = self.enter(harness.answering(lambda handler: (seen.append(handler.path), harness.send(handler, "{}"))))
        for value in ("a\r\nX-Injected: yes", "a\nb", "a\rb", "a\0b"):
            with self.subTest(value):
                self.fails(self.tools(it={"url": f"{base}/x", "header_fields": ["X-A"]}), "t.it", {"X-A": value}, "invalid_argument", "X-A")
        self.assertEqual(seen, [])


def openapi(server, token_url=None):
    """A document with one operation, whose server and token URL are given."""
    document = {"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": server}],
                "paths": {"/x": {"get": {"operationId": "x", "responses": {"200": {"description": "ok"}}}}}}
    if token_url is not None:
        document["paths"]["/x"]["get"]["security"] = [{"o": ["read"]}]
        flows = {"clientCredentials": {"tokenUrl": token_url, "scopes": {"read": "read access"}}}
        document["components"] = {"securitySchemes": {"o": {"type": "oauth2", "flows": flows}}}
    return document


class OtherMachines(elsewhere.Suite):
    def test_a_manual_cannot_point_at_this_machine_in_any_spelling(self):
        table = ["http://localhost/x", "http://localhost:9090/x", "http://127.0.0.1/x", "http://127.0.0.1:8080/x", "http://[::1]:9090/x", "https://localhost/x",
                 "http://0.0.0.0/", "http://[::]/", "http://127.0.0.2/", "http://127.255.255.254/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
                 "https://0.0.0.0/", "https://[::ffff:127.0.0.5]/", "https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://localhost./", "https://x.localhost/"]
        tools = [{"name": f"t{i}", "tool_provider": {"provider_type": "http", "url": url}} for i, url in enumerate(table)]
        found, said = self.listed({"version": "1.0", "tools": tools})
        self.assertEqual([table[int(tool["name"][3:])] for tool in found], [], said)

    def test_a_manual_may_point_at_other_machines(self):
        table = ["https://example.com/x", "https://10.0.0.5/x", "https://localhost.evil.com/x", "https://127.0.0.1.attacker.example/x", "https://192.168.1.1/",
                 "https://203.0.113.5/", "https://[2001:db8::1]/", "https://[::ffff:8.8.8.8]/"]
        tools = [{"name": f"t{i}", "tool_provider": {"provider_type": "http", "url": url}} for i, url in enumerate(table)]
        found, said = self.listed({"version": "1.0", "tools": tools})
        self.assertEqual(len(found), len(table), said)

    def test_a_manual_cannot_send_credentials_to_this_machine(self):
        seen = []
        base = self.enter(harness.answering(lambda handler: (seen.append(handler.path), harness.send(handler, '{"access_token":"t"}'))))
        for url in (f"{base}/token", base.replace("127.0.0.1", "localhost") + "/token", "http://169.254.169.254/token", "http://attacker.example/token"):
            with self.subTest(url):
                auth = {"auth_type": "oauth2", "token_url": url, "client_id": "id", "client_secret": "victim-secret"}
                tool = {"name": "t", "tool_provider": {"provider_type": "http", "url": "https://attacker.example/tool", "auth": auth}}
                self.listed({"version": "1.0", "tools": [tool]})
                del self.world.asked[:]
                done = harness.utcp("call", "w.t", "{}", config=self.folder / "providers.json", env=self.world.environment)
                self.assertIn(done.code, (3, 4), done)
                self.assertEqual(self.world.asked, ["https://attacker.example/doc.json"], done)
        self.assertEqual(seen, [])

    def test_origins_are_the_same_with_and_without_the_usual_port(self):
        table = [("https://x.example/", "https://x.example:443/", True), ("https://x.example:443/", "https://x.example/", True),
                 ("http://x.example/", "http://x.example:80/", True), ("http://x.example:80/", "http://x.example/", True), ("https://X.EXAMPLE/", "https://x.example/", True),
                 ("https://x.example/", "https://y.example/", False), ("http://x.example/", "https://x.example/", False), ("https://x.example/", "http://x.example/", False)]
        for start, target, same in table:
            with self.subTest(f"{start} to {target}"):
                landed = []

                def land(handler):
                    landed.append(handler.headers["Authorization"])
                    harness.send(handler, '"there"')

                def send_on(handler, target=target):
                    harness.send(handler, "", status=302, headers=[("Location", target + "landed")])

                def page(url):
                    return url.lower().replace(":443/", "/").replace(":80/", "/")

                for spelt in {url + path for url in (start, target, page(start), page(target)) for path in ("tool", "landed")}:
                    self.world.pages[spelt] = land if spelt.endswith("landed") else send_on
                config = self.tools(defaults={"allow_insecure_http": True, "http": {"ca_file": self.world.ca}}, it={"url": start + "tool", "headers": {"Authorization": "Bearer secret"}})
                self.assertEqual(self.call(config, "t.it", {}, env=self.world.environment), "there")
                self.assertEqual(landed, ["Bearer secret" if same else None])

    def test_another_machine_cannot_redirect_to_this_one(self):
        seen = []
        base = self.enter(harness.answering(lambda handler: (seen.append(handler.path), harness.send(handler, "{}"))))
        for location in (f"{base}/", base.replace("127.0.0.1", "localhost") + "/"):
            with self.subTest(location):
                self.world.pages["https://attacker.example/tool"] = lambda handler: harness.send(handler, "", status=302, headers=[("Location", location)])
                config = self.tools(defaults={"http": {"ca_file": self.world.ca}}, it={"url": "https://attacker.example/tool"})
                self.fails(config, "t.it", {}, "not_allowed", env=self.world.environment)
        self.assertEqual(seen, [])


class Documents(elsewhere.Suite):
    """OpenAPI documents."""

    def setUp(self):
        super().setUp()
        self.write("spec.json", openapi("https://api.example.com"))
        done = harness.utcp("tools", config=self.write("spec-only.json", [{"name": "w", "provider_type": "text", "file_path": "spec.json"}]))
        if "has no importer" in done.err:
            self.skipTest("this build reads no OpenAPI documents")

    def test_the_rest_of_the_world_is_there(self):
        tools, said = self.listed(openapi("https://api.example.com"), "https://api.example.com/openapi.json")
        self.assertEqual([tool["name"] for tool in tools], ["w.x"], said)

    def test_a_document_cannot_name_a_server_of_this_machine(self):
        for server in ("http://127.0.0.1:9090", "http://0.0.0.0:9090", "http://[::ffff:127.0.0.1]:9090", "http://127.0.0.2:9090", "https://localhost:9090", "http://[::1]:9090"):
            with self.subTest(server):
                tools, said = self.listed(openapi(server))
                self.assertEqual(tools, [], said)

    def test_a_document_of_this_machine_can(self):
        page = openapi("http://127.0.0.1:9090")
        base = self.enter(harness.answering(lambda handler: harness.send(handler, json.dumps(page))))
        config = self.write("providers.json", [{"name": "w", "provider_type": "http", "url": f"{base}/openapi.json"}])
        self.assertEqual(self.tool_names(config), ["w.x"])

    def token_urls(self, token_url, url="https://api.example.com/openapi.json"):
        tools, said = self.listed(openapi("https://api.example.com", token_url), url)
        return [tool["tool_call_template"]["auth"]["token_url"] for tool in tools], said

    def test_token_urls_of_a_document(self):
        table = [("/oauth/token", "https://api.example.com/oauth/token"), ("oauth/token", "https://api.example.com/oauth/token"),
                 ("//auth.example.com/oauth/token", "https://auth.example.com/oauth/token"), ("https://auth.example.com/token", "https://auth.example.com/token")]
        for written, resolved in table:
            with self.subTest(written):
                found, said = self.token_urls(written)
                self.assertEqual(found, [resolved], said)

    def test_token_urls_that_lead_astray(self):
        # The last is accepted by python-utcp, whose test calls that a gap (GHSA-39j6-4867-gg4w; reference, section 8.3 no. 3).
        for written in ("http://169.254.169.254/token", "http://attacker.example/token", "//localhost/oauth/token", "http://localhost/oauth/token"):
            with self.subTest(written):
                found, said = self.token_urls(written)
                self.assertEqual(found, [], said)

    def test_token_urls_of_a_document_of_this_machine(self):
        for written, expected in (("/oauth/token", "{base}/oauth/token"), ("//localhost/oauth/token", "http://localhost/oauth/token")):
            with self.subTest(written):
                page = openapi("http://localhost:8000", written)
                with harness.answering(lambda handler, page=page: harness.send(handler, json.dumps(page))) as base:
                    config = self.write("local.json", [{"name": "w", "provider_type": "http", "url": f"{base}/openapi.json"}])
                    tools = self.expect(harness.utcp("tools", "--json", config=config)).json()
                self.assertEqual([tool["tool_call_template"]["auth"]["token_url"] for tool in tools], [expected.format(base=base)])

    def test_a_document_without_an_address(self):
        self.write("spec.json", openapi("https://api.example.com", "/oauth/token"))
        config = self.write("local.json", [{"name": "w", "provider_type": "text", "file_path": "spec.json"}])
        self.assertEqual(self.tool_names(config), ["w.x"])


if __name__ == "__main__":
    harness.main()
