#!/usr/bin/env python3
"""Collect what each program says of itself, for the shell's `help NAME` and for NAME --help.

Usage: mkhelp.py -o OUT SOURCE...

The first comment of a program is its manual: `/* NAME [OPTIONS] ARGUMENTS: what it does. */`. A line of the result is a
name, a tab, and that text; lines that a long text needs begin with a tab.
"""
import argparse
import os
import re
import textwrap


def name_of(path):
    """A program is a file, or a folder with a main.c."""
    folder, file = os.path.split(path)
    return os.path.basename(folder) if file == "main.c" else file[:-len(".c")]


def manual(text):
    """The first comment as one paragraph."""
    comment = re.match(r"/\*(.*?)\*/", text, re.S)
    return " ".join(re.sub(r"^\s*\*", "", line).strip() for line in comment.group(1).splitlines()).strip()


def main():
    parser = argparse.ArgumentParser(description="collect the programs' manuals")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("sources", nargs="+")
    args = parser.parse_args()
    with open(args.output, "w") as out:
        for path in sorted(args.sources, key=name_of):
            with open(path) as f:
                lines = textwrap.wrap(manual(f.read()), 76)
            out.write(f"{name_of(path)}\t" + "\n\t".join(lines) + "\n")


if __name__ == "__main__":
    main()
