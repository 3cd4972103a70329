"""Lucid's commands for gdb: `help lucid` lists them, docs/debugging.md shows them at work.

`make gdb` loads this; any other gdb does by `source tools/gdb/lucid.py`.
"""
import os
import sys

import gdb

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
from lucidgdb import machine, memory, programs, tasks, traps, trapstep  # noqa: E402


class Lucid(gdb.Command):
    """Lucid's own commands."""

    def __init__(self):
        super().__init__("lucid", gdb.COMMAND_STATUS, prefix=True)

    def invoke(self, argument, from_tty):
        if argument:
            raise gdb.GdbError(f"no command lucid {argument.split()[0]}; `help lucid` lists them")
        gdb.execute("help lucid")


gdb.execute("source " + os.path.join(HERE, "start.gdb"))
Lucid()
for module in (tasks, memory, programs, traps, trapstep, machine):
    for command in module.COMMANDS:
        command()
traps.TrapFilter()
