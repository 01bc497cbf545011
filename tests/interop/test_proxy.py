"""Proxies: tinyproxy and mitmproxy between the program and nginx, named by a provider or by the environment.

tinyproxy finds `service.test`, a name that no resolver knows, by a SOCKS server of this suite: so a call to it succeeds only
when it goes through the proxy.
"""

import contextlib
import select
import shutil
import socket
import socketserver
import threading

import harness
import nginx_http

USER, PASSWORD = "ada", "s3cret"  # tinyproxy takes letters and digits only
WITH_PASSWORD = f"{USER}:{PASSWORD}@"
ODD_PASSWORD, ODD_IN_URL = "p@ss w/rd", "p%40ss%20w%2Frd"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
CLEAN = {name: None for lower in VARIABLES for name in (lower, lower.upper())}


def carry(one, other):
    """Bytes both ways until either side ends."""
    while True:
        for end in select.select([one, other], [], [])[0]:
            data = end.recv(65536)
            if not data:
                return
            (other if end is one else one).sendall(data)


class Socks(socketserver.ThreadingTCPServer):
    """SOCKS 5 (RFC 1928): whatever name is asked for, the connection goes to the same port of this machine."""

    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                self.rfile.read(self.rfile.read(2)[1])
                self.wfile.write(b"\x05\x00")
                kind = self.rfile.read(4)[3]
                length = {1: 4, 4: 16}.get(kind) or self.rfile.read(1)[0]
                self.rfile.read(length)
                port = int.from_bytes(self.rfile.read(2), "big")
                with socket.create_connection(("127.0.0.1", port)) as onward:
                    self.wfile.write(b"\x05\x00\x00\x01" + bytes(6))
                    carry(self.connection, onward)

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class Proxied(nginx_http.Server):
    def setUp(self):
        super().setUp()
        self.start()

    def named(self, listener, path="/about"):
        return self.at(listener, path).replace("127.0.0.1", "service.test")

    def config_for(self, url, **template):
        return self.tools(defaults={"allow_insecure_http": True, "http": {"ca_file": self.ca}}, about={"url": url, **template})

    def ask(self, url, env=None, **template):
        return self.call(self.config_for(url, **template), "t.about", {}, env={**CLEAN, **(env or {})})

    def refuse(self, url, errc, *said, env=None, **template):
        return self.fails(self.config_for(url, **template), "t.about", {}, errc, *said, env={**CLEAN, **(env or {})})


