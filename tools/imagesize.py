#!/usr/bin/env python3
"""How big the kernel is, by folder: `make size`.

The figure that counts is what a loader copies: the file bytes of all PT_LOAD segments, so code, constants, initialised
data and the symbol table for backtraces; not .bss, which takes memory but no place in the image, and not what only
gdb reads. The rows come from the object files. The linker merges equal strings and pads between sections: the row
`linking` is what that makes of the sum.

Usage: imagesize.py KERNEL OBJECT...
"""
import os
import sys
from collections import defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from elf import Elf, PF_W, PF_X, SHF_ALLOC, SHT_NOBITS  # noqa: E402

IMAGE_MAX = 400 * 1024
CODE, CONSTANTS, DATA, BSS = range(4)
HEADINGS = ("code", "constants", "data", "bss")
SHF_WRITE, SHF_EXECINSTR = 1, 4


def image_bytes(elf):
    """What the loader copies."""
    return sum(s.filesz for s in elf.loads)


def kind(writable, executable, stored):
    """Which column a section belongs in."""
    if executable:
        return CODE
    if not writable:
        return CONSTANTS
    return DATA if stored else BSS


def of_object(elf):
    """Bytes of an object file, by column."""
    sizes = [0] * len(HEADINGS)
    for s in elf.sections:
        if s.flags & SHF_ALLOC:
            sizes[kind(s.flags & SHF_WRITE, s.flags & SHF_EXECINSTR, s.type != SHT_NOBITS)] += s.size
    return sizes


def of_image(elf):
    """The same of the linked kernel."""
    sizes = [0] * len(HEADINGS)
    for s in elf.loads:
        sizes[kind(s.flags & PF_W, s.flags & PF_X, True)] += s.filesz
        sizes[BSS] += s.memsz - s.filesz
    return sizes


def folder_of(path):
    """build/kernel/fs/open.c.o is of kernel/fs, whatever the build folder is called."""
    parts = path.split(os.sep)
    first = next(i for i, part in enumerate(parts) if part in ("boot", "kernel", "tests"))
    return os.sep.join(parts[first:-1])


def rows(image, symbols, objects):
    """(name, sizes) for each folder, the symbol table, the linker's share and the whole."""
    by_folder = defaultdict(lambda: [0] * len(HEADINGS))
    for path in objects:
        folder = folder_of(path)
        by_folder[folder] = [a + b for a, b in zip(by_folder[folder], of_object(Elf(path)))]
    found = sorted(by_folder.items(), key=lambda row: -sum(row[1][:BSS]))
    found.append(("symbol table", [0, symbols, 0, 0]))
    total = of_image(image)
    found.append(("linking", [t - sum(sizes[i] for _, sizes in found) for i, t in enumerate(total)]))
    return found + [("all", total)]


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    image = Elf(sys.argv[1])
    print(f"{'':16}" + "".join(f"{h:>11}" for h in HEADINGS))
    for name, sizes in rows(image, image.section(".ksyms").size, sys.argv[2:]):
        print(f"{name:16}" + "".join(f"{n:11,}" for n in sizes))
    size = image_bytes(image)
    print(f"image: {size:,} bytes = {size / 1024:.1f} KiB of at most {IMAGE_MAX // 1024} (code, constants, data)")
    return size > IMAGE_MAX


if __name__ == "__main__":
    sys.exit(main())
