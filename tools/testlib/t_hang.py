"""Hangs to order: for each `crash=NAME` of tests/kernel/hang.c, the watchdog's report and the runner's own dump.

Both must name the culprit. QEMU counts instructions for a clock here, and skips the time in which all CPUs idle, so
that a minute of guest time passes quickly and does not depend on the host.
"""
import re
import time

import qemu
from .guest import BOOT_CAP, DUMP_END, Guest
from .result import Fail, Infra
from .suite import one
from .t_boot import PROMPT, machine
from .t_panic import source

ICOUNT = "shift=8,sleep=off"    # 256 ns an instruction
BREAK_PAUSE = 0.2
HANG_CAP = 2.0                  # for a machine that certainly hangs
# What the headline says, and what the dump must show, whoever asked for it.
SPIN_A, SPIN_B = r'"test spin a" \(0x', r'"test spin b" \(0x'
HANGS = {
    "loop": (r"CPU \d+ has been in the kernel for \d+ s without a switch; it runs thread \d+ \(boot\)",
             [r"[0-9a-f]{16} crash_loop\+", r"-- CPU \d+ runs thread \d+ \(boot\)"]),
    "loop_preempt_off": (r"CPU \d+ has been in the kernel for \d+ s without a switch; it runs thread \d+ \(boot\)",
                         [r"[0-9a-f]{16} crash_loop_preempt_off\+", r"\(boot\), .*, preempt depth 1"]),
    "loop_in_drain": (r"CPU \d+ has been in the kernel for \d+ s without a switch; it runs thread \d+ \(boot\)",
                      [r"[0-9a-f]{16} write_for_ever\+", r"[0-9a-f]{16} boot_thread\+"]),
    "loop_irqs_off": (r"CPU \d+ has taken no interrupt for \d+ s; it runs thread \d+ \(boot\)",
                      [r"[0-9a-f]{16} crash_loop_irqs_off\+", r"\(boot\), interrupts off"]),
    "spin_abba": (r'spinlock "test spin [ab]" \(0x.* thread \d+ \((first|second)\), waits; '
                  r'thread \d+ \((second|first)\) holds it',
                  [r"DEADLOCK", r"[0-9a-f]{16} spin_crosswise\+", r"waits for " + SPIN_A, r"waits for " + SPIN_B]),
    # The one that waits may get so few turns, with instructions for a clock, that the one that holds is noticed first.
    "spin_held": (r'(spinlock "test spin a" \(0x.* \(second\), waits; thread \d+ \(first\) holds it|'
                  r'CPU \d+ has taken no interrupt for \d+ s; it runs thread \d+ \(first\))',
                  [r"[0-9a-f]{16} hold_or_wait\+", r"waits for " + SPIN_A]),
    "mutex_abba": (r'thread \d+ \((first|second)\) has slept uninterruptibly for 6\d s, waiting for "test mutex [ab]", '
                   r'which thread \d+ \((first|second)\) holds',
                   [r"DEADLOCK", r'sleeps uninterruptibly on "test mutex a"', r"lock < lock_crosswise"]),
    "sleep": (r'thread \d+ \(boot\) has slept uninterruptibly for 6\d s, waiting for "test queue"',
              [r'\(boot\): sleeps uninterruptibly on "test queue"', r"in crash_sleep < crash_if_asked < boot_thread"]),
    "lost_wakeup": (r'thread \d+ \(waiter\) has slept uninterruptibly for 6\d s, waiting for "test queue"',
                    [r'\(waiter\): sleeps uninterruptibly on "test queue"', r"in wait_for_condition <"]),
}


def guest_for(options, name, kind, words, **changes):
    config = machine(options, append=f"crash={name} {words}", kernel=qemu.TEST_KERNEL, **changes)
    return Guest(f"hang-{kind}-{name}", config)


def check_dump(text, name):
    """The dump is complete and shows who hangs, and where."""
    for pattern in HANGS[name][1]:
        if not re.search(pattern, text):
            raise Fail(f"the dump does not show {pattern!r}\n{text}")


def watchdog(options, name):
    """The watchdog notices, says what hangs, and panics as it was asked to."""
    with guest_for(options, name, "watchdog", "watchdog=panic", ncpu=4, icount=ICOUNT) as guest:
        guest.wait_console(r"^\[.*watchdog: " + HANGS[name][0])
        guest.expect_end(qemu.PANIC)
        check_dump(guest.console.text(), name)


