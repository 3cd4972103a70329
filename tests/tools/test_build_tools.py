"""The small programs of the build: archives, symbol tables, offsets, post-link checks, messages."""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import mkcpio  # noqa: E402
import mkoffsets  # noqa: E402
import mksyms  # noqa: E402
import postlink  # noqa: E402
import qemulog  # noqa: E402
import suggest  # noqa: E402
from elf import Elf, PF_W  # noqa: E402

KERNEL = os.path.join(ROOT, os.environ.get("BUILD_DIR") or "build", "lucid.elf")


def members(blob):
    """(name, mode, data) of each member of a newc archive; reads by the format's definition, not by mkcpio's code."""
    at, out = 0, []
    while True:
        assert blob[at:at + 6] == b"070701", "bad magic"
        fields = [int(blob[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        mode, size, namesize = fields[1], fields[6], fields[11]
        name = blob[at + 110:at + 110 + namesize - 1].decode()
        start = (at + 110 + namesize + 3) // 4 * 4
        if name == "TRAILER!!!":
            return out
        out.append((name, mode, blob[start:start + size]))
        at = (start + size + 3) // 4 * 4


class Cpio(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def test_contents_modes_and_parents(self):
        source = self.file("sh", b"binary")
        blob = mkcpio.archive(mkcpio.collect([f"bin/sh={source}", f"etc/a/b={source}", "tmp/"]))
        self.assertEqual(members(blob), [
            ("bin", 0o040755, b""), ("bin/sh", 0o100755, b"binary"), ("etc", 0o040755, b""),
            ("etc/a", 0o040755, b""), ("etc/a/b", 0o100644, b"binary"), ("tmp", 0o041777, b"")])
        self.assertEqual(len(blob) % 512, 0)

    def test_host_leaves_no_trace(self):
        first, second = self.file("x", b"same"), self.file("y", b"same")
        os.utime(first, (1, 1))
        os.chmod(second, 0o600)
        self.assertEqual(mkcpio.archive(mkcpio.collect([f"bin/p={first}", "dev/"])),
                         mkcpio.archive(mkcpio.collect(["dev/", f"bin/p={second}"])))


class Symbols(unittest.TestCase):
    NM = """ffffffff80100000 T start
ffffffff80100010 t helper
ffffffff80100010 T alias
ffffffff80200000 D data
0000000000100000 T low
                 U outside
"""

    def test_only_kernel_code_and_the_global_name(self):
        self.assertEqual(mksyms.code_symbols(self.NM.splitlines()), [(0x100000, "start"), (0x100010, "alias")])

    def test_table_of_distances_and_names(self):
        empty, full = mksyms.assembly([]), mksyms.assembly([(0x100000, "f"), (0x100010, "g")])
        self.assertIn("ksym_table:\n.byte 0\n", empty)
        self.assertIn('ksym_table:\n.uleb128 0x100000; .asciz "f"\n.uleb128 0x10; .asciz "g"\n.byte 0\n', full)


class Offsets(unittest.TestCase):
    def test_markers(self):
        text = mkoffsets.header("\t.text\n\n->TF_RIP $136\n->CTX_ID #8\n->NEG $-4\n")
        self.assertIn("#define TF_RIP 136\n#define CTX_ID 8\n#define NEG -4\n", text)

    def test_no_markers_is_an_error(self):
        with self.assertRaises(SystemExit):
            mkoffsets.header("\t.text\n")


class Suggest(unittest.TestCase):
    def test_near(self):
        self.assertEqual(suggest.message("NCUP", ["NCPU", "MEM"]), "unknown variable NCUP; did you mean NCPU?")

    def test_far(self):
        self.assertIn("make help", suggest.message("ZZZZZZZZ", ["NCPU", "MEM"]))


class QemuLog(unittest.TestCase):
    LOG = ["     7: v=0e e=0002 i=0 cpl=0 IP=0008:ffffffff80103a51 pc=ffffffff80103a51 SP=0010:ffffffff80200000 "
           "CR2=0000000000000010\n",
           "     8: v=20 e=0000 i=0 cpl=3 IP=0033:0000000000401000 pc=0000000000401000 SP=002b:00007fff0000 "
           "env->regs[R_EAX]=0\n", "Triple fault\n"]

    def test_page_fault_and_triple_fault(self):
        none = qemulog.Symbols(None)
        text = "\n".join(qemulog.decode(self.LOG, none, none))
        self.assertIn("#PF page fault, not present, write, kernel mode; CR2=0x10", text)
        self.assertIn("TRIPLE FAULT", text)
        self.assertIn("1  times interrupt 0x20", text)


@unittest.skipUnless(os.path.exists(KERNEL), "build/lucid.elf is not built")
class PostLink(unittest.TestCase):
    """Break a good kernel in one place and see that the check for it, and no other, speaks."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "k.elf")
        shutil.copy(KERNEL, self.path)
        self.elf = Elf(KERNEL)

    def patch(self, at, data):
        with open(self.path, "r+b") as f:
            f.seek(at)
            f.write(data)

    def program_header(self, index):
        return struct.unpack_from("<Q", self.elf.data, 32)[0] + index * 56

    def one_problem(self, pattern):
        found = postlink.problems(self.path)
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0], pattern)

    def test_good(self):
        self.assertEqual(postlink.problems(self.path), [])

    def test_writable_code(self):
        index = next(i for i, s in enumerate(self.elf.segments) if s.type == 1 and s.flags & 1)
        self.patch(self.program_header(index) + 4, struct.pack("<I", 7))
        self.one_problem("both writable and executable")

    def test_entry(self):
        self.patch(24, struct.pack("<Q", 0x50))
        self.one_problem("entry 0x50")

    def test_multiboot_checksum(self):
        at = self.elf.data.index(struct.pack("<I", postlink.MULTIBOOT2_MAGIC))
        self.patch(at + 12, b"\0\0\0\0")
        self.one_problem("multiboot2 header")

    def test_foreign_note(self):
        note = next(s for s in self.elf.segments if s.type == 4)
        self.patch(note.offset + 8, struct.pack("<I", 99))
        found = postlink.problems(self.path)
        self.assertTrue(any("unknown note" in p for p in found), found)
        self.assertTrue(any("PVH" in p for p in found), found)

    def test_load_address(self):
        index = next(i for i, s in enumerate(self.elf.segments) if s.type == 1 and s.flags & PF_W)
        self.patch(self.program_header(index) + 24, struct.pack("<Q", 0x7000000))
        self.one_problem("not at its offset")

    def test_moved_symbol(self):
        other = Elf(self.path)
        table = next(s for s in other.sections if s.type == 2)
        names = [i for i, s in enumerate(other.symbols())
                 if 0 < s.section < 0xFF00 and 0 < s.value < other.section(".ksyms").addr and s.name]
        self.patch(table.offset + 24 * names[0] + 8, struct.pack("<Q", 0xFFFFFFFF80100001))
        self.assertRegex(postlink.problems(self.path, KERNEL)[0], "moved")


class MakeVariables(unittest.TestCase):
    def test_unknown_variable_is_refused(self):
        done = subprocess.run(["make", "NCUP=4", "help"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, env={k: v for k, v in os.environ.items() if not k.startswith("MAKE")})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("did you mean NCPU?", done.stdout)


if __name__ == "__main__":
    unittest.main()
