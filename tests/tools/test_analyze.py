"""make analyze: that the checks are on and see what they are for. Each snippet is wrong in one way, or right."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FLAGS = "-std=gnu17 -O2 -ffreestanding -nostdinc -isystem none -mgeneral-regs-only -Ikernel -D__LUCID_KERNEL__"

LOCKS = """#include "lock/spinlock.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
static struct spinlock spin = SPINLOCK_INIT("spin", RANK(FS, 1));
static struct mutex mutex = MUTEX_INIT(mutex, "mutex", RANK(FS, 2));
static int counter GUARDED_BY(spin), total GUARDED_BY(mutex);
void t(struct rwlock *l);
static void add(void) REQUIRES(&spin);
static void add(void)
{
    counter++;
}
void t(struct rwlock *l)
{
    (void)l;
    %s
}
"""
WRONG_LOCKING = {
    "a guarded variable without its lock": "counter++;",
    "under another lock": "mutex_lock(&mutex); counter++; mutex_unlock(&mutex);",
    "a function that needs the lock": "add();",
    "never given back": "spin_lock(&spin); add();",
    "given back twice": "spin_lock(&spin); spin_unlock(&spin); spin_unlock(&spin);",
    "taken twice": "mutex_lock(&mutex); mutex_lock(&mutex); mutex_unlock(&mutex);",
    "a try that may have failed": "if (!mutex_trylock(&mutex)) total++; else mutex_unlock(&mutex);",
    "an rwlock left locked": "rwlock_read_lock(l);",
}
RIGHT_LOCKING = """spin_lock(&spin); add(); counter++; spin_unlock(&spin);
    if (mutex_trylock(&mutex)) { total++; mutex_unlock(&mutex); }
    rwlock_read_lock(l); rwlock_read_unlock(l);"""

FOR_GCC = """void *malloc(unsigned long);
void free(void *);
char t(void);
char t(void)
{
    char *p = malloc(8);
    if (!p)
        return 0;
    free(p);
    return %s;
}
"""
FOR_CLANG = """int t(int *p);
int t(int *p)
{
    return p ? 1 : %s;
}
"""


needs_clang = unittest.skipUnless(shutil.which("clang-tidy") and shutil.which("clang"), "clang-tidy is not installed")


class Analyze(unittest.TestCase):
    def setUp(self):
        base = os.path.join(ROOT, os.environ.get("BUILD_DIR") or "build")
        os.makedirs(base, exist_ok=True)
        self.folder = tempfile.TemporaryDirectory(dir=base)
        self.addCleanup(self.folder.cleanup)

    def analyze(self, text):
        """(status, output) for one file; the folder lies in the tree, so that .clang-tidy is found."""
        path = os.path.join(self.folder.name, "snippet.c")
        with open(path, "w") as f:
            f.write(text)
        env = dict(os.environ, BUILD_DIR=os.path.relpath(self.folder.name, ROOT))
        done = subprocess.run([sys.executable, "tools/analyze.py", FLAGS, path], cwd=ROOT, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def expect(self, text, finding):
        """This finding and no other, or none at all."""
        status, said = self.analyze(text)
        found = [line for line in said.splitlines() if "warning:" in line or "error:" in line]
        self.assertEqual(status, 1 if finding else 0, said)
        if finding:
            self.assertTrue(any(finding in line for line in found), said)
        else:
            self.assertEqual(found, [])

    @needs_clang
    def test_wrong_locking(self):
        for name, wrong in WRONG_LOCKING.items():
            with self.subTest(name):
                self.expect(LOCKS % wrong, "thread-safety")

    @needs_clang
    def test_right_locking(self):
        self.expect(LOCKS % RIGHT_LOCKING, None)

    @needs_clang
    def test_paths_through_a_function(self):
        self.expect(FOR_CLANG % "*p", "clang-analyzer-core.NullDereference")
        self.expect(FOR_CLANG % "0", None)

    @unittest.skipUnless(shutil.which("gcc") and sys.platform == "linux", "gcc is not installed")
    def test_gcc_use_after_free(self):
        self.expect(FOR_GCC % "*p", "-Wanalyzer-use-after-free")
        self.expect(FOR_GCC % "1", None)

    @needs_clang
    def test_a_changed_header_is_read_again(self):
        header = os.path.join(self.folder.name, "bit.h")
        text = f'#include "{header}"\n' + FOR_CLANG % "VALUE"
        for value, finding in (("0", None), ("*p", "NullDereference"), ("*p", "NullDereference"), ("0", None)):
            with open(header, "w") as f:
                f.write(f"#define VALUE {value}\n")
            self.expect(text, finding)


if __name__ == "__main__":
    unittest.main()
