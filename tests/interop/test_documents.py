"""README and docs: the C++ they show is a region of a compiled example, manuals and tools can be read, and what they link to is there."""

import json
import pathlib
import re
import tempfile

import harness

MARK = re.compile(r"<!-- example: (\S+)#(\w+) -->\n```cpp\n(.*?)```", re.S)
MANUAL = re.compile(r"<!-- (manual|tool) -->\n```json\n(.*?)```", re.S)
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)(#[^)]*)?\)")


def pages():
    return [harness.ROOT / "README.md", *sorted((harness.ROOT / "docs").rglob("*.md"))]


def region(file, name):
    text = (harness.ROOT / file).read_text()
    found = re.search(rf"// \[{name}\]\n(.*?)// \[/{name}\]", text, re.S)
    assert found, f"{file} has no region {name}"
    return found.group(1)


class Documents(harness.Suite):
    def test_shown_code_is_the_example_that_is_compiled(self):
        shown = 0
        for page in pages():
            for file, name, code in MARK.findall(page.read_text()):
                self.assertEqual(code, region(file, name), f"{page.name} and {file}#{name} differ")
                shown += 1
        self.assertGreater(shown, 0)

    def test_manuals_that_are_shown_can_be_read(self):
        shown = [(page.name, kind, json.loads(text)) for page in pages() for kind, text in MANUAL.findall(page.read_text())]
        self.assertGreater(len(shown), 0)
        for page, kind, value in shown:
            manual = {"tools": [value]} if kind == "tool" else value
            with self.subTest(page=page), tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder, "shown.json")
                file.write_text(json.dumps(manual))
                read = harness.utcp("tools", "--json", config=file)
                self.assertEqual((read.code, read.err), (0, ""), read)
                self.assertEqual([tool["name"] for tool in read.json()], ["shown." + tool["name"] for tool in manual["tools"]])

    def test_links_lead_to_files(self):
        broken = [f"{page.relative_to(harness.ROOT)}: {target}" for page in pages() for target, _ in LINK.findall(page.read_text())
                  if not (page.parent / target).exists()]
        self.assertEqual(broken, [])

    def test_json_that_is_shown_is_json(self):
        for page in pages():
            for text in re.findall(r"```json\n(.*?)```", page.read_text(), re.S):
                with self.subTest(page=page.name, text=text):
                    json.loads(text)


if __name__ == "__main__":
    harness.main()
