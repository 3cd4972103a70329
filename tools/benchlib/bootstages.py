"""Where the time of a boot goes: instructions by stage, and time beside an empty kernel's.

QEMU records the run, because then it knows how many instructions it has executed, and gdb's stub stops it at the first
instruction of each stage. A stop moves the machine's clock, which costs the kernel a timer interrupt or two: the exact
length of the whole is that of boot.py.

In time: from the start of QEMU to the prompt, by turns with a kernel that only switches the machine off. What that
takes is QEMU's and its firmware's.
"""
import os
import shutil
import subprocess
import tempfile
import time
from statistics import median

import gdbstub
import qemu
import qmp
import tinykernel
from elf import Elf
from .machine import PROMPT, Trouble, arguments, read_until, started

WALL_BAR = 3.0                  # times the empty kernel
KERNEL_BASE = 0xFFFFFFFF80000000


def stage_table(elf, symbols):
    """(name, function) of each stage that kmain goes through: the array `stages` of kernel/main.c."""
    def read(address, length):
        at = elf.physical_to_offset(address - KERNEL_BASE)
        return elf.data[at:at + length]
    start, size = symbols["stages"]
    words = [int.from_bytes(read(start + at, 8), "little") for at in range(0, size, 8)]
    names = [read(address, 64).split(b"\0")[0].decode() for address in words[0::2]]
    return list(zip(names, words[1::2]))


def milestones(kernel):
    """(what begins here, address), in the order of the boot; the last one is the end."""
    elf = Elf(kernel)
    symbols = {s.name: (s.value, s.size) for s in elf.symbols()}
    try:
        def at(name):
            return symbols[name][0]
        return [("start.S", elf.entry), ("kmain", at("kmain")), *stage_table(elf, symbols),
                ("initrd", at("initrd_load")), ("init", at("init_start")), ("sh", at("process_exec")),
                ("prompt", at("tty_read"))]
    except KeyError as missing:
        raise Trouble(f"{kernel} has no symbol {missing}: it is a milestone of tools/benchlib/bootstages.py")


def counts(addresses, kernel, initrd, folder):
    """How many instructions the machine has executed when it comes to each address."""
    (gdb, its_gdb), (control, its_control) = qmp.pair(), qmp.pair()
    command = arguments(kernel, initrd, "", f"sleep=off,rr=record,rrfile={folder}/record") + [
        "-S", "-chardev", f"socket,id=gdb,fd={its_gdb.fileno()}", "-gdb", "chardev:gdb",
        "-chardev", f"socket,id=control,fd={its_control.fileno()}", "-mon", "chardev=control,mode=control"]
    with started(command, stdin=subprocess.DEVNULL, pass_fds=[its_gdb.fileno(), its_control.fileno()]):
        its_gdb.close()
        its_control.close()
        stub, monitor = gdbstub.Stub(gdb), qmp.Qmp(control)
        for address in addresses:
            if not stub.run_to(address):
                raise Trouble(f"the machine ended before it came to {address:#x}")
            yield monitor.command("query-replay")["icount"]
        gdb.close()
        control.close()


def stages(kernel=qemu.KERNEL, initrd=qemu.INITRD):
    """{stage: instructions}, in the order of the boot."""
    names, addresses = zip(*milestones(kernel))
    with tempfile.TemporaryDirectory() as folder:
        when = list(counts(addresses, kernel, initrd, folder))
    return {name: b - a for name, a, b in zip(names, when, when[1:])}


def seconds(config, wait):
    """From the start of QEMU until wait(process) comes back."""
    run_dir = qemu.new_run_dir()
    begin = time.monotonic()
    try:
        with started(qemu.command(config, run_dir) + ["-serial", "stdio"], stdin=subprocess.PIPE) as process:
            wait(process)
            return time.monotonic() - begin
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)


def to_the_prompt(process):
    read_until(process.stdout, PROMPT)


def to_the_end(process):
    if process.wait() != qemu.SUCCESS:
        raise Trouble(f"an empty kernel ended with status {process.returncode}: {process.stdout.read().decode()}")


def machine_of_make_qemu(**changes):
    config = qemu.config_from_environment()
    config.boot = "direct"
    for name, value in changes.items():
        setattr(config, name, value)
    return config


def wall_clock(turns):
    """(seconds to the prompt, seconds of an empty kernel, ratio): medians of `turns` pairs of runs."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "empty.elf")
        with open(path, "wb") as f:
            f.write(tinykernel.elf(tinykernel.leave(0x10)))
        lucid, empty = machine_of_make_qemu(), machine_of_make_qemu(kernel=path, initrd="")
        pairs = [(seconds(lucid, to_the_prompt), seconds(empty, to_the_end)) for _ in range(turns)]
    return tuple(median(column) for column in (*zip(*pairs), [a / b for a, b in pairs]))


def table(stage_counts, total, bar):
    """The stages as text, each with its share."""
    lines = [f"{'stage':10} {'instructions':>12}"]
    lines += [f"{name:10} {count:12,} {count / total:6.1%}" for name, count in stage_counts.items()]
    return "\n".join(lines + [f"{'all':10} {total:12,}, at most {bar:,.0f}"])
