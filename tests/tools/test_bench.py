"""What tools/bench makes of figures: bars, verdicts, means, regressions."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from benchlib import bars, machine, report, trace  # noqa: E402


class Bars(unittest.TestCase):
    def test_the_larger_of_bar_and_held_is_held(self):
        table = bars.parse("# head\na 10 20 -\nb 10 - 12.5 # why\nc - 5 -\n")
        self.assertEqual([(n, b.bar, b.linux, b.held) for n, b in table.items()],
                         [("a", 10, 20, 10), ("b", 10, None, 12.5), ("c", None, 5, None)])

    def test_the_tree_names_each_bar_once(self):
        with open(bars.PATH) as f:
            names = [line.split()[0] for line in f if line.strip() and not line.startswith("#")]
        self.assertEqual(sorted(names), sorted(bars.read()))

    def test_what_is_held_is_above_its_bar(self):
        # Else the bar is met, and `held` is a leftover that hides a loss.
        with open(bars.PATH) as f:
            for words in (line.split() for line in f if line.strip() and not line.startswith("#")):
                if words[3] != "-":
                    self.assertGreater(float(words[3]), float(words[1]), words[0])


class Report(unittest.TestCase):
    def test_regressions(self):
        earlier = {"same": 100, "noise": 100, "worse": 100, "better": 100, "gone": 7, "free": 0}
        now = {"same": 100, "noise": 102, "worse": 102.1, "better": 3, "new": 1, "free": 1}
        found = report.regressions(earlier, now, 0.02)
        self.assertEqual([line.split(":")[0] for line in found], ["worse", "gone", "free"])

    def test_mean_is_geometric(self):
        self.assertAlmostEqual(report.mean([0.5, 2, 1]), 1)

    def test_only_what_both_offer_counts(self):
        text = report.ratios({"a": 1, "ours": 5, "b": 4}, {"a": 2, "theirs": 9, "b": 8}, 0.33)
        self.assertIn("geometric mean 0.500 over 2 operations; bar 0.33: 51.5% over", text)
        self.assertNotIn("ours", text)

    def test_documented_figures_come_back(self):
        head = "| " + " | ".join(report.HEAD) + " |\n"
        figures, table = {"a": 1234.0, "b": 5.5}, bars.parse("a 1000 2468 -")
        text = report.documented(f"before\n{head}old row\n\nafter\n", figures, table)
        self.assertIn("| `a` | 1,234 | 1,000 | 23.4% over | 2,468 | 0.50 |\n| `b` | 5.5 | - |  | - | - |\n\nafter",
                      text)
        self.assertEqual(report.from_document(text), figures)
        self.assertEqual(report.documented(text, figures, table), text)

    def test_by_time_the_median_counts(self):
        turns = [({"a": 1}, {"a": 2}), ({"a": 1}, {"a": 4}), ({"a": 100}, {"a": 1})]
        self.assertIn("geometric mean 0.500", report.median_ratios(turns, 0.5))

    def test_bars_met_and_missed(self):
        table = bars.parse("a 100 400 -\nb 100 - -\n")
        lines = report.with_bars({"a": 100, "b": 101, "other": 5}, table).splitlines()
        self.assertEqual(lines[1].split(), ["a", "100", "100", "met", "400", "0.25"])
        self.assertEqual(lines[2].split(), ["b", "101", "100", "1.0%", "over", "-", "-"])
        self.assertEqual(lines[-1], "1 of 2 bars missed, b; geometric mean against Linux 0.250 (1 operations)")


class Machine(unittest.TestCase):
    def test_figures_and_skips_are_told_from_chatter(self):
        said = "[ 1.0] a 5.0 instructions\nnull 12.5 instructions\nnull 3 things\n# skipped futex: not there\n"
        self.assertEqual(machine.FIGURE.findall(said), [("null", "12.5")])
        self.assertEqual(machine.SKIPPED.findall(said), [("futex", "not there")])


class Trace(unittest.TestCase):
    LOG = """Trace 0: 0x7f00 [0000000000000000/0000000000401000/18c0/ff02] main
Trace 0: 0x7f01 [0000000000000000/ffffffff80100000/18c0/ff02] entry
Stopped execution of TB chain before 0x7f01 [ffffffff80100000] entry
Trace 0: 0x7f01 [0000000000000000/ffffffff80100000/18c0/ff02] entry
"""

    def test_an_instruction_that_an_interrupt_put_off_counts_once(self):
        self.assertEqual(list(trace.addresses(self.LOG.splitlines())), [0x401000, 0xffffffff80100000])

    def test_paths(self):
        # entry calls outer, outer jumps to inner (a tail call), inner returns to entry; then another thread goes on.
        walk = [("entry", "call"), ("outer", "jump"), ("inner", "return"), ("entry", "return"), ("switch", "")]
        stack, kind, seen = [trace.PROGRAM], "", []
        for name, after in walk:
            stack = trace.step(stack, kind, name)
            seen.append("/".join(stack))
            kind = after
        self.assertEqual(seen, ["entry", "entry/outer", "entry/inner", "entry", "switch"])


if __name__ == "__main__":
    unittest.main()
