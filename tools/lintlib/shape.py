"""Lengths, forbidden words and formatting: what a reader notices before the first thought."""
import re

from .tree import DIRECTIVE, functions

FILE_LINES, HEADER_LINES, FUNCTION_LINES = 500, 150, 60
C_COLUMNS, PYTHON_COLUMNS = 100, 120
FIRST_READING_LINES = 2500
# What a newcomer reads first, in this order; the README draws the same list.
FIRST_READING = ["kernel/main.c", "kernel/x86/entry.S", "kernel/sys/trap.c", "kernel/sys/syscall.c",
                 "kernel/sched/core.c", "kernel/sched/switch.c", "kernel/x86/swtch.S", "kernel/sched/policy_rr.c",
                 "kernel/sched/wait.c", "kernel/mm/pagetable.c", "kernel/vm/fault.c", "kernel/vm/anon.c",
                 "kernel/fs/file.c"]

# Spelt in pieces, so that this file does not find itself.
LEFTOVERS = re.compile(r'\b(' + "|".join(("X" "XX", "TO" "DO", "FIX" "ME", "HA" "CK")) + r')\b')
SIGNATURE = re.compile(r'^\W*(?:@?author|created (?:by|on)|last modified|date)\s*:', re.I)
# __start_X and __stop_X are the linker's own: no header can declare what no source defines.
# asm volatile is another matter; READ_ONCE is defined in lib/types.h; mmio_* are the device registers.
VOLATILE_ALLOWED = re.compile(r'\b(asm|__asm__)\s+volatile\b|\bmmio_\w+\s*\(')
VOLATILE_HOME = "kernel/lib/types.h"
# A finding of make analyze that is not heeded: which check, and why.
SILENCED = re.compile(r'\bNOLINT(?!(NEXTLINE)?\([\w.*,-]+\): \w)')
CONDITIONAL = re.compile(r'^\s*#\s*(if|ifdef|ifndef|elif|else|endif)\b')


def check_lengths(tree):
    """Files, headers and functions stay short enough to be held in mind."""
    for f in tree.files:
        limit = HEADER_LINES if f.path.endswith(".h") else FILE_LINES
        count = f.text.count("\n")
        if f.path.endswith((".c", ".h", ".S", ".py")) and count > limit:
            yield f.problem(limit + 1, "length", f"{count} lines; at most {limit}")
        if f.is_c:
            for fn in functions(f.text):
                if fn.length > FUNCTION_LINES:
                    yield f.problem(fn.line, "length", f"{fn.name} has {fn.length} lines; at most {FUNCTION_LINES}")


def check_first_reading(tree):
    """The thirteen files of the first reading stay within its budget."""
    total = sum(tree.by_path[p].text.count("\n") for p in FIRST_READING if p in tree.by_path)
    if total > FIRST_READING_LINES:
        yield tree.by_path["kernel/main.c"].problem(
            1, "first-reading", f"the first reading has {total} lines; at most {FIRST_READING_LINES}")


def check_words(tree):
    """Leftovers, signatures, and C words that this kernel does without."""
    for f in tree.files:
        for n, line in enumerate(f.lines, 1):
            if LEFTOVERS.search(line):
                yield f.problem(n, "words", f"{LEFTOVERS.search(line).group(0)}: finish it, or file an issue")
            if n <= 20 and SIGNATURE.search(line):
                yield f.problem(n, "words", "no author or date lines: the history knows")
        if f.is_c:
            yield from c_words(f)


def c_words(f):
    """extern, volatile and alloca in one C file."""
    in_kernel = f.top in ("kernel", "boot")
    for n, line in enumerate(f.lines, 1):
        if SILENCED.search(line):
            yield f.problem(n, "silenced", "say NOLINT(check): why it is a false alarm")
    for n, line in enumerate(f.code.split("\n"), 1):
        if f.path.endswith(".c") and re.search(r'\bextern\b(?!.*\b__(start|stop)_)', line):
            yield f.problem(n, "extern", "declare it in a header: the compiler then compares both sides")
        if re.search(r'\balloca\s*\(', line):
            yield f.problem(n, "words", "alloca: stacks are small and fixed")
        if in_kernel and f.path != VOLATILE_HOME and re.search(r'\bvolatile\b', line) \
                and not VOLATILE_ALLOWED.search(line):
            yield f.problem(n, "volatile", "use mmio_read32 and its kin, READ_ONCE, or C11 atomics")




def check_conditionals(tree):
    """No #if inside a function body: a feature is a file and a row in a table."""
    for f in tree.files:
        if not f.is_c:
            continue
        spans = [(fn.line, fn.line + fn.length - 1, fn.name) for fn in functions(f.text)]
        for n, line in enumerate(f.code.split("\n"), 1):
            if CONDITIONAL.match(line):
                inside = next((name for low, high, name in spans if low < n <= high), None)
                if inside:
                    yield f.problem(n, "conditional", f"#if inside {inside}: make it a file, or an inline in a header")


def check_format(tree):
    """Tabs, trailing blanks, line ends, columns."""
    for f in tree.files:
        if f.text and not f.text.endswith("\n"):
            yield f.problem(len(f.lines), "format", "no newline at the end of the file")
        columns = C_COLUMNS if f.path.endswith((".c", ".h", ".S")) else \
            PYTHON_COLUMNS if f.path.endswith(".py") else None
        for n, line in enumerate(f.lines, 1):
            if "\r" in line:
                yield f.problem(n, "format", "carriage return: lines end with a line feed alone")
            if "\t" in line and not f.path.endswith("Makefile"):
                yield f.problem(n, "format", "tab: indent with spaces")
            if line != line.rstrip():
                yield f.problem(n, "format", "blanks at the end of the line")
            if columns and len(line) > columns:
                yield f.problem(n, "format", f"{len(line)} columns; at most {columns}")


def check_openings(tree):
    """Each C and assembly file says what it is for before anything else; headers are guarded by #pragma once."""
    for f in tree.files:
        if not f.path.endswith((".c", ".h", ".S")):
            continue
        body = f.text.lstrip()
        if body.startswith("#pragma once"):
            body = body[len("#pragma once"):].lstrip()
        if not body.startswith("/*"):
            yield f.problem(1, "opening", "open with a comment: what for, the main idea, what it does not do")
        if f.path.endswith(".h") and not re.search(r'^#pragma once$', f.text, re.M):
            yield f.problem(1, "pragma", "headers have #pragma once")


def check_cfi(tree):
    """Assembly that describes its frames puts the description where gdb looks and the loader does not."""
    for f in tree.under("kernel", "boot", suffix=(".S",)):
        if ".cfi_startproc" in f.text and ".cfi_sections .debug_frame" not in f.text:
            yield f.problem(1, "cfi", "write `.cfi_sections .debug_frame`: .eh_frame is discarded")
