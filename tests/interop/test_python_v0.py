"""python-utcp v0, both directions: 0.1.7, whose README the product follows, and 0.2.3, the last of its line."""

import harness
from peer_cases import PeerCases


class PythonV01(PeerCases):
    peer, script, dialect = "python_v0_1", "python_v0_peer.py", "v0"

    def theirs_for_ours(self):
        return self.write("theirs_providers.json", [{"name": "shop", "provider_type": "http", "url": f"{self.served.base}/utcp"}])

    def test_one_providers_file_works_in_both(self):
        self.write("manual.json", self.served.manual)
        config = self.write("providers.json", [
            {"name": "shop", "provider_type": "http", "url": f"{self.served.base}/utcp"},
            {"name": "shelf.local", "provider_type": "text", "file_path": "manual.json"},
            {"name": "broken", "provider_type": "no_such_type"},
        ])
        names = ["shelf_local.read", "shelf_local.write", "shop.read", "shop.write"]
        self.assertEqual(sorted(t["name"] for t in self.ask("tools", config)), names)
        self.assertEqual(self.tool_names(config), names)


class PythonV02(PythonV01):
    peer = "python_v0_2"


del PeerCases

if __name__ == "__main__":
    harness.main(needs=["python_v0_1", "python_v0_2"])
