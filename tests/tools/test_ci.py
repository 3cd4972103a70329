"""What continuous integration runs: .ci/run with a make that only pretends, and files for other machines that can be
checked from here.

Would catch: a failure that is not counted, a suite that ends the others, a workflow that calls what does not exist.
"""
import glob
import json
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Answers as a suite does; which one is asked for by its variables.
MAKE = r"""#!/bin/sh
echo "$*" >>"$LOG"
case " $* " in
*" LLVM=1 "*) say=${CLANG_SAYS:-good} ;;
*" SAN=1 "*) say=${SAN_SAYS:-good} ;;
*" NCPU=1 "*) say=${ONE_SAYS:-good} ;;
*) say=${DEFAULT_SAYS:-good} ;;
esac
case $say in
good) echo "ok 1 a/b"; echo "3 passed, 0 failed, 1 skipped" ;;
bad) printf '%s\n' 'not ok 2 a/c # fail: x \n y'; echo "2 passed, 1 failed, 0 skipped"; exit 2 ;;
broken) echo "x.c:1:1: error: no"; exit 2 ;;
late) echo "3 passed, 0 failed, 1 skipped"; exit 2 ;;
esac
"""


class Run(unittest.TestCase):
    """.ci/run: four suites, one sum."""

    def run_ci(self, **says):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("make", MAKE), ("clang", "#!/bin/sh\n"), ("ld.lld", "#!/bin/sh\n")):
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
                os.chmod(os.path.join(folder, name), 0o755)
            log = os.path.join(folder, "log")
            done = subprocess.run([os.path.join(ROOT, ".ci/run")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, env={"PATH": folder + ":/usr/bin:/bin", "LOG": log, **says})
            with open(log) as f:
                asked = [re.sub(r"^-j\d+ ", "", line.strip()) for line in f]
        lines = done.stdout.splitlines()
        sums = [line for line in lines if re.fullmatch(r"\d+ passed, \d+ failed, \d+ skipped", line)]
        self.assertEqual(sums, lines[-1:], done.stdout)         # one such line, and it is the last
        return done.returncode, lines, asked

    def test_all_good(self):
        status, lines, asked = self.run_ci()
        self.assertEqual((status, lines[-1]), (0, "12 passed, 0 failed, 4 skipped"))
        self.assertEqual(asked, ["setup test STRICT=1", "test STRICT=1 QUICK=1 LLVM=1", "test STRICT=1 QUICK=1 SAN=1",
                                 "test STRICT=1 QUICK=1 NCPU=1"])

    def test_a_failure_is_named_and_stops_nothing(self):
        status, lines, asked = self.run_ci(DEFAULT_SAYS="bad", SAN_SAYS="bad")
        self.assertEqual((status, lines[-1]), (1, "10 passed, 2 failed, 2 skipped"))
        self.assertEqual(lines[-3:-1], [r"# failed: default: not ok 2 a/c # fail: x \n y",
                                        r"# failed: sanitizers: not ok 2 a/c # fail: x \n y"])
        self.assertEqual(len(asked), 4)

    def test_what_does_not_build_is_a_failure(self):
        status, lines, _ = self.run_ci(CLANG_SAYS="broken")
        self.assertEqual((status, lines[-1]), (1, "9 passed, 1 failed, 3 skipped"))
        self.assertEqual(lines[-2], "# failed: clang: ended with status 2")

    def test_a_status_counts_too(self):
        self.assertEqual(self.run_ci(ONE_SAYS="late")[1][-1], "12 passed, 1 failed, 4 skipped")


def targets():
    """The Makefile's targets, as far as they stand there by name."""
    with open(os.path.join(ROOT, "Makefile")) as f:
        return set(re.findall(r"^([a-z][\w-]*)(?: [a-z][\w -]*)?:", f.read(), re.M))


class Workflows(unittest.TestCase):
    """.github/workflows: there is no YAML reader in Python's library, so what the files are made of is checked."""

    def each(self):
        found = glob.glob(os.path.join(ROOT, ".github/workflows/*.yml"))
        self.assertTrue(found)
        for path in found:
            with open(path) as f:
                yield os.path.basename(path), f.read()

    def test_layout(self):
        for name, text in self.each():
            for n, line in enumerate(text.splitlines(), 1):
                indent = len(line) - len(line.lstrip(" "))
                self.assertNotIn("\t", line, f"{name}:{n}")
                self.assertEqual(indent % 2, 0, f"{name}:{n}")
                self.assertEqual(line.count("["), line.count("]"), f"{name}:{n}")
                self.assertEqual(line.count("{"), line.count("}"), f"{name}:{n}")
                if line.strip() and not line.strip().startswith(("#", "- ")):
                    self.assertRegex(line, r"^ *[\w-]+:( .*)?$", f"{name}:{n}")
            for key in ("name:", "on:", "jobs:"):
                self.assertIn(key, [line.split(" ")[0] for line in text.splitlines()], name)

    def test_commands_exist(self):
        known = targets()
        self.assertIn("test", known)
        for name, text in self.each():
            runs = re.findall(r"^ *(?:- )?(?:run|prepare): ([^$].*)$", text, re.M)
            self.assertTrue(runs, name)
            for command in " && ".join(runs).split(" && "):
                words = command.split()
                if words[0] in ("make", "gmake"):
                    for goal in (w for w in words[1:] if "=" not in w and w[0] not in "-$"):
                        self.assertIn(goal, known, f"{name}: {command}")
                elif "/" in words[0]:
                    self.assertTrue(os.access(os.path.join(ROOT, words[0]), os.X_OK), f"{name}: {command}")
                else:
                    self.assertIn(words[0], ("apt-get", "dnf", "pacman", "git"), f"{name}: {command}")


class Container(unittest.TestCase):
    """.devcontainer: what it names is there."""

    def test_files(self):
        folder = os.path.join(ROOT, ".devcontainer")
        with open(os.path.join(folder, "devcontainer.json")) as f:
            settings = json.load(f)
        dockerfile = os.path.join(folder, settings["build"]["dockerfile"])
        with open(dockerfile) as f:
            text = f.read()
        self.assertNotIn("--platform", text)                    # that would mean emulation
        self.assertNotIn("platform", json.dumps(settings))
        context = os.path.join(folder, settings["build"]["context"])
        for source in re.findall(r"^COPY ((?:\S+ )+)\S+$", text, re.M):
            for path in source.split():
                self.assertTrue(os.path.exists(os.path.join(context, path)), path)
        with open(os.path.join(ROOT, ".vscode/extensions.json")) as f:
            self.assertEqual(settings["customizations"]["vscode"]["extensions"], json.load(f)["recommendations"])


if __name__ == "__main__":
    unittest.main()
