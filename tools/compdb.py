#!/usr/bin/env python3
"""Write compile_commands.json, from which clangd (and with it most editors) learns how each file is compiled.

Usage: compdb.py COMMAND FILE... [-- COMMAND FILE...]     the JSON goes to standard output
"""
import json
import os
import shlex
import sys


def entries(words):
    """One entry a file; groups are divided by `--`, each led by its compiler command."""
    group = []
    for word in words + ["--"]:
        if word != "--":
            group.append(word)
            continue
        for path in group[1:]:
            yield {"directory": os.getcwd(), "file": path, "arguments": shlex.split(group[0]) + ["-c", path]}
        group = []


if __name__ == "__main__":
    json.dump(list(entries(sys.argv[1:])), sys.stdout, indent=1)
    print()
