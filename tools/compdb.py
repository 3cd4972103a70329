#!/usr/bin/env python3
"""Write compile_commands.json, from which clangd (and with it most editors) learns how each file is compiled.

Usage: compdb.py COMMAND FILE... [-- COMMAND FILE...]     the JSON goes to standard output

Its reader is clang, whoever compiled: gcc's own headers (stdatomic.h before all) are no C to it, and it complains of
flags that it does not know. So it gets its own headers, and only flags that change what the text means.
"""
import json
import os
import shlex
import sys

PREFIXES_FOR_CLANG = ("-std=", "-I", "-D", "-W", "-O", "-m", "-ffreestanding", "-fno-strict-aliasing", "-fno-common")
ONLY_GCC = ("-mstack-protector-guard",)


def for_clang(command):
    """The flags of a compiler's command, as clang takes them."""
    flags = [word for word in shlex.split(command)
             if word.startswith(PREFIXES_FOR_CLANG) and not word.startswith(ONLY_GCC)]
    return ["clang", "--target=x86_64-linux-gnu", "-nostdlibinc"] + flags


def entries(words):
    """One entry a file; groups are divided by `--`, each led by its compiler command."""
    group = []
    for word in words + ["--"]:
        if word != "--":
            group.append(word)
            continue
        for path in group[1:]:
            yield {"directory": os.getcwd(), "file": path, "arguments": for_clang(group[0]) + ["-c", path]}
        group = []


if __name__ == "__main__":
    json.dump(list(entries(sys.argv[1:])), sys.stdout, indent=1)
    print()
