"""Lucid's commands for gdb."""
import os

import gdb

gdb.execute("source " + os.path.join(os.path.dirname(os.path.abspath(__file__)), "start.gdb"))
