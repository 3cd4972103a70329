"""The console as a person meets it: tools/run in a pseudo-terminal, keys typed at the shell.

Each test types what a person would and waits for what a person would see. Typed text is echoed by the guest's tty, so a
test waits for output that cannot be its own echo: `echo $((1+1))`-like answers, or words put together by quotes.
"""
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

import qemu
from .guest import plain
from .result import Fail, Infra, PASS, Panic, Skip
from .suite import Job, attempt, one
from .t_boot import PROMPT

CAP = 60.0
CTRL = {c: chr(ord(c) - 64) for c in "CDUZ"}        # C-a is QEMU's own
UP, HOME = "\x1b[A", "\x1b[H"


class Terminal:
    """A pty with `tools/run` in it, and everything that appeared so far."""

    def __init__(self, options):
        if not qemu.qemu_program():
            raise Skip("qemu-system-x86_64 is not installed")
        self.master, slave = pty.openpty()
        env = dict(os.environ, BOOT="direct", NCPU=str(options.ncpu), APPEND=f"check=lock,poison {options.append}",
                   D="", TERM="xterm")
        self.process = subprocess.Popen([sys.executable, os.path.join(qemu.ROOT, "tools/run")], stdin=slave,
                                        stdout=slave, stderr=slave, env=env, start_new_session=True)
        os.close(slave)
        self.ncpu = options.ncpu
        self.raw = self.text = ""       # as it came; as it looks
        self.at = 0                     # where the next expect() starts to look

    def type(self, keys):
        os.write(self.master, keys.encode())

    def _read(self, seconds):
        """Take what the terminal shows within some seconds; False at its end."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:                 # Linux: the other side is closed
            return False
        self.raw += piece.decode(errors="replace")
        self.text = plain(self.raw)
        return bool(piece)

    def expect(self, pattern, cap=CAP):
        """Wait for a pattern behind the last match."""
        regex, deadline = re.compile(pattern, re.M), time.monotonic() + cap
        while True:
            match = regex.search(self.text, self.at)
            if match:
                self.at = match.end()
                return match
            left = deadline - time.monotonic()
            if left <= 0:
                raise Fail(f"did not see {pattern!r} within {cap:.0f} s\n{self.text[-1500:]}")
            if not self._read(left):
                if "PANIC" in self.text:
                    raise Panic(re.search(r"PANIC.*", self.text).group(0) + "\n" + self.text[-3000:])
                raise Fail(f"the machine ended while waiting for {pattern!r}\n{self.text[-1500:]}")

    def prompt(self):
        return self.expect(PROMPT)

    def command(self, line, answer=None):
        """Type a line; wait for its answer, if given, and for the next prompt."""
        self.type(line + "\n")
        if answer is not None:
            self.expect(answer)
        self.prompt()

    def end(self, cap=CAP):
        """Wait until tools/run is through; its status."""
        deadline = time.monotonic() + cap
        while self._read(0.2) and time.monotonic() < deadline and self.process.poll() is None:
            pass
        try:
            return self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise Infra("tools/run does not end\n" + self.text[-1500:])

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)    # tools/run ends its QEMU
            self.process.wait()
        os.close(self.master)


def echo(t):
    """A word comes back without its quotes."""
    t.command("echo he''llo", r'^hello$')


def editing(t):
    """Erase, kill and cursor keys change the line before the shell runs it."""
    t.command("echo wrogn\x7f\x7fng''x", r'^wrongx$')
    t.command("garbage" + CTRL["U"] + "echo kil''led", r'^killed$')
    t.command("cho le''ft" + HOME + "e", r'^left$')


def history(t):
    """Up recalls the last line."""
    t.command("echo re''call", r'^recall$')
    t.command(UP, r'^recall$')


def interrupt(t):
    """^C ends the foreground program and not the shell."""
    t.type("sleep 1000\n")
    t.expect(r'sleep 1000\n')
    settle(t)
    t.type(CTRL["C"])
    t.prompt()
    t.command("echo ali''ve", r'^alive$')


def give_up(t):
    """^C and ^D inside a command that goes on over lines drop it, and the shell stays."""
    for opening in ("if true\n", "echo 'open\n", "cat <<END\n"):
        for key in "DC":
            t.type(opening)
            t.expect(r"^> ")
            t.type(CTRL[key])
            t.prompt()
    t.command("echo st''ill $?", r'^still 130$')


def end_of_file(t):
    """^D is the end of a program's input."""
    t.type("cat\n")
    t.expect(r'cat\n')
    t.type("some text\n")
    t.expect(r'some text\nsome text\n')
    t.type(CTRL["D"])
    t.prompt()


