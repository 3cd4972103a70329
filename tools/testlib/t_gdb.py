"""gdb on the running kernel, in batches: what tools/gdb brings, and that backtraces cross every border.

Each batch is one boot: gdb starts with the machine at power-on, as in `make gdb`, and runs a list of commands. What it
prints is the result; the console is kept beside it in build/test/NAME/.
"""
import os
import re
import subprocess
import threading

import debug
import qemu
from .result import Fail, Infra, Skip
from .suite import one
from .t_boot import machine

BATCH_CAP = 150                 # seconds for a whole batch


def gdb_or_skip(needs_python=True):
    """(program, has Python) of the host's gdb."""
    program, has_python = debug.gdb_program()
    if not program:
        raise Skip("gdb for x86-64 is not installed")
    if needs_python and not has_python:
        raise Skip(f"{program} was built without Python")
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    return program, has_python


def batch(name, config, commands, plain=False):
    """What gdb prints for these commands on a fresh machine; `plain` takes the scripts without Python."""
    program, has_python = gdb_or_skip(not plain)
    folder = os.path.join(qemu.BUILD, "test", "gdb-" + name)
    os.makedirs(folder, exist_ok=True)
    with debug.Machine(config) as m, open(os.path.join(folder, "console.log"), "wb") as log:
        threading.Thread(target=debug.copy_console, args=(m.console, log), daemon=True).start()
        args = debug.gdb_command(program, has_python and not plain, m.path, config.kernel, commands, batch=True)
        env = dict(os.environ, **{debug.CONSOLE_VARIABLE: str(m.console.fileno())})
        try:
            done = subprocess.run(args, cwd=qemu.ROOT, env=env, pass_fds=[m.console.fileno()], timeout=BATCH_CAP,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace")
        except subprocess.TimeoutExpired as slow:
            said = (slow.stdout or b"").decode(errors="replace")
            raise Infra(f"hang: gdb was not done within {BATCH_CAP} s\n{said}")
    with open(os.path.join(folder, "gdb.log"), "w") as f:
        f.write(done.stdout)
    return done.stdout


def expect(text, *patterns):
    """Each pattern occurs, behind the one before."""
    at = 0
    for pattern in patterns:
        match = re.compile(pattern, re.M | re.S).search(text, at)
        if not match:
            raise Fail(f"gdb did not print {pattern!r}\n{text[-6000:]}")
        at = match.end()


def enter(options):
    """From power-on to kmain through GRUB, with every CPU as a thread; `run` says what is wrong with it."""
    text = batch("enter", machine(options, boot="iso"), ["bt", "info threads", "run"])
    expect(text, r"hit Temporary breakpoint 1, kmain", r"#1 .* in start_high \(\)", r"CPU#0",
           fr"CPU#{options.ncpu - 1}", "The machine runs since QEMU started")


def one_server(_options):
    """Two servers of one checkout would share a socket: the second is refused, and told who has it."""
    try:
        claim = debug.Claim("the first")
    except debug.Busy:
        raise Skip("someone debugs in this checkout just now")
    try:
        debug.Claim("the second").release()
    except debug.Busy as other:
        if "the first" in str(other):
            return
    finally:
        claim.release()
    raise Fail("a second server was let in")


def jobs():
    return [one("gdb/enter", enter), one("gdb/one-server", one_server)]
