"""python-utcp v1, both directions."""

import json

import harness
from peer_cases import READ, READ_SEEN, PeerCases


class PythonV1(PeerCases):
    peer, script, dialect = "python_v1", "python_v1_peer.py", "v1"

    def theirs_for_ours(self):
        template = {"name": "shop", "call_template_type": "http", "url": f"{self.served.base}/utcp"}
        return self.write("theirs_config.json", {"manual_call_templates": [template]})

    def test_their_configuration_loads_here_with_its_namespaced_variable(self):
        config = self.write("config.json", self.ask("config", self.served.base))
        self.assertEqual(self.tool_names(config), ["shop.read", "shop.write"])
        self.assertEqual(self.served.key, "key-2")
        self.assertEqual(self.call(config, "shop.read", READ), READ_SEEN)

    def test_inline_text_works_in_both_and_needs_the_allowed_protocol_in_both(self):
        template = {"name": "inline", "call_template_type": "text", "content": json.dumps(self.served.manual)}
        closed = self.write("closed.json", {"manual_call_templates": [template]})
        opened = self.write("open.json", {"manual_call_templates": [{**template, "allowed_communication_protocols": ["http"]}]})
        self.assertEqual(self.ask("tools", closed), [])
        self.assertEqual(self.tool_names(closed), [])
        self.assertEqual([t["name"] for t in self.ask("tools", opened)], ["inline.read", "inline.write"])
        self.assertEqual(self.tool_names(opened), ["inline.read", "inline.write"])

    def test_a_file_template_works_in_both(self):
        self.write("manual.json", self.served.manual)
        template = {"name": "shelf", "call_template_type": "file", "file_path": "manual.json", "allowed_communication_protocols": ["http", "file"]}
        config = self.write("config.json", {"manual_call_templates": [template]})
        self.assertEqual([t["name"] for t in self.ask("tools", config)], ["shelf.read", "shelf.write"])
        self.assertEqual(self.tool_names(config), ["shelf.read", "shelf.write"])


del PeerCases

if __name__ == "__main__":
    harness.main(needs=["python_v1"])
