"""Certificates of a test's own authority, made by the openssl program when they are needed."""

import collections
import pathlib
import shutil
import subprocess

import harness

Pair = collections.namedtuple("Pair", "certificate key")
HERE = "IP:127.0.0.1,IP:::1,DNS:localhost,DNS:service.test"


def openssl(*arguments):
    if shutil.which("openssl") is None:
        harness.skip("openssl is not installed; run scripts/packages test")
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments}: {done.stderr}")


class Authority:
    """Signs certificates into `folder`. `file` is its own, PEM."""

    def __init__(self, folder, name="utcp test authority"):
        self.folder = pathlib.Path(folder)
        self.prefix = name.replace(" ", "-")
        self.file, self.key = self.self_signed(self.prefix, f"/CN={name}", "basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign,cRLSign")

    def paths(self, stem):
        return Pair(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")

    def self_signed(self, stem, subject, *extensions):
        pair = self.paths(stem)
        added = [word for extension in extensions for word in ("-addext", extension)]
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", pair.key, "-out", pair.certificate,
                "-days", "2", "-subj", subject, *added)
        return pair

    def issue(self, stem, names=HERE, subject="/CN=server", days=2, usage="serverAuth"):
        """A certificate for `names`, subjectAltName as openssl writes it. With a negative `days` it has expired."""
        pair = self.paths(stem)
        request, extensions = self.folder / f"{stem}.csr", self.folder / f"{stem}.ext"
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", pair.key, "-out", request, "-subj", subject)
        extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\nsubjectAltName={names}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", days,
                "-extfile", extensions, "-out", pair.certificate)
        return pair

    def locked(self, pair, password):
        """The same key, encrypted."""
        file = pair.key.with_suffix(".locked.key")
        openssl("pkcs8", "-topk8", "-in", pair.key, "-passout", f"pass:{password}", "-out", file)
        return file
