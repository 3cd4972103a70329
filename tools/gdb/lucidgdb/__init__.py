"""Lucid's commands for gdb, by subject: kernel.py reads the kernel's data, the others are the commands."""
