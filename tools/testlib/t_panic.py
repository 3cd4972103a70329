"""Panics: at every stage of boot, for every mistake that the kernel can be told to make, and over a reboot.

A panic must be heard of: it prints what happened and a backtrace with names, and ends the machine with its own status.
"""
import os
import re
import time

import qemu
from .guest import Guest
from .result import Fail, Infra
from .suite import one
from .t_boot import machine

PANIC_LIMIT = 10.0              # seconds for a panic to print and leave; two when nothing else loads the host
HANG_CAP = 5.0                  # for a machine that certainly hangs
# What `crash=NAME` (kernel/debug/crash.c) must be reported as.
REPORTS = {
    "null": r"page fault: read at 0(x0)?\b",
    "text": r"page fault: write at 0xffffffff8",
    "rodata": r"page fault: write at 0xffffffff8",
    "exec": r"page fault: execute at 0xffffffff8",
    "divide": r"#DE divide error",
    "ud": r"#UD invalid opcode",
    "noncanonical": r"#GP general protection",
    "stack": r"stack overflow in thread \d+",
    "smash": r"stack protector",
    "assert": r"debug/crash\.c:\d+: assertion failed",
}
# Where the way back to the boot thread is lost or too long, the frame that must be named instead.
FRAMES = {"stack": "recurse", "smash": "crash_smash"}


def source(path):
    """A kernel source's text, empty where it is missing."""
    full = os.path.join(qemu.ROOT, path)
    if not os.path.exists(full):
        return ""
    with open(full) as f:
        return f.read()


def table(text, name):
    """The first strings of the rows of a C table `name[] = {...};`."""
    rows = re.search(re.escape(name) + r"\[\] = \{(.*?)\n\};", text, re.S)
    return re.findall(r'\{"(\w+)",', rows.group(1)) if rows else []


def expect_panic(guest, pattern, frame="(kmain|boot_thread)"):
    """The machine panics with these words, names where, and leaves soon."""
    guest.wait_console(r"PANIC.*" + pattern)
    start = time.monotonic()
    status = guest.wait_end()
    took = time.monotonic() - start
    if status != qemu.PANIC:
        raise Fail(f"QEMU's status is {status}, not {qemu.PANIC}\n{guest.tail()}")
    if took > PANIC_LIMIT:
        raise Fail(f"the panic took {took:.1f} s to leave the machine\n{guest.tail()}")
    if not re.search(rf"[0-9a-f]{{16}} {frame}\+0x", guest.console.text()):
        raise Fail(f"the backtrace does not name {frame}\n{guest.tail()}")


def panic_at(options, stage):
    """A panic at a boot stage is heard of."""
    with Guest(f"panic-{stage}", machine(options, append=f"panic_at={stage}")) as guest:
        expect_panic(guest, r"\bpanic_at=" + stage)


def crash(options, name):
    """A mistake of the kernel's own is caught and called by its name."""
    with Guest(f"crash-{name}", machine(options, append=f"crash={name}")) as guest:
        expect_panic(guest, REPORTS[name], FRAMES.get(name, "boot_thread"))


def hang(options):
    """A CPU that answers nothing gets an NMI, and its stack shows where it is."""
    with Guest("crash-hang", machine(options, append="crash=hang")) as guest:
        guest.wait_console(r"crash: hang")
        try:
            guest.wait_console(r"never printed", HANG_CAP)
        except Infra as report:
            if not re.search(r"[0-9a-f]{16} crash_hang\+0x", str(report)):
                raise Fail("the NMI did not show the hanging function\n" + str(report))
            return
    raise Fail("the hang was not noticed")


def reboot(options):
    """panic=reboot starts again, counts the boot, and shows the log of the boot before."""
    config = machine(options, append="panic=reboot panic_at=sched lastlog")
    with Guest("panic-reboot", config, reboots=True) as guest:
        at = guest.wait_console(r"^\[.*PANIC.*panic_at=sched").end()
        at = guest.wait_console(r"^last boot: .*PANIC.*panic_at=sched", start=at).end()
        at = guest.wait_console(r"boot 2 since power-on", start=at).end()
        guest.wait_console(r"smp: \d+/\d+ CPUs online", start=at)


def jobs():
    stages = table(source("kernel/main.c"), "stages")
    mistakes = re.findall(r"^CRASH\((\w+)\)", source("kernel/debug/crash.c"), re.M)
    quick = stages[:1] + stages[-1:]
    return [one(f"panic/{s}", panic_at, s, slow=s not in quick) for s in stages] + \
           [one("panic/reboot", reboot)] + \
           [one(f"crash/{m}", crash, m, slow=m != "stack") for m in mistakes if m != "hang"] + \
           [one("crash/hang", hang)]
