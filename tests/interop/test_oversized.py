"""200 MB of tools, made on the fly: refused at the default limit, read within bounds where a provider asks for them."""

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

    def providers(self, **more):
        base = self.enter(harness.answering(self.serve))
        self.write("good.json", {"version": "1.0", "tools": [{"name": "ok", "tool_provider": {"provider_type": "text", "file_path": "ok.txt"}}]})
        return self.write("providers.json", [
            {"name": "big", "provider_type": "http", "url": f"{base}/utcp", **more},
            {"name": "good", "provider_type": "text", "file_path": "good.json"},
        ])

    def test_the_default_limit_refuses_them(self):
        done = self.expect(harness.utcp("tools", "--json", config=self.providers()))
        self.assertEqual([t["name"] for t in done.json()], ["good.ok"])
        self.assertIn("max_response_bytes", done.err)
        self.assertLess(done.rss_mb, 250, done.err)

    def test_a_provider_may_ask_for_them(self):
        config = self.providers(max_response_bytes=256_000_000, timeout_ms=120_000)
        done = self.expect(harness.utcp("search", "tool", "number", "very", "many", "--json", config=config, timeout=180))
        self.assertEqual(len(done.json()), 10)
        print(f"\n200 MB of tools: {done.seconds:.1f} s, {done.rss_mb:.0f} MB")
        self.assertLess(done.seconds, 120)
        self.assertLess(done.rss_mb, 2000)

    def test_from_a_file(self):
        path = self.folder / "big.json"
        with open(path, "wb") as out:
            out.writelines(pieces())
        config = self.write("providers.json", [{"name": "big", "provider_type": "text", "file_path": "big.json"}])
        done = self.expect(harness.utcp("search", "tool", "--json", config=config, timeout=180))
        self.assertEqual(len(done.json()), 10)
        print(f"\n200 MB of tools from a file: {done.seconds:.1f} s, {done.rss_mb:.0f} MB")
        self.assertLess(done.rss_mb, 2000)


if __name__ == "__main__":
    harness.main()
