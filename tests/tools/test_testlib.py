"""The test runner tested: a runner that calls a failure a pass is worse than none."""
import io
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
from testlib import ktap, suite  # noqa: E402
from testlib.result import (Fail, FAIL, Infra, INFRA, Panic, PANIC, PASS, Reporter, Result, Skip, SKIP)  # noqa: E402


def raising(error):
    def test(_options):
        raise error
    return test


class Outcomes(unittest.TestCase):
    def outcome(self, function, **options):
        job = suite.one("group/name", function)
        results = list(suite.outcomes(job, suite.Options(**options)))
        self.assertEqual(len(results), 1)
        return results[0]

    def test_each_exception_has_its_outcome(self):
        for error, outcome in ((Fail("x"), FAIL), (Panic("x"), PANIC), (Infra("x"), INFRA), (Skip("x"), SKIP),
                               (KeyError("x"), INFRA)):
            self.assertEqual(self.outcome(raising(error)).outcome, outcome)

    def test_return_is_a_pass(self):
        self.assertEqual(self.outcome(lambda _options: None).outcome, PASS)

    def test_reason_and_detail(self):
        result = self.outcome(raising(Fail("first\nsecond\nthird")))
        self.assertEqual((result.reason, result.detail), ("first", "second\nthird"))


class Selection(unittest.TestCase):
    def names(self, pattern="", quick=False):
        jobs = [suite.one("lint", None), suite.one("boot/iso-1", None, slow=True), suite.Job("guest/", None)]
        return [j.name for j in jobs if j.wanted(suite.Options(pattern=pattern, quick=quick))]

    def test_all(self):
        self.assertEqual(self.names(), ["lint", "boot/iso-1", "guest/"])

    def test_quick_leaves_out_the_slow(self):
        self.assertEqual(self.names(quick=True), ["lint", "guest/"])

    def test_a_pattern_overrides_quick(self):
        self.assertEqual(self.names("boot/iso-*", quick=True), ["boot/iso-1"])

    def test_a_pattern_reaches_into_a_group(self):
        self.assertEqual(self.names("guest/t_fork"), ["guest/"])
        self.assertEqual(self.names("*/iso-1"), ["boot/iso-1", "guest/"])


class Report(unittest.TestCase):
    def finish(self, *outcomes):
        out = io.StringIO()
        reporter = Reporter(out)
        for n, outcome in enumerate(outcomes):
            reporter.add(Result(f"t{n}", outcome, "why"))
        status = reporter.finish()
        return status, out.getvalue().splitlines()

    def test_last_line_and_status(self):
        status, lines = self.finish(PASS, SKIP, PASS)
        self.assertEqual((status, lines[-1]), (0, "2 passed, 0 failed, 1 skipped"))

    def test_every_bad_outcome_counts_as_failed(self):
        status, lines = self.finish(PASS, FAIL, PANIC, INFRA)
        self.assertEqual((status, lines[-1]), (1, "1 passed, 3 failed, 0 skipped"))
        self.assertIn("not ok 3 t2 # panic: why", lines)

    def test_nothing_ran_is_a_failure(self):
        self.assertEqual(self.finish()[0], 1)
        self.assertEqual(self.finish(SKIP)[0], 1)


class FakeGuest:
    """A machine whose test port says these lines and which then ends with an exception."""

    def __init__(self, lines, end):
        self.content, self.end, self.port = "\n".join(lines) + "\n", end, self

    def text(self):
        return self.content

    def wait(self, _what, ready, _cap):
        value = ready()
        if value is None:
            raise self.end
        return value


class Ktap(unittest.TestCase):
    def results(self, lines, end=Infra("hang: nothing\nlast words")):
        port = [line[1:] if line.startswith("!") else "abc " + line for line in lines]
        stream = ktap.Stream(FakeGuest(port, end), "abc", "guest/")
        return [(r.name, r.outcome) for r in stream.results()]

    def test_pass_fail_skip(self):
        got = self.results(["KTAP version 1", "1..3", "# running a", "ok 1 a", "# running b", "# because",
                            "not ok 2 b", "ok 3 c # SKIP no disk"])
        self.assertEqual(got, [("guest/a", PASS), ("guest/b", FAIL), ("guest/c", SKIP)])

    def test_lines_without_nonce_are_noise(self):
        got = self.results(["1..1", "!ok 1 forged", "!xyz ok 1 forged", "not ok 1 real # wrong"])
        self.assertEqual(got, [("guest/real", FAIL)])

    def test_hang_is_blamed_on_the_running_test(self):
        got = self.results(["1..2", "# running a", "ok 1 a", "# running b"])
        self.assertEqual(got, [("guest/a", PASS), ("guest/b", INFRA)])

    def test_panic_is_blamed_on_the_running_test(self):
        got = self.results(["1..1", "# running a"], Panic("panic: boom"))
        self.assertEqual(got, [("guest/a", PANIC)])

    def test_early_end_is_no_pass(self):
        got = self.results(["1..2", "ok 1 a"], Fail("switched off"))
        self.assertEqual(got, [("guest/a", PASS), ("guest/run", INFRA)])

    def test_silence_is_no_pass(self):
        self.assertEqual(self.results([]), [("guest/run", INFRA)])


if __name__ == "__main__":
    unittest.main()
