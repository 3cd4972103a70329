"""tools/setup on machines that are not this one: a PATH of fakes, and package managers that only write down what they
are asked for.

Would catch: a missing compiler that passes, an old QEMU that counts as good, a package of another system's name, an
optional package that no longer exists and takes the needed ones down with it.
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHELL_TOOLS = ("sed", "tr", "sort", "env")
NEEDED = {"gcc": "gcc (Fake 9.9-1) 12.2.0", "cc": "cc 12.2.0", "make": "GNU Make 4.3", "python3": "Python 3.11.2",
          "qemu-system-x86_64": "QEMU emulator version 7.2.9 (Fake)"}
# A manager that fails when asked for the package BROKEN, as apt does when a name is unknown.
MANAGER = '#!/bin/sh\necho "$0 $*" >>"$LOG"\ncase " $* " in *" ${BROKEN:-none} "*) exit 100 ;; esac\n'


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in SHELL_TOOLS:
            os.symlink(shutil.which(name), os.path.join(self.folder, name))
        self.machine("Linux", "x86_64")
        self.fake("id", "echo 0")

    def fake(self, name, *lines):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write("#!/bin/sh\n" + "\n".join(lines) + "\n")
        os.chmod(path, 0o755)

    def machine(self, system, machine):
        self.fake("uname", f'[ "$1" = -s ] && echo {system} || echo {machine}')

    def needed(self, **others):
        for name, said in {**NEEDED, **others}.items():
            self.fake(name, f"echo '{said}'")

    def manager(self, name):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(MANAGER)
        os.chmod(path, 0o755)

    def setup(self, *arguments, **env):
        """(status, what it said, what the package manager was asked)"""
        log = os.path.join(self.folder, "log")
        done = subprocess.run(["/bin/sh", os.path.join(ROOT, "tools/setup"), *arguments],
                              env={"PATH": self.folder, "LOG": log, **env},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        asked = ""
        if os.path.exists(log):
            with open(log) as f:
                asked = f.read().replace(self.folder + "/", "")
        return done.returncode, done.stdout, asked

    def line(self, text, tool):
        """The doctor's line about one tool."""
        return next(line for line in text.splitlines() if re.search(rf"\s{re.escape(tool)}\s", line))


class Doctor(Setup):
    def test_all_needed_is_there(self):
        self.needed()
        self.manager("apt-get")
        status, text, asked = self.setup("--doctor")
        self.assertEqual((status, asked), (0, ""), text)
        self.assertRegex(self.line(text, "gcc"), r"^  ok +gcc +12\.2\.0 ")        # not the packager's 9.9
        self.assertRegex(self.line(text, "qemu-system-x86_64"), r"^  ok .* 7\.2\.9 ")
        self.assertRegex(self.line(text, "gdb"), r"^  missing .*: apt-get install gdb$")

    def test_needed_tool_is_missing(self):
        self.needed()
        os.remove(os.path.join(self.folder, "qemu-system-x86_64"))
        for manager, words in (("brew", "install qemu"), ("pacman", "-S qemu-system-x86"),
                               ("dnf", "install qemu-system-x86-core"), ("apt-get", "install qemu-system-x86")):
            self.manager(manager)           # each is looked for before those that are already there
            status, text, asked = self.setup("--doctor")
            self.assertEqual((status, asked), (1, ""), text)
            self.assertTrue(self.line(text, "qemu-system-x86_64").endswith(f": {manager} {words}"), text)

    def test_old_tool_is_told_but_no_failure(self):
        self.needed(**{"qemu-system-x86_64": "QEMU emulator version 6.1.0"})
        self.manager("apt-get")
        status, text, _ = self.setup("--doctor")
        self.assertEqual(status, 0)
        self.assertRegex(self.line(text, "qemu-system-x86_64"), r"^  too old .* 6\.1\.0 .*6\.2 or later")

    def test_root_is_asked_for_where_needed(self):
        self.fake("id", "echo 1000")
        self.manager("apt-get")
        self.assertIn(": sudo apt-get install make\n", self.setup("--doctor")[1])
        self.manager("brew")
        os.remove(os.path.join(self.folder, "apt-get"))
        self.assertIn(": brew install make\n", self.setup("--doctor")[1])

    def test_no_package_manager(self):
        status, text, _ = self.setup("--doctor")
        self.assertEqual(status, 1)
        self.assertIn("packages by none", text)
        self.assertIn("by hand", self.line(text, "make"))

    def test_cross_compiler_elsewhere(self):
        for machine, manager, package in (("aarch64", "apt-get", "apt-get install gcc-x86-64-linux-gnu"),
                                          ("aarch64", "pacman", "pacman -S clang lld")):
            self.machine("Linux", machine)
            self.needed()
            self.manager(manager)
            status, text, _ = self.setup("--doctor")
            self.assertEqual(status, 1)                                             # a native gcc does not do
            self.assertTrue(self.line(text, "x86_64-linux-gnu-gcc").endswith(": " + package), text)
            os.remove(os.path.join(self.folder, manager))

    def test_macos(self):
        self.machine("Darwin", "arm64")
        self.needed(make="GNU Make 3.81", gmake="GNU Make 4.4.1")
        self.fake("x86_64-elf-gcc", "echo 'x86_64-elf-gcc (GCC) 14.2.0'")
        self.manager("brew")
        status, text, _ = self.setup("--doctor")
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r"  ok +gmake +4\.4\.1 ")                            # the first that is new enough
        self.assertNotIn("xorriso", text)


