"""The sanitizers of SAN=1: that a report ends in a panic that says everything, and that san=report goes on.

What each mistake is reported as is tested inside (tests/kernel/test_san.c); these boots see what a user would see.
"""
import os

import qemu
from .guest import Guest, new_nonce
from .result import Fail, Skip
from .suite import one
from .t_boot import machine

SIN = "san_heap_use_after_free"
# What the report must say, in this order.
REPORT = (r"KASAN: use after free: read of 8 bytes at 0x[0-9a-f]{16} in sin_heap_use_after_free\+0x",
          r"is 24 bytes inside an object of 64 bytes at 0x[0-9a-f]{16}, slab cache kmalloc-64",
          r"allocated by thread \d+:", r" kmalloc\+0x", r" sin_heap_use_after_free\+0x",
          r"freed by thread \d+:", r" kfree\+0x", r" sin_heap_use_after_free\+0x",
          r"=> [0-9a-f]{16}:.*fb fb fb\[fb\] fb fb fb fb fc", r"fb freed heap object")


def boot(options, name, words):
    """A machine of the kernel with tests."""
    if not os.environ.get("SAN"):
        raise Skip("this kernel is built without SAN=1")
    return Guest(name, machine(options, append=words, kernel=qemu.TEST_KERNEL))


def sinner(options, name, how):
    """A machine that commits one sin."""
    return boot(options, name, f"ktest={SIN} nonce={new_nonce()} san={how}")


def expect_report(guest):
    """All parts of the report, each behind the one before; the position behind it."""
    at = 0
    for part in REPORT:
        at = guest.wait_console(part, start=at).end()
    return at


def panics(options):
    """A mistake panics, and the panic's own backtrace and locks stand below the report."""
    with sinner(options, "san-panic", "panic") as guest:
        at = expect_report(guest)
        for part in (r"PANIC on CPU \d+.*KASAN: use after free", r" sin_heap_use_after_free\+0x", r"-- CPU \d+ runs"):
            at = guest.wait_console(part, start=at).end()
        guest.expect_end(qemu.PANIC)


def goes_on(options):
    """With san=report the kernel goes on to the end of its test, which misses the report and fails."""
    with sinner(options, "san-report", "report") as guest:
        at = expect_report(guest)
        guest.wait_console(r"ktest: 1 run, 1 failed", start=at)
        guest.expect_end(qemu.INIT_FAILED)
        if "PANIC" in guest.console.text():
            raise Fail("it panicked\n" + guest.tail())


def wild(options):
    """An access to where nothing is mapped faults in the check; who and where are named."""
    with boot(options, "san-wild", "crash=wild") as guest:
        at = guest.wait_console(r"KASAN: wild access to 0xffffc98000000000, .* in crash_wild\+0x").end()
        guest.wait_console(r"PANIC.*page fault", start=at)
        guest.expect_end(qemu.PANIC)


def jobs():
    return [one("san/panic", panics), one("san/report", goes_on), one("san/wild", wild)]
