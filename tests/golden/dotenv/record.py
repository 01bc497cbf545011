#!/usr/bin/env python3
"""Records what python-dotenv makes of texts, for dotenv_test.cpp. Run: pip install python-dotenv==1.2.4; python3 record.py"""

import importlib.metadata
import io
import json
import os
import pathlib

import dotenv

ENVIRONMENT = {"FROM_ENV": "env value", "EMPTY_ENV": ""}

TEXTS = [
    "A=1", "A=1\n", "A=1\r\nB=2\r\n", "A=1\rB=2", "", "\n\n", "   ", "A", "A\nB=2", "A=", "A=\nB=2", "=x\nB=2",
    "A = 1", "  A  =  1  ", "\tA\t=\t1\t", "export A=1", "export   A=1", "exportA=1", "export\nA=1", "export=1", " export A = 1",
    "A=b c d", "A=b # comment", "A=b#not a comment", "A=#comment", "A= #comment", "# A=1\nB=2", "  # c\nA=1", "A=1 #c #d", "A=b\t#c",
    "A='b c'", 'A="b c"', "A='b c' # comment", 'A="b c"# comment', "A='b # c'", 'A="b # c"', "A='b\\'c'", 'A="b\\"c"', "A='b\\nc'", 'A="b\\nc"',
    'A="b\\tc\\\\d\\ae\\bf\\fg\\rh\\vi"', 'A="b\\xc"', "A='b\\\\c'", 'A="b\'c"', "A='b\"c'", 'A="\\\'x"', "A='\\\"x'", "A=b\\nc", "A=''", 'A=""',
    'A="line one\nline two"\nB=2', "A='line one\nline two'\nB=2", 'A="line one\r\nline two"\r\nB=2', 'A="open\nB=2\n', "A='open\nB=2\nC=3", "A='x' y\nB=2", 'A="x"y\nB=2',
    "A='x'y'z'\nB=2", "'A'=1", "'A B'=1", "'A=1", '"A"=1', "A.B=1", "A-B=1", "A B=1\nC=3", "1A=x", "É=1", "A=é", "A:B=2", "A=1=2", "A==", "A==b",
    "A=1\nA=2", "A=1\nB=${A}", "B=${A}\nA=1", "A=1\nB=$A", "A=${FROM_ENV}", "A=${NOPE}", "A=${NOPE:-fallback}", "A=${NOPE:-}", "A=${EMPTY_ENV:-fallback}",
    "A=1\nB=${A:-2}", "A=\nB=${A:-2}", "A=x${NOPE}y", "A=${FROM_ENV}${FROM_ENV}", "A='${FROM_ENV}'", 'A="${FROM_ENV}"', "A=${}", "A=${", "A=${A", "A=}${FROM_ENV}",
    "A=$${FROM_ENV}", "A=${NOPE:-a:-b}", "A=${NOPE:-${FROM_ENV}}", "A=${NOPE-x}", "FROM_ENV=own\nA=${FROM_ENV}", "A=${FROM ENV}", "A=\\${FROM_ENV}",
    "A=1;B=2", "A=`ls`", "A=b  c", "A=b\\ c", "A=\u00a0b", "A=b\u00a0", "A=b\fc\nB=1", "A=b\vc\nB=1", "\fA=1", "A=1\x0bB=2", "A\n=1", "A=\n1\nB=2", "A= \nB=2", "A='\n'\nB=2",
    "export A\nB=2", "A=1\n\n\n\nB=2\n\n", "A=true # 'quote", "A='a' 'b'\nB=2", "export 'A'=1", "A ='x'", "A\u00a0=1", "#", "#\n", "A=1\n#", "A\\=1", "A=x\u2028B=2", "A=x\u0085B=2",
]


def main():
    os.environ.update(ENVIRONMENT)
    for name in ("A", "B", "C", "NOPE"):
        os.environ.pop(name, None)
    cases = []
    for text in TEXTS:
        pairs = dotenv.dotenv_values(stream=io.StringIO(text, newline=""))
        cases.append({"text": text, "pairs": {k: v for k, v in pairs.items() if v is not None}})
    out = {"source": "python-dotenv " + importlib.metadata.version("python-dotenv") + ", dotenv_values; keys without '=' left out", "environment": ENVIRONMENT, "cases": cases}
    path = pathlib.Path(__file__).with_name("dotenv.json")
    path.write_text(json.dumps(out, indent=1, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
