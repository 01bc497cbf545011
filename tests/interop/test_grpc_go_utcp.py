#!/usr/bin/env python3
"""The gRPC examples of go-utcp, which speak the peers' own service, and gNMI from its published .proto files."""

import json

import grpc_peers
import harness

GNMI = ("github.com/openconfig/gnmi/proto/gnmi/gnmi.proto", "gnmi.gNMI")


class GoUtcp(grpc_peers.Suite):
    def run_example(self, name):
        self.port = harness.free_port()
        self.enter(harness.process([harness.options.peers / "go_utcp" / name, f"127.0.0.1:{self.port}"], ready=None))
        harness.wait_for_port(self.port)

    def by_name(self, name, **options):
        return self.write("providers.json", [{"name": name, "provider_type": "grpc", "host": "127.0.0.1", "port": self.port, **options}])

    def test_its_tools_by_the_names_that_it_expects(self):
        self.run_example("grpc_client")
        config = self.by_name("grpc")
        self.assertEqual(self.tool_names(config), [f"grpc.{name}" for name in ("echo", "reverse", "sum", "timestamp", "uppercase", "wordcount")])
        for tool, arguments, expected in (("echo", {"msg": "hi ä"}, "hi ä"), ("reverse", {"msg": "abc"}, "cba"), ("sum", {"numbers": [1, 2.5, "3"]}, 6.5), ("uppercase", {"msg": "a"}, "A"), ("wordcount", {"msg": "a b c"}, 3)):
            self.assertEqual(self.call(config, f"grpc.{tool}", arguments), {"result": expected})
        self.assertEqual(self.call(self.by_name("grpc", qualified_names=False), "grpc.echo", {"msg": "x"}), {"result": {"error": "unknown tool echo"}})
        self.assertEqual(self.call(self.by_name("other"), "other.echo", {"msg": "x"}), {"result": {"error": "unknown tool other.echo"}})

    def test_it_has_no_streams(self):
        self.run_example("grpc_client")
        done = harness.utcp("call", "grpc.echo", '{"msg": "x"}', "--stream", "--json", config=self.by_name("grpc"), cwd=self.folder)
        self.assertEqual(self.expect(done, 1).json()["error"]["remote"]["status"], "UNIMPLEMENTED")

    def test_its_configuration_as_it_is(self):
        self.run_example("grpc_client")
        config = self.write("provider.json", {"providers": [{"name": "grpc", "provider_type": "grpc", "host": "127.0.0.1", "port": self.port, "service_name": "grpcpb.UTCPService", "method_name": "CallTool", "use_ssl": False}]})
        self.assertEqual(self.call(config, "grpc.echo", {"msg": "hi"}), {"result": "hi"})

    AUTH = {"auth": {"auth_type": "basic", "username": "testuser", "password": "testpass"}}

    def test_its_gnmi_subscription(self):
        self.run_example("grpc_gnmi_client")
        self.assertEqual(self.tool_names(self.by_name("gnmi")), ["gnmi.gnmi_subscribe"])
        config = self.by_name("gnmi", **self.AUTH)
        self.assertEqual(self.call(config, "gnmi.gnmi_subscribe", {}), {"status": "not implemented for non-streaming"})
        done = self.expect(harness.utcp("call", "gnmi.gnmi_subscribe", '{"path": "/a", "mode": "STREAM"}', "--stream", "--json", config=config, cwd=self.folder))
        updates = [json.loads(line) for line in done.out.splitlines()]
        self.assertEqual([(update["value"], update["path"]) for update in updates], [(f"mock_value_{n}", "/a") for n in range(1, 6)])
        refused = harness.utcp("call", "gnmi.gnmi_subscribe", "{}", "--json", config=self.by_name("gnmi"), cwd=self.folder)
        self.assertIn("unauthenticated", self.expect(refused, 1).json()["error"]["remote"]["message"])

    def test_gnmi_itself(self):
        self.run_example("grpc_gnmi_client")
        include = harness.options.peers / "go" / "include"
        files = {"proto_files": GNMI[0], "import_paths": str(include), "service_name": GNMI[1], "target": "dev1", **self.AUTH}
        config = self.by_name("dev", **files)
        self.assertEqual(self.tool_names(config), [f"dev.gnmi.gNMI.{name}" for name in ("Capabilities", "Get", "Set", "Subscribe")])
        self.assertEqual(self.call(config, "dev.gnmi.gNMI.Capabilities", {}), {})
        subscription = {"subscribe": {"prefix": {"target": "dev1"}, "mode": "ONCE", "encoding": "JSON_IETF",
                                      "subscription": [{"path": {"elem": [{"name": "interfaces"}, {"name": "interface", "key": {"name": "eth0/1"}}]}, "mode": "SAMPLE", "sampleInterval": "1000"}]}}
        expected = {"update": {"update": [{"path": {"element": ["interfaces", "interface", "eth0"]}, "val": {"stringVal": "UP"}}]}}
        self.assertEqual(self.call(config, "dev.gnmi.gNMI.Subscribe", {"messages": [subscription]}), [expected])
        theirs = grpc_peers.grpcurl(self.port, f"{GNMI[1]}/Subscribe", data=json.dumps(subscription), flags=["-import-path", str(include), "-proto", GNMI[0], "-H", "username: testuser", "-H", "password: testpass"])
        self.assertEqual(json.loads(self.expect(theirs).out), expected)
        for method in ("Get", "Set"):
            failed = harness.utcp("call", f"dev.gnmi.gNMI.{method}", "{}", "--json", config=config, cwd=self.folder)
            self.assertEqual(self.expect(failed, 1).json()["error"]["remote"]["status"], "UNIMPLEMENTED")
        updates = {"update": [{"path": {"elem": [{"name": "a"}]}, "val": {"jsonIetfVal": "eyJhIjoxfQ=="}}]}
        self.assertEqual(self.expect(harness.utcp("call", "dev.gnmi.gNMI.Set", json.dumps(updates), "--json", config=config, cwd=self.folder), 1).json()["error"]["code"], "remote_failed")


if __name__ == "__main__":
    harness.main(before=lambda: grpc_peers.need_go("go/grpcurl", "go_utcp/grpc_client", "go_utcp/grpc_gnmi_client"))
