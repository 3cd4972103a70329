"""tools/run and the test runner's machine, with kernels of a few bytes: every end of a machine gets its right name.

Would catch: a triple fault that looks like a poweroff, a hang that waits for ever, a forged result that counts.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import qemu  # noqa: E402
import tinykernel as tiny  # noqa: E402
from testlib.guest import Guest  # noqa: E402
from testlib.ktap import Stream  # noqa: E402
from testlib.result import FAIL, INFRA, PANIC, PASS, Infra, Panic  # noqa: E402

HANG_CAP = 1.0                  # for kernels that certainly hang
CAP = 60.0


class Machine(unittest.TestCase):
    def setUp(self):
        if not shutil.which(os.environ.get("QEMU") or "qemu-system-x86_64"):
            self.skipTest("qemu-system-x86_64 is not installed")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.kernel = os.path.join(self.folder.name, "tiny.elf")

    def build(self, *code):
        with open(self.kernel, "wb") as f:
            f.write(tiny.elf(b"".join(code)))

    def guest(self):
        return Guest("tool-" + self.id().rsplit(".", 1)[1],
                     qemu.Config(ncpu=1, mem="32M", boot="direct", kernel=self.kernel, initrd=""))


class Run(Machine):
    """What `make qemu` says and returns."""

    def run_tool(self, *code, **env):
        self.build(*code)
        clean = {k: v for k, v in os.environ.items() if k not in ("NCPU", "MEM", "APPEND", "BOOT", "D", "ACCEL")}
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tools/run"), "--kernel", self.kernel,
                               "--initrd", ""], env={**clean, "BOOT": "direct", "NCPU": "1", **env},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=CAP)
        return done.returncode, done.stdout

    def test_success(self):
        status, text = self.run_tool(tiny.say(tiny.COM1, "good morning\n"), tiny.leave(0x10))
        self.assertEqual(status, 0)
        self.assertIn("good morning", text)
        self.assertIn("ended with success", text)

    def test_panic(self):
        status, text = self.run_tool(tiny.say(tiny.COM1, "PANIC on CPU 0: too bad\n"), tiny.leave(0x11))
        self.assertEqual(status, 35)
        self.assertIn("panicked: too bad", text)

    def test_init_failed(self):
        status, text = self.run_tool(tiny.leave(0x12))
        self.assertEqual(status, 37)
        self.assertIn("failure status", text)

    def test_triple_fault_is_reported(self):
        status, text = self.run_tool(tiny.TRIPLE_FAULT)
        self.assertEqual(status, 1)
        self.assertIn("triple fault", text)

    def test_unknown_boot(self):
        status, text = self.run_tool(tiny.leave(0x10), BOOT="floppy")
        self.assertEqual(status, 1)
        self.assertIn("BOOT=floppy", text)

    def test_impossible_machines_are_refused(self):
        for name, value in (("NCPU", "0"), ("NCPU", "many"), ("NCPU", "65"),
                            ("MEM", "8M"), ("MEM", "16K"), ("MEM", "x")):
            status, text = self.run_tool(tiny.leave(0x10), **{name: value})
            self.assertEqual((status, len(text.splitlines())), (1, 1), text)
            self.assertIn(f"{name}={value}?", text)

    def test_memory_without_a_unit_is_MiB(self):
        self.assertEqual(self.run_tool(tiny.leave(0x10), MEM="32")[0], 0)

    def test_without_grub_it_boots_directly(self):
        tools = os.path.join(self.folder.name, "bin")
        os.mkdir(tools)
        for name in ("qemu-system-x86_64", "python3"):
            os.symlink(shutil.which(name), os.path.join(tools, name))
        status, text = self.run_tool(tiny.leave(0x10), BOOT="iso", PATH=tools, PYTHON=sys.executable)
        self.assertEqual(status, 0, text)
        self.assertEqual(text.count("booting directly"), 1, text)

    def test_missing_qemu_is_one_clear_line(self):
        status, text = self.run_tool(tiny.leave(0x10), QEMU="/nowhere/qemu")
        self.assertEqual((status, len(text.splitlines())), (1, 1))
        self.assertIn("make setup", text)


class Watched(Machine):
    """How the test runner judges a machine."""

    def test_console_and_status(self):
        self.build(tiny.say(tiny.COM1, "smp: 1/1 CPUs online\n"), tiny.leave(0x10))
        with self.guest() as guest:
            self.assertEqual(guest.wait_console(r"smp: (\d)/", CAP).group(1), "1")
            guest.expect_end(qemu.SUCCESS, CAP)

    def test_panic(self):
        self.build(tiny.say(tiny.COM1, "PANIC: out of tea\n"), tiny.leave(0x11))
        with self.guest() as guest, self.assertRaisesRegex(Panic, "out of tea"):
            guest.wait_console("never", CAP)

    def test_triple_fault(self):
        self.build(tiny.TRIPLE_FAULT)
        with self.guest() as guest, self.assertRaisesRegex(Panic, "triple fault"):
            guest.wait_console("never", CAP)

    def test_hang(self):
        self.build(tiny.say(tiny.COM1, "and then\n"), tiny.HANG)
        with self.guest() as guest, self.assertRaisesRegex(Infra, "hang(.|\n)*and then"):
            guest.wait_console("never", HANG_CAP)

    def results(self, text, *end, cap=CAP):
        self.build(tiny.say(tiny.COM2, text), *end)
        with self.guest() as guest:
            return [(r.name, r.outcome) for r in Stream(guest, "abc", "g/").results(cap)]

    def test_results(self):
        got = self.results("abc 1..2\nabc ok 1 a\nok 2 forged\nabc not ok 2 b # why\n", tiny.leave(0x12))
        self.assertEqual(got, [("g/a", PASS), ("g/b", FAIL)])

    def test_panic_in_a_test(self):
        got = self.results("abc 1..2\nabc ok 1 a\nabc # running b\n", tiny.leave(0x11))
        self.assertEqual(got, [("g/a", PASS), ("g/b", PANIC)])

    def test_hang_in_a_test(self):
        got = self.results("abc 1..2\nabc ok 1 a\nabc # running b\n", tiny.HANG, cap=HANG_CAP)
        self.assertEqual(got, [("g/a", PASS), ("g/b", INFRA)])

    def test_early_success_is_no_pass(self):
        self.assertEqual(self.results("abc 1..2\nabc ok 1 a\n", tiny.leave(0x10)), [("g/a", PASS), ("g/run", INFRA)])


if __name__ == "__main__":
    unittest.main()
