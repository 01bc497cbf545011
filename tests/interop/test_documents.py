"""README and docs: the C++ they show is a region of a compiled example, and what they link to is there."""

import json
import re

import harness

MARK = re.compile(r"<!-- example: (\S+)#(\w+) -->\n```cpp\n(.*?)```", re.S)
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
