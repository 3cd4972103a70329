"""tools/coverage.py: what a machine wrote, whole or cut off, and the texts made of the counts."""
import os
import struct
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import coverage  # noqa: E402


def record(kind, body=b""):
    return struct.pack("<cI", kind, len(body)) + body


A_FILE = record(b"F", b"/x/a.gcda") + record(b"D", b"one") + record(b"D", b"two")


class Dumps(unittest.TestCase):
    def test_pieces_are_joined(self):
        self.assertEqual(list(coverage.dumps(A_FILE + record(b"E"))), [{"/x/a.gcda": b"onetwo"}])

    def test_a_machine_that_started_again_left_two(self):
        self.assertEqual(len(list(coverage.dumps((A_FILE + record(b"E")) * 2))), 2)

    def test_a_dump_without_its_end_does_not_count(self):
        self.assertEqual(list(coverage.dumps(A_FILE)), [])
        self.assertEqual(list(coverage.dumps((A_FILE + record(b"E"))[:-7])), [])

    def test_garbage_does_not_count(self):
        self.assertEqual(list(coverage.dumps(b"hello, world")), [])
        self.assertEqual(list(coverage.dumps(record(b"D", b"no name") + record(b"E"))), [])


class Texts(unittest.TestCase):
    lines = {"kernel/mm/frame.c": {1: 3, 2: 0}, "kernel/main.c": {1: 1}}
    functions = {"kernel/mm/frame.c": {"f": (1, 3), "g": (2, 0)}, "kernel/main.c": {}}

    def test_table_in_the_order_of_the_layers(self):
        rows = [line.split() for line in coverage.table(self.lines)]
        self.assertEqual([row[0] for row in rows], ["mm", "main.c", "in"])
        self.assertEqual(rows[0][1:4] + rows[0][-1:], ["1", "of", "2", "50.0%"])
        self.assertEqual(rows[2][2:5], ["2", "of", "3"])

    def test_untested_is_core_only(self):
        found = list(coverage.untested(self.lines, self.functions))
        self.assertEqual(found[0], "kernel/mm/frame.c:2: g() is never called")
        self.assertEqual([line.split(":")[:2] for line in found[1:]], [["kernel/mm/frame.c", "2"]])

    def test_tracefile(self):
        with tempfile.NamedTemporaryFile("r") as f:
            coverage.write_info(f.name, self.lines, self.functions)
            text = f.read()
        self.assertEqual(text.count("end_of_record"), 2)
        self.assertIn("FNDA:0,g\n", text)
        self.assertIn("DA:1,3\nDA:2,0\n", text)


if __name__ == "__main__":
    unittest.main()
