"""The tables of python-utcp's own tests for http, sse and streamable_http, replayed against this program.

Sources: python-utcp fd30247, plugins/communication_protocols/http/tests/test_{http,sse,streamable_http}_communication_protocol.py
(26, 16 and 14 tests), and the same of v0 (b46f338, tests/client/transport_interfaces; 15, 10 and 8). The servers answer what
theirs answer and are stricter: what a request carried is looked at. Every case runs in both dialects. Not replayed: deregistering,
which the program has no command for, and serialising a model of theirs.
"""

import argparse
import base64
import json
import urllib.parse

import harness

BODY, HEADER = "body-token", "header-token"
EVENTS = ['id: 1\ndata: {"message": "First part"}\n\n', 'id: 2\nevent: data\ndata: { "message": "Second part" }\n\n',
          'id: 3\nevent: complete\ndata: { "message": "End of stream" }\n\n']
MESSAGES = [{"message": "First part"}, {"message": "Second part"}, {"message": "End of stream"}]
ROWS = [{"status": "running", "progress": 0}, {"status": "running", "progress": 50}, {"status": "completed", "result": "done"}]


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Service:
    """Their endpoints. `seen` is the last request that reached a tool."""

    def __init__(self):
        self.seen, self.tokens, self.base, self.manuals = None, [], None, {}

    def __call__(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        path, _, query = handler.path.partition("?")
        asked = argparse.Namespace(method=handler.command, path=path, query=urllib.parse.parse_qs(query), headers=handler.headers, body=body)
        if path in self.manuals:
            return harness.send(handler, json.dumps(self.manuals[path]))
        if path in ("/token", "/token_header_auth"):
            return self.token(handler, asked)
        self.seen = asked
        if path.startswith("/error"):
            return harness.send(handler, "Not found", "text/plain", int(path.rpartition("/")[2]))
        if not self.is_welcome(asked):
            return harness.send(handler, "not you", "text/plain", 401)
        if path.startswith("/users/"):
            _, _, user, _, post = path.split("/")
            return harness.send(handler, json.dumps({"user_id": user, "post_id": post, "limit": asked.query.get("limit", ["10"])[0]}))
        if path.startswith("/events"):
            return self.pieces(handler, "text/event-stream", EVENTS)
        if path.startswith("/stream-ndjson"):
            return self.pieces(handler, "application/x-ndjson", [json.dumps(row) + "\n" for row in ROWS])
        if path.startswith("/stream-binary"):
            return self.pieces(handler, "application/octet-stream", ["chunk1", "chunk2"])
        return harness.send(handler, json.dumps({"result": "success"}))

    def is_welcome(self, asked):
        wanted = asked.path.rpartition("/")[2]
        given = asked.headers.get("Authorization")
        return {"as-key": asked.headers.get("X-API-Key") == "test-api-key", "as-basic": given == basic("user", "pass"),
                "as-oauth2": given in (f"Bearer {BODY}", f"Bearer {HEADER}")}.get(wanted, True)

    def token(self, handler, asked):
        fields = urllib.parse.parse_qs(asked.body)
        self.tokens.append((asked.path, fields, asked.headers.get("Authorization")))
        by_header = asked.path == "/token_header_auth"
        in_body = (fields.get("client_id"), fields.get("client_secret")) == (["client-id"], ["client-secret"])
        if asked.headers.get("Authorization") != basic("client-id", "client-secret") if by_header else not in_body:
            return harness.send(handler, json.dumps({"error": "invalid_client"}), status=401)
        return harness.send(handler, json.dumps({"access_token": HEADER if by_header else BODY, "token_type": "Bearer", "expires_in": 3600}))

    def pieces(self, handler, kind, parts):
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in [*parts, ""]:
            data = part.encode()
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


class Table(harness.Suite):
    kind = {"v0": "http", "v1": "http"}  # the protocol's name in each dialect
    url = "/tool"                        # what most of the table calls
    answer = {"result": "success"}
    values = [{"result": "success"}]     # the same, streamed

    def setUp(self):
        super().setUp()
        self.service = Service()
        self.base = self.service.base = self.enter(harness.answering(self.service)).replace("127.0.0.1", "localhost")

    def manual(self, dialect, **template):
        kind, inside = (("provider_type", "tool_provider") if dialect == "v0" else ("call_template_type", "tool_call_template"))
        tool = {"name": "test_tool", "description": "Test tool", "tags": [], "inputs": {"type": "object", "properties": {"param1": {"type": "string"}}},
                inside: {kind: self.kind[dialect], "name": "executor", "http_method": "GET", **template}}
        return {**({"version": "1.0"} if dialect == "v0" else {"utcp_version": "1.0.0", "manual_version": "1.0.0"}), "tools": [tool]}

    def config(self, dialect, **template):
        """With a manual from a local file."""
        self.write("manual.json", self.manual(dialect, **{"url": self.base + self.url, **template}))
        if dialect == "v0":
            return self.write("providers.json", [{"name": "p", "provider_type": "text", "file_path": "manual.json"}])
        source = {"name": "p", "call_template_type": "file", "file_path": "manual.json", "allowed_communication_protocols": [self.kind["v1"]]}
        return self.write("config.json", {"manual_call_templates": [source]})

    def remote(self, dialect, path):
        """With a manual from the service."""
        if dialect == "v0":
            return self.write("providers.json", [{"name": "p", "provider_type": self.kind["v0"], "url": self.base + path}])
        return self.write("config.json", {"manual_call_templates": [{"name": "p", "call_template_type": self.kind["v1"], "url": self.base + path}]})

    def ask_both_ways(self, arguments=None, **template):
        """Calls plainly and streamed in both dialects; what the service saw is the same each time, and is given."""
        arguments = {"param1": "value1"} if arguments is None else arguments
        for dialect in ("v0", "v1"):
            with self.subTest(dialect):
                config = self.config(dialect, **template)
                self.assertEqual(self.call(config, "p.test_tool", arguments), self.answer)
                done = self.expect(harness.utcp("call", "p.test_tool", json.dumps(arguments), "--stream", "--json", config=config))
                self.assertEqual([json.loads(line) for line in done.out.splitlines()], self.values)
        return self.service.seen

    def oauth2(self, path):
        return {"auth_type": "oauth2", "client_id": "client-id", "client_secret": "client-secret", "token_url": self.base + path, "scope": "read write"}


class Shared:
    """The cases that all three tables have."""

    def test_a_manual_registers_and_its_tool_is_called(self):
        for dialect in ("v0", "v1"):
            with self.subTest(dialect):
                self.service.manuals["/tools"] = self.manual(dialect, url=self.base + self.url)
                config = self.remote(dialect, "/tools")
                listed = self.expect(harness.utcp("tools", "--json", config=config)).json()
                self.assertEqual([(tool["name"], tool["description"]) for tool in listed], [("p.test_tool", "Test tool")])
                self.assertEqual(listed[0]["inputs"]["properties"], {"param1": {"type": "string"}})
                self.assertEqual(self.call(config, "p.test_tool", {"param1": "value1"}), self.answer)

    def test_a_manual_that_is_an_error_registers_nothing(self):
        for dialect in ("v0", "v1"):
            for path in ("/error/404", "/error/500"):
                with self.subTest(f"{dialect} {path}"):
                    done = self.expect(harness.utcp("tools", "--json", config=self.remote(dialect, path)))
                    self.assertEqual(done.json(), [])
                    self.assertIn(path[-3:], done.err)

    def test_a_basic_call(self):
        seen = self.ask_both_ways()
        self.assertEqual((seen.method, seen.query, seen.body), ("GET", {"param1": ["value1"]}, ""))

    def test_an_api_key(self):
        auth = {"auth_type": "api_key", "api_key": "test-api-key", "var_name": "X-API-Key", "location": "header"}
        self.ask_both_ways(url=f"{self.base}{self.url}/as-key", auth=auth)

    def test_basic_auth(self):
        self.ask_both_ways(url=f"{self.base}{self.url}/as-basic", auth={"auth_type": "basic", "username": "user", "password": "pass"})

    def test_oauth2_with_the_credentials_in_the_body(self):
        seen = self.ask_both_ways(url=f"{self.base}{self.url}/as-oauth2", auth=self.oauth2("/token"))
        self.assertEqual(seen.headers["Authorization"], f"Bearer {BODY}")
        wanted = {"grant_type": ["client_credentials"], "client_id": ["client-id"], "client_secret": ["client-secret"], "scope": ["read write"]}
        self.assertIn(("/token", wanted, None), self.service.tokens)

    def test_oauth2_with_the_credentials_in_the_header(self):
        seen = self.ask_both_ways(url=f"{self.base}{self.url}/as-oauth2", auth=self.oauth2("/token_header_auth"))
        self.assertEqual(seen.headers["Authorization"], f"Bearer {HEADER}")

    def test_oauth2_without_a_scope_sends_none(self):
        # python-utcp sends the text "None" (reference, section 9 no. 26).
        auth = {**self.oauth2("/token"), "scope": None}
        self.ask_both_ways(url=f"{self.base}{self.url}/as-oauth2", auth=auth)
        self.assertTrue(self.service.tokens)
        for _, fields, _ in self.service.tokens:
            self.assertNotIn("scope", fields)

    def test_oauth2_that_fails_sends_nothing_to_the_tool(self):
        # python-utcp's http goes on with "Bearer None" (reference, section 9 no. 26).
        for dialect in ("v0", "v1"):
            with self.subTest(dialect):
                auth = {**self.oauth2("/token"), "client_secret": "wr0ng-secret"}
                error = self.fails(self.config(dialect, auth=auth), "p.test_tool", {}, "unauthorized")
                self.assertNotIn("wr0ng-secret", json.dumps(error))
                self.assertIsNone(self.service.seen)

    def test_credentials_that_the_server_does_not_know(self):
        for name, auth in (("as-key", {"auth_type": "api_key", "api_key": "another", "var_name": "X-API-Key"}), ("as-basic", {"auth_type": "basic", "username": "user", "password": "other"})):
            for dialect in ("v0", "v1"):
                with self.subTest(f"{name} {dialect}"):
                    config = self.config(dialect, url=f"{self.base}{self.url}/{name}", auth=auth)
                    self.assertEqual(self.fails(config, "p.test_tool", {}, "unauthorized")["remote"]["status"], 401)

    def test_a_body_field(self):
        template = {"http_method": "POST", "body_field": "data", "headers": {"Content-Type": "application/json"}}
        seen = self.ask_both_ways({"param1": "value1", "data": {"key": "value"}}, **template)
        self.assertEqual((seen.method, seen.query, json.loads(seen.body)), ("POST", {"param1": ["value1"]}, {"key": "value"}))
        self.assertEqual(seen.headers["Content-Type"], "application/json")

    def test_header_fields(self):
        seen = self.ask_both_ways({"param1": "value1", "X-Custom-Header": "custom-value"}, header_fields=["X-Custom-Header"])
        self.assertEqual((seen.headers["X-Custom-Header"], seen.query), ("custom-value", {"param1": ["value1"]}))

    def test_fixed_header_fields(self):
        self.assertEqual(self.ask_both_ways(headers={"X-Custom-Header": "custom-value"}).headers["X-Custom-Header"], "custom-value")

    def test_a_path_parameter(self):
        seen = self.ask_both_ways({"param1": "test-value", "param2": "other-value"}, url=f"{self.base}{self.url}/{{param1}}")
        self.assertEqual((seen.path, seen.query), (f"{self.url}/test-value", {"param2": ["other-value"]}))

    def test_an_error_of_the_tool(self):
        for dialect in ("v0", "v1"):
            for options in ((), ("--stream",)):
                with self.subTest(f"{dialect} {options}"):
                    error = self.fails(self.config(dialect, url=self.base + "/error/500"), "p.test_tool", {}, "remote_failed", "500", options=options)
                    self.assertEqual((error["remote"]["status"], error["remote"]["body"]), (500, "Not found"))

    def test_a_host_that_does_not_exist(self):
        # Theirs is a name below localhost: plain http to it is refused before it is looked up (reference, section 6.0).
        for dialect in ("v0", "v1"):
            for options in ((), ("--stream",)):
                with self.subTest(f"{dialect} {options}"):
                    self.fails(self.config(dialect, url="http://nonexistent.localhost:8080/404"), "p.test_tool", {}, "not_allowed", "nonexistent.localhost", options=options)
                    self.fails(self.config(dialect, url="https://nonexistent.localhost:8080/404"), "p.test_tool", {}, "connection_failed", "nonexistent.localhost", options=options)


class Http(Shared, Table):
    def test_path_parameters_and_a_query(self):
        for dialect in ("v0", "v1"):
            with self.subTest(dialect):
                config = self.config(dialect, url=f"{self.base}/users/{{user_id}}/posts/{{post_id}}")
                answer = self.call(config, "p.test_tool", {"user_id": "123", "post_id": "456", "limit": "20"})
                self.assertEqual(answer, {"user_id": "123", "post_id": "456", "limit": "20"})

    def test_urls_that_are_built(self):
        table = [
            ("users/{user_id}", {"user_id": "123", "limit": "10"}, "users/123?limit=10"),
            ("api/volumes/brief/{key_type}/{value}.json", {"key_type": "isbn", "value": "9780140328721", "format": "json"}, "api/volumes/brief/isbn/9780140328721.json?format=json"),
            ("users/{user_id}/posts/{post_id}/comments/{comment_id}", {"user_id": "123", "post_id": "456", "comment_id": "789", "limit": "10", "offset": "0"},
             "users/123/posts/456/comments/789?limit=10&offset=0"),
            ("endpoint", {"param1": "value1", "param2": "value2"}, "endpoint?param1=value1&param2=value2"),
            # Not theirs, which raises for a name that occurs twice (reference, section 9 no. 29a) and inserts raw text in v0 (no. 29).
            ("u/{id}/x/{id}", {"id": 7}, "u/7/x/7"),
            ("u/{id}/p", {"id": "a/b c?d#e", "k": "v"}, "u/a%2Fb%20c%3Fd%23e/p?k=v"),
        ]
        for dialect in ("v0", "v1"):
            for template, arguments, expected in table:
                with self.subTest(f"{dialect} {template}"):
                    config = self.config(dialect, url=f"https://api.example.com/{template}")
                    done = self.expect(harness.utcp("call", "p.test_tool", json.dumps(arguments), "--dry-run", "--json", config=config))
                    self.assertEqual(done.json()["request"]["url"], f"https://api.example.com/{expected}")

    def test_a_path_parameter_that_is_missing(self):
        for dialect in ("v0", "v1"):
            with self.subTest(dialect):
                config = self.config(dialect, url="https://api.example.com/users/{user_id}/posts/{post_id}")
                self.fails(config, "p.test_tool", {"user_id": "123"}, "invalid_argument", "Missing required path parameter: post_id")

    def test_auth_of_tools_is_kept_in_a_template(self):
        auth = {"auth_type": "api_key", "api_key": "Bearer test-token", "var_name": "Authorization", "location": "header"}
        source = {"name": "p", "call_template_type": "http", "url": "https://api.example.com/spec.json", "auth_tools": auth}
        done = self.expect(harness.utcp("convert", self.write("config.json", {"manual_call_templates": [source]}), "--to", "v1"))
        self.assertEqual(done.json()["manual_call_templates"][0]["auth_tools"], auth)


class Sse(Shared, Table):
    kind = {"v0": "sse", "v1": "sse"}
    url = "/events"
    answer = values = MESSAGES

    def test_a_body_makes_it_a_post(self):
        seen = self.ask_both_ways({"data": {"key": "value"}}, body_field="data", headers={"Content-Type": "application/json"}, http_method=None)
        self.assertEqual((seen.method, json.loads(seen.body)), ("POST", {"key": "value"}))

    def test_an_event_type_chooses(self):
        self.answer = self.values = [{"message": "Second part"}]
        self.ask_both_ways(event_type="data")


class StreamableHttp(Shared, Table):
    kind = {"v0": "http_stream", "v1": "streamable_http"}
    url = "/stream-ndjson"
    answer = values = ROWS

    def test_bytes(self):
        self.answer = base64.b64encode(b"chunk1chunk2").decode()
        self.values = [base64.b64encode(part).decode() for part in (b"chunk1", b"chunk2")]
        self.ask_both_ways(url=self.base + "/stream-binary", content_type="application/octet-stream", chunk_size=6)


if __name__ == "__main__":
    harness.main()
