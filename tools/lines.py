#!/usr/bin/env python3
"""Count the non-blank lines of boot/ and kernel/ by folder, comments included: `make lines`.

The number is a promise (the kernel without its later features stays below 12,000 lines), so it is easy to see.
"""
import os
import sys
from collections import Counter

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lintlib import layers  # noqa: E402
from lintlib.shape import FIRST_READING, FIRST_READING_LINES  # noqa: E402
from lintlib.tree import Tree  # noqa: E402

SUFFIXES = (".c", ".h", ".S", ".def")


def main():
    tree = Tree(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    count = Counter()
    for f in tree.under("boot", "kernel", suffix=SUFFIXES):
        count[f.layer or "boot"] += sum(1 for line in f.lines if line.strip())
    heights = layers.order(tree)
    for name in sorted(count, key=lambda n: heights.get(n, -1)):
        print(f"{count[name]:7,}  {name}")
    print(f"{sum(count.values()):7,}  in all")
    reading = sum(tree.by_path[p].text.count("\n") for p in FIRST_READING if p in tree.by_path)
    print(f"{reading:7,}  first reading (at most {FIRST_READING_LINES:,}, blank lines included)")


if __name__ == "__main__":
    main()
