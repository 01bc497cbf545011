"""Which machines a manual may lead to: those of its own host, others by the provider's rule. The other
machines are `elsewhere`."""

import elsewhere
import harness


class Origins(elsewhere.Suite):
    def setUp(self):
        super().setUp()
        tools = [{"name": name, "tool_provider": {"provider_type": "http", "url": f"https://{host}/{name}"}}
                 for name, host in (("own", "attacker.example"), ("other", "api.example.com"), ("third", "x.example"))]
        self.manual = {"version": "1.0", "tools": tools}
        for name, host in (("own", "attacker.example"), ("other", "api.example.com"), ("third", "x.example")):
            self.world.pages[f"https://{host}/{name}"] = {"from": host}

    def names(self, **provider):
        tools, said = self.listed(self.manual, **provider)
        return [tool["name"] for tool in tools], said

    def ask(self, name):
        return self.call(self.folder / "providers.json", name, {}, env=self.world.environment)

    def test_tools_of_other_hosts_are_told_and_work(self):
        for rule in ({}, {"other_origins": "report"}):
            names, said = self.names(**rule)
            self.assertEqual(names, ["w.own", "w.other", "w.third"])
            for words in ("https://api.example.com", "https://x.example", "allowed_origins", "other_origins"):
                self.assertIn(words, said)
            self.assertEqual([self.ask(name)["from"] for name in names], ["attacker.example", "api.example.com", "x.example"])

    def test_tools_of_other_hosts_may_be_refused(self):
        names, said = self.names(other_origins="refuse")
        self.assertEqual(names, ["w.own"])
        self.assertIn("https://api.example.com", said)
        self.assertEqual(self.ask("w.own")["from"], "attacker.example")

    def test_hosts_that_are_named_belong_to_the_manual(self):
        for rule in ("report", "refuse"):
            names, said = self.names(other_origins=rule, allowed_origins=["https://api.example.com", "https://x.example"])
            self.assertEqual(names, ["w.own", "w.other", "w.third"], said)
            self.assertNotIn("api.example.com", said)

    def test_a_rule_that_does_not_exist_is_named(self):
        provider = {"name": "w", "provider_type": "http", "url": "https://attacker.example/doc.json", "other_origins": "sometimes"}
        config = self.write("providers.json", {"defaults": {"http": {"ca_file": self.world.ca}}, "providers": [provider]})
        self.world.pages[provider["url"]] = self.manual
        done = self.expect(harness.utcp("tools", "--json", "-v", config=config, env=self.world.environment))
        self.assertEqual(done.json(), [])
        self.assertIn("other_origins", done.err)

    def test_a_placeholder_in_the_host_counts_as_another(self):
        self.manual["tools"] = [{"name": "t", "tool_provider": {"provider_type": "http", "url": "https://{where}.example/x"}}]
        names, said = self.names(other_origins="refuse")
        self.assertEqual(names, [], said)

    def test_it_holds_for_streams_too(self):
        for kind in ("sse", "http_stream"):
            with self.subTest(kind):
                self.manual["tools"] = [{"name": "t", "tool_provider": {"provider_type": kind, "url": "https://x.example/x"}}]
                self.assertEqual(self.names(other_origins="refuse")[0], [])

    def test_no_other_machine_redirects_to_this_one_even_when_private_addresses_are_allowed(self):
        for target in ("https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://0.0.0.0/"):
            with self.subTest(target):
                self.world.pages["https://attacker.example/tool"] = lambda handler: harness.send(handler, "", status=302, headers=[("Location", target)])
                defaults = {"http": {"ca_file": self.world.ca}}
                config = self.tools(defaults=defaults, it={"url": "https://attacker.example/tool", "allow_private_addresses": True})
                self.fails(config, "t.it", {}, "not_allowed", env=self.world.environment)


if __name__ == "__main__":
    harness.main()