def stop_and_continue(t):
    """^Z stops, jobs lists, fg continues, ^C ends."""
    t.type("sleep 1000\n")
    t.expect(r'sleep 1000\n')
    settle(t)
    t.type(CTRL["Z"])
    t.prompt()
    t.command("jobs", r'[Ss]topped.*sleep 1000')
    t.type("fg\n")
    t.expect(r'sleep 1000')
    settle(t)
    t.type(CTRL["C"])
    t.prompt()


def settle(t):
    """Type a line that only the tty's echo answers: when it shows, the program has long been started by the shell,
    which reads no more; so the signal that follows meets the program."""
    t.type("x\n")
    t.expect(r'x\n')


def pipes(t):
    """Pipes, redirections and lists."""
    t.command("echo one two | wc -w", r'^\s*2\s*$')
    t.command("echo stored > /tmp/f; cat < /tmp/f", r'^stored$')
    t.command("false && echo no || echo y''es", r'^yes$')
    t.command("ls /nowhere 2> /tmp/e; wc -l < /tmp/e", r'^\s*1\s*$')


def variables(t):
    """Variables, status and globbing."""
    t.command("A=val; echo $A''ue", r'^value$')
    t.command("false; echo st$?", r'^st1$')
    t.command("echo /bin/ech*", r'^/bin/echo$')


def background(t):
    """A background job leaves the shell free; wait collects it."""
    t.command("sleep 0.2 & wait; echo do''ne", r'^done$')


def faults(t):
    """A program's illegal access ends it with one line, and the shell answers on."""
    t.command("faults null", r'segfault: \w+ .*0x0.*\brip 0x')
    t.command("echo st''ill", r'^still$')


def spinning(t):
    """A loop on every CPU does not keep the shell from answering."""
    for _ in range(t.ncpu):
        t.command("while true; do :; done &")
    t.command("echo resp''onsive", r'^responsive$')
    t.command("kill $(jobs -p); wait; echo cle''an", r'^clean$')


def leave(t):
    """poweroff ends the machine, and tools/run says so with success."""
    t.type("poweroff\n")
    status = t.end()
    if status != 0 or "ended with success" not in t.text:
        raise Fail(f"tools/run ended with {status}\n{t.text[-800:]}")


STEPS = (echo, editing, history, interrupt, give_up, end_of_file, stop_and_continue, pipes, variables, background,
         faults, spinning, leave)


def session(options):
    """One boot, all steps in order. After a step that fails, the rest would only repeat its failure."""
    terminal = Terminal(options)
    try:
        terminal.prompt()
        for step in STEPS:
            result = attempt("console/" + step.__name__, step, terminal)
            yield result
            if result.outcome != PASS:
                return
    finally:
        terminal.close()


def typed_ahead(options):
    """What is typed, or piped in, before the kernel runs is not lost, nor its first letter."""
    terminal = Terminal(options)
    try:
        terminal.type("echo fir''st\n" + "echo " + "x" * 300 + " | wc -c\n")
        terminal.expect(r'^first$')
        terminal.expect(r'^ *301$')
    finally:
        terminal.close()


def jobs():
    return [Job("console/", session), one("console/typed-ahead", typed_ahead)]
