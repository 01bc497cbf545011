#!/usr/bin/env python3
"""The large real OpenAPI documents of ../shared/openapi become manuals in which nothing is lost."""

import sys

import harness
import openapi_documents


class SharedDocuments(harness.Suite):
    def test_every_document_is_converted_without_an_error(self):
        python = openapi_documents.judge_python()
        root = openapi_documents.SHARED
        with openapi_documents.unpacked() as folder:
            names = [name for name, _ in openapi_documents.listed() if not (openapi_documents.pathlib.Path(folder) / name).exists()]
        self.assertGreater(len(names), 5)
        self.assertEqual(openapi_documents.judge_all(python, root, root, names), {})


if __name__ == "__main__":
    if not openapi_documents.SHARED.is_dir():
        print(f"SKIPPED: the large documents are not here ({openapi_documents.SHARED})")
        sys.exit(harness.SKIPPED)
    harness.main()
