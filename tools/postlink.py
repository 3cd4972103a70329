#!/usr/bin/env python3
"""Check a linked kernel for what a loader or the next linker version may get wrong.

Each rule stands for a failure that other teaching kernels met as a silent triple fault: a binutils update that
added a note, merged segments, or moved the multiboot header out of the first 32 KiB.

Usage: postlink.py lucid.elf [--pass1 pass1.elf]
"""
import argparse
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from elf import Elf, PF_W, PF_X, PT_NOTE, SHF_ALLOC  # noqa: E402

KERNEL_BASE = 0xFFFFFFFF80000000
MULTIBOOT2_MAGIC = 0xE85250D6
MULTIBOOT2_WINDOW = 32768        # Multiboot2 specification, "OS image format"
XEN_ELFNOTE_PHYS32_ENTRY = 18    # Xen's public/elfnote.h; QEMU's -kernel looks for it
EM_X86_64, ET_EXEC = 62, 2
KSYMS = ".ksyms"


def check_type(elf):
    if (elf.type, elf.machine) != (ET_EXEC, EM_X86_64):
        yield "not an x86-64 executable (ET_EXEC)"


def check_segments(elf):
    """W^X, load addresses that fit the machine, nothing overlapping."""
    if not elf.loads:
        yield "no PT_LOAD segment"
    for s in elf.loads:
        where = f"segment at {s.vaddr:#x}"
        if s.flags & PF_W and s.flags & PF_X:
            yield f"{where} is both writable and executable"
        if not 0x100000 <= s.paddr < 0x40000000:
            yield f"{where} loads at {s.paddr:#x}, outside 1 MiB .. 1 GiB"
        if s.vaddr >= KERNEL_BASE and s.vaddr - s.paddr != KERNEL_BASE:
            yield f"{where} loads at {s.paddr:#x}, not at its offset from {KERNEL_BASE:#x}"
        if s.vaddr < KERNEL_BASE and s.vaddr != s.paddr:
            yield f"{where} is neither identity mapped nor in the kernel's half"
    by_address = sorted(elf.loads, key=lambda s: s.paddr)
    for low, high in zip(by_address, by_address[1:]):
        if low.paddr + low.memsz > high.paddr:
            yield f"segments at {low.paddr:#x} and {high.paddr:#x} overlap"


def executable_at(elf, paddr):
    return any(s.paddr <= paddr < s.paddr + s.filesz and s.flags & PF_X for s in elf.loads)


def check_entry(elf):
    """Loaders jump to a physical address, 32-bit, in code."""
    if not executable_at(elf, elf.entry):
        yield f"entry {elf.entry:#x} is not the physical address of loaded code"


def check_multiboot2(elf):
    """An 8-aligned header with a valid checksum within the first 32 KiB of the file."""
    for at in range(0, min(MULTIBOOT2_WINDOW, len(elf.data)) - 16, 8):
        magic, arch, length, checksum = struct.unpack_from("<IIII", elf.data, at)
        if magic == MULTIBOOT2_MAGIC and (magic + arch + length + checksum) & 0xFFFFFFFF == 0:
            if at + length > MULTIBOOT2_WINDOW:
                yield "the multiboot2 header ends beyond the first 32 KiB"
            return
    yield "no valid multiboot2 header in the first 32 KiB of the file"


def check_notes(elf):
    """Exactly one note: the PVH entry. QEMU and GRUB stumble over others (.note.gnu.property)."""
    pvh = [n for n in elf.notes() if (n.owner, n.type) == ("Xen", XEN_ELFNOTE_PHYS32_ENTRY)]
    if len(pvh) != 1:
        yield f"{len(pvh)} PVH notes (XEN_ELFNOTE_PHYS32_ENTRY), not one"
    for note in pvh:
        entry = int.from_bytes(note.desc, "little")
        if not executable_at(elf, entry):
            yield f"the PVH entry {entry:#x} is not the physical address of loaded code"
    for note in elf.notes():
        if note not in pvh:
            yield f"unknown note {note.owner}/{note.type:#x}: discard it in linker.ld"
    if sum(s.type == PT_NOTE for s in elf.segments) > 1:
        yield "more than one PT_NOTE segment"


def check_sections(elf):
    """What must not be in the image at all."""
    for s in elf.sections:
        if s.flags & SHF_ALLOC and s.name.startswith((".eh_frame", ".got", ".plt", ".dynamic", ".rela")):
            if s.size and not (s.name == ".got.plt"):
                yield f"section {s.name} ({s.size} bytes) is loaded: nothing may need it"


def placed_below(elf, limit):
    """(name, address) of each symbol that lies in a section and below `limit`."""
    reserved = 0xFF00   # SHN_LORESERVE: absolute symbols and the like
    return {(s.name, s.value) for s in elf.symbols() if 0 < s.section < reserved and s.value < limit}


def check_ksyms(elf, first):
    """The second link must have moved nothing but what lies in or behind the symbol table."""
    table = elf.section(KSYMS)
    if table is None:
        yield f"no section {KSYMS}: backtraces would have no names"
        return
    moved = sorted(placed_below(elf, table.addr) ^ placed_below(first, table.addr))
    if moved:
        yield f"the second link moved {moved[0][0]}: {KSYMS} must be the last section"


CHECKS = (check_type, check_segments, check_entry, check_multiboot2, check_notes, check_sections)


def problems(path, pass1=None):
    """All complaints about the kernel at `path`."""
    elf = Elf(path)
    found = [p for check in CHECKS for p in check(elf)]
    if pass1:
        found += check_ksyms(elf, Elf(pass1))
    return found


def main():
    parser = argparse.ArgumentParser(description="post-link checks of the kernel")
    parser.add_argument("elf")
    parser.add_argument("--pass1")
    args = parser.parse_args()
    found = problems(args.elf, args.pass1)
    for p in found:
        print(f"{args.elf}: {p}", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
