"""Prints as JSON which lines of OUT/cases.jsonl hold arguments that their tool's own schema refuses: the sample is at fault there,
not the call. Prism asserts formats, so those that samples get wrong count here, too. Run with the peer openapi_judge."""

import json
import pathlib
import re
import sys

from jsonschema import Draft202012Validator, FormatChecker

formats = FormatChecker(formats=())


@formats.checks("date-time")
def is_date_time(value):
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value) is not None


@formats.checks("uri")
def is_uri(value):
    return not isinstance(value, str) or re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", value) is not None


folder = pathlib.Path(sys.argv[1])
inputs = {tool["name"]: tool["inputs"] for tool in json.loads((folder / "manual.rebased.json").read_text())["tools"]}
wrong = []
for number, line in enumerate((folder / "cases.jsonl").read_text().splitlines()):
    case = json.loads(line)
    try:
        if not Draft202012Validator(inputs[case["tool"]], format_checker=formats).is_valid(case["args"]):
            wrong.append(number)
    except Exception:  # a schema that this validator cannot read judges nothing
        pass
print(json.dumps(wrong))
