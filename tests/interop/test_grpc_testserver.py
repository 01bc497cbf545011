#!/usr/bin/env python3
"""The test server of grpcurl, written in Go: descriptors, metadata, TLS. Its calls are in test_grpcurl_judge.py."""

import json
import subprocess

import certificates
import grpc_peers
import harness
import streams

TEST = "testing.TestService"


class TestServer(grpc_peers.Suite):
    def run_testserver(self, *words):
        self.child = subprocess.Popen([str(word) for word in (harness.options.peers / "go/testserver", "-q", *words)], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        self.port = int(harness.first_line(self.child, "Listening on ", 20).rpartition(":")[2])

    def stop(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def test_by_reflection(self):
        self.run_testserver()
        names = ("EmptyCall", "FullDuplexCall", "HalfDuplexCall", "StreamingInputCall", "StreamingOutputCall", "UnaryCall")
        self.assertEqual(self.tool_names(self.provider()), [f"g.{TEST}.{name}" for name in names])
        self.assertEqual(self.ask(f"{TEST}.UnaryCall", {"payload": {"body": "AAH/"}}), {"payload": {"body": "AAH/"}})

    def test_by_files(self):
        self.run_testserver()
        self.expect(grpc_peers.grpcurl(self.port, "describe", flags=["-protoset-out", str(self.folder / "test.protoset")]))
        self.stop()
        self.run_testserver("-noreflect")
        self.refused_discovery("unsupported", "proto_files")
        include = str(harness.options.peers / "go/include/github.com/fullstorydev/grpcurl/internal/testing")
        for files in ({"descriptor_set": "test.protoset"}, {"proto_files": "test.proto", "import_paths": include}):
            with self.subTest(files):
                # The file has a service that the server does not.
                self.assertIn(f"g.{TEST}.UnaryCall", self.tool_names(self.provider(**files)))
                self.assertEqual(self.ask(f"{TEST}.EmptyCall", {}, **files), {})

    def test_metadata_of_the_answer(self):
        self.run_testserver()
        sent = {"reply-with-headers": ["a: 1", "b-bin: AAH/"], "reply-with-trailers": "c: 3"}
        done = harness.utcp("call", f"g.{TEST}.EmptyCall", "{}", "-i", config=self.provider(metadata=sent), cwd=self.folder)
        for words in ("a: 1", "b-bin: AAH/", '"c":"3"'):
            self.assertIn(words, self.expect(done).err)

    def test_tls(self):
        authority = certificates.Authority(self.folder)
        server, client = authority.issue("server"), authority.issue("client", usage="clientAuth")
        self.run_testserver("-cert", server.certificate, "-key", server.key, "-cacert", authority.file, "-requirecert")
        trust = {"use_ssl": True, "ca_file": str(authority.file)}
        shown = {"client_certificate": str(client.certificate), "client_key": str(client.key)}
        self.assertEqual(self.ask(f"{TEST}.EmptyCall", {}, **trust, **shown), {})
        for options in ({}, trust, {"use_ssl": True, **shown}):
            with self.subTest(options):
                self.refused_discovery("connection_failed", **options, options=("--timeout", "10"))

    def test_one_that_is_killed_in_the_middle_of_a_stream(self):
        self.run_testserver()
        arguments = {"responseParameters": [{"size": 1, "intervalUs": 50_000}] * 100}
        call = streams.Streamed(self.provider(), f"g.{TEST}.StreamingOutputCall", arguments)
        self.addCleanup(call.close)
        call.lines(2)
        self.child.kill()
        self.assertEqual(call.child.wait(10), 5)
        self.assertEqual(json.loads(call.child.stdout.read().decode().splitlines()[-1])["error"]["code"], "connection_failed")


if __name__ == "__main__":
    harness.main(before=lambda: grpc_peers.need_go("go/grpcurl", "go/testserver"))
