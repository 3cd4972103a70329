"""Boots: through both loaders, on machines of several sizes, with a screen, and idling.

A boot counts when every CPU that the machine has is online and the shell's prompt appears; the numbers come from the
boot line `smp: N/N CPUs online`, which is compared with what QEMU was given.
"""
import os
import re
import shutil
import socket
import subprocess
import time

import qemu
import qmp
from .guest import BOOT_CAP, Guest
from .result import Fail, Skip
from .suite import one

PROMPT = r'(?:^|[^\n]*)[#$] \Z'
READER_SLEEPS = 3.0
IDLE_WINDOW, IDLE_SHARE = 3.0, 0.05
MIN_GREEN = 60                  # pixels of the word "lucid" in the prompt


def machine(options, **changes):
    """A Config with the suite's accelerator and the given differences."""
    settings = dict(ncpu=options.ncpu, mem=options.mem, accel=options.accel, append=options.append, boot="direct")
    settings.update(changes)
    return qemu.Config(**settings)


def check_cpus(guest):
    """The boot line names as many CPUs as the machine has."""
    match = guest.wait_console(r'smp: (\d+)/(\d+) CPUs online')
    online, found = int(match.group(1)), int(match.group(2))
    if not online == found == guest.config.ncpu:
        raise Fail(f"{online} of {found} CPUs online on a machine with {guest.config.ncpu}\n{guest.tail()}")


def boot(options, name, changes):
    """Boot to the prompt."""
    with Guest(name, machine(options, **changes)) as guest:
        check_cpus(guest)
        guest.wait_console(PROMPT)
        if " is not known" in guest.console.text():
            raise Fail("the kernel complains about its own command line\n" + guest.tail())


def strange_words(options):
    """A misspelt value is named, and nothing else happens."""
    append = "check=lokc,poison panic=never wx=no panic_at=dawn watchdog=cat sched=none"
    with Guest("boot-strange-words", machine(options, append=append)) as guest:
        guest.wait_console(PROMPT)
        said = guest.console.text()
        for word in ("check=lokc is not", "panic=never", "wx=no", "panic_at=dawn", "watchdog=cat", "sched=none"):
            if word not in said:
                raise Fail(f"not a word about {word}\n" + said)
        if "check=poison" in said:
            raise Fail("check=poison was complained about\n" + said)


def ovmf():
    """UEFI firmware for QEMU, or Skip: tools/packages.tbl knows where the distributions put it."""
    with open(os.path.join(qemu.ROOT, "tools/packages.tbl")) as f:
        row = next(line.split("|") for line in f if line.startswith("ovmf "))
    for path in row[4].split():
        if os.path.exists(path):
            return path
    raise Skip("no UEFI firmware here (ovmf)")


def uefi(options):
    """The same ISO starts from UEFI firmware: messages on the serial line, the shell on GOP's framebuffer."""
    screen(options, "boot-uefi", "iso", ovmf())


def check_efi(iso):
    """Skip if the ISO was made without the part that UEFI boots."""
    with open(iso, "rb") as f:
        if b"efi.img" not in f.read(1 << 20):
            raise Skip("GRUB's x86_64-efi modules or mtools are not installed")


def poweroff(options):
    """The shell's poweroff ends the machine with success."""
    with Guest("boot-poweroff", machine(options)) as guest:
        guest.wait_console(PROMPT)
        guest.send("poweroff\n")
        guest.expect_end(qemu.SUCCESS)