def self_deadlock(options):
    """A spinlock taken twice is not waited for."""
    with guest_for(options, "spin_self", "watchdog", "") as guest:
        guest.wait_console(r'PANIC.*spinlock "test spin a" taken twice by boot')
        guest.expect_end(qemu.PANIC)
        if not re.search(r"[0-9a-f]{16} crash_spin_self\+", guest.console.text()):
            raise Fail("the backtrace does not name the culprit\n" + guest.tail())


def lock_order(options):
    """With check=lock an order that could deadlock is refused, and the report tells how both locks were taken."""
    with guest_for(options, "lock_order", "checker", "check=lock") as guest:
        guest.wait_console(r'PANIC.*lock check: order: boot is taking "test spin a" \(main\.c\.2\) at take_higher.* < '
                           r'crash_lock_order < .*boot_thread.*\n.*  while holding "test spin b" \(main\.c\.1\) at '
                           r'crash_lock_order\+\S+ < crash_if_asked < boot_thread')
        guest.expect_end(qemu.PANIC)
        if not re.search(r'holds "test spin b" \(0x.*taken at crash_lock_order\+', guest.console.text()):
            raise Fail("the dump does not show the lock that is held\n" + guest.tail())


def runner(options, name):
    """Without the watchdog the test runner asks, and its report shows the culprit."""
    with guest_for(options, name, "runner", "watchdog=off", ncpu=4) as guest:
        guest.wait_console(r"crash: " + name)
        try:
            guest.wait_console(r"never printed", HANG_CAP)
        except Infra as report:
            check_dump(str(report), name)
            return
    raise Fail("the hang was not noticed")


def goes_on(options):
    """watchdog=report, the default, reports once and lets the rest of the machine go on."""
    with guest_for(options, "lost_wakeup", "goes-on", "", ncpu=2, icount=ICOUNT) as guest:
        guest.wait_console(r"watchdog: " + HANGS["lost_wakeup"][0])
        end = guest.wait_console(r"watchdog: it says this only once").end()
        guest.send("echo still $((6*7)) there\n")
        guest.wait_console(r"still 42 there", start=end)


def wait_dump(guest, ncpu, start):
    """A complete dump, with a section for each CPU; where it ends."""
    end = guest.wait_console(re.escape(DUMP_END), start=start).end()
    cpus = re.findall(r"-- CPU (\d+) runs thread", guest.console.text()[start:end])
    if sorted(map(int, cpus)) != list(range(ncpu)):
        raise Fail(f"the dump shows the CPUs {cpus}\n{guest.console.text()[start:]}")
    return end


def send_breaks(guest, start):
    """Breaks, slowly enough for the port to tell them apart, until a dump begins."""
    deadline = time.monotonic() + BOOT_CAP
    while "-- CPU" not in guest.console.text()[start:] and time.monotonic() < deadline:
        guest.qmp().command("chardev-send-break", id="com1")
        with guest.changed:
            guest.changed.wait(BREAK_PAUSE)


def asked(options):
    """A healthy machine prints a dump when it is asked to, by a shell or by two breaks, and goes on."""
    with Guest("hang-asked", machine(options, ncpu=3)) as guest:
        guest.wait_console(PROMPT)
        guest.send("sleep 1000 & echo t > /proc/sysrq-trigger; sleep 1.5; echo wa''s 1\n")
        end = wait_dump(guest, 3, 0)
        check = r"\(sleep\): sleeps until a signal for .*\n.*in thread_sleep_until <"
        if not re.search(check, guest.console.text()):
            raise Fail("the dump does not show the sleeper\n" + guest.tail())
        start = guest.wait_console(r"^was 1", start=end).end()
        send_breaks(guest, start)
        end = wait_dump(guest, 3, start)
        guest.send("\necho wa''s 2; echo c > /proc/sysrq-trigger\n")
        guest.wait_console(r"^was 2", start=end)
        guest.wait_console(r"PANIC.*sysrq: asked for by echo", start=end)
        guest.expect_end(qemu.PANIC)


def jobs():
    names = [n for n in re.findall(r"^CRASH\((\w+)\)", source("tests/kernel/hang.c"), re.M) if n in HANGS]
    quick = ("spin_abba", "mutex_abba")
    return [one(f"hang/watchdog-{n}", watchdog, n, slow=n not in quick) for n in names] + \
           [one("hang/watchdog-spin_self", self_deadlock), one("hang/checker-lock_order", lock_order)] + \
           [one(f"hang/runner-{n}", runner, n, slow=n not in quick) for n in names] + \
           [one("hang/goes-on", goes_on, slow=True), one("hang/asked", asked)]
