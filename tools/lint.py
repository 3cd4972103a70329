#!/usr/bin/env python3
"""Check the rules of the source tree that a compiler does not: `make lint`.

Prints one line a problem, `path:line: [rule] text`, and ends with a count; the status is 1 if there was any.
`--graph` prints which kernel folder includes which, from the code. `--root DIR` checks another tree (the tests do).
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lintlib import docs, headers, layers, shape  # noqa: E402
from lintlib.tree import Tree  # noqa: E402

RULES = (layers.check_includes, layers.check_user_includes, layers.check_cycles, layers.check_calls,
         shape.check_lengths, shape.check_first_reading, shape.check_words, shape.check_conditionals,
         shape.check_format, shape.check_openings, shape.check_cfi,
         docs.check_references, docs.check_walks, docs.check_paths, docs.check_index, docs.check_locks,
         headers.check_alone)


def problems(tree, rules=RULES):
    """All problems of the tree, sorted by place."""
    return sorted({p for rule in rules for p in rule(tree)})


def main():
    parser = argparse.ArgumentParser(description="check the rules of the source tree")
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser.add_argument("--graph", action="store_true", help="print the folders' dependencies")
    args = parser.parse_args()
    tree = Tree(args.root)
    if args.graph:
        print(layers.graph_text(tree))
        return 0
    found = problems(tree)
    for p in found:
        print(f"{p.path}:{p.line}: [{p.rule}] {p.text}")
    print(f"lint: {len(tree.files)} files, {len(found)} problem{'' if len(found) == 1 else 's'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
