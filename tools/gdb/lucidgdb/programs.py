"""Symbols of user programs: lucid user, and finding a process's ELF file without being told.

A program's addresses mean something only while it is the one that is looked at, so there is one at a time.
"""
import contextlib
import os

import gdb

from .kernel import LucidCommand, address, current_thread, fail, text_of, this_cpu

FOLDERS = ("user/bin", "user/demo", "tests/user")


class Program:
    """Whose symbols are loaded: an ELF file and by how much its addresses are shifted. path None: nobody's."""
    loaded = None

    def __init__(self, path, offset=0):
        self.path, self.offset = path, offset

    def same(self, other):
        return other is not None and (self.path, self.offset) == (other.path, other.offset)

    def load(self):
        """Be the one; who was it before leaves."""
        before = Program.loaded
        if self.same(before):
            return
        if before and before.path:
            gdb.execute(f"remove-symbol-file {before.path}", to_string=True)
        Program.loaded = self
        if self.path:
            shift = f" -o {self.offset:#x}" if self.offset else ""
            gdb.execute(f"add-symbol-file {self.path}{shift}", to_string=True)


def build_folder():
    """The folder of the kernel that gdb was started with: LLVM=1 and others have their own."""
    symbol = gdb.lookup_global_symbol("kmain")
    if symbol is None:
        fail("gdb was not started with a kernel (file build/lucid.elf)")
    return os.path.dirname(symbol.symtab.objfile.filename)


def find_elf(name):
    """The ELF file with symbols for a program's name or path; None if there is none."""
    if name.endswith(".elf") and os.path.isfile(name):
        return os.path.abspath(name)
    for folder in FOLDERS:
        path = os.path.join(build_folder(), folder, os.path.basename(name) + ".elf")
        if os.path.isfile(path):
            return path
    return None


def program_of(thread):
    """The Program that a thread runs; without a path where none is known."""
    process = thread["process"]
    if address(process) == 0 or address(process["exe"]) == 0:
        return Program(None)
    name = text_of(process["exe"]["path"]["dentry"]["name"])
    return Program(find_elf(name), address(process["load_bias"]))


@contextlib.contextmanager
def symbols_for(thread):
    """The symbols of a thread's program, for as long as the `with` lasts."""
    before = Program.loaded or Program(None)
    program = program_of(thread)
    if program.path:
        program.load()
    try:
        yield
    finally:
        before.load()


class User(LucidCommand):
    """Load the symbols of a user program: lucid user [PROGRAM|none].
PROGRAM is a name (sh, t_fork) or the path of an ELF file; without one, that of the program that this CPU runs. They
replace those of the program before. Set hardware breakpoints on programs (hbreak): a software breakpoint would be
written into a page that other processes may share, or that is not there yet."""
    name = "lucid user"

    def run(self, words):
        if len(words) > 1:
            fail("lucid user [PROGRAM|none]")
        if words == ["none"]:
            Program(None).load()
            return
        program = Program(find_elf(words[0])) if words else program_of(current_thread(this_cpu()))
        if not program.path:
            tried = ", ".join(os.path.join(os.path.relpath(build_folder()), f) for f in FOLDERS)
            fail(f"no ELF file with symbols for {words[0] if words else 'what runs on this CPU'} in {tried}")
        program.load()
        print(f"symbols of {os.path.relpath(program.path)}")


COMMANDS = (User,)
