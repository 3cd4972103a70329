"""The machine that the benchmark runs in, the same for every kernel."""
import os
import re
import shutil
import subprocess
import threading

import qemu

# Both kernels read these words: no chatter on the serial line; Linux without the detours against leaking processors,
# and with pages of 4 KiB, which is what the figures are about.
WORDS = "console=ttyS0 quiet mitigations=off transparent_hugepage=never --"
CAP_S = 600
FIGURE = re.compile(r'^(\w+) (\d+\.\d) instructions\s*$', re.M)
SKIPPED = re.compile(r'^# skipped (\w+): (.*?)\s*$', re.M)


class Trouble(Exception):
    """The machine did not deliver; the message says what it did instead."""


def arguments(kernel, initrd, append, wall=False):
    """QEMU's command line. Without erms and fsrm kernels copy with `rep movsq`, of which the emulator counts one
    instruction for 8 bytes: `rep movsb` would count one for each byte."""
    clock = [] if wall else ["-icount", "shift=0,sleep=off"]
    return [qemu.qemu_program() or "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine", "q35",
            "-accel", "tcg", "-cpu", "max,-erms,-fsrm", "-smp", "1", "-m", "512M", *clock, "-nic", "none",
            "-vga", "none", "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0x501,iosize=2",
            "-serial", "stdio", "-kernel", kernel, "-initrd", initrd, "-append", append]


def console(command, cap_s=CAP_S):
    """Run the machine to its end; what it said on its serial line."""
    if not shutil.which(command[0]):
        raise Trouble(f"{command[0]} is not installed; `make setup` brings it")
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    alarm = threading.Timer(cap_s, process.kill)
    alarm.start()
    try:
        return process.stdout.read().decode(errors="replace").replace("\r", "")
    finally:
        alarm.cancel()
        process.kill()
        process.wait()


def run(kernel, patterns=(), wall=False):
    """{operation: figure} of one run of user/bench on a kernel."""
    said = console(arguments(kernel, os.path.join(qemu.BUILD, "bench.cpio"), " ".join([WORDS, *patterns]), wall))
    if "# bench ends" not in said:
        raise Trouble(f"{kernel}: the benchmark did not end; the last words were\n" + said[-2000:])
    figures = {name: float(value) for name, value in FIGURE.findall(said)}
    if not figures:
        raise Trouble(f"nothing was measured: {' '.join(patterns) or 'no operation'}")
    return figures
