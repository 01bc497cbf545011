"""Says which values do not fit their JSON Schemas: a file of [[schema, value, name], …] in, the misfits as JSON out."""

import json
import pathlib
import sys

from jsonschema import Draft202012Validator

misfits, validators = [], {}
for schema, value, name in json.loads(pathlib.Path(sys.argv[1]).read_text()):
    text = json.dumps(schema)
    if text not in validators:
        Draft202012Validator.check_schema(schema)
        validators[text] = Draft202012Validator(schema)
    misfits += [f"{name} at {'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in validators[text].iter_errors(value)]
print(json.dumps(misfits))
