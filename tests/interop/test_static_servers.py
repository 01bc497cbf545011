"""Manuals that nginx and Python's http.server serve as plain files."""

import shutil
import sys

import harness
import openapi_documents

YAML = """\
# A manual a person wrote.
version: "1.0"
tools:
  - name: now
    description: >
      Weather in a city,
      now
    tags: [weather, "yes"]
    inputs: {type: object, properties: {city: {type: string}}, required: [city]}
    tool_provider: {provider_type: http, url: "BASE/weather", http_method: GET}
"""


class StaticCases(harness.Suite):
    def setUp(self):
        super().setUp()
        self.www = self.folder / "www"
        self.www.mkdir()
        self.start()
        tool = {"name": "now", "description": "Weather now", "tool_provider": {"provider_type": "http", "url": f"{self.base}/weather"}}
        self.write("www/manual.json", {"version": "1.0", "tools": [tool]})
        self.write("www/manual.yaml", YAML.replace("BASE", self.base))
        self.write("www/page.html", "<!doctype html><title>Not a manual</title>")

    def providers(self, path):
        return self.write("providers.json", [{"name": "w", "provider_type": "http", "url": self.base + path}])

    def test_serves_a_json_manual(self):
        self.assertEqual(self.tool_names(self.providers("/manual.json")), ["w.now"])

    def test_serves_a_yaml_manual(self):
        done = self.expect(harness.utcp("tools", "--json", config=self.providers("/manual.yaml")))
        self.assertEqual(done.json()[0]["name"], "w.now")
        self.assertEqual(done.json()[0]["description"].strip(), "Weather in a city, now")
        self.assertEqual(done.json()[0]["tags"], ["weather", "yes"])

    def test_a_missing_file_is_reported_with_its_status(self):
        done = self.expect(harness.utcp("tools", config=self.providers("/nowhere.json")))
        self.assertIn("404", done.err)

    def test_a_page_is_no_manual(self):
        done = self.expect(harness.utcp("tools", "--json", config=self.providers("/page.html")))
        self.assertEqual(done.json(), [])
        self.assertIn("/page.html", done.err)

    def same_tools_as_from_files(self, folder, document):
        """Serves a folder and gives the tools of a document in it, which must be those that the file gives."""
        shutil.copytree(folder, self.www / "api")
        of_api = {"name": "api", "openapi": {"base_url": "https://api.example.com"}}
        by_file = self.write("file.json", [{**of_api, "provider_type": "text", "file_path": str(self.www / "api" / document)}])
        by_url = self.write("url.json", [{**of_api, "provider_type": "http", "url": f"{self.base}/api/{document}", "timeout_ms": 120000}])
        wanted = self.expect(harness.utcp("tools", "--json", config=by_file, timeout=300)).json()
        self.assertEqual(self.expect(harness.utcp("tools", "--json", config=by_url, timeout=300)).json(), wanted)
        return wanted

    def test_serves_an_openapi_document_of_many_files(self):
        with openapi_documents.unpacked() as folder:
            for name in ("shared/circular-multifile/circular.yaml", "edge/deep-circular-multifile/deep-circular.yaml"):
                path = openapi_documents.pathlib.Path(folder) / name
                self.assertGreater(len(self.same_tools_as_from_files(path.parent, path.name)), 0)
                shutil.rmtree(self.www / "api")

    def test_serves_an_openapi_document_of_thousands_of_files(self):
        folder = openapi_documents.SHARED / "shared" / "digitalocean"
        if not folder.is_dir():
            self.skipTest(f"{folder} is not there")
        self.assertEqual(len(self.same_tools_as_from_files(folder, "DigitalOcean-public.v2.yaml")), 659)


class Nginx(StaticCases):
    def start(self):
        port = harness.free_port()
        self.base = f"http://127.0.0.1:{port}"
        config = (harness.ROOT / "tests/interop/nginx.conf.in").read_text()
        self.enter(harness.nginx(self.folder, config.replace("@FOLDER@", str(self.folder)).replace("@PORT@", str(port)), [port]))

    def test_follows_a_redirect_on_the_same_origin(self):
        self.assertEqual(self.tool_names(self.providers("/moved")), ["w.now"])

    def test_calls_a_tool_and_encodes_its_query(self):
        answer = self.call(self.providers("/manual.json"), "w.now", {"city": "a&b=c d"})
        self.assertEqual(answer["city"], "a%26b%3Dc+d")

    def test_an_empty_answer_is_no_manual(self):
        done = self.expect(harness.utcp("tools", config=self.providers("/empty")))
        self.assertIn("/empty", done.err)


class PythonHttpServer(StaticCases):
    def start(self):
        command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", self.www]
        line = self.enter(harness.process(command, "Serving HTTP on "))
        self.base = "http://127.0.0.1:" + line.split(" port ")[1].split()[0]


del StaticCases

if __name__ == "__main__":
    harness.main()
