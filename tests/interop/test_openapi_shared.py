#!/usr/bin/env python3
"""The large real OpenAPI documents of ../shared/openapi become manuals in which nothing is lost."""

import pathlib
import re
import sys
import tempfile

import harness
import openapi_documents


class SharedDocuments(harness.Suite):
    def judge(self, name):
        root = openapi_documents.SHARED
        with tempfile.TemporaryDirectory() as out:
            self.assertEqual(openapi_documents.judged(openapi_documents.judge_python(), root, root, name, out), "")


def add_test(name):
    setattr(SharedDocuments, "test_" + re.sub(r"\W", "_", pathlib.Path(name).stem), lambda self: self.judge(name))


for document in openapi_documents.large():
    add_test(document)


if __name__ == "__main__":
    if not openapi_documents.SHARED.is_dir():
        print(f"SKIPPED: the large documents are not here ({openapi_documents.SHARED})")
        sys.exit(harness.SKIPPED)
    harness.main()
