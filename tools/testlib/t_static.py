"""What needs no machine: lint, the tools' own tests, and kernel code on the host under sanitizers."""
import glob
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest

import qemu
from .result import FAIL, Fail, PASS, Result, Skip
from .suite import Job, one

HOST_FLAGS = ["-std=gnu17", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-parameter",
              "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer",
              "-fno-strict-aliasing", "-pthread",
              "-Itests/host/include", "-Itests/host", "-Ikernel"]
HOST_CAP = 120


def lint(_options):
    """`make lint` finds nothing."""
    done = subprocess.run([sys.executable, "tools/lint.py"], cwd=qemu.ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        lines = done.stdout.splitlines()
        raise Fail(f"{lines[-1]}\n" + "\n".join(lines[:40]))


def tool_tests(_options):
    """tests/tools/: one result a test."""
    suite = unittest.defaultTestLoader.discover(os.path.join(qemu.ROOT, "tests/tools"))
    for test in flatten(suite):
        outcome = unittest.TestResult()
        test.run(outcome)
        name = "tools/" + ".".join(test.id().split(".")[-3:])
        bad = outcome.failures + outcome.errors
        if bad:
            text = bad[0][1].strip()
            yield Result(name, FAIL, text.splitlines()[-1], text)
        elif outcome.skipped:
            yield Result(name, "skip", outcome.skipped[0][1])
        else:
            yield Result(name, PASS)


def flatten(suite):
    """The single tests of a unittest suite."""
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def host_sources(path):
    """What a host test is made of: its first comment names the kernel sources it is linked with (wildcards allowed)
    and folders whose headers stand in for the kernel's. Returns compiler arguments."""
    with open(os.path.join(qemu.ROOT, path)) as f:
        match = re.match(r'/\*\s*sources:(.*?)\*/', f.read(), re.DOTALL)
    if not match:
        raise Fail(f'{path}: the first comment must be /* sources: kernel/lib/x.c ... */')
    names = match.group(1).replace("\n *", " ").split()
    found = [f for name in names for f in sorted(glob.glob(os.path.join(qemu.ROOT, name)))]
    return ["-I" + f for f in found if os.path.isdir(f)] + [path] + [f for f in found if not os.path.isdir(f)]


def host(_options, path):
    """Build one tests/host/test_X.c with the kernel sources it names, and run it."""
    compiler = shlex.split(os.environ.get("HOSTCC") or "cc")
    if not shutil.which(compiler[0]):
        raise Skip(f"no host compiler ({compiler[0]})")
    out = os.path.join(qemu.BUILD, "host", os.path.basename(path)[:-2])
    os.makedirs(os.path.dirname(out), exist_ok=True)
    build = subprocess.run(compiler + host_sources(path) + HOST_FLAGS + ["-o", out], cwd=qemu.ROOT,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if build.returncode:
        raise Fail("does not build\n" + build.stdout)
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0", UBSAN_OPTIONS="print_stacktrace=1")
    try:
        done = subprocess.run([out], cwd=qemu.ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=HOST_CAP)
    except subprocess.TimeoutExpired:
        raise Fail(f"still running after {HOST_CAP} s")
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ["no output"]
        raise Fail(f"status {done.returncode}: {lines[0]}\n" + "\n".join(lines[-60:]))


def jobs():
    folder = os.path.join(qemu.ROOT, "tests/host")
    names = sorted(n for n in os.listdir(folder) if re.fullmatch(r'test_\w+\.c', n)) if os.path.isdir(folder) else []
    return [one("lint", lint), Job("tools/", tool_tests)] + \
           [one("host/" + n[len("test_"):-2], host, "tests/host/" + n) for n in names]
