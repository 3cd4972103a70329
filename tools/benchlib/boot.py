"""How many instructions the kernel takes from its entry to the shell's prompt.

QEMU counts instructions while it records an execution, and tells the count (QMP's query-replay). The machine's firmware
runs first, so the machine is started twice: once to the prompt, and once with a copy of the kernel whose first two
instructions are `cli; hlt`, which stops where the other begins.
"""
import os
import struct
import subprocess
import tempfile

import qemu
import qmp
from elf import Elf
from . import machine

CLI_HLT = b"\xfa\xf4"
XEN_ELFNOTE_PHYS32_ENTRY = 18       # what QEMU's -kernel starts (Xen, "x86/HVM direct boot ABI")


def halting_copy(kernel, path):
    """The kernel, but halting at its entry."""
    elf = Elf(kernel)
    entry = next(n for n in elf.notes() if n.type == XEN_ELFNOTE_PHYS32_ENTRY)
    at = elf.physical_to_offset(struct.unpack("<I", entry.desc[:4])[0])
    with open(path, "wb") as f:
        f.write(elf.data[:at] + CLI_HLT + elf.data[at + len(CLI_HLT):])


def count_until_halt(kernel, folder, said):
    """Instructions until the CPU halts, having said `said`."""
    ours, theirs = qmp.pair()
    command = machine.arguments(kernel, qemu.INITRD, "console=ttyS0", f"rr=record,rrfile={folder}/record")
    command += ["-chardev", f"socket,id=control,fd={theirs.fileno()}", "-mon", "chardev=control,mode=control"]
    with machine.started(command, pass_fds=[theirs.fileno()], stdin=subprocess.PIPE) as process:
        theirs.close()
        machine.read_until(process.stdout, said)
        control = qmp.Qmp(ours)
        while "HLT=1" not in control.human("info registers"):
            pass
        count = control.command("query-replay")["icount"]
        ours.close()
    return count


def instructions(kernel=qemu.KERNEL):
    with tempfile.TemporaryDirectory() as folder:
        halting = os.path.join(folder, "halting.elf")
        halting_copy(kernel, halting)
        return count_until_halt(kernel, folder, machine.PROMPT) - count_until_halt(halting, folder, b"")
