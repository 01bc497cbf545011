#!/usr/bin/env python3
"""Small and middle-sized real OpenAPI documents become manuals in which nothing is lost."""

import pathlib
import re

import harness
import openapi_documents


class Documents(harness.Suite):
    def test_every_document_is_converted_without_an_error(self):
        python = openapi_documents.judge_python()
        with openapi_documents.unpacked() as folder:
            root = pathlib.Path(folder)
            names = openapi_documents.small()
            self.assertGreater(len(names), 70)
            self.assertEqual(openapi_documents.judge_all(python, root, root, names), {})

    def test_every_large_document_has_a_test(self):
        named = re.findall(r"document IN ITEMS ([^)]*)\)\s*utcp_interop_test\(NAME openapi_shared ", (harness.ROOT / "tests" / "interop" / "CMakeLists.txt").read_text())
        stems = [re.sub(r"\W", "_", pathlib.Path(name).stem) for name in openapi_documents.large()]
        self.assertEqual(sorted(named[0].split()), sorted(stems))

    def test_a_manual_is_found_where_a_provider_is_a_document(self):
        with openapi_documents.unpacked() as folder:
            root = pathlib.Path(folder)
            providers = [{"name": "pets", "provider_type": "text", "file_path": str(root / "shared" / "petstore3.yaml"),
                          "openapi": {"spec_url": openapi_documents.SPEC_URL, "include": ["tag:pet"], "exclude": ["method:DELETE"]}}]
            config = self.write("providers.json", providers)
            found = self.expect(harness.utcp("tools", "--json", config=config)).json()
            names = [tool["name"] for tool in found]
            self.assertIn("pets.getPetById", names)
            self.assertNotIn("pets.deletePet", names)
            self.assertNotIn("pets.getInventory", names)

    def test_the_report_tells_places(self):
        with openapi_documents.unpacked() as folder:
            done = self.expect(harness.utcp("convert", pathlib.Path(folder) / "shared" / "museum.yaml", "--report"))
            self.assertIn("/webhooks/", done.err)

    def test_import_adds_a_provider(self):
        with openapi_documents.unpacked() as folder:
            spec = pathlib.Path(folder) / "shared" / "uspto.yaml"
            config = self.write("providers.json", [{"name": "other", "provider_type": "http", "url": "https://other.example/utcp"}])
            self.expect(harness.utcp("import", spec, "-o", config, "--prefix", "us_"))
            offline = self.expect(harness.utcp("validate", "--offline", config=config))
            self.assertIn("uspto", offline.out)
            again = harness.utcp("import", spec, "-o", config)
            self.assertNotEqual(again.code, 0, again)
            self.assertIn("--name", again.err)


if __name__ == "__main__":
    harness.main()