class Install(Setup):
    def test_silent_when_nothing_is_missing(self):
        self.needed()
        self.manager("apt-get")
        self.setup()                        # what is optional, so that we learn its names
        table = os.path.join(ROOT, "tools/packages.tbl")
        with open(table) as f:
            rows = [line.split("|") for line in f if "|" in line and not line.startswith("#")]
        names = {word for row in rows for word in row[4].split() if not word.startswith("/")}
        for name in names - set(NEEDED):
            self.fake(name, "echo 99.0")
        status, text, _ = self.setup("--list")
        self.assertEqual(status, 0)
        left = set(text.replace("missing:", "").split())
        self.assertTrue(left <= {"grubbios", "grubefi", "ovmf"}, text)              # those are files, not programs

    def test_installs_what_is_missing(self):
        self.needed()
        os.remove(os.path.join(self.folder, "make"))
        self.manager("apt-get")
        status, text, asked = self.setup()
        self.assertEqual(status, 0, text)
        lines = asked.splitlines()
        self.assertEqual(lines[0], "apt-get update -qq")
        self.assertEqual(lines[1], "apt-get install -y -qq --no-install-recommends make")
        self.assertIn(" gdb ", lines[2])
        self.assertNotIn("qemu", asked)

    def test_optional_package_that_does_not_exist(self):
        self.needed()
        self.manager("apt-get")
        status, text, asked = self.setup(BROKEN="lcov")
        self.assertEqual(status, 0, text)
        self.assertIn("could not install lcov (optional", text)
        self.assertEqual(text.count("could not"), 1)
        self.assertIn("recommends gdb\n", asked)                                    # by itself

    def test_needed_package_that_does_not_exist(self):
        self.manager("apt-get")
        self.assertNotEqual(self.setup(BROKEN="make")[0], 0)


class Target(unittest.TestCase):
    """`make doctor` asks for no compiler: it is what one runs when there is none."""

    def test_runs_without_a_compiler(self):
        done = subprocess.run(["make", "doctor", "CC=no-such-compiler"], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")})
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"\n  ok +qemu-system-x86_64 +\d")


class Table(unittest.TestCase):
    """Every row has every column, so that no field is read as its neighbour."""

    def test_columns(self):
        with open(os.path.join(ROOT, "tools/packages.tbl")) as f:
            rows = [line.split("|") for line in f if line.strip() and not line.startswith("#")]
        for row in rows:
            self.assertEqual(len(row), 10, row)
            self.assertIn(row[1].strip(), ("must", "may"))
            self.assertIn(row[2].strip(), ("any", "linux", "x86", "cross"))
            self.assertRegex(row[3].strip(), r"^(-|\d+\.\d+)$")


if __name__ == "__main__":
    unittest.main()
