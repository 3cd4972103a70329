"""tests/bench/bars: what each operation may cost, and what Linux takes for it."""
import os
from dataclasses import dataclass

import qemu

PATH = os.path.join(qemu.ROOT, "tests/bench/bars")


@dataclass
class Bar:
    bar: float          # None: there is none
    linux: float        # None: Linux has none
    held: float         # what the test suite holds: the bar, or what was reached


def number(word):
    return None if word == "-" else float(word)


def parse(text):
    """{operation: Bar} in the order of the file."""
    table = {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words:
            name, bar, linux, held = words[0], *map(number, words[1:])
            limits = [x for x in (bar, held) if x is not None]
            table[name] = Bar(bar, linux, max(limits) if limits else None)
    return table


def read():
    with open(PATH) as f:
        return parse(f.read())
