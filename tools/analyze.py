#!/usr/bin/env python3
"""Look for mistakes without running anything: what `make analyze` calls.

Usage: analyze.py FLAGS FILE... [-- FLAGS FILE...]      the flags that each group of files is compiled with

Two programs read every file: clang-tidy (.clang-tidy says which checks; -Wthread-safety is among them) and gcc with
-fanalyzer. What they said is kept in build/analyze/ together with a hash of all they read, so that a second run only
looks at files that changed. The status is 0 only when nothing was found.
"""
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import qemu  # noqa: E402

STAMPS = os.path.join(qemu.BUILD, "analyze")
CONFIGS = (".clang-tidy", "user/.clang-tidy", "tests/.clang-tidy")
# Not what one file is compiled with, or what only the other compiler knows.
DROPPED = re.compile(r'-MMD|-MP|-Werror|-f(file|debug)-.*=.*|-ffile-compilation-dir=.*|-Wthread-safety')
# Leaks: a program's memory ends with it, and in the kernel gcc 12 loses sight of what is stored in a list. Null: it
# takes each list head in .bss for zeroes, although it was initialised; clang-tidy finds the true ones.
# Constants: tests write to code to be killed for it.
GCC_FLAGS = ["-fanalyzer", "-Wno-analyzer-malloc-leak", "-Wno-analyzer-file-leak", "-Wno-analyzer-null-dereference",
             "-Wno-analyzer-write-to-const"]
NOT_FOR_GCC = {"user/lib/malloc.c": "is what gcc believes to know about malloc and free"}
HEADLINE = re.compile(r'^\S+:\d+:\d+: (?:warning|error): ', re.M)


def flags_for(compiler, flags):
    """The build's flags as another compiler wants them: each has its own folder of freestanding headers."""
    words = [w for w in shlex.split(flags) if not DROPPED.fullmatch(w)]
    if "-isystem" in words:
        own = subprocess.run(compiler + ["-print-file-name=include"], stdout=subprocess.PIPE, text=True, check=True)
        words[words.index("-isystem") + 1] = own.stdout.strip()
    return words


class Clang:
    """clang-tidy, which takes its compiler's flags behind two dashes."""
    name, program = "clang-tidy", shutil.which("clang-tidy")
    compiler = ["clang", "--target=x86_64-linux-gnu"]

    @classmethod
    def command(cls, path, flags):
        return [cls.program, "--quiet", path, "--", "--target=x86_64-linux-gnu", "-Wthread-safety"] + flags


class Gcc:
    """gcc's own analyzer."""
    name, program = "gcc -fanalyzer", shutil.which(os.environ.get("ANALYZE_GCC") or "gcc")
    compiler = [program]

    @classmethod
    def command(cls, path, flags):
        return [cls.program] + flags + GCC_FLAGS + ["-c", "-o", os.devnull, path]


def what_is_read(compiler, path, flags):
    """The file and every header that it includes."""
    done = subprocess.run(compiler + flags + ["-MM", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    return sorted(set(done.stdout.replace("\\\n", " ").split()[1:])) if done.returncode == 0 else [path]


def key_of(command, version, files):
    """A hash of everything that a result depends on."""
    h = hashlib.sha256(repr((command, version)).encode())
    for path in list(files) + [c for c in CONFIGS if os.path.exists(c)]:
        with open(path, "rb") as f:
            h.update(path.encode() + b"\0" + f.read())
    return h.hexdigest()


def findings(text):
    """The single findings in a compiler's output, each with the lines that explain it."""
    starts = [m.start() for m in HEADLINE.finditer(text)] + [len(text)]
    return [text[a:b].rstrip() for a, b in zip(starts, starts[1:])]


def look(tool, version, path, flags):
    """What a tool says about a file: from the stamp if nothing changed, else by running it."""
    command = tool.command(path, flags)
    key = key_of(command, version, what_is_read(tool.compiler, path, flags))
    stamp = os.path.join(STAMPS, f"{path}.{tool.name.split()[0]}")
    try:
        with open(stamp) as f:
            known = json.load(f)
        if known["key"] == key:
            return known["found"]
    except (OSError, ValueError, KeyError):
        pass
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    found = findings(done.stdout)
    if done.returncode and not found:
        return [f"{path}:1:1: error: {tool.name} failed with status {done.returncode}\n{done.stdout}"]
    os.makedirs(os.path.dirname(stamp), exist_ok=True)
    with open(stamp, "w") as f:
        json.dump({"key": key, "found": found}, f)
    return found


def groups(words):
    """(flags, [file...]) of each group on the command line."""
    group = []
    for word in words + ["--"]:
        if word != "--":
            group.append(word)
            continue
        if group:
            yield group[0], group[1:]
        group = []


def tools():
    """The tools that this machine has, with their versions; the others are named."""
    for tool in (Clang, Gcc):
        if tool.program and shutil.which(tool.compiler[0]):
            said = subprocess.run([tool.program, "--version"], stdout=subprocess.PIPE, text=True).stdout
            if tool is Clang or "Free Software Foundation" in said:
                yield tool, said
                continue
        print(f"analyze: SKIP {tool.name} is not installed (`make setup` brings it)")


def main():
    jobs = []
    for tool, version in tools():
        for flags, paths in groups(sys.argv[1:]):
            own = flags_for(tool.compiler, flags)
            jobs += [(tool, version, path, own) for path in paths if tool is Clang or path not in NOT_FOR_GCC]
    seen = {}                       # a header's finding once, although many files include it
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for found in pool.map(lambda job: look(*job), jobs):
            for text in found:
                seen.setdefault(text.splitlines()[0], text)
    for headline in sorted(seen):
        print(seen[headline] + "\n")
    print(f"analyze: {len({job[2] for job in jobs})} files, {len(seen)} findings")
    return 1 if seen or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
