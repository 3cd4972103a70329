"""The benchmark: it repeats, it compares, and no bar is lost again.

Figures are instructions, so nothing here depends on what the host does beside.
"""
import json
import os
import re
import subprocess
import sys

import qemu
from benchlib import bars, boot, bootstages, machine, report
from .result import Fail, Infra, Skip
from .suite import one

STAGES_WITHIN = 0.05            # stops move the clock, and after its question the shell falls asleep
REPEATS_WITHIN = 0.01
DOCUMENTED_WITHIN = 0.05        # what docs/measuring.md says may be that much less than what is
BENCH_CAP = 300


def figures(*patterns):
    """Measure; without QEMU there is nothing to measure with."""
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    try:
        return machine.run(qemu.KERNEL, patterns)
    except machine.Trouble as trouble:
        raise Infra(str(trouble))


def tool(words, program="bench", **variables):
    """Run tools/bench or tools/profile; its process result."""
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    env = {k: v for k, v in os.environ.items() if k not in ("BASE", "KERNEL", "WALL")}
    return subprocess.run([sys.executable, os.path.join(qemu.ROOT, "tools", program), *words],
                          env=dict(env, **variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=BENCH_CAP)


def default_build():
    """The bars are for the kernel as it is built by default."""
    if qemu.BUILD != os.path.join(qemu.ROOT, "build"):
        raise Skip("the bars are for the default build")


def held(_options):
    """Every operation that has a bar is measured or skipped with a reason, and none is above what is held."""
    default_build()
    run = figures()
    table = bars.read()
    unknown = [n for n in table if n not in run.figures and n not in run.skipped and n not in ("boot", "image_bytes")]
    if unknown:
        raise Fail("bars of operations that are not measured: " + " ".join(unknown))
    over = [f"{n}: {run.figures[n]:,.1f}, held {bar.held:,.0f}" for n, bar in table.items()
            if bar.held is not None and run.figures.get(n, 0) > bar.held]
    if over:
        raise Fail(over[0] + "\n" + "\n".join(over))
    with open(os.path.join(qemu.ROOT, "docs/measuring.md")) as f:
        written = report.from_document(f.read())
    worse = report.regressions({n: v for n, v in written.items() if n in run.figures}, run.figures, DOCUMENTED_WITHIN)
    if worse or not set(table) <= set(written) | set(run.skipped):
        raise Fail("docs/measuring.md is not true any more: make bench, then tools/bench --doc\n" + "\n".join(worse))


def repeats(_options):
    """Two runs give the same figures."""
    first, second = (figures("null*", "fork_exit*", "pipe*", "anon*", "munmap*").figures for _ in range(2))
    apart = [f"{n}: {a} and {second[n]}" for n, a in first.items() if abs(a - second[n]) > REPEATS_WITHIN * a]
    if apart or not first:
        raise Fail("figures do not repeat\n" + "\n".join(apart))


def same_kernel(_options):
    """bench-linux with this kernel in the place of Linux: each ratio is 1. Without a kernel it says what it needs."""
    done = tool(["--linux", "null*", "stat", "fork_exit*"], KERNEL=qemu.KERNEL)
    ratios = re.findall(r' (\d\.\d\d)$', done.stdout, re.M)
    if done.returncode or ratios != ["1.00"] * 3 or "geometric mean 1.000 over 3" not in done.stdout:
        raise Fail("the same kernel twice is not the same\n" + done.stdout)
    for variables, words in (({}, "make bench-linux KERNEL="), ({"KERNEL": "/no/such/file"}, "there is no such file")):
        missing = tool(["--linux"], **variables)
        if missing.returncode != 1 or words not in missing.stdout:
            raise Fail(f"with {variables} it does not say what to do\n{missing.stdout}")


def by_time(_options):
    """bench-linux WALL=1 runs both kernels by turns. What comes out is no test: the host may be busy."""
    timed = tool(["--linux", "null*"], KERNEL=qemu.KERNEL, WALL="1")
    if timed.returncode or not re.search(r'^null_syscall +\d', timed.stdout, re.M):
        raise Fail("no comparison by time\n" + timed.stdout)


def base(_options):
    """BASE= names a figure that was better before, and nothing else."""
    path = os.path.join(qemu.BUILD, "test", "bench-base.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    earlier = figures("null*", "lseek", "stat").figures
    for change, status in ((1.0, 0), (0.95, 1), (1.5, 0)):
        with open(path, "w") as f:
            json.dump({"figures": dict(earlier, lseek=earlier["lseek"] * change)}, f)
        done = tool(["null*", "lseek", "stat"], BASE=path)
        named = re.findall(r'^worse: (\w+)', done.stdout, re.M)
        if done.returncode != status or named != ["lseek"] * status:
            raise Fail(f"lseek was {change} times what it is: status {done.returncode}, named {named}\n{done.stdout}")


def profile(_options):
    """make profile: an operation's instructions are those that the benchmark counts, and the path is known; a
    command's are all from the end of the line to the next prompt."""
    done = tool(["--bench", "lseek"], "profile")
    counted, expected = re.search(r'^one lseek: ([\d.]+)', done.stdout, re.M), figures("lseek").figures["lseek"]
    if not counted or abs(float(counted.group(1)) - expected) > 0.02 * expected:
        raise Fail(f"lseek takes {expected}, the profile says otherwise\n{done.stdout}")
    if not re.search(r' syscall_entry\n.* {4}syscall\n.* {6}sys_lseek\n', done.stdout):
        raise Fail("the path to sys_lseek is missing\n" + done.stdout)
    command = tool(["--command", "uname"], "profile").stdout
    if not re.search(r'^uname: [\d,]{6,}\.\d instructions', command) or "sys_execve" not in command:
        raise Fail("no profile of a command\n" + command)


def boot_length(_options):
    """From the kernel's entry to the prompt."""
    default_build()
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    try:
        count = boot.instructions()
    except machine.Trouble as trouble:
        raise Infra(str(trouble))
    if not 0 < count <= bars.read()["boot"].held:
        raise Fail(f"{count:,} instructions from entry to prompt")


def boot_stages(_options):
    """Every stage of a boot is found and takes something, and together they are the whole."""
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    try:
        stages, total = bootstages.stages(), boot.instructions()
    except (machine.Trouble, OSError) as trouble:
        raise Infra(str(trouble))
    if not {"mm", "sched", "initrd", "sh"} <= set(stages) or min(stages.values()) <= 0 \
            or abs(sum(stages.values()) - total) > STAGES_WITHIN * total:
        raise Fail("the stages are not the boot\n" + bootstages.table(stages, total, 0))


def boot_time(_options):
    """A boot can be timed beside an empty kernel. How long it takes is no test: the host may be busy."""
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    try:
        prompt, empty, ratio = bootstages.wall_clock(1)
    except (machine.Trouble, OSError) as trouble:
        raise Infra(str(trouble))
    if not (prompt > 0 and empty > 0 and ratio == prompt / empty):
        raise Fail(f"{prompt} s to the prompt, {empty} s for an empty kernel, ratio {ratio}")


def jobs():
    return [one("bench/same-kernel", same_kernel), one("bench/base", base, slow=True),
            one("bench/by-time", by_time, slow=True), one("bench/boot", boot_length),
            one("bench/boot-stages", boot_stages), one("bench/boot-time", boot_time, slow=True),
            one("bench/profile", profile, slow=True),
            one("bench/repeats", repeats, slow=True), one("bench/held", held, slow=True)]
