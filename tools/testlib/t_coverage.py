"""make coverage, from the counters in the guest to the report, on a copy of the tree: one boot of /bin/true."""
import os
import re

import qemu
from .result import Fail, Skip
from .suite import one
from .t_build import make, scratch


def chain(_options):
    """What certainly ran counts as reached, what certainly did not as unreached, and the table adds up."""
    if "LLVM=1" in (os.environ.get("BUILD_VARS") or ""):
        raise Skip("counters need gcc")
    if not qemu.qemu_program():
        raise Skip("qemu-system-x86_64 is not installed")
    folder = scratch("covered")
    said = make(folder, "coverage", "TESTS=boot/init-success")
    build = os.path.join(folder, "build/cov")
    counts = line_counts(os.path.join(build, "coverage.info"))
    reached = function_counts(os.path.join(build, "coverage.info"))
    for name in ("kmain", "init_start", "frame_alloc"):
        if not reached.get(name):
            raise Fail(f"{name} ran, but was not counted\n{said[-3000:]}")
    for name in ("power_reboot", "dump_nmi"):
        if reached.get(name) != 0:
            raise Fail(f"{name} did not run, but counts {reached.get(name)}")
    with open(os.path.join(build, "untested.txt")) as f:
        if "power_reboot() is never called" not in f.read():
            raise Fail("untested.txt does not name power_reboot")
    total = re.search(r'^in all +([\d,]+) of +([\d,]+) lines', said, re.M)
    want = (sum(1 for c in counts if c), len(counts))
    if not total or tuple(int(n.replace(",", "")) for n in total.groups()) != want:
        raise Fail(f"the table does not say {want}\n{said[-3000:]}")


def line_counts(path):
    """The counts of all lines in a tracefile."""
    with open(path) as f:
        return [int(line.rsplit(",", 1)[1]) for line in f if line.startswith("DA:")]


def function_counts(path):
    """{function: count} from a tracefile; the larger one where two files have the same name."""
    counts = {}
    with open(path) as f:
        for line in f:
            if line.startswith("FNDA:"):
                count, name = line[len("FNDA:"):].strip().split(",")
                counts[name] = max(counts.get(name, 0), int(count))
    return counts


def jobs():
    return [one("coverage/chain", chain, slow=True)]
