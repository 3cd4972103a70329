"""Record and replay: a recorded run is the same when it runs again, and gdb goes back in it.

Would catch: a device that QEMU does not record, keys that are lost, a step back that ends elsewhere, a hang on the way.
"""
import io
import os
import pty
import re
import subprocess
import sys
import threading

import debug
import qemu
import rr
from .guest import BOOT_CAP, plain
from .result import Fail, Infra
from .suite import one
from .t_gdb import gdb_or_skip

BATCH_CAP = 200
STEPS = 6
LOOK = [r"echo \nLOOK\n", "monitor info replay", "info registers rip rsp eflags", "x/4gx $rsp", "output acpi.s5_known"]
LOOKED = re.compile(r"instruction count = (\d+)\n(rip .*?(?:true|false))", re.S)


def folder_of(name):
    return os.path.join(qemu.BUILD, "test", name)


def record_command(folder):
    return [sys.executable, os.path.join(qemu.ROOT, "tools/rr.py"), "record", "--folder", folder]


def replay(name, folder, commands):
    """(what gdb prints, what the console said) for these commands on a recording, from the kernel's first line on."""
    program, has_python = gdb_or_skip(needs_python=False)
    console = io.BytesIO()
    with debug.Machine(rr.recorded(folder)) as m:
        reader = threading.Thread(target=debug.copy_console, args=(m.console, console), daemon=True)
        reader.start()
        args = debug.gdb_command(program, has_python, m.path, m.config.kernel, rr.gdb_commands(folder) + commands,
                                 batch=True)
        try:
            done = subprocess.run(args, cwd=qemu.ROOT, timeout=BATCH_CAP, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        except subprocess.TimeoutExpired as slow:
            raise Infra(f"hang: gdb was not done within {BATCH_CAP} s\n{(slow.stdout or b'').decode()}")
    reader.join()
    with open(folder_of(name) + ".gdb.log", "w") as f:
        f.write(done.stdout)
    return done.stdout, console.getvalue()


def looked(text):
    """What each LOOK in gdb's output found: (instructions so far, registers and memory)."""
    return [(int(count), rest) for count, rest in LOOKED.findall(text)]


def record_panic(folder, words):
    """Record a boot with these words; what the console said, a panic among it."""
    done = subprocess.run(record_command(folder), env=dict(os.environ, APPEND=words), timeout=BOOT_CAP,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    with open(os.path.join(folder, rr.CONSOLE), "rb") as f:
        said = f.read()
    if done.returncode or b"PANIC" not in said:
        raise Fail(f"status {done.returncode}\n{done.stdout.decode(errors='replace')}")
    return said


def backwards(_options):
    """A panic: to the bad instruction, some steps on, as many back, then back to the kernel's first line; and who
    wrote a variable."""
    gdb_or_skip(needs_python=False)
    folder = folder_of("rr-backwards")
    said = record_panic(folder, "crash=null")
    commands = ["break *&kmain", *LOOK, "break crash_if_asked", "continue"]
    for move in ("stepi", "reverse-stepi"):
        commands += [*LOOK, move] * STEPS
    commands += [*LOOK, "reverse-continue", *LOOK, "delete 4", "continue", *LOOK, "continue", "backtrace",
                 "delete 5", "watch -l acpi.s5_known", "reverse-continue", "info symbol $pc"]
    text, console = replay("rr-backwards", folder, commands)
    seen, end = looked(text), text.rpartition("LOOK")[2]
    if len(seen) != 2 * STEPS + 4:
        raise Fail(f"{len(seen)} places where {2 * STEPS + 4} were expected\n{text[-4000:]}")
    check_course(seen, text)
    if "acpi_init" not in end:
        raise Fail(f"going back did not find who wrote acpi.s5_known\n{end}")
    if "power_off" not in end or said not in console:
        raise Fail(f"the replay did not end as the recording did\n{end}\n{console.decode()[-2000:]}")


def check_course(seen, text):
    """kmain, STEPS forward, STEPS back, kmain again, forward again: the same place is the same in everything."""
    first, there, back = seen[0], seen[1:STEPS + 2], seen[STEPS + 1:2 * STEPS + 2]
    counts = [count for count, _ in there]
    if counts != list(range(counts[0], counts[0] + STEPS + 1)):
        raise Fail(f"a step is not one instruction: {counts}")
    if back != there[::-1]:
        raise Fail(f"going back came through other places\n{there}\n{back}")
    again, forward = seen[2 * STEPS + 2:]
    if again != first:
        raise Fail(f"reverse-continue did not come back to kmain as it was\n{first}\n{again}")
    if forward != there[0]:
        raise Fail(f"forward again led elsewhere\n{there[0]}\n{forward}")
    if not (first[1].endswith("false") and forward[1].endswith("true")):
        raise Fail(f"memory did not go back\n{text[-3000:]}")


def reset(_options):
    """A machine that resets itself, as after a triple fault: its last instruction is not past going back."""
    gdb_or_skip(needs_python=False)
    folder = folder_of("rr-reset")
    record_panic(folder, "panic=reboot crash=null")
    text, _ = replay("rr-reset", folder, ["continue", "continue", *LOOK, "reverse-stepi", *LOOK, "backtrace"])
    seen = looked(text)
    if len(seen) != 2 or seen[1][0] != seen[0][0] - 1 or "power_reboot" not in text.rpartition("LOOK")[2]:
        raise Fail(f"the last instruction before a reset was not stepped back from\n{text}")


def type_at(fd, words, seen):
    """Wait until a terminal shows `words`; what it has shown."""
    while words not in plain(seen.decode(errors="replace")):
        try:
            data = os.read(fd, 4096)
        except OSError:
            data = b""
        if not data:
            raise Fail(f"the terminal ended before it showed {words!r}\n{seen.decode(errors='replace')}")
        seen += data
    return seen


def terminal(_options):
    """`make rr-record` at a terminal: keys are recorded, C-a x ends it, and a replay goes back from that end."""
    gdb_or_skip(needs_python=False)
    folder = folder_of("rr-terminal")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(record_command(folder), stdin=theirs, stdout=theirs, stderr=theirs,
                             env=dict(os.environ, NCPU="4", APPEND=""))
    os.close(theirs)
    killer = threading.Timer(BOOT_CAP, child.terminate)
    killer.start()
    try:
        seen = type_at(ours, "lucid:/# ", b"")
        os.write(ours, b"echo so-$?\r")
        seen = type_at(ours, "so-0", seen)
        os.write(ours, b"\x01x")
        type_at(ours, "recorded in", seen)
        if child.wait() != 0:
            raise Fail(f"rr.py ended with status {child.returncode}")
    finally:
        killer.cancel()
        child.terminate()
        child.wait()
        os.close(ours)
    text, console = replay("rr-terminal", folder, [
        "continue", *LOOK, "reverse-stepi", *LOOK, "continue", *LOOK, "reverse-stepi", *LOOK])
    seen = looked(text)
    if len(seen) != 4:
        raise Fail(f"{len(seen)} places where 4 were expected\n{text[-4000:]}")
    end, before, end_again, before_again = seen
    if end != end_again or before != before_again or before[0] != end[0] - 1:
        raise Fail(f"the end of the recording is not always the same\n{text}")
    if "so-0" not in console.decode():
        raise Fail(f"what was typed did not come again\n{console.decode()}")


def jobs():
    return [one(f"rr/{test.__name__}", test, slow=True) for test in (backwards, reset, terminal)]
