"""The build itself: post-link checks, incremental builds, reproducible images, and how little an addition needs.

All that changes sources works on a scratch copy below build/test/, in a folder of another name and depth than the
tree's own, which is at the same time the second clone of the reproducibility test.
"""
import filecmp
import os
import re
import shlex
import shutil
import subprocess
import sys

import imagesize
import qemu
from elf import Elf
from .guest import Guest
from .result import Fail, Skip
from .suite import Job, attempt, one
from .t_boot import machine

IMAGES = ("lucid.elf", "lucid-test.elf", "initrd.cpio", "tests.cpio", "lucid.iso")
CALLS = "kernel/abi/syscalls.def"
LISTING = re.compile(r"^```c\n(.*?)^```$", re.M | re.S)
LISTED_PATH = re.compile(r"/\* ([\w/]+\.[ch]): ")
SKIP_COPY = shutil.ignore_patterns("build", ".git", "__pycache__")


def make(folder, *goals, check=True):
    """make in a folder, with the toolchain variables that the make which called us was given."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "APPEND")}
    words = shlex.split(os.environ.get("BUILD_VARS") or "")
    done = subprocess.run(["make", f"-j{os.cpu_count() or 1}", *words, *goals], cwd=folder, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode:
        raise Fail(f"make {' '.join(goals)} failed\n" + "\n".join(done.stdout.splitlines()[-40:]))
    return done.stdout


def built(folder):
    """Where that make puts what it builds: the same place as in our own tree."""
    return os.path.join(folder, os.path.relpath(qemu.BUILD, qemu.ROOT))


def scratch(name):
    """A fresh copy of the sources in a folder of its own."""
    folder = os.path.join(qemu.BUILD, "test", name)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(qemu.ROOT, folder, ignore=SKIP_COPY, symlinks=True)
    return folder


def compare(first, second):
    """Equal images in two build folders."""
    for image in IMAGES:
        a, b = os.path.join(first, image), os.path.join(second, image)
        if image == "lucid.iso" and not os.path.exists(a) and not os.path.exists(b):
            continue                        # no GRUB here
        if not filecmp.cmp(a, b, shallow=False):
            raise Fail(f"{image} differs between two builds of the same sources: compare {a} with {b}")


def postlink(_options):
    """The kernels in build/ pass their post-link checks."""
    for kernel in (qemu.KERNEL, qemu.TEST_KERNEL):
        done = subprocess.run([sys.executable, "tools/postlink.py", kernel, "--pass1", kernel[:-len("elf")] + "pass1"],
                              cwd=qemu.ROOT, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise Fail(done.stderr)


def image_size(_options):
    """The kernel that people boot is as small as promised, and `make size` says how big."""
    if os.path.basename(qemu.BUILD) != "build":
        raise Skip("the limit is for the default build")
    size = imagesize.image_bytes(Elf(qemu.KERNEL))
    report = make(qemu.ROOT, "size", check=False)
    if size > imagesize.IMAGE_MAX or f"image: {size:,} bytes" not in report:
        raise Fail(f"{size:,} bytes of code, constants and data, where {imagesize.IMAGE_MAX:,} are allowed\n{report}")


def unknown_variable(_options):
    """A misspelt variable is refused by name."""
    out = make(qemu.ROOT, "NCUP=4", "help", check=False)
    if "NCUP" not in out or "NCPU" not in out or "Targets" in out:
        raise Fail("make NCUP=4 was not refused\n" + out)


def in_scratch(options):
    """Several tests on one copy of the tree, because building it is what takes time."""
    folder = scratch("a-much-longer-name-than-the-original/copy")
    for name, test in (("reproducible", reproducible), ("incremental", incremental), ("new-syscall", new_syscall),
                       ("new-scheduler", new_scheduler)):
        yield attempt("build/" + name, test, options, folder)


def reproducible(_options, folder):
    """A copy in another place gives the same bytes."""
    make(folder, "all")
    compare(qemu.BUILD, built(folder))


def listings(folder, document):
    """What a page tells its reader to write: from each path to its text. A listing is a block whose first line is
    `/* PATH: what for` or a row of syscalls.def."""
    with open(os.path.join(folder, document)) as f:
        blocks = LISTING.findall(f.read())
    files = {}
    for text in blocks:
        path = LISTED_PATH.match(text)
        if path:
            files[path.group(1)] = text
        elif text.startswith("SYSCALL("):
            files[CALLS] = text
    return files


def follow(folder, *documents):
    """Do in a copy of the tree what pages say, and check it by the rules of the tree."""
    for path, text in (item for d in documents for item in listings(folder, d).items()):
        with open(os.path.join(folder, path), "a" if path == CALLS else "w") as f:
            f.write(text)
    done = subprocess.run([sys.executable, "tools/lint.py", "--root", folder], cwd=qemu.ROOT, stdout=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise Fail("the listings break the rules of the tree\n" + done.stdout)
    make(folder, "all")


def run_in_copy(options, folder, program, **changes):
    """Boot the copy with a program of its own as process 1, which must succeed."""
    initrd = os.path.join(built(folder), "with-tests.cpio")
    with open(initrd, "wb") as out:
        for part in ("initrd.cpio", "tests.cpio"):
            with open(os.path.join(built(folder), part), "rb") as f:
                shutil.copyfileobj(f, out)
    append = f"init={program} check=lock,poison " + changes.pop("append", "")
    config = machine(options, append=append, kernel=os.path.join(built(folder), "lucid.elf"), initrd=initrd, **changes)
    with Guest("build-" + os.path.basename(program), config) as guest:
        guest.expect_end(qemu.SUCCESS)
        return guest.console.text()


def new_syscall(options, folder):
    """Add the system calls of the README and of docs/adding-a-syscall.md, and use them."""
    follow(folder, "README.md", "docs/adding-a-syscall.md")
    run_in_copy(options, folder, "/bin/triple")
    run_in_copy(options, folder, "/tests/t_present")


def new_scheduler(options, folder):
    """Add the scheduler of docs/adding-a-scheduler.md, drive it by the host test, and compare shares in the guest."""
    follow(folder, "docs/adding-a-scheduler.md")
    out = make(folder, "test", "TESTS=host/policy")
    if "ok 1 host/policy" not in out:
        raise Fail("the host test did not run\n" + out)
    said = run_in_copy(options, folder, "/bin/share", append="sched=lottery", ncpu=1)
    if "sched: lottery" not in said:
        raise Fail("the kernel does not say that it uses the new scheduler\n" + said)


def rebuilt(folder, goal="all"):
    """What make would build now: its own short lines, such as `CC kernel/mm/frame.c`."""
    return {line.split()[1] for line in make(folder, goal).splitlines()
            if len(line.split()) == 2 and line.startswith("  ")}


def incremental(_options, folder):
    """Touch one thing at a time in a built tree and see that exactly what depends on it is built."""
    idle = rebuilt(folder)
    if idle:
        raise Fail(f"a second make builds again: {sorted(idle)}")
    bump(folder, "kernel/abi/syscalls.def")
    table = rebuilt(folder)
    if not any(p.startswith("kernel/sys/") for p in table) or not any(p.startswith("user/lib/") for p in table):
        raise Fail("a change of syscalls.def did not reach kernel and user land\nrebuilt: " + " ".join(sorted(table)))
    added = os.path.join(folder, "kernel/lib/added.c")
    with open(added, "w") as f:
        f.write("/* Added by a test. */\nint added_by_a_test(void);\nint added_by_a_test(void)\n{\n    return 1;\n}\n")
    if "kernel/lib/added.c" not in rebuilt(folder):
        raise Fail("a new source file was not found")
    os.remove(added)
    if os.path.relpath(qemu.KERNEL, qemu.ROOT) not in rebuilt(folder):
        raise Fail("a removed source file did not relink the kernel")


def bump(folder, path):
    """Make a file newer than everything built."""
    images = [os.path.join(built(folder), i) for i in IMAGES]
    newest = max(os.path.getmtime(i) for i in images if os.path.exists(i))
    os.utime(os.path.join(folder, path), (newest + 1, newest + 1))


def two_clones():
    """`make repro`: two clones of the present commit, both built afresh, compared."""
    if not os.path.exists(os.path.join(qemu.ROOT, ".git")):
        raise Skip("not a git clone")
    folders = []
    for name in ("clone", "another/clone-elsewhere"):
        folder = os.path.join(qemu.BUILD, "test", name)
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run(["git", "clone", "-q", qemu.ROOT, folder], check=True)
        print(f"building {os.path.relpath(folder)}", flush=True)
        make(folder, "all")
        folders.append(built(folder))
    compare(*folders)
    print("equal: " + " ".join(IMAGES))


def jobs():
    return [one("build/postlink", postlink), one("build/size", image_size),
            one("build/unknown-variable", unknown_variable),
            Job("build/", in_scratch, slow=True, long=True)]
