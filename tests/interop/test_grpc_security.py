#!/usr/bin/env python3
"""gRPC over TLS, with certificates of both sides, and credentials as metadata: grpcio servers that want them."""

import base64
import json
import tempfile
import urllib.parse

import certificates
import grpc_peers
import harness


class Secure(grpc_peers.Suite):
    @classmethod
    def setUpClass(cls):
        cls.kept = cls.enter_class(tempfile.TemporaryDirectory())
        cls.authority = certificates.Authority(cls.kept)
        cls.pair = cls.authority.issue("server")
        cls.ca = {"use_ssl": True, "ca_file": str(cls.authority.file)}

    @classmethod
    def served(cls, pair, *words):
        return cls.enter_class(grpc_peers.Server("--certificate", pair.certificate, "--key", pair.key, *words)).port

    def is_reached(self, **options):
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "x"}, **options), {"name": "x"})

    def is_not_reached(self, *said, errc="connection_failed", **options):
        error = self.refused_discovery(errc, *said, options=("--timeout", "10"), **options)
        self.assertNotIn("BEGIN", error["message"])
        return error


class Tls(Secure):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls.served(cls.pair)
        cls.named = cls.served(cls.authority.issue("named", names="DNS:named.test"))
        cls.expired = cls.served(cls.authority.issue("expired", days=-1))

    def test_an_authority_of_ones_own(self):
        self.is_reached(**self.ca)
        self.is_reached(**self.ca, host="localhost")

    def test_it_may_stand_in_the_defaults(self):
        config = self.provider(use_ssl=True, defaults={"http": {"ca_file": str(self.authority.file)}})
        self.assertEqual(self.call(config, "g.test.Echo.Tree", {"name": "x"}), {"name": "x"})

    def test_without_the_authority(self):
        self.is_not_reached(use_ssl=True)

    def test_a_wrong_authority(self):
        other = certificates.Authority(self.folder, "another authority")
        self.is_not_reached(use_ssl=True, ca_file=str(other.file))

    def test_a_name_that_is_not_the_servers(self):
        self.is_not_reached(port=self.named, **self.ca)
        self.is_reached(port=self.named, server_name="named.test", **self.ca)
        self.is_not_reached(port=self.named, server_name="other.test", **self.ca)

    def test_a_certificate_that_has_expired(self):
        self.is_not_reached(port=self.expired, **self.ca)

    def test_plaintext_to_a_server_of_tls(self):
        self.is_not_reached()

    def test_tls_to_a_server_of_plaintext(self):
        with grpc_peers.Server() as plain:
            self.is_not_reached(port=plain.port, **self.ca)

    def test_an_authority_that_is_no_certificate(self):
        self.write("empty.pem", "")
        self.write("words.pem", "no certificate")
        for file in ("empty.pem", "words.pem", "missing.pem"):
            with self.subTest(file):
                self.refused_discovery("invalid_config", file, use_ssl=True, ca_file=file)

    def test_plaintext_to_another_machine_is_refused(self):
        self.refused_discovery("not_allowed", host="grpc.example")

    def test_wrong_options(self):
        for options in ({"host": "http://localhost"}, {"host": ""}, {"host": 5}, {"port": 0}, {"port": 65536}, {"port": "x"}, {"use_ssl": "maybe"}, {"metadata": []}, {"services": 1}, {"max_message_bytes": -1}):
            with self.subTest(options):
                self.refused_discovery("invalid_config", next(iter(options)), **options)


class MutualTls(Secure):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = cls.served(cls.pair, "--clients", cls.authority.file)
        cls.client = cls.authority.issue("client", usage="clientAuth", subject="/CN=ann")

    def as_client(self, pair):
        return {**self.ca, "client_certificate": str(pair.certificate), "client_key": str(pair.key)}

    def test_a_certificate_that_the_server_trusts(self):
        self.is_reached(**self.as_client(self.client))

    def test_none(self):
        self.is_not_reached(**self.ca)

    def test_one_of_another_authority(self):
        foreign = certificates.Authority(self.folder, "another authority").issue("foreign", usage="clientAuth")
        self.is_not_reached(**self.as_client(foreign))

    def test_a_key_that_is_not_its(self):
        other = self.authority.issue("other", usage="clientAuth")
        self.is_not_reached(errc="invalid_config", **{**self.as_client(self.client), "client_key": str(other.key)})

    def test_files_that_are_not_there(self):
        for key in ("client_certificate", "client_key"):
            with self.subTest(key):
                self.refused_discovery("invalid_config", "missing.pem", **{**self.as_client(self.client), key: "missing.pem"})


