"""The rest of the world for tests without a network: a proxy that answers for every host itself, over http and, with
certificates of a test's own authority, over https."""

import contextlib
import http.server
import json
import socketserver
import ssl
import threading
import urllib.parse

import certificates
import harness


class Elsewhere:
    """`pages` maps URLs to what they answer: JSON, or a function of the request handler. `asked` holds the URLs of all
    requests. Enter it, and give `environment` to the program and `ca` as its authority."""

    def __init__(self, folder, *hosts):
        self.pages, self.asked = {}, []
        authority = certificates.Authority(folder, "elsewhere")
        pair = authority.issue("elsewhere-server", names=",".join(f"DNS:{host}" for host in hosts))
        self.ca = str(authority.file)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pair.certificate, pair.key)
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            inside = None  # what the tunnel leads to

            def do_CONNECT(self):
                self.send_response(200)
                self.end_headers()
                self.inside = "https://" + self.path.removesuffix(":443")
                with contextlib.suppress(OSError):
                    self.connection = self.request = tls.wrap_socket(self.connection, server_side=True)
                    self.setup()
                    self.close_connection = False

            def do_GET(self):
                url = self.inside + self.path if self.inside else self.path
                world.asked.append(url)
                page = world.pages.get(urllib.parse.urldefrag(url)[0])
                if callable(page):
                    return page(self)
                body = b"" if page is None else json.dumps(page).encode()
                self.send_response(404 if page is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # a caller that does not believe the certificate

        self.server = Server(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        proxy = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.environment = {name: None for lower in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for name in (lower, lower.upper())}
        self.environment.update(http_proxy=proxy, https_proxy=proxy)
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Suite(harness.Suite):
    """A world of a few hosts."""

    def setUp(self):
        super().setUp()
        self.world = self.enter(Elsewhere(self.folder, "attacker.example", "api.example.com", "auth.example.com", "x.example", "y.example"))

    def listed(self, page, url="https://attacker.example/doc.json", **provider):
        """The tools that are found at the URL, and what is told about it."""
        self.world.pages[url] = page
        provider = {"name": "w", "provider_type": "http", "url": url, **provider}
        config = self.write("providers.json", {"defaults": {"http": {"ca_file": self.world.ca}}, "providers": [provider]})
        done = self.expect(harness.utcp("tools", "--json", "-v", config=config, env=self.world.environment))
        self.assertIn(url, self.world.asked, done)
        return done.json(), done.err
