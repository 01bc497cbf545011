"""The Debian packages: built from a build tree, looked at, then installed by dpkg into a copy of this system that goes away
with the test, and used there: the program, and projects that link with the library.

usage: test_packages.py BUILD SOURCE COMPILER"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE, COMPILER = sys.argv[1:4]
del sys.argv[1:4]


def run(*words, **how):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=500, **how)
    if done.returncode:
        raise AssertionError(f"{' '.join(words)} failed ({done.returncode})\n{done.stdout}")
    return done.stdout


# The system below, a folder in memory above: what is written goes away with the mount namespace.
IN_A_COPY = r"""set -e
upper=$1; shift
mount -t tmpfs tmpfs "$upper"
mkdir "$upper/changes" "$upper/work" "$upper/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$upper/changes,workdir=$upper/work" "$upper/root"
for each in dev proc sys; do mount --rbind "/$each" "$upper/root/$each"; done
exec chroot "$upper/root" "$@"
"""


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="utcp-packages-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-G", "DEB", "-B", cls.folder, cwd=cls.folder)
        cls.files = {re.match(r"(.+?)_", os.path.basename(f)).group(1): f for f in glob.glob(cls.folder + "/*.deb")}

    def field(self, package, name):
        return run("dpkg-deb", "-f", self.files[package], name).strip()

    def contents(self, package):
        return [line.split()[5].lstrip(".") for line in run("dpkg-deb", "-c", self.files[package]).splitlines()]

    def test_there_is_a_program_and_a_library(self):
        self.assertEqual(sorted(self.files), ["libutcp-dev", "utcp"])
        for package, section in (("utcp", "net"), ("libutcp-dev", "libdevel")):
            self.assertRegex(self.field(package, "Version"), r"^\d+\.\d+\.\d+$")
            self.assertEqual(self.field(package, "Section"), section)
            self.assertRegex(self.field(package, "Maintainer"), r"^.+ <.+@.+>$")
            self.assertGreater(len(self.field(package, "Description").splitlines()), 2)
            for document in ("copyright", "changelog.gz"):
                self.assertIn(f"/usr/share/doc/{package}/{document}", self.contents(package))

    def test_the_program_has_all_that_it_needs(self):
        contents = self.contents("utcp")
        for file in ("/usr/bin/utcp", "/usr/libexec/utcp/utcp-supervisor", "/usr/share/man/man1/utcp.1.gz",
                     "/usr/share/bash-completion/completions/utcp", "/usr/share/zsh/vendor-completions/_utcp"):
            self.assertIn(file, contents)
        self.assertEqual([file for file in contents if file.endswith((".hpp", ".a"))], [])
        needed = self.field("utcp", "Depends")
        for library in ("libc6", "libstdc++6", "libcurl"):
            self.assertIn(library, needed)

    def test_the_library_needs_the_packages_that_its_users_compile_and_link_with(self):
        needed = self.field("libutcp-dev", "Depends")
        owners = {"Boost": "/usr/include/boost/asio.hpp"}
        unpacked = os.path.join(self.folder, "unpacked")
        run("dpkg-deb", "-x", self.files["libutcp-dev"], unpacked)
        search = run("pkg-config", "--variable", "pc_path", "pkg-config").strip().split(":")
        for file in glob.glob(unpacked + "/usr/lib/**/pkgconfig/*.pc", recursive=True):
            with open(file, encoding="utf-8") as text:
                read = text.read()
            for name in re.findall(r"[\w.+-]+", " ".join(re.findall(r"(?m)^Requires(?:\.private)?:(.*)$", re.sub(r"[<>=]+ *[\d.]+", "", read)))):
                if not name.startswith("utcp-"):
                    owners[name] = next(path for path in (f"{folder}/{name}.pc" for folder in search) if os.path.exists(path))
            for name in re.findall(r" -l((?!utcp_)\w+)", read):
                archives = glob.glob(f"/usr/lib/*/lib{name}.so") + glob.glob(f"/usr/lib/*/lib{name}.a")
                self.assertNotEqual(archives, [], name)
                owners[name] = archives[0]
        with open(glob.glob(unpacked + "/usr/lib/**/utcp-config.cmake", recursive=True)[0], encoding="utf-8") as text:
            dependencies = re.findall(r"find_dependency\((\w[\w.+-]*)", text.read())
        if "gRPC" in dependencies:
            owners["grpc_cpp_plugin"] = "/usr/bin/grpc_cpp_plugin"  # gRPC's CMake configuration is an error without it
        by_name = [name for name in ("stemmer", "yaml", "libutf8proc", "grpc_cpp_plugin") if name in owners]
        self.assertEqual(len(dependencies) + len(by_name), len(needed.split(",")), f"{dependencies} {by_name}: {needed}")
        for name, file in owners.items():
            owner = run("dpkg", "-S", file).split(":")[0]
            self.assertIn(owner, re.findall(r"[\w.+-]+", needed), f"{name} is in {file}")

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_has_no_error(self):
        # The names of errors depend on who runs it: as root it warns about that.
        run("lintian", "--fail-on", "error", *self.files.values())

    def in_a_copy(self, script):
        upper = os.path.join(self.folder, "copy")
        os.makedirs(upper, exist_ok=True)
        words = ["unshare", "--mount", "sh", "-c", IN_A_COPY, "sh", upper]
        probe = subprocess.run([*words, "dpkg", "--version"], capture_output=True, text=True)
        if probe.returncode:
            self.skipTest("no copy of the system can be made here, which needs root and overlayfs: " + probe.stderr.strip())
        return run(*words, "bash", "-euxc", script)

    def test_installed_by_dpkg_the_program_works_and_can_be_removed(self):
        for name, text in {
            "manual.json": '{"version":"1","tools":[{"name":"read","description":"Reads the notes"}]}',
            # Says which program started it.
            "tool.sh": "if [ $# = 0 ]; then cat /proc/$PPID/comm; exit; fi\n"
                       'echo \'{"tools":[{"name":"parent","tool_provider":{"provider_type":"cli","command_name":"sh tool.sh"}}]}\'\n',
            "providers.json": '[{"name":"notes","provider_type":"text","file_path":"manual.json"},'
                              '{"name":"tool","provider_type":"cli","command_name":"sh tool.sh --utcp"}]',
        }.items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
                out.write(text)
        seen = self.in_a_copy(f"""
            dpkg -i {self.files['utcp']}
            dpkg --audit
            dpkg -V utcp
            cd {self.folder}
            PATH=/usr/bin:$PATH
            utcp --version
            utcp --config providers.json search "read notes"
            utcp --config providers.json call notes.read
            utcp --config providers.json call tool.parent
            man -w utcp
            bash -c 'source /usr/share/bash-completion/completions/utcp; complete -p utcp'
            dpkg -r utcp
            test ! -e /usr/bin/utcp -a ! -e /usr/libexec/utcp
            """)
        for text in ("notes.read", "Reads the notes", "utcp 0.", "\nutcp-supervisor", "complete -F _utcp utcp", "/usr/share/man/man1/utcp.1.gz"):
            self.assertIn(text, seen)

    def test_projects_build_with_the_installed_library(self):
        projects = "".join(f"""
            cmake -S {SOURCE}/tests/consumer/{kind} -B {self.folder}/{kind} -G Ninja -DCMAKE_CXX_COMPILER={COMPILER}
            cmake --build {self.folder}/{kind}
            {self.folder}/{kind}/consumer
            """ for kind in ("find_package", "pkg_config"))
        seen = self.in_a_copy(f"""
            dpkg -i {self.files['libutcp-dev']} {self.files['utcp']}
            {projects}
            grep -c " /usr/lib/libutcp_core.a " {self.folder}/find_package/build.ninja
            """)
        self.assertEqual(seen.count("\nnotes.read\n"), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
