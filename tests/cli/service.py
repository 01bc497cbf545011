"""A loopback HTTP service whose tools show every way in which a call can end."""

import base64
import email
import email.policy
import http.server
import json
import threading
import urllib.parse

ESCAPE = "\x1b[31mred\x1b[0m \x07 \u009b2J \u202eevil"


def tool(name, description, path, port, method="GET", tags=(), properties=None, required=(), **provider):
    return {
        "name": name,
        "description": description,
        "tags": list(tags),
        "inputs": {"type": "object", "properties": properties or {}, "required": list(required)},
        "outputs": {"type": "object", "properties": {}},
        "tool_provider": {
            "name": name,
            "provider_type": "http",
            "url": f"http://127.0.0.1:{port}{path}",
            "http_method": method,
            **provider,
        },
    }


def manual(port):
    city = {"city": {"type": "string", "description": "Where"}, "days": {"type": "integer"}}
    return {
        "version": "1.0.0",
        "tools": [
            tool("current", "The weather in a city right now", "/current", port, tags=["weather", "city"], properties=city, required=["city"]),
            tool("echo", "Repeats what it is sent", "/echo", port, "POST", tags=["test"],
                 properties={"body": {"type": "object"}, "exact": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}}}),
            tool("upload", "Takes a form with files", "/upload", port, "POST", content_type="multipart/form-data",
                 properties={"body": {"type": "object", "properties": {"title": {"type": "string"}, "files": {"type": "array", "items": {"type": "string", "format": "binary"}}}}}),
            tool("store", "Takes a file", "/upload", port, "POST", properties={"body": {"type": "string", "format": "binary"}}),
            tool("text", "Gives text with control characters: " + ESCAPE, "/text", port),
            tool("wide", "日本語の説明 " * 20, "/current", port),
            tool("data", "Gives bytes", "/data", port),
            tool("hostile", "Gives JSON with control characters", "/hostile", port),
            tool("fails", "Always fails", "/fails", port),
            tool("forbidden", "Refuses the credentials", "/forbidden", port),
            tool("busy", "Is not available", "/busy", port),
            tool("flaky", "Is not available the first time", "/flaky", port),
            tool("flaky_post", "Is not available the first time, and changes something", "/flaky", port, "POST"),
            tool("slow", "Never answers", "/slow", port),
            tool("gone", "Its server is gone", "/x", 9),
            tool("large", "Gives much", "/large", port),
        ],
    }


def parts_of(content_type, body):
    """The parts of a form as Python's own e-mail parser reads them: [name, file name, type, base64]."""
    message = email.message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=email.policy.HTTP)
    return [[part.get_param("name", header="content-disposition"), part.get_filename(), part.get_content_type(),
             base64.b64encode(part.get_payload(decode=True)).decode()] for part in message.iter_parts()] if message.is_multipart() else []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, content_type="application/json"):
        data = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Test", "yes")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        service = self.server.service
        service.seen.append(url.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if url.path in ("/utcp", "/other"):
            self.answer(200, manual(service.port))
        elif url.path == "/current":
            self.answer(200, {"city": query.get("city", [""])[0], "temperature": 12, "days": query.get("days", [None])[0]})
        elif url.path == "/echo":
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.answer(200, {"method": self.command, "query": query, "headers": headers, "body": body.decode()})
        elif url.path == "/upload":
            self.answer(200, {"type": self.headers["Content-Type"], "parts": parts_of(self.headers["Content-Type"], body), "base64": base64.b64encode(body).decode()})
        elif url.path == "/text":
            self.answer(200, "first line\n" + ESCAPE + "\n", "text/plain; charset=utf-8")
        elif url.path == "/hostile":
            self.answer(200, json.dumps({"text": ESCAPE + "\x7f"}, ensure_ascii=False))
        elif url.path == "/data":
            self.answer(200, bytes(range(256)), "application/octet-stream")
        elif url.path == "/large":
            self.answer(200, {"text": "x" * 100_000})
        elif url.path == "/fails":
            self.answer(500, {"error": "broken inside " + ESCAPE})
        elif url.path == "/forbidden":
            self.answer(401, {"error": "who are you"})
        elif url.path == "/busy":
            self.answer(503, {"error": "later"})
        elif url.path == "/flaky":
            first = service.seen.count("/flaky") == 1
            self.answer(503 if first else 200, {"error": "later"} if first else {"tries": service.seen.count("/flaky")})
        elif url.path in ("/slow", "/slow_manual"):
            service.slow_began.set()
            # Reads until the caller hangs up: its end is what the test waits for.
            self.connection.settimeout(30)
            try:
                if self.connection.recv(1) == b"":
                    service.slow_dropped.set()
            except OSError:
                service.slow_dropped.set()
            self.close_connection = True
        else:
            self.answer(404, {"error": "no such path"})

    do_POST = do_GET


class Service:
    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.service = self
        self.port = self.server.server_address[1]
        self.seen = []
        self.slow_began = threading.Event()
        self.slow_dropped = threading.Event()
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
