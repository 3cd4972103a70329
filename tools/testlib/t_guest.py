"""Tests that run inside: KTESTs in the kernel, and the programs in tests/user one process each.

One boot runs many tests. When a test panics or hangs the machine, it gets that outcome, and a new boot goes on with
the tests behind it, so that one bad test costs one result.
"""
import fnmatch
import os

import qemu
from .guest import Guest, new_nonce
from .ktap import Stream
from .result import FAIL, Fail, INFRA, Infra, PANIC
from .suite import Job
from .t_boot import machine

CHECKS = "check=lock,poison watchdog=panic"
SLOW = {"t_fuzz", "t_limits", "t_oom", "t_rounds"}     # not under QUICK=1
MAX_BOOTS = 8                   # more crashes than this are one problem, not many


def tests_initrd():
    """The system's initrd with /tests behind it."""
    path = os.path.join(qemu.BUILD, "test", "initrd-with-tests.cpio")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = f"{path}.{new_nonce()}"
    with open(partial, "wb") as out:
        for part in (qemu.INITRD, os.path.join(qemu.BUILD, "tests.cpio")):
            with open(part, "rb") as f:
                out.write(f.read())
    os.replace(partial, path)
    return path


def in_kernel(options):
    """All KTESTs in one boot."""
    nonce = new_nonce()
    words = f"ktest nonce={nonce} {CHECKS} {options.append}"
    with Guest("ktest", machine(options, append=words, kernel=qemu.TEST_KERNEL)) as guest:
        yield from to_the_end(guest, Stream(guest, nonce, "ktest/"))


def to_the_end(guest, stream):
    """All results, and then the machine's own end, which must agree with them."""
    outcomes = set()
    for result in stream.results():
        outcomes.add(result.outcome)
        yield result
    if outcomes & {PANIC, INFRA}:
        return
    status = guest.wait_end()
    if status != (qemu.INIT_FAILED if FAIL in outcomes else qemu.SUCCESS):
        raise Fail(f"the results and QEMU's status {status} disagree\n{guest.tail()}")


def guest_names():
    """The in-guest tests, in the order in which the runner takes them: by name."""
    folder = os.path.join(qemu.ROOT, "tests/user")
    names = {os.path.splitext(n)[0] for n in os.listdir(folder) if n.startswith("t_")} if os.path.isdir(folder) else ()
    return sorted(names)


def selected(options):
    """Names that TESTS= and QUICK= leave."""
    if options.pattern:
        return [n for n in guest_names() if fnmatch.fnmatch("guest/" + n, options.pattern)]
    return [n for n in guest_names() if not (options.quick and n in SLOW)]


def in_guest(options):
    """The runner's results, over as many boots as crashes make necessary."""
    left = selected(options)
    if not left and not options.pattern:
        raise Infra("there is no test in tests/user")
    for turn in range(MAX_BOOTS):
        if not left:
            return
        done = None
        for result in one_boot(options, left, turn):
            yield result
            done = result
        if done is None or done.outcome not in (PANIC, INFRA):
            return
        name = done.name[len("guest/"):]
        if name not in left:
            return                  # it died outside any test: no use in trying again
        left = left[left.index(name) + 1:]


def one_boot(options, names, turn):
    """Boot the runner with the given tests; the last result is PANIC or INFRA if the machine did not finish."""
    nonce = new_nonce()
    arguments = "" if names == guest_names() else " -- " + " ".join(names)
    words = f"init=/tests/runner nonce={nonce} {CHECKS} {options.append}{arguments}"
    with Guest(f"guest-{turn}", machine(options, append=words, initrd=tests_initrd())) as guest:
        yield from to_the_end(guest, Stream(guest, nonce, "guest/"))


def jobs():
    return [Job("ktest/", in_kernel, long=True), Job("guest/", in_guest, long=True)]