def slow_reader(options):
    """Who reads the console sleeps while the machine goes off, and finds every byte nevertheless.

    The socket between takes a few hundred bytes; then the port's transmitter is busy until somebody reads."""
    words = 'init=/bin/sh -- -c "echo the start; help; help; echo the end"'
    ours, theirs = qmp.pair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)       # the kernel's least
    run_dir = qemu.new_run_dir()
    child = subprocess.Popen(qemu.command(machine(options, append=words), run_dir) +
                             ["-chardev", f"socket,id=com1,fd={theirs.fileno()}", "-serial", "chardev:com1"],
                             pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    theirs.close()
    try:
        said = b""
        while b"the start" not in said and (piece := ours.recv(64)):
            said += piece
        time.sleep(READER_SLEEPS)           # longer than the kernel polls for one byte
        while piece := ours.recv(65536):
            said += piece
        status = child.wait(BOOT_CAP)
    finally:
        child.kill()
        shutil.rmtree(run_dir, ignore_errors=True)
    if status != qemu.SUCCESS or b"\r\nthe end\r\n" not in said:
        raise Fail(f"status {status}, and the last that came was {said[-60:]}")


def init_status(options, program, status):
    """What process 1 ends with reaches QEMU's caller."""
    with Guest(f"boot-init-{program}", machine(options, append=f"init=/bin/{program}")) as guest:
        guest.expect_end(status)


def cpu_seconds(pid):
    """CPU time that a process of ours has used, from /proc; Skip where there is none."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
    except OSError:
        raise Skip("no /proc here to measure CPU time with")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(options):
    """A guest at its prompt halts: less than 5 % of a host CPU for each of its own."""
    with Guest("boot-idle", machine(options, ncpu=4)) as guest:
        guest.wait_console(PROMPT)
        before, start = cpu_seconds(guest.process.pid), time.monotonic()
        time.sleep(IDLE_WINDOW)             # the one wait for time: what is measured is what happens in it
        share = (cpu_seconds(guest.process.pid) - before) / (time.monotonic() - start) / 4
        if share > IDLE_SHARE:
            raise Fail(f"an idle guest uses {share:.1%} of a CPU for each of its own")


def least_memory(options, name, boot):
    """16 MiB are enough to boot and to work with the shell."""
    if os.environ.get("SAN"):
        raise Skip("the image of SAN=1 alone has 14 MiB; it wants 32")
    with Guest(name, machine(options, boot=boot, mem="16M")) as guest:
        guest.wait_console(PROMPT)
        guest.send("ls /bin | sort | head -n 2 | tr a-z A-Z; poweroff\n")
        guest.wait_console(r"^BASENAME\nCAT$")
        guest.expect_end(qemu.SUCCESS)


def screen(options, name, boot, firmware=""):
    """The machine with a screen and a PS/2 keyboard: the shell's prompt appears on the one, the other types."""
    words = "console=ttyS0 console=tty1"            # messages on both, the shell on the screen
    with Guest(name, machine(options, gui=True, boot=boot, append=words, firmware=firmware)) as guest:
        if firmware:
            check_efi(guest.iso)
        check_cpus(guest)
        guest.wait_console(r"^\[.*\] vt: ")
        deadline = time.monotonic() + BOOT_CAP
        while green_pixels(guest) < MIN_GREEN:
            if time.monotonic() > deadline:
                guest.hang("prompt on the screen", BOOT_CAP)
            time.sleep(0.2)
        for key in list("poweroff") + ["ret"]:
            guest.qmp().command("send-key", keys=[{"type": "qcode", "data": key}])
        guest.expect_end(qemu.SUCCESS)


def green_pixels(guest):
    """How much of the screen is green: the prompt is all that is."""
    shot = os.path.join(guest.folder, "screen.ppm")
    guest.qmp().command("screendump", filename=shot)
    with open(shot, "rb") as f:
        data = f.read()
    body = data[re.match(rb"P6\s+\d+\s+\d+\s+255\s", data).end():]
    return sum(1 for red, green, blue in zip(body[0::3], body[1::3], body[2::3])
               if green > 150 and red < 120 and blue < 180)


def stress(options, rounds):
    """`make stress-boot`: boot again and again at four CPUs; the first failure ends it."""
    started = time.monotonic()
    for n in range(1, rounds + 1):
        boot(options, "boot-stress", dict(ncpu=4))
        print(f"boot {n}/{rounds}", flush=True)
    print(f"{rounds} boots in {time.monotonic() - started:.0f} s, none failed")
    return 0


def variants():
    """(name, slow, changes) of every boot to the prompt."""
    yield "direct-4", False, dict(ncpu=4)
    yield "iso-4", False, dict(boot="iso", ncpu=4)
    for n in (1, 2, 8):
        yield f"direct-{n}", n != 1, dict(ncpu=n)
    yield "iso-1", True, dict(boot="iso", ncpu=1)
    yield "direct-32M", True, dict(mem="32M", ncpu=2)
    yield "iso-32M", True, dict(boot="iso", mem="32M", ncpu=1)
    yield "direct-8G", True, dict(mem="8G", ncpu=2)
    yield "iso-8G", True, dict(boot="iso", mem="8G", ncpu=2)


def jobs():
    out = [one(f"boot/{name}", boot, f"boot-{name}", changes, slow=slow) for name, slow, changes in variants()]
    out.append(one("boot/uefi", uefi, slow=True))
    out.append(one("boot/poweroff", poweroff))
    out.append(one("boot/slow-reader", slow_reader))
    out.append(one("boot/strange-words", strange_words))
    out.append(one("boot/init-success", init_status, "true", qemu.SUCCESS))
    out.append(one("boot/init-failure", init_status, "false", qemu.INIT_FAILED))
    out.append(one("boot/screen-text", screen, "boot-screen-text", "direct"))
    out.append(one("boot/screen-framebuffer", screen, "boot-screen-framebuffer", "iso", slow=True))
    out.append(one("boot/idle", idle, slow=True))
    out.append(one("boot/direct-16M", least_memory, "boot-direct-16M", "direct"))
    out.append(one("boot/iso-16M", least_memory, "boot-iso-16M", "iso", slow=True))
    return out
