"""User programs tried without a kernel: they speak Linux's system calls, so a Linux host runs them too.

Each command runs twice, once as Lucid's program and once as the host's own of the same name, on the same input; output
and status must be equal. This tries the programs and the user library long before a machine boots, and tells a fault
of theirs from one of the kernel.
"""
import itertools
import os
import platform
import shlex
import shutil
import subprocess
import sys

import qemu
from .result import Fail, Skip
from .suite import one

TEXT = "banana 3\napple 10\ncherry 2\napple 10\nDate 7\n\nfig\t1\n"
COMMANDS = {
    "echo": ["echo", "echo a 'b  c'", "echo -n x"],
    "cat": ["cat", "cat -n", "cat -", "cat /no/such/file"],
    "wc": ["wc -l", "wc -w", "wc -c"],
    "head": ["head -n 2", "head -n 0", "head -c 5"],
    "tail": ["tail -n 2", "tail -n +3", "tail -c 5"],
    "sort": ["sort", "sort -r", "sort -u", "sort -n -k 2", "sort -f"],
    "uniq": ["uniq", "uniq -c", "uniq -d"],
    "cut": ["cut -d ' ' -f 1", "cut -c 2-4", "cut -d ' ' -f 2-"],
    "tr": ["tr a-z A-Z", "tr -d aeiou", "tr -s ' '"],
    "grep": ["grep apple", "grep -v apple", "grep -c apple", "grep -n 'a.*e'", "grep -i DATE", "grep '^[bc]'",
             "grep nothing", "grep -q fig", "grep -E 'fig|banana'"],
    "seq": ["seq 3", "seq 2 5", "seq 10 -3 1"],
    "basename": ["basename /a/b/c.txt", "basename /a/b/c.txt .txt", "basename /"],
    "dirname": ["dirname /a/b/c", "dirname c", "dirname /"],
    "true": ["true"],
    "false": ["false"],
    "tee": ["tee /dev/null"],
    "find": ["find /etc/apt -name '*.list' -type f", "find /no/such"],
    "readlink": ["readlink /proc/self/cwd", "readlink /etc"],
    "env": ["env -i A=1 B=2"],
    "pwd": ["pwd"],
    "sleep": ["sleep 0.01"],
}
# POSIX leaves the width of these columns open.
LOOSE = {"wc"}


def run(program, words):
    """(status, standard output) of a command on TEXT; messages may differ, so standard error is left out."""
    done = subprocess.run([program] + words, input=TEXT.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, cwd="/", timeout=30)
    return done.returncode, done.stdout


def compare(_options, name):
    """All command lines of one program."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Skip("this host does not run x86-64 Linux programs")
    ours, theirs = os.path.join(qemu.BUILD, f"user/bin/{name}.elf"), shutil.which(name)
    if not theirs:
        raise Skip(f"the host has no {name} to compare with")
    for line in COMMANDS[name]:
        words = shlex.split(line)[1:]
        got, expected = run(ours, words), run(theirs, words)
        if name in LOOSE:
            got, expected = [(status, text.split()) for status, text in (got, expected)]
        if got != expected:
            raise Fail(f"`{line}` differs from the host's\n"
                       f"here:  {got[0]} {got[1]!r}\nhost:  {expected[0]} {expected[1]!r}")


def shell(_options, script):
    """A script of tests/shell, by Lucid's shell and by the host's."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise Skip("this host does not run x86-64 Linux programs")
    path = os.path.join(qemu.ROOT, "tests/shell", script + ".sh")
    got = run(os.path.join(qemu.BUILD, "user/bin/sh.elf"), [path])
    expected = run("/bin/sh", [path])
    if got != expected:
        raise Fail(f"status {got[0]}, the host's is {expected[0]}\n" + first_difference(expected[1], got[1]))


def first_difference(expected, got):
    """The first line in which two outputs differ."""
    lines = itertools.zip_longest(expected.decode(errors="replace").splitlines(),
                                  got.decode(errors="replace").splitlines())
    for number, (theirs, ours) in enumerate(lines, 1):
        if ours != theirs:
            return f"line {number}\nhere:  {ours}\nhost:  {theirs}"
    return "the output is the same"


def jobs():
    folder = os.path.join(qemu.ROOT, "user/bin")
    scripts = sorted(n[:-3] for n in os.listdir(os.path.join(qemu.ROOT, "tests/shell")) if n.endswith(".sh"))
    return [one("programs/" + name, compare, name) for name in COMMANDS
            if os.path.exists(os.path.join(folder, name + ".c"))] + \
           [one("shell/" + name, shell, name) for name in scripts]
