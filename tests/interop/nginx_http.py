"""The nginx of nginx_http.conf.in: every way of listening, its certificates, and where each listener is."""

import functools
import os
import pathlib
import shutil
import tempfile

import certificates
import harness

LISTENERS = ("PLAIN PLAIN6 TLS H2 H26 TLS11 TLS12 TLS13 MUTUAL MUTUAL_TOO WRONG_NAME EXPIRED SELF_SIGNED OTHER_AUTHORITY CLIENT_ONLY").split()


@functools.cache
def certificate_folder():
    """Certificates for one run of a suite: the openssl program takes half a second for all of them."""
    keep = tempfile.TemporaryDirectory()
    folder = pathlib.Path(keep.name)
    authority = certificates.Authority(folder)
    authority.issue("server")
    authority.issue("wrong_name", names="DNS:elsewhere.example")
    authority.issue("expired", days=-1)
    authority.issue("client_only", usage="clientAuth")
    authority.self_signed("self_signed", "/CN=localhost", f"subjectAltName={certificates.HERE}")
    other = certificates.Authority(folder, "another authority")
    other.issue("other_authority")
    other.issue("stranger", names="email:stranger@client.example", subject="/CN=stranger", usage="clientAuth")
    client = authority.issue("client", names="email:ada@client.example", subject="/CN=ada", usage="clientAuth")
    authority.locked(client, "pass word")
    return keep, folder


class Server(harness.Suite):
    """Each test has its nginx. `at("TLS")` is an origin, `ca` the authority's file."""

    def setUp(self):
        super().setUp()
        for file in certificate_folder()[1].iterdir():
            shutil.copy(file, self.folder)
        self.ca = str(self.folder / "utcp-test-authority.pem")
        names = (*LISTENERS, "UPSTREAM", "NOBODY")
        self.ports = dict(zip(names, harness.free_ports(len(names))))
        (self.folder / "www").mkdir()
        self.write("www/about.json", {"a": 1})

    def start(self, upstream=None):
        """`upstream` is the port of the server behind /slow."""
        if upstream:
            self.ports["UPSTREAM"] = upstream
        words = {**{name: str(port) for name, port in self.ports.items()}, "FOLDER": str(self.folder), "USER": "user root;" if os.geteuid() == 0 else ""}
        texts = []
        for name in ("nginx_http", "nginx_locations"):
            text = (harness.ROOT / "tests/interop" / f"{name}.conf.in").read_text()
            for word, value in words.items():
                text = text.replace(f"@{word}@", value)
            texts.append(text)
        self.write("locations.conf", texts[1])
        ports = [self.ports[name] for name in LISTENERS if not name.endswith("6")]
        self.enter(harness.nginx(self.folder, texts[0], ports))

    def at(self, listener, path=""):
        scheme = "http" if listener.startswith("PLAIN") or listener == "NOBODY" else "https"
        host = "[::1]" if listener.endswith("6") else "127.0.0.1"
        return f"{scheme}://{host}:{self.ports[listener]}{path}"

    def about(self, listener, **template):
        """What the listener says of a call with this template."""
        config = self.tools(about={"url": self.at(listener, "/about"), **template})
        return self.call(config, "t.about", {})

    def refused(self, listener, *said, **template):
        config = self.tools(about={"url": self.at(listener, "/about"), **template})
        error = self.fails(config, "t.about", {}, "connection_failed", self.at(listener), *said)
        return error["message"]
