"""The machine that the benchmark runs in, the same for every kernel."""
import contextlib
import os
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass

import qemu

# Both kernels read these words: no chatter on the serial line; Linux without the detours against leaking processors,
# and with pages of 4 KiB, which is what the figures are about.
WORDS = "console=ttyS0 quiet mitigations=off transparent_hugepage=never --"
ARCHIVE = os.path.join(qemu.BUILD, "bench.cpio")
CAP_S = 600
PROMPT = b"# "
FIGURE = re.compile(r'^(\w+) (\d+\.\d) instructions\s*$', re.M)
SKIPPED = re.compile(r'^# skipped (\w+): (.*?)\s*$', re.M)


class Trouble(Exception):
    """The machine did not deliver; the message says what it did instead."""


def arguments(kernel, initrd, append, clock="sleep=off"):
    """QEMU's command line; `clock` is the rest of -icount, or None to run by time. Without erms and fsrm kernels copy
    with `rep movsq`, of which the emulator counts one instruction for 8 bytes: `rep movsb` would count one a byte."""
    return [qemu.qemu_program() or "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine", "q35",
            "-accel", "tcg", "-cpu", "max,-erms,-fsrm", "-smp", "1", "-m", "512M",
            *(["-icount", "shift=0," + clock] if clock else []), "-nic", "none",
            "-vga", "none", "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0x501,iosize=2",
            "-serial", "stdio", "-kernel", kernel, "-initrd", initrd, "-append", append]


@contextlib.contextmanager
def started(command, **how):
    """The machine while it runs; it is ended when the caller has what it wants, or when it hangs."""
    if not shutil.which(command[0]):
        raise Trouble(f"{command[0]} is not installed; `make setup` brings it")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
    alarm = threading.Timer(CAP_S, process.kill)
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        process.kill()
        process.wait()


def read_until(stream, end):
    """Read what the machine says until it stops with `end`."""
    said = b""
    while not said.endswith(end):
        piece = os.read(stream.fileno(), 4096)
        if not piece:
            raise Trouble("the machine ended too early:\n" + said.decode(errors="replace")[-2000:])
        said += piece


@dataclass
class Run:
    """What one run of user/bench printed."""
    figures: dict       # {operation: figure}
    skipped: dict       # {operation: why the kernel does not do it}


def run(kernel, patterns=(), clock="sleep=off"):
    """Run user/bench on a kernel."""
    command = arguments(kernel, ARCHIVE, " ".join([WORDS, *patterns]), clock)
    with started(command, stdin=subprocess.DEVNULL) as process:
        said = process.stdout.read().decode(errors="replace").replace("\r", "")
    if "# bench ends" not in said:
        raise Trouble(f"{kernel}: the benchmark did not end; the last words were\n" + said[-2000:])
    result = Run({name: float(value) for name, value in FIGURE.findall(said)}, dict(SKIPPED.findall(said)))
    if not result.figures:
        raise Trouble(f"nothing was measured: {' '.join(patterns) or 'no operation'}")
    return result
