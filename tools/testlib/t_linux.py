"""Real Linux programs, unmodified: tests/linux/*.c built statically with musl and with glibc, run as process 1.

The host is the oracle where it can be: a program's output between its own BEGIN and END lines must be the same bytes
that the same binary prints on a Linux host. Elsewhere its exit status alone decides (each program checks itself).
"""
import os
import platform
import re
import shutil
import subprocess
import sys

import qemu
from .guest import Guest
from .result import Fail, Skip
from .suite import one
from .t_boot import machine

COMPILERS = {
    "musl": ("musl-gcc", ["-static", "-O2"]),
    "glibc": ("gcc", ["-static", "-O2", "-pthread"]),
    "static-pie": ("gcc", ["-static-pie", "-fPIE", "-O2", "-pthread"]),
}
ONLY = {"static-pie": ("args", "memory", "process")}       # where being moved could matter
KERNEL_LINE = re.compile(r'^\[ *\d+\.\d{6}\] .*\n', re.M)
FRAME = re.compile(r'^BEGIN$\n(.*?)^END$', re.M | re.S)


def build(libc, source, out):
    """Compile one program; Skip where the C library is not there."""
    compiler, flags = COMPILERS[libc]
    if not shutil.which(compiler):
        raise Skip(f"{compiler} is not installed")
    if platform.machine() not in ("x86_64", "amd64"):
        raise Skip(f"{compiler} builds for {platform.machine()} here")
    done = subprocess.run([compiler, *flags, "-o", out, source], cwd=qemu.ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        if "cannot find -lc" in done.stdout or "cannot find" in done.stdout and "rcrt1" in done.stdout:
            raise Skip(f"{libc}: no static C library here")
        raise Fail("does not build\n" + done.stdout)


def on_host(program):
    """(status, framed output) of the program here, or None where it cannot run."""
    if sys.platform != "linux":
        return None
    try:
        done = subprocess.run([program, "one", "two words"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              text=True, errors="replace", timeout=60, cwd="/",
                              env={"HOME": "/", "GREETING": "hello"})
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode, frame(done.stdout)


def frame(text):
    """What stands between BEGIN and END, without what the kernel said meanwhile; or None."""
    match = FRAME.search(text.replace("\r", ""))
    return KERNEL_LINE.sub("", match.group(1)) if match else None


def archive(program, name):
    """The system's initrd with the program as /init behind it."""
    extra, path = program + ".cpio", program + ".initrd"
    subprocess.run([sys.executable, os.path.join(qemu.ROOT, "tools/mkcpio.py"), "-o", extra, f"init={program}"],
                   check=True)
    with open(path, "wb") as out:
        for part in (qemu.INITRD, extra):
            with open(part, "rb") as f:
                out.write(f.read())
    return path


def program_test(options, libc, name):
    """Build, run here, run there, compare."""
    folder = os.path.join(qemu.BUILD, "test", "linux")
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, f"{name}-{libc}")
    build(libc, f"tests/linux/{name}.c", program)
    expected = on_host(program)
    words = 'check=lock,poison HOME=/ GREETING=hello -- one "two words"'
    with Guest(f"linux-{libc}-{name}", machine(options, append=words, initrd=archive(program, name))) as guest:
        status = guest.wait_end()
        output = frame(guest.console.text())
        if status != qemu.SUCCESS:
            guest.raise_end("as process 1")
        if output is None:
            raise Fail(f"no output between BEGIN and END\n{guest.tail()}")
        if expected and expected[0] == 0 and output != expected[1]:
            raise Fail("prints something else than on the host\n" + difference(expected[1], output))


def difference(expected, got):
    """The first differing line."""
    for n, (a, b) in enumerate(zip(expected.splitlines() + ["(end)"], got.splitlines() + ["(end)"]), 1):
        if a != b:
            return f"line {n}\n  host:  {a}\n  guest: {b}"
    return "(only in length)"


def jobs():
    folder = os.path.join(qemu.ROOT, "tests/linux")
    names = sorted(n[:-2] for n in os.listdir(folder) if n.endswith(".c")) if os.path.isdir(folder) else []
    return [one(f"linux/{libc}-{name}", program_test, libc, name, slow=libc != "musl")
            for libc in COMPILERS for name in names if name in ONLY.get(libc, names)]