class Credentials(grpc_peers.Suite):
    PASSWORD = "p:ss wörd"

    def wanting(self, **metadata):
        self.port = self.enter(grpc_peers.Server("--wanted", json.dumps(metadata))).port

    def check(self, right, wrong):
        """The right ones are let in, wrong ones and none are not, and none is told."""
        self.assertEqual(len(self.tool_names(self.provider(auth=right))), 37)
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "x"}, auth=right), {"name": "x"})
        self.assertEqual(self.refused_discovery("unauthorized")["remote"]["status"], "UNAUTHENTICATED")
        error = self.refused_discovery("unauthorized", auth=wrong)
        self.assertEqual(error["remote"]["status"], "UNAUTHENTICATED" if "Bearer" in str(wrong) else "PERMISSION_DENIED")
        for secret in ("wr0ng", base64.b64encode(b"ann:wr0ng").decode()):
            self.assertNotIn(secret, json.dumps(error))
        # Only the call fails where reading the tools needs no credentials.
        files = {"proto_files": ["shapes/service.proto"], "import_paths": [str(grpc_peers.HERE / "protos")], "service_name": "test.Echo"}
        self.refuse("test.Echo.Tree", {"name": "x"}, "unauthorized", auth=wrong, **files)

    def test_basic(self):
        text = base64.b64encode(f"ann:{self.PASSWORD}".encode()).decode()
        self.wanting(authorization=f"Basic {text}")
        self.check({"auth_type": "basic", "username": "ann", "password": self.PASSWORD}, {"auth_type": "basic", "username": "ann", "password": "wr0ng"})

    def test_an_api_key(self):
        self.wanting(**{"x-api-key": "k3y"})
        for name in ("X-Api-Key", "x-api-key"):
            self.check({"auth_type": "api_key", "api_key": "k3y", "var_name": name, "location": "header"}, {"auth_type": "api_key", "api_key": "wr0ng", "var_name": name, "location": "header"})

    def test_a_bearer_token(self):
        self.wanting(authorization="Bearer t0ken")
        key = {"auth_type": "api_key", "var_name": "Authorization", "location": "header"}
        self.check({**key, "api_key": "Bearer t0ken"}, {**key, "api_key": "Bearer wr0ng"})

    def test_an_api_key_as_a_cookie(self):
        self.wanting(cookie="session=k3y")
        key = {"auth_type": "api_key", "var_name": "session", "location": "cookie"}
        self.check({**key, "api_key": "k3y"}, {**key, "api_key": "wr0ng"})

    def test_a_call_has_no_query(self):
        self.refused_discovery("unsupported", "query", auth={"auth_type": "api_key", "api_key": "k3y", "var_name": "x-api-key", "location": "query"})

    def test_oauth2(self):
        asked = []

        def issue(handler):
            asked.append(dict(urllib.parse.parse_qsl(handler.rfile.read(int(handler.headers["Content-Length"])).decode())))
            harness.send(handler, json.dumps({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 600}))

        base = self.enter(harness.answering(issue))
        self.wanting(authorization="Bearer t0ken")
        how = {"auth_type": "oauth2", "token_url": f"{base}/token", "client_id": "me", "client_secret": "s3cret", "scope": "tools"}
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "x"}, auth=how), {"name": "x"})
        self.assertEqual(len(asked), 1)
        self.assertEqual((asked[0]["grant_type"], asked[0]["scope"]), ("client_credentials", "tools"))

    def test_oauth2_asks_anew_when_a_token_is_refused(self):
        tokens = ["old", "t0ken"]

        def issue(handler):
            handler.rfile.read(int(handler.headers["Content-Length"]))
            harness.send(handler, json.dumps({"access_token": tokens.pop(0), "token_type": "Bearer", "expires_in": 600}))

        base = self.enter(harness.answering(issue))
        self.wanting(authorization="Bearer t0ken")
        how = {"auth_type": "oauth2", "token_url": f"{base}/token", "client_id": "me", "client_secret": "s3cret"}
        self.assertEqual(self.ask("test.Echo.Tree", {"name": "x"}, auth=how), {"name": "x"})
        self.assertEqual(tokens, [])


if __name__ == "__main__":
    harness.main(needs=["grpc"])
