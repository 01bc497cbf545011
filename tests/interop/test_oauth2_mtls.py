"""A token endpoint and a service that demand client certificates, with tokens bound to them (RFC 8705): Python's ssl module,
and certificates made by the openssl program."""

import contextlib
import hashlib
import http.server
import json
import pathlib
import shutil
import ssl
import subprocess
import threading
import urllib.parse

import harness


class Authority:
    """A certificate authority in a folder."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.name = name
        self.openssl("req", "-x509", *self.new_key(name), "-out", self.path(f"{name}.pem"), "-subj", f"/CN={name}", "-days", "2")

    def path(self, name):
        return str(self.folder / name)

    def new_key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path(f"{name}.key")]

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def issue(self, name, extension):
        """Makes NAME.pem and NAME.key."""
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(extension)
        self.openssl("req", *self.new_key(name), "-out", self.path(f"{name}.csr"), "-subj", f"/CN={name}")
        self.openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.path(f"{self.name}.pem"), "-CAkey", self.path(f"{self.name}.key"),
                     "-CAcreateserial", "-days", "2", "-extfile", str(extensions), "-out", self.path(f"{name}.pem"))


@contextlib.contextmanager
def answering(respond, authority, demand):
    """As harness.answering, over TLS. With `demand` a client without a certificate of the authority gets no connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.path("server.pem"), authority.path("server.key"))
    context.load_verify_locations(authority.path("ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED if demand else ssl.CERT_NONE

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            respond(self)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):
            pass  # handshakes that are to fail

    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def thumbprint(handler):
    certificate = handler.connection.getpeercert(binary_form=True)
    return hashlib.sha256(certificate).hexdigest() if certificate else None


class MutualTls(harness.Suite):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.authority.issue("server", "subjectAltName=IP:127.0.0.1\n")
        for name in ("client", "other"):
            self.authority.issue(name, "extendedKeyUsage=clientAuth\n")
        Authority(self.folder, "stranger").issue("foreign", "extendedKeyUsage=clientAuth\n")
        self.forms = []  # of token requests
        self.bound = {}  # token: thumbprint
        self.guarded = self.enter(answering(self.answer, self.authority, demand=True))
        self.open = self.enter(answering(self.tell_metadata, self.authority, demand=False))

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        if handler.path == "/token":
            self.forms.append((body, handler.headers.get("Authorization")))
            token = f"t0ken-{len(self.forms)}"
            self.bound[token] = thumbprint(handler)
            return harness.send(handler, json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 600}))
        token = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self.bound.get(token) != thumbprint(handler):
            return harness.send(handler, "{}", status=401)
        if handler.path == "/utcp":
            return harness.send(handler, json.dumps({"version": "1.0", "tools": [{"name": "who", "description": "Who asks", "inputs": {"type": "object"}}]}))
        return harness.send(handler, json.dumps("ok"))

    def tell_metadata(self, handler):
        if handler.path != "/.well-known/oauth-authorization-server":
            return harness.send(handler, "{}", status=404)
        told = {"issuer": self.open, "token_endpoint": f"{self.open}/token", "token_endpoint_auth_methods_supported": ["tls_client_auth"],
                "mtls_endpoint_aliases": {"token_endpoint": f"{self.guarded}/token"}}
        return harness.send(handler, json.dumps(told))

    def config(self, certificate="client", **auth):
        where = {"ca_file": self.authority.path("ca.pem")}
        if certificate:
            where.update(client_certificate=self.authority.path(f"{certificate}.pem"), client_key=self.authority.path(f"{certificate}.key"))
        how = {"auth_type": "oauth2", "client_id": "me & you", "client_auth": "tls", "scope": "tools", **auth}
        if "issuer" not in how:
            how["token_url"] = f"{self.guarded}/token"
        return self.write("providers.json", [{"name": "guard", "provider_type": "http", "url": f"{self.guarded}/utcp", "auth": how, **where}])

    def test_a_certificate_takes_the_place_of_the_secret(self):
        self.assertEqual(self.tool_names(self.config()), ["guard.who"])
        form = {"grant_type": "client_credentials", "client_id": "me & you", "scope": "tools"}
        self.assertEqual([(dict(urllib.parse.parse_qsl(body)), header) for body, header in self.forms], [(form, None)])

    def test_the_alias_of_an_issuer_is_asked(self):
        self.assertEqual(self.tool_names(self.config(issuer=self.open)), ["guard.who"])
        self.assertEqual(len(self.forms), 1)

    def test_without_a_certificate_or_with_a_foreign_one_there_is_no_token(self):
        for certificate in (None, "foreign"):
            with self.subTest(certificate):
                done = harness.utcp("call", "guard.who", "{}", config=self.config(certificate), cwd=self.folder)
                self.assertNotEqual(done.code, 0, str(done))
        self.assertEqual(self.forms, [])


if __name__ == "__main__":
    if not shutil.which("openssl"):
        harness.skip("the openssl program is not installed")
    harness.main()
