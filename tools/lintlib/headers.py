"""Every header compiles alone: a file that includes it need not know what else to include first."""
import os
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

DEFAULT_FLAGS = "-std=gnu17 -ffreestanding -Wall -Wextra -Wno-unused-parameter"


def flags_for(path):
    """Compiler flags as the Makefile uses them; it hands them over in LINT_KFLAGS and LINT_UFLAGS."""
    kernel = path.startswith(("kernel/", "boot/"))
    given = os.environ.get("LINT_KFLAGS" if kernel else "LINT_UFLAGS")
    default = DEFAULT_FLAGS + (" -Ikernel -Ibuild/gen" if kernel else " -Iuser/include -Ikernel")
    return [f for f in shlex.split(given or default) if f not in ("-MMD", "-MP", "-g")]


def compile_alone(root, path):
    """The compiler's first complaint about the header, or None."""
    compiler = shlex.split(os.environ.get("LINT_CC") or "gcc")
    command = compiler + flags_for(path) + ["-fsyntax-only", "-Werror", "-include", path, "-x", "c", os.devnull]
    done = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return None
    lines = [line for line in done.stdout.splitlines() if "error" in line]
    return (lines or done.stdout.splitlines() or ["the compiler failed"])[0]


def check_alone(tree):
    headers = [f for f in tree.under("kernel", "boot", suffix=(".h",))] + \
              [f for f in tree.under("user", suffix=(".h",)) if f.path.startswith("user/include/")]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for f, complaint in zip(headers, pool.map(lambda h: compile_alone(tree.root, h.path), headers)):
            if complaint:
                yield f.problem(1, "alone", "does not compile alone: " + complaint)