class Tinyproxy(Proxied):
    def setUp(self):
        super().setUp()
        self.log = self.folder / "tinyproxy.log"
        socks = Socks()
        self.addCleanup(socks.server_close)
        self.addCleanup(socks.shutdown)
        self.socks = f"Upstream socks5 127.0.0.1:{socks.server_address[1]}"
        self.proxy = self.run_tinyproxy(self.socks)

    def run_tinyproxy(self, *lines, log=None):
        """Gives host and port."""
        program = shutil.which("tinyproxy")
        if program is None:
            harness.skip("tinyproxy is not installed; run scripts/packages test")
        port = harness.free_port()
        config = self.write(f"tinyproxy-{port}.conf", "\n".join(
            [f"Port {port}", "Listen 127.0.0.1", "Timeout 30", f"LogFile \"{log or self.log}\"", "LogLevel Connect", *lines, ""]))
        self.enter(harness.process([program, "-d", "-c", config], ready=None))
        harness.wait_for_port(port)
        return f"127.0.0.1:{port}"

    def asked(self):
        """The request lines that the proxy has seen."""
        if not self.log.exists():
            return []
        return [line.split("): ", 1)[1] for line in self.log.read_text().splitlines() if "Request (file" in line]

    def test_a_provider_names_it_for_plain_http(self):
        answer = self.ask(self.at("PLAIN", "/about"), proxy=f"http://{self.proxy}")
        self.assertIn("tinyproxy", answer["via"])
        self.assertEqual(self.asked(), [f"GET {self.at('PLAIN', '/about')} HTTP/1.1"])

    def test_a_provider_names_it_for_tls_and_http_2(self):
        for listener, protocol in (("TLS", "HTTP/1.1"), ("H2", "HTTP/2.0")):
            with self.subTest(listener):
                answer = self.ask(self.at(listener, "/about"), proxy=f"http://{self.proxy}")
                self.assertEqual((answer["via"], answer["protocol"]), ("", protocol))
                self.assertEqual(self.asked()[-1], f"CONNECT 127.0.0.1:{self.ports[listener]} HTTP/1.1")

    def test_it_may_stand_in_the_defaults(self):
        config = self.tools(defaults={"http": {"proxy": f"http://{self.proxy}"}}, about={"url": self.at("PLAIN", "/about")})
        self.assertIn("tinyproxy", self.call(config, "t.about", {}, env=CLEAN)["via"])

    def test_the_proxy_resolves_the_name(self):
        self.assertEqual(self.ask(self.named("PLAIN"), proxy=f"http://{self.proxy}")["host"], f"service.test:{self.ports['PLAIN']}")
        self.assertEqual(self.ask(self.named("H2"), proxy=f"http://{self.proxy}")["protocol"], "HTTP/2.0")

    def test_a_certificate_is_checked_through_the_proxy_too(self):
        self.refuse(self.at("WRONG_NAME", "/about"), "connection_failed", "name", proxy=f"http://{self.proxy}")

    def test_the_environment_names_it_in_either_case(self):
        for variable, listener in (("http_proxy", "PLAIN"), ("https_proxy", "TLS"), ("all_proxy", "PLAIN"), ("all_proxy", "TLS")):
            for name in (variable, variable.upper()):
                for scheme in ("http://", ""):
                    with self.subTest(f"{name}={scheme}… for {listener}"):
                        before = len(self.asked())
                        self.ask(self.named(listener), env={name: scheme + self.proxy})
                        self.assertEqual(len(self.asked()), before + 1)

    def test_a_variable_of_the_other_scheme_does_not_count(self):
        for variable, listener in (("http_proxy", "TLS"), ("https_proxy", "PLAIN")):
            with self.subTest(variable):
                self.refuse(self.named(listener), "connection_failed", "service.test", env={variable: f"http://{self.proxy}"})
        self.assertEqual(self.asked(), [])

    def test_no_proxy_names_hosts_that_are_reached_directly(self):
        for name in ("no_proxy", "NO_PROXY"):
            for value in ("service.test", ".test", "other.example,service.test", "*"):
                with self.subTest(f"{name}={value}"):
                    env = {"http_proxy": f"http://{self.proxy}", "HTTPS_PROXY": f"http://{self.proxy}", name: value}
                    for listener in ("PLAIN", "TLS"):
                        self.refuse(self.named(listener), "connection_failed", "service.test", env=env)
        self.assertEqual(self.asked(), [])

    def test_no_proxy_leaves_other_hosts_to_the_proxy(self):
        env = {"all_proxy": f"http://{self.proxy}", "no_proxy": "other.example,ervice.test"}
        self.ask(self.named("PLAIN"), env=env)
        self.assertEqual(len(self.asked()), 1)

    def test_this_machine_is_reached_directly_whatever_the_environment_says(self):
        nowhere = f"http://127.0.0.1:{self.ports['NOBODY']}"
        env = {name: nowhere for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
        for host in ("127.0.0.1", "localhost"):
            for listener in ("PLAIN", "TLS"):
                with self.subTest(f"{listener} of {host}"):
                    url = self.at(listener, "/about").replace("127.0.0.1", host)
                    for more in ({}, {"no_proxy": "other.example"}):
                        self.assertEqual(self.ask(url, env={**env, **more})["via"], "")

    def test_a_provider_wins_over_the_environment(self):
        nowhere = f"http://127.0.0.1:{self.ports['NOBODY']}"
        env = {"all_proxy": nowhere, "http_proxy": nowhere, "https_proxy": nowhere}
        self.ask(self.named("PLAIN"), env=env, proxy=f"http://{self.proxy}")
        self.ask(self.at("TLS", "/about"), env={**env, "no_proxy": "*"}, proxy=f"http://{self.proxy}")
        self.assertEqual(len(self.asked()), 2)

    def test_a_provider_may_want_none(self):
        self.refuse(self.named("PLAIN"), "connection_failed", "service.test", env={"all_proxy": f"http://{self.proxy}"}, proxy="")
        self.assertEqual(self.asked(), [])

    def test_user_and_password(self):
        guarded = self.run_tinyproxy(self.socks, f"BasicAuth {USER} {PASSWORD}")
        for listener in ("PLAIN", "TLS"):
            with self.subTest(listener):
                answer = self.ask(self.named(listener), proxy=f"http://{WITH_PASSWORD}{guarded}")
                self.assertEqual(answer["proxy_authorization"], "", "it is the proxy's, not the server's")
                self.ask(self.named(listener), env={"ALL_PROXY": f"http://{WITH_PASSWORD}{guarded}"})

    def test_no_password(self):
        guarded = self.run_tinyproxy(self.socks, f"BasicAuth {USER} {PASSWORD}")
        for listener in ("PLAIN", "TLS"):
            with self.subTest(listener):
                self.refuse(self.named(listener), "unauthorized", "407", "proxy", proxy=f"http://{guarded}")

    def test_a_wrong_password_is_told_and_not_shown(self):
        guarded = self.run_tinyproxy(self.socks, f"BasicAuth {USER} {PASSWORD}")
        # tinyproxy says 401 to it, as if it were the server.
        for listener, errc in (("PLAIN", "unauthorized"), ("TLS", "connection_failed")):
            with self.subTest(listener):
                config = self.config_for(self.named(listener), proxy=f"http://{USER}:wr0ng-secret@{guarded}")
                done = harness.utcp("call", "t.about", "{}", "--json", "-v", config=config, env=CLEAN)
                self.assertNotEqual(done.code, 0, done)
                self.assertEqual(done.json()["error"]["code"], errc, done)
                self.assertIn("401", done.err)
                self.assertNotIn("wr0ng-secret", done.out + done.err)

    def test_a_proxy_that_allows_no_tunnel_to_the_port(self):
        narrow = self.run_tinyproxy(self.socks, "ConnectPort 443")
        self.refuse(self.named("TLS"), "connection_failed", "403", proxy=f"http://{narrow}")
        self.ask(self.named("PLAIN"), proxy=f"http://{narrow}")

    def test_a_proxy_that_is_not_there_is_named(self):
        nowhere = f"127.0.0.1:{self.ports['NOBODY']}"
        for listener in ("PLAIN", "TLS"):
            message = self.refuse(self.named(listener), "connection_failed", proxy=f"http://{WITH_PASSWORD}{nowhere}")["message"]
            self.assertIn(str(self.ports["NOBODY"]), message)
            self.assertNotIn(PASSWORD, message)

    def test_a_server_behind_the_proxy_that_is_not_there(self):
        direct = self.run_tinyproxy()
        url = f"http://127.0.0.1:{self.ports['NOBODY']}/about"
        done = harness.utcp("call", "t.about", "{}", "--json", config=self.config_for(url, proxy=f"http://{direct}"), env=CLEAN)
        self.assertIn(done.json()["error"]["code"], ("unavailable", "remote_failed"), done)

    def test_a_proxy_that_is_no_url_is_named(self):
        for proxy in ("ftp://127.0.0.1:1", "http://", "http://127.0.0.1:99999", "127.0.0.1:1"):
            with self.subTest(proxy):
                self.refuse(self.named("PLAIN"), "invalid_config", "proxy", proxy=proxy)

    def test_a_manual_and_its_tools_come_through_it(self):
        tool = {"name": "about", "tool_provider": {"provider_type": "http", "url": self.named("PLAIN")}}
        self.write("www/manual.json", {"version": "1.0", "tools": [tool]})
        provider = {"name": "w", "provider_type": "http", "url": self.named("PLAIN", "/manual.json")}
        config = self.write("providers.json", {"defaults": {"allow_insecure_http": True}, "providers": [provider]})
        self.assertIn("tinyproxy", self.call(config, "w.about", {}, env={**CLEAN, "http_proxy": f"http://{self.proxy}"})["via"])
        self.assertEqual(len(self.asked()), 2)

    def test_a_fetched_manual_cannot_name_a_proxy(self):
        tool = {"name": "about", "tool_provider": {"provider_type": "http", "url": self.at("PLAIN", "/about"), "proxy": f"http://{self.proxy}"}}
        self.write("www/manual.json", {"version": "1.0", "tools": [tool]})
        config = self.write("providers.json", [{"name": "w", "provider_type": "http", "url": self.at("PLAIN", "/manual.json")}])
        done = harness.utcp("call", "w.about", "{}", "--json", config=config, env=CLEAN)
        self.assertEqual(self.asked(), [], done)


class Tunnel(Proxied):
    def test_what_is_the_servers_is_not_told_to_the_proxy(self):
        heard = []

        def listen(handler):
            heard.append(f"{handler.requestline}\n{handler.headers}")
            handler.send_error(502)

        base = self.enter(harness.answering(listen))
        auth = {"auth_type": "api_key", "api_key": "the-servers-key", "var_name": "X-Api-Key"}
        self.refuse(self.named("TLS"), "connection_failed", "502", proxy=base, auth=auth, headers={"Authorization": "Bearer the-servers-token", "Cookie": "sid=the-servers-cookie"})
        self.assertEqual(len(heard), 1)
        self.assertTrue(heard[0].startswith("CONNECT service.test:"), heard)
        self.assertNotIn("the-servers", heard[0])


class Mitmproxy(Proxied):
    def setUp(self):
        super().setUp()
        self.confdir = self.folder / "mitmproxy"

    def run_mitmproxy(self, *options):
        port = harness.free_port()
        program = harness.peer_python("mitmproxy").parent / "mitmdump"
        command = [program, "-q", "--listen-host", "127.0.0.1", "--listen-port", port, "--set", f"confdir={self.confdir}",
                   "--set", f"ssl_verify_upstream_trusted_ca={self.ca}", "--modify-headers", "/~q/X-Seen/yes", *options]
        self.enter(harness.process(command, ready=None))
        harness.wait_for_port(port)
        return f"127.0.0.1:{port}"

    def mine(self):
        """The authority that it makes for itself."""
        return str(self.confdir / "mitmproxy-ca-cert.pem")

    def test_it_reads_along_when_its_authority_is_believed(self):
        proxy = self.run_mitmproxy()
        for listener, protocol in (("PLAIN", "HTTP/1.1"), ("TLS", "HTTP/1.1"), ("H2", "HTTP/2.0")):
            with self.subTest(listener):
                answer = self.ask(self.at(listener, "/about"), proxy=f"http://{proxy}", ca_file=self.mine())
                self.assertEqual((answer["seen"], answer["protocol"]), ("yes", protocol))
        self.refuse(self.at("TLS", "/about"), "connection_failed", "certificate", proxy=f"http://{proxy}")

    def test_it_wants_user_and_password(self):
        proxy = self.run_mitmproxy("--proxyauth", f"{USER}:{ODD_PASSWORD}")
        for listener in ("PLAIN", "TLS"):
            with self.subTest(listener):
                self.assertEqual(self.ask(self.at(listener, "/about"), proxy=f"http://{USER}:{ODD_IN_URL}@{proxy}", ca_file=self.mine())["seen"], "yes")
                self.refuse(self.at(listener, "/about"), "unauthorized", "407", proxy=f"http://ada:wr0ng@{proxy}", ca_file=self.mine())

    def test_a_large_body_goes_through_both_ways(self):
        proxy = self.run_mitmproxy()
        text = "both ways äöü " * 200_000
        arguments = self.write("arguments.json", {"body": text})
        config = self.config_for(self.at("PLAIN", "/uploads/x.txt"), http_method="PUT", content_type="text/plain", proxy=f"http://{proxy}")
        self.expect(harness.utcp("call", "t.about", f"@{arguments}", config=config, env=CLEAN))
        self.assertEqual(self.ask(self.at("PLAIN", "/uploads/x.txt"), proxy=f"http://{proxy}"), text)


if __name__ == "__main__":
    harness.main(needs=["mitmproxy"])
