"""Prints as JSON which lines of OUT/cases.jsonl hold arguments that their tool's own schema refuses: the sample is at fault there,
not the call. Run with the peer openapi_judge."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator

folder = pathlib.Path(sys.argv[1])
inputs = {tool["name"]: tool["inputs"] for tool in json.loads((folder / "manual.rebased.json").read_text())["tools"]}
wrong = []
for number, line in enumerate((folder / "cases.jsonl").read_text().splitlines()):
    case = json.loads(line)
    try:
        if not Draft202012Validator(inputs[case["tool"]]).is_valid(case["args"]):
            wrong.append(number)
    except Exception:  # a schema that this validator cannot read judges nothing
        pass
print(json.dumps(wrong))
