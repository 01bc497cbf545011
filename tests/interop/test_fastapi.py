"""A real FastAPI service, run by uvicorn, that publishes the manual of the v0.x README."""

import harness


class FastApi(harness.Suite):
    @classmethod
    def setUpClass(cls):
        service = harness.process(
            [harness.peer_python("fastapi"), harness.ROOT / "tests/interop/fastapi_service.py"], "listening on ")
        cls.base = service.__enter__()
        cls.addClassCleanup(service.__exit__, None, None, None)

    def providers(self, **more):
        return self.write("providers.json", [{"name": "readme", "provider_type": "http", "url": f"{self.base}/utcp", **more}])

    def test_discovers_the_manual_of_the_readme(self):
        self.assertEqual(self.tool_names(self.providers()), ["readme.echo", "readme.get_weather", "readme.upload"])

    def test_calls_the_tool_of_the_readme(self):
        answer = self.call(self.providers(), "readme.get_weather", {"location": "São Paulo & Rio"})
        self.assertEqual(answer, {"temperature": 22.5, "conditions": "Sunny", "location": "São Paulo & Rio"})

    def test_sends_body_path_query_and_header_where_they_belong(self):
        arguments = {"body": {"value": "ä\"b", "count": 3}, "part": "a b", "page": 7, "X-Trace": "t-1"}
        answer = self.call(self.providers(), "readme.echo", arguments)
        self.assertEqual(answer, {"part": "a b", "value": "ä\"b", "count": 3, "page": 7, "trace": "t-1"})

    def test_uploads_files_in_a_form(self):
        body = {"title": "Ä \"quoted\"", "tags": ["a", "b"], "about": {"k": [1]},
                "files": [{"filename": "pé \"1\".png", "base64": "iVBORwD/"}, {"filename": "n.txt", "data": "--x\r\n"}, {"base64": ""}]}
        answer = self.call(self.providers(), "readme.upload", {"body": body})
        self.assertEqual(answer, {"title": "Ä \"quoted\"", "tags": ["a", "b"], "about": {"k": [1]}, "files": [
            ["pé %221%22.png", "image/png", "89504e4700ff"], ["n.txt", "text/plain", "2d2d780d0a"], ["files", "application/octet-stream", ""]]})

    def test_a_refusal_of_the_service_comes_through(self):
        done = harness.utcp("call", "readme.echo", '{"part":"x","body":{"value":"v","count":-1}}', config=self.providers())
        self.expect(done, 1)
        self.assertIn("422", done.err)
        self.assertIn("count is negative", done.err)

    def test_an_api_key_opens_the_manual(self):
        key = {"auth_type": "api_key", "api_key": "${README_KEY}", "var_name": "X-Api-Key"}
        config = self.providers(url=f"{self.base}/keyed", auth=key)
        self.assertEqual(self.tool_names(config, env={"README_KEY": "right"}), ["readme.echo", "readme.get_weather", "readme.upload"])
        refused = harness.utcp("tools", config=config, env={"README_KEY": "wrong-key"})
        self.assertIn("401", refused.err)
        self.assertNotIn("wrong-key", refused.err + refused.out)


if __name__ == "__main__":
    harness.main(needs=["fastapi"])
