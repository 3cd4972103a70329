"""Outcomes and their printing as KTAP (Linux, Documentation/dev-tools/ktap.rst).

Four outcomes besides a skip, because they ask for different things of the reader: `fail` is a wrong answer, `panic`
is a kernel that died, `infra` is a machine that never got as far as an answer (a hang, a missing emulator), and only
`pass` is good. All but pass and skip count as failed: no silence and no timeout ever counts as success.
"""
import sys
from collections import Counter
from dataclasses import dataclass

PASS, FAIL, PANIC, INFRA, SKIP = "pass", "fail", "panic", "infra", "skip"


@dataclass
class Result:
    name: str
    outcome: str
    reason: str = ""            # one line
    detail: str = ""            # more, printed as diagnostics when not passed
    seconds: float = 0.0


class Bad(Exception):
    """A test did not pass; the class says how. The message's first line is the reason, the rest is detail."""
    outcome = FAIL


class Fail(Bad):
    """A wrong answer."""


class Panic(Bad):
    """The kernel panicked or triple faulted."""
    outcome = PANIC


class Infra(Bad):
    """No answer: a hang, a tool that failed, an emulator that would not start."""
    outcome = INFRA


class Skip(Bad):
    """Cannot be tried here; the message says what is missing."""
    outcome = SKIP


class Reporter:
    """Prints results in order and remembers them for the summary."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.results = []
        self.line("KTAP version 1")

    def line(self, text):
        print(text, file=self.out, flush=True)

    def add(self, result):
        self.results.append(result)
        number, r = len(self.results), result
        if r.outcome == PASS:
            slow = f" # {r.seconds:.1f} s" if r.seconds >= 1 else ""
            self.line(f"ok {number} {r.name}{slow}")
        elif r.outcome == SKIP:
            self.line(f"ok {number} {r.name} # SKIP {r.reason}")
        else:
            self.line(f"not ok {number} {r.name} # {r.outcome}: {r.reason}")
            for text in r.detail.splitlines():
                self.line("# " + text.rstrip())

    def counts(self):
        c = Counter(r.outcome for r in self.results)
        return c[PASS], c[FAIL] + c[PANIC] + c[INFRA], c[SKIP]

    def finish(self):
        """The plan, the failures once more, and the line that a program reads. Returns the exit status."""
        passed, failed, skipped = self.counts()
        self.line(f"1..{len(self.results)}")
        for r in self.results:
            if r.outcome not in (PASS, SKIP):
                self.line(f"# {r.outcome}: {r.name}: {r.reason}")
        if passed + failed == 0:
            self.line("# no test ran: that is a failure too")
            failed = 1
        self.line(f"{passed} passed, {failed} failed, {skipped} skipped")
        return 1 if failed else 0
