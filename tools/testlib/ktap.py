"""Results that a guest reports on its test port, as they arrive.

Each line is `NONCE text`, where text is KTAP: a plan `1..N`, `ok 3 name`, `not ok 4 name # reason`, `ok 5 name # SKIP
why`, and diagnostics `# ...`, which belong to the next result. `# running name` announces a test, so that a panic or a
hang has a name. Lines without the nonce are noise (a program that found the port) and are ignored.
"""
import re
import time

from .guest import STALL_CAP
from .result import Bad, FAIL, INFRA, PASS, Result, SKIP

RESULT = re.compile(r'^\s*(not ok|ok) \d+(?: -)? (\S+)(?:\s+#\s*(.*))?$')
PLAN = re.compile(r'^\s*1\.\.(\d+)')
START = re.compile(r'^\s*# running (\S+)')


class Stream:
    """Turns the port's text into Results, one call of next() at a time."""

    def __init__(self, guest, nonce, prefix):
        self.guest, self.nonce, self.prefix = guest, nonce, prefix
        self.at = 0                     # characters of the port's text already used
        self.plan = None
        self.running = None             # the test announced last
        self.notes = []
        self.seen = 0

    def _line(self):
        """The next complete line with our nonce, or None for now."""
        text = self.guest.port.text()
        while True:
            end = text.find("\n", self.at)
            if end < 0:
                return None
            line, self.at = text[self.at:end], end + 1
            if line.startswith(self.nonce + " "):
                return line[len(self.nonce) + 1:]

    def _result(self, line):
        """The Result that a line is, or None if it is something else (which is remembered)."""
        if PLAN.match(line) and self.plan is None:
            self.plan = int(PLAN.match(line).group(1))
        elif START.match(line):
            self.running, self.began = START.match(line).group(1), time.monotonic()
        elif RESULT.match(line):
            return self._make(*RESULT.match(line).groups())
        elif line.lstrip().startswith("#"):
            self.notes.append(line.strip().lstrip("# "))
        return None

    def _make(self, word, name, comment):
        comment = comment or ""
        outcome = FAIL if word == "not ok" else SKIP if comment.upper().startswith("SKIP") else PASS
        reason = comment[4:].strip() if outcome == SKIP else comment
        if not reason and self.notes and outcome == FAIL:
            reason = self.notes[0]
        seconds = time.monotonic() - self.began if self.running == name else 0.0
        result = Result(self.prefix + name, outcome, reason, "\n".join(self.notes), seconds)
        self.running, self.notes = None, []
        self.seen += 1
        return result

    def complete(self):
        return self.plan is not None and self.seen >= self.plan

    def results(self, cap=STALL_CAP):
        """Yield results until the plan is fulfilled. If the machine ends or falls silent before, the test that was
        running gets the outcome, and the exception's text as detail."""
        while not self.complete():
            try:
                line = self.guest.wait("result on the test port", self._line, cap)
            except Bad as problem:
                yield self._interrupted(problem)
                return
            result = self._result(line)
            if result:
                yield result

    def _interrupted(self, problem):
        reason, _, detail = str(problem).partition("\n")
        outcome = problem.outcome
        if outcome == FAIL:             # it ended cleanly, but too early
            outcome = INFRA
            reason = f"ended after {self.seen} of {self.plan if self.plan is not None else 'unknown'} tests: {reason}"
        return Result(self.prefix + (self.running or "run"), outcome, reason, "\n".join(self.notes + [detail]))
