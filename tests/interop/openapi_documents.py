"""Real OpenAPI documents, converted by the program and judged by check_conversion.py, which reads both on its own."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import harness

DATA = harness.ROOT / "tests" / "data" / "openapi"
SHARED = pathlib.Path(os.environ.get("UTCP_SHARED") or harness.ROOT.parent / "shared") / "openapi"
SPEC_URL = "https://specs.example.com/apis/x.json"

# Documents that are wrong themselves: the judge's words.
KNOWN = {"shared/digitalocean/DigitalOcean-public.v2.yaml": "ERROR url-not-absolute: 1"}


def listed():
    """The documents of the manifest, each with the number of its operations."""
    rows = [line.split("\t") for line in (DATA / "MANIFEST.tsv").read_text().splitlines()[1:]]
    return [(row[0], int(row[4])) for row in rows]


def small():
    """The names of those that are kept here."""
    with tarfile.open(DATA / "documents.tar.xz") as archive:
        here = set(archive.getnames())
    return [name for name, _ in listed() if name in here]


def large():
    here = set(small())
    return [name for name, _ in listed() if name not in here]


def judge_python():
    """A Python that has what the judge imports."""
    for python in (harness.peer_python("openapi_judge"), pathlib.Path(sys.executable)):
        if python.exists() and subprocess.run([python, "-c", "import jsonschema, yaml"], capture_output=True).returncode == 0:
            return python
    harness.skip("the judge needs Python's jsonschema and yaml; run scripts/peers")


def unpacked():
    """The documents that are kept here, in a folder that goes away with the object."""
    folder = tempfile.TemporaryDirectory(prefix="utcp-openapi-")
    with tarfile.open(DATA / "documents.tar.xz") as archive:
        archive.extractall(folder.name, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder.name)
    return folder


def judged(python, judge, root, name, out):
    """Converts one document; what is wrong with the result, empty: nothing."""
    manual = pathlib.Path(out) / (name.replace("/", "_") + ".json")
    done = harness.utcp("convert", root / name, "--spec-url", SPEC_URL, "-o", manual, "--full", timeout=300)
    if done.code != 0:
        return str(done)
    verdict = subprocess.run([python, judge / "check_conversion.py", root / name, manual, "--spec-url", SPEC_URL], capture_output=True, text=True)
    manual.unlink()
    if verdict.returncode == 0:
        return ""
    errors = [line.strip() for line in verdict.stdout.splitlines() if line.strip().startswith("ERROR")]
    return "" if errors == [KNOWN.get(name)] else verdict.stdout + verdict.stderr


def judge_all(python, judge, root, names):
    """What is wrong, by document."""
    with tempfile.TemporaryDirectory() as out, concurrent.futures.ThreadPoolExecutor(2) as workers:
        found = workers.map(lambda name: (name, judged(python, judge, root, name, out)), names)
        return {name: wrong for name, wrong in found if wrong}
