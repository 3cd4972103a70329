"""Non-maskable interrupts at random moments, while programs do their worst with %gs, and while all is busy.

The NMI may strike in user mode, in the kernel, or between `syscall` and `swapgs`, when %gs is still the program's.
"""
import re
import time

import qemu
from .guest import DUMP_END, Guest, new_nonce, STALL_CAP
from .result import Fail
from .suite import one
from .t_boot import machine
from .t_guest import CHECKS, tests_initrd

NMIS = 60
LEAST_SEEN = 20                 # NMIs counted by the trap table, below which the test has shown nothing
PAUSE = 0.02                    # seconds between two NMIs: spreads them; nothing waits for it
BUSY_TESTS = ("t_exec", "t_fork", "t_mmap", "t_pipe", "t_rounds", "t_signal")
LEAST_DUMPS = 3                 # there is one a second at most


def gs(options):
    """Programs with a kernel address in GS_BASE survive NMIs, and so does the kernel."""
    config = machine(options, append="init=/tests/nmivictim", ncpu=2, initrd=tests_initrd())
    with Guest("nmi-gs", config) as guest:
        start = guest.wait_console(r"nmivictim: 2 CPUs").end()
        for _ in range(NMIS):
            if guest.ended is not None:
                break
            try:
                guest.qmp().command("inject-nmi")
            except (OSError, ValueError):
                break                   # the machine has just ended
            time.sleep(PAUSE)
        guest.expect_end(qemu.SUCCESS)
        done = re.search(r"nmivictim: done, 0 bad, (\d+) NMIs", guest.console.text()[start:])
        if not done:
            raise Fail(guest.tail())
        if int(done.group(1)) < LEAST_SEEN:
            raise Fail(f"only {done.group(1)} NMIs arrived")


def dumps(options):
    """Dumps, each of which looks at threads, stacks and timers that come and go meanwhile, hurt nobody."""
    words = f"init=/tests/runner nonce={new_nonce()} {CHECKS} -- {' '.join(BUSY_TESTS)}"
    with Guest("nmi-dumps", machine(options, append=words, initrd=tests_initrd())) as guest:
        guest.wait_console(r"initrd: \d+ files")     # before that a CPU may not be ready for an NMI
        while guest.ended is None:
            try:
                guest.qmp().command("inject-nmi")
            except (OSError, ValueError):
                break
            time.sleep(PAUSE)
        guest.expect_end(qemu.SUCCESS, STALL_CAP)
        seen = guest.console.text().count(DUMP_END)
        if seen < LEAST_DUMPS:
            raise Fail(f"only {seen} dumps\n{guest.tail()}")


def jobs():
    return [one("nmi/gs", gs), one("nmi/dumps", dumps, slow=True)]
