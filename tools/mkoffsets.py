#!/usr/bin/env python3
"""Turn the markers in compiled offsets.c into #defines for assembly.

offsets.c emits lines such as `->TF_RIP $136` through asm(): the compiler knows the layout of its structures, and
assembly must not guess it. Usage: mkoffsets.py IN.s OUT.h
"""
import re
import sys

MARKER = re.compile(r'->(\w+)\s+[$#]?(-?\d+)')


def header(assembly):
    """The header's text: one #define a marker, in the order of the source."""
    found = MARKER.findall(assembly)
    if not found:
        raise SystemExit("mkoffsets: no markers found: is offsets.c empty?")
    lines = ["/* Made by tools/mkoffsets.py from kernel/x86/offsets.c: structure offsets for assembly. */",
             "#pragma once", ""]
    lines += [f"#define {name} {value}" for name, value in found]
    return "\n".join(lines) + "\n"


def main():
    source, target = sys.argv[1:3]
    with open(source) as f:
        text = header(f.read())
    with open(target, "w") as f:
        f.write(text)


if __name__ == "__main__":
    main()
