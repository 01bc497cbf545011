#!/usr/bin/env python3
"""The JSON Schemas of gRPC tools: what a server answers is valid by them, as an input and as an output."""

import json

import grpc_peers
import grpc_requests
import harness

# By the mapping these are values of a number or an enumeration, too; the schemas offer numbers and names only.
LEFT_OUT = ("NaN", "Infinity", '"aColour": 42', '"aColour": -2147483648', "99", "77")


class Schemas(grpc_peers.Suite):
    @classmethod
    def setUpClass(cls):
        cls.port = cls.enter_class(grpc_peers.Server()).port

    def setUp(self):
        super().setUp()
        self.config = self.provider()
        self.listed = {tool["name"]: tool for tool in self.expect(harness.utcp("tools", "--json", config=self.config, cwd=self.folder)).json()}

    def ask(self, method, text):
        return self.expect(harness.utcp("call", f"g.{method}", "-", "--json", config=self.config, cwd=self.folder, stdin=text.encode())).json()

    def requests_of(self, method):
        fitting, _ = grpc_requests.ECHO[method]
        return [text for text in fitting if not any(words in text for words in LEFT_OUT)]

    def test_each_kind_of_field(self):
        # All in one call, as parts of the message that has them all.
        parts = ("scalars", "optionals", "lists", "maps", "nested", "tree", "choices", "wellKnown", "names")
        sent = [(part, text) for part in parts for text in self.requests_of("test.Echo." + part[0].upper() + part[1:])]
        answer = self.ask("test.Echo.Chat", '{"messages": [' + ", ".join(f'{{"{part}": {text}}}' for part, text in sent) + "]}")
        self.assertEqual(len(answer), len(sent))
        self.assertGreater(len(sent), 250)
        tool = self.listed["g.test.Echo.Chat"]
        self.assertEqual(self.judge([[tool["outputs"], answer, "outputs"], [tool["inputs"], {"messages": answer}, "inputs"]]), [])

    def test_messages_with_a_form_of_their_own(self):
        cases = []
        for method in ("Legacy", "Everything", "Empty", "Struct", "Value", "Timestamp", "StringValue", "Any"):
            tool = self.listed[f"g.test.Echo.{method}"]
            takes_value = set(tool["inputs"].get("properties", {})) == {"value"}
            for text in self.requests_of(f"test.Echo.{method}"):
                answer = self.ask(f"test.Echo.{method}", '{"value": ' + text + "}" if takes_value else text)
                cases += [[tool["outputs"], answer, f"output of {method} {text}"], [tool["inputs"], {"value": answer} if takes_value else answer, f"input of {method} {text}"]]
        self.assertEqual(self.judge(cases), [])

    def test_streams(self):
        item = json.loads(grpc_requests.EVERYTHING[1])
        for method, arguments in (("Repeat", {"item": item, "count": 2}), ("Collect", {"messages": [item, {}]}), ("Chat", {"messages": [item, {}]})):
            tool = self.listed[f"g.test.Echo.{method}"]
            self.assertEqual(self.judge([[tool["inputs"], arguments, "input"], [tool["outputs"], self.call(self.config, tool["name"], arguments), "output"]]), [])
            self.assertNotEqual(self.judge([[tool["inputs"], {"messages": 1, "item": 1}, "input"]]), [])

    def judge(self, cases):
        return harness.peer("openapi_judge", "schema_judge.py", self.write("cases.json", cases))


if __name__ == "__main__":
    harness.main(needs=["grpc", "openapi_judge"])
