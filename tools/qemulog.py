#!/usr/bin/env python3
"""Read QEMU's interrupt log (`-d int,cpu_reset`) and say each event with names and source lines.

    42: v=0e e=0002 i=0 cpl=0 IP=0008:ffffffff80103a51 pc=ffffffff80103a51 SP=0010:ffff... CR2=0000000000000010
becomes
    42  #PF page fault, write, not present, kernel mode; CR2=0x10
        at 0xffffffff80103a51 frame_alloc (kernel/mm/frame.c:87)

Usage: qemulog.py LOG [--elf build/lucid.elf] [--user build/user/bin/X.elf] [--all]
Hardware interrupts (vectors from 0x20) are counted and left out unless --all is given.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KERNEL_HALF = 0xFFFF800000000000
EVENT = re.compile(r'^\s*(\d+): v=([0-9a-f]{2}) e=([0-9a-f]{4}) i=(\d) cpl=(\d) IP=[0-9a-f]+:[0-9a-f]+ '
                   r'pc=([0-9a-f]+) SP=[0-9a-f]+:([0-9a-f]+)(?: CR2=([0-9a-f]+))?')
# Intel SDM vol. 3, "Exception and Interrupt Reference"
NAMES = {0: "#DE divide error", 1: "#DB debug", 2: "NMI", 3: "#BP breakpoint", 4: "#OF overflow", 5: "#BR bound",
         6: "#UD invalid opcode", 7: "#NM device not available", 8: "#DF double fault", 10: "#TS invalid TSS",
         11: "#NP segment not present", 12: "#SS stack fault", 13: "#GP general protection", 14: "#PF page fault",
         16: "#MF x87 error", 17: "#AC alignment check", 18: "#MC machine check", 19: "#XM SIMD error"}
# "Page-Fault Error Code": bit -> (meaning when clear, when set)
PF_BITS = [(0, "not present", "protection"), (1, "read", "write"), (2, "kernel mode", "user mode"),
           (3, "", "reserved bit set"), (4, "", "instruction fetch")]


class Symbols:
    """addr2line on demand, one process, answers kept."""

    def __init__(self, elf):
        tool = shutil.which("addr2line") or shutil.which("llvm-addr2line")
        self.known = {}
        self.process = None
        if tool and elf and os.path.exists(elf):
            self.process = subprocess.Popen([tool, "-f", "-e", elf], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            text=True)

    def name(self, address):
        """` function (file:line)`, or nothing where it is not known."""
        if self.process is None:
            return ""
        if address not in self.known:
            self.process.stdin.write(f"{address:#x}\n")
            self.process.stdin.flush()
            function = self.process.stdout.readline().strip()
            place = self.process.stdout.readline().strip()
            known = not function.startswith("?")
            self.known[address] = f" {function} ({place.replace('./', '', 1)})" if known else ""
        return self.known[address]


def page_fault(error):
    """The error code of a page fault in words."""
    words = [(when_set if error >> bit & 1 else when_clear) for bit, when_clear, when_set in PF_BITS]
    return ", ".join(w for w in words if w)


def describe(match, kernel, user):
    """Two lines for one event."""
    number, vector, error, soft, cpl, pc, sp, cr2 = match.groups()
    vector, error, pc = int(vector, 16), int(error, 16), int(pc, 16)
    what = NAMES.get(vector, f"interrupt {vector:#x}") + (" (int instruction)" if soft == "1" else "")
    if vector == 14:
        what += f", {page_fault(error)}; CR2={int(cr2 or '0', 16):#x}"
    elif error:
        what += f", error code {error:#x}"
    where = (kernel if pc >= KERNEL_HALF else user).name(pc)
    return f"{number:>6}  {what}\n        at {pc:#x}{where}, cpl {cpl}, stack {int(sp, 16):#x}"


def decode(lines, kernel, user, everything=False):
    """Yield text for each event of the log."""
    skipped = Counter()
    for line in lines:
        match = EVENT.match(line)
        if match:
            vector = int(match.group(2), 16)
            if vector >= 0x20 and not everything:
                skipped[vector] += 1
            else:
                yield describe(match, kernel, user)
        elif line.startswith("Triple fault"):
            yield "        TRIPLE FAULT: no handler could be entered; the CPU resets"
        elif line.startswith("CPU Reset"):
            yield "        " + line.strip()
    for vector, count in sorted(skipped.items()):
        yield f"{count:>6}  times interrupt {vector:#x} (--all shows them)"


def main():
    parser = argparse.ArgumentParser(description="decode QEMU's interrupt log")
    parser.add_argument("log")
    parser.add_argument("--elf", default=os.path.join(ROOT, os.environ.get("BUILD_DIR") or "build", "lucid.elf"))
    parser.add_argument("--user", help="the program whose addresses below the kernel half are meant")
    parser.add_argument("--all", action="store_true")
    args = parser.parse_args()
    with open(args.log, errors="replace") as f:
        for text in decode(f, Symbols(args.elf), Symbols(args.user), args.all):
            print(text)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit(0)
