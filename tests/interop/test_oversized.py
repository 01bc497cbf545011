"""200 MB of tools, made on the fly: refused at the default limit, read within bounds where the configuration asks for them."""

import json

import harness

TARGET = 200_000_000


def pieces():
    """The manual in blocks of a thousand tools."""
    yield b'{"version":"1.0","tools":['
    sent = number = 0
    while sent < TARGET:
        block = []
        for _ in range(1000):
            tool = {"name": f"tool_{number}", "description": f"Tool number {number} of very many " * 4, "tags": ["many", f"t{number % 97}"],
                    "inputs": {"type": "object", "properties": {"q": {"type": "string", "description": "What to look for"}}, "required": ["q"]},
                    "tool_provider": {"provider_type": "http", "url": "https://tools.example/call"}}
            block.append(json.dumps(tool))
            number += 1
        data = ((",\n" if sent else "") + ",\n".join(block)).encode()
        sent += len(data)
        yield data
    yield b"]}"


class Oversized(harness.Suite):
    def serve(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Connection", "close")
        handler.end_headers()
        try:
            for piece in pieces():
                handler.wfile.write(piece)
        except ConnectionError:
            pass

    def configuration(self, *providers, **defaults):
        return self.write("providers.json", {"defaults": defaults, "providers": providers})

    def served(self):
        base = self.enter(harness.answering(self.serve))
        return {"name": "big", "provider_type": "http", "url": f"{base}/utcp"}

    def test_the_default_limit_refuses_them(self):
        self.write("good.json", {"version": "1.0", "tools": [{"name": "ok", "tool_provider": {"provider_type": "text", "file_path": "ok.txt"}}]})
        good = {"name": "good", "provider_type": "text", "file_path": "good.json"}
        done = self.expect(harness.utcp("tools", "--json", config=self.configuration(self.served(), good)))
        self.assertEqual([t["name"] for t in done.json()], ["good.ok"])
        self.assertIn("larger than 134217728 bytes", done.err)
        self.assertLess(done.rss_mb, 400, done.err)

    def check_read(self, *providers):
        config = self.configuration(*providers, max_manual_bytes=256_000_000, discovery_timeout_ms=120_000)
        done = self.expect(harness.utcp("search", "tool number of very many", "--json", config=config, timeout=180))
        self.assertEqual(len(done.json()), 10)
        print(f"\n200 MB of tools: {done.seconds:.1f} s, {done.rss_mb:.0f} MB")
        self.assertLess(done.seconds, 120)
        self.assertLess(done.rss_mb, 2000)

    def test_a_configuration_may_ask_for_them(self):
        self.check_read(self.served())

    def test_from_a_file(self):
        with open(self.folder / "big.json", "wb") as out:
            out.writelines(pieces())
        self.check_read({"name": "big", "provider_type": "text", "file_path": "big.json"})


if __name__ == "__main__":
    harness.main()
