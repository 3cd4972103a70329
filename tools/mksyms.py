#!/usr/bin/env python3
"""Make the kernel's embedded symbol table from `nm -n` output.

The output is assembly for the section .ksyms, which linker.ld places last. It holds one stream, ksym_table: for each
function in the order of addresses

    its distance from the one before (the first: from KERNEL_BASE), an unsigned LEB128 number
    its name, NUL-terminated

and distance 0 at the end.

With no input the table is empty: that is the first pass of the two-pass link (see the Makefile).
Only code is listed. A backtrace asks "which function holds this address", and the answer is the last
symbol at or below it.
"""
import re
import sys

KERNEL_BASE = 0xFFFFFFFF80000000
LINE = re.compile(r'^([0-9a-f]{16}) ([tTwW]) (\S+)$')


def code_symbols(lines):
    """(offset, name) of each function at or above KERNEL_BASE, one name an address, in order.

    Of several names for one address a global one wins: it is what the reader can search for.
    Compiler-made locals (.L, __pfx_) never help.
    """
    best = {}
    for line in lines:
        m = LINE.match(line.strip())
        if not m or m.group(3).startswith((".L", "$")):
            continue
        addr, kind, name = int(m.group(1), 16), m.group(2), m.group(3)
        if addr < KERNEL_BASE:
            continue
        rank = (kind in "TW", name)
        if addr not in best or rank[0] > best[addr][0]:
            best[addr] = rank
    return [(addr - KERNEL_BASE, best[addr][1]) for addr in sorted(best)]


def assembly(symbols):
    """The table as assembly text."""
    out = ["/* Made by tools/mksyms.py: function addresses and names for backtraces. */",
           '.section .ksyms, "a", @progbits', ".globl ksym_table", "ksym_table:"]
    before = 0
    for offset, name in symbols:
        out.append(f'.uleb128 {offset - before:#x}; .asciz "{name}"')
        before = offset
    out += [".byte 0", '.section .note.GNU-stack, "", @progbits']
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(assembly(code_symbols(sys.stdin)))
