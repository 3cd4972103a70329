"""The machine around the kernel: lucid irq, lucid dmesg, lucid type."""
import os

import gdb

from .kernel import LucidCommand, address, fail, variable

SSTEP_ENABLE, SSTEP_NOIRQ, SSTEP_NOTIMER = 1, 2, 4      # QEMU, include/hw/core/cpu.h
DONE, PHASE_BITS = 0, 2                                 # of a record's state word
CONSOLE_VARIABLE = "LUCID_CONSOLE_FD"                   # set by tools/debug.py


def packet(text):
    """Send a packet of QEMU's own; its answer."""
    said = gdb.execute(f"maintenance packet {text}", to_string=True)
    if 'received: ""' in said:
        fail("this gdb stub is not QEMU's: it does not know " + text)
    return said.split('received: "')[-1].split('"')[0]


class Irq(LucidCommand):
    """Interrupts while single-stepping: lucid irq [on|off].
QEMU masks interrupts and stops the clocks of timers while gdb steps, or every step would end in the timer's handler.
off (the default) keeps it so; on lets them in, to watch one arrive. Running (continue) is not affected."""
    name = "lucid irq"

    def run(self, words):
        if words not in ([], ["on"], ["off"]):
            fail("lucid irq [on|off]")
        if words:
            mask = SSTEP_ENABLE if words == ["on"] else SSTEP_ENABLE | SSTEP_NOIRQ | SSTEP_NOTIMER
            packet(f"Qqemu.sstep=0x{mask:x}")
        mask = int(packet("qqemu.sstep"), 16)
        print(f"while stepping: interrupts {'masked' if mask & SSTEP_NOIRQ else 'taken'}, timers "
              f"{'stopped' if mask & SSTEP_NOTIMER else 'running'}")


class Dmesg(LucidCommand):
    """The kernel's log, shown or not yet shown: lucid dmesg [COUNT].
Read from the ring itself, so it has what no console has printed, as in a panic or a hang. COUNT: only the last."""
    name = "lucid dmesg"

    def run(self, words):
        if len(words) > 1 or words and not words[0].isdigit():
            fail("lucid dmesg [COUNT]")
        ring = variable("ring", "kernel/lib/klog.c")
        head, slots = int(ring["head"]), int(ring["nslots"])
        first = max(1, head - slots, head - int(words[0]) if words else 1)
        for n in range(first, head):
            slot = ring["slots"][n & (slots - 1)]
            if int(slot["state"]) != n << PHASE_BITS | DONE:
                continue                # lost, or being written just now
            ns = int(slot["time_ns"])
            text = bytes(gdb.selected_inferior().read_memory(address(slot["text"].address), int(slot["len"])))
            print(f"[{ns // 10**9:5}.{ns // 1000 % 10**6:06}] {text.decode(errors='replace')}")


class Type(LucidCommand):
    """Type a line at the machine's console: lucid type TEXT.
It is read when the machine runs. With `make gdb-server` the console is in that terminal, and this command refuses."""
    name = "lucid type"

    def invoke(self, argument, from_tty):
        fd = os.environ.get(CONSOLE_VARIABLE)
        if not fd:
            fail("the console is not this gdb's: type in the terminal of `make gdb-server`")
        os.write(int(fd), argument.encode() + b"\n")


COMMANDS = (Irq, Dmesg, Type)
