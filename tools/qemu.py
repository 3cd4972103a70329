"""How Lucid's machine looks in QEMU, and what its exit means: shared by tools/run and tools/test.

Everything a run needs lives in its own folder below build/run/, and QEMU is only ever addressed as our own child
process: two checkouts, or two runs in one checkout, cannot disturb each other.
"""
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = os.path.join(ROOT, os.environ.get("BUILD_DIR") or "build")
KERNEL = os.path.join(BUILD, "lucid.elf")
TEST_KERNEL = os.path.join(BUILD, "lucid-test.elf")
INITRD = os.path.join(BUILD, "initrd.cpio")
ISO = os.path.join(BUILD, "lucid.iso")
SNAPSHOTS = "snapshots.qcow2"  # in the folder of a recording
CPUS_MAX, MEM_MIN = 64, 16 << 20
COUNTERS = os.path.join(BUILD, "counters")

# isa-debug-exit turns a written value v into the process status 2v+1 (QEMU, hw/misc/debugexit.c); the kernel
# writes 0x10, 0x11 or 0x12.
SUCCESS, PANIC, INIT_FAILED = 33, 35, 37
MEANING = {
    SUCCESS: "process 1 ended with success; the machine is off",
    PANIC: "the kernel panicked",
    INIT_FAILED: "process 1 ended with a failure status; the machine is off",
    0: "the machine was switched off",
}


@dataclass
class Config:
    """What a user may choose about the machine."""
    ncpu: int = 4
    mem: str = "512M"
    accel: str = "tcg"
    icount: str = ""            # -icount's argument: the clock counts instructions
    append: str = ""
    boot: str = "iso"           # or "direct": QEMU's -kernel and the PVH entry
    kernel: str = KERNEL
    initrd: str = INITRD
    gui: bool = False           # a VGA adapter
    window: bool = False        # and a window that shows it
    firmware: str = ""          # another BIOS image, such as OVMF for UEFI
    rr: str = ""                # "record" or "replay", with the recording's folder: see tools/rr.py
    rr_folder: str = ""
    log: str = ""               # file for -d int,cpu_reset,guest_errors


def number_of_cpus(text):
    """NCPU, or the end of the program with a line that says what is wrong."""
    if not text.isdecimal() or not 1 <= int(text) <= CPUS_MAX:
        raise SystemExit(f"NCPU={text}? It is a number from 1 to {CPUS_MAX}")
    return int(text)


def amount_of_memory(text):
    """MEM, which is MiB where no unit follows; or the end of the program."""
    match = re.fullmatch(r"(\d+)([KMGT]?)", text, re.I)
    if not match:
        raise SystemExit(f"MEM={text}? It is a number with a unit, such as 64M or 2G")
    if int(match.group(1)) * 1024 ** ("KMGT".index(match.group(2).upper() or "M") + 1) < MEM_MIN:
        raise SystemExit(f"MEM={text}? Lucid needs {MEM_MIN >> 20}M at least")
    return text


def config_from_environment(env=os.environ):
    """The Makefile exports its variables; absent ones keep the defaults above."""
    d = Config()
    return Config(ncpu=number_of_cpus(env.get("NCPU") or str(d.ncpu)), mem=amount_of_memory(env.get("MEM") or d.mem),
                  accel=env.get("ACCEL") or d.accel, append=env.get("APPEND") or "",
                  boot=env.get("BOOT") or d.boot,
                  log=os.path.join(BUILD, "qemu.log") if env.get("D") else "")


def new_run_dir():
    """A folder of this run's own: pid file, logs, a private ISO."""
    base = os.path.join(BUILD, "run")
    os.makedirs(base, exist_ok=True)
    return tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=base)


def qemu_program():
    """The emulator's path, or None."""
    return shutil.which(os.environ.get("QEMU") or "qemu-system-x86_64")


def make_iso(config, run_dir):
    """An ISO with this run's command line and initrd; None where GRUB or xorriso is missing."""
    if not config.append and (config.kernel, config.initrd) == (KERNEL, INITRD) and os.path.exists(ISO):
        return ISO
    path = os.path.join(run_dir, "boot.iso")
    done = subprocess.run([os.environ.get("PYTHON") or "python3", os.path.join(ROOT, "tools/mkiso"), "--output", path,
                           "--kernel", config.kernel, "--initrd", config.initrd,
                           "--config", os.path.join(ROOT, "boot/grub.cfg"), "--append", config.append],
                          stderr=subprocess.PIPE, text=True)
    if done.returncode == 3:
        return None
    if done.returncode:
        raise RuntimeError(done.stderr)
    return path


def reset_log(config, run_dir):
    """Where QEMU logs CPU resets: a triple fault is told apart from a reboot only there."""
    return config.log or os.path.join(run_dir, "reset.log")


def coverage_port(run_dir):
    """Where the kernel of COVERAGE=1 writes its counters when it leaves (kernel/debug/gcov.c): a file a machine."""
    if not os.environ.get("COVERAGE"):
        return []
    os.makedirs(COUNTERS, exist_ok=True)
    path = os.path.join(COUNTERS, os.path.basename(run_dir))
    return ["-chardev", f"file,id=gcov,path={path}", "-device", "isa-debugcon,iobase=0x4e9,chardev=gcov"]


def record_replay(config):
    """Record or replay, with a snapshot at power-on to go back to. Its image is no disk of the machine's.

    Without vapic=off going back hangs more often than not: QEMU's help for patching Windows' interrupt code, loaded
    from a snapshot, has the main thread wait for the CPU's while it holds the lock of record/replay."""
    if not config.rr:
        return []
    events, image = (os.path.join(config.rr_folder, name) for name in ("events", SNAPSHOTS))
    return ["-icount", f"shift=auto,rr={config.rr},rrfile={events},rrsnapshot=start",
            "-drive", f"file={image},if=none,id=snapshots", "-global", "apic.vapic=off"]


def command(config, run_dir, iso=None):
    """QEMU's arguments without any serial port: the caller adds those it wants, COM1 first."""
    args = [qemu_program() or "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-machine", "q35", "-cpu", "max",
            "-accel", config.accel, "-smp", f"{config.ncpu},sockets=1,cores={config.ncpu}", "-m", config.mem,
            "-nic", "none", "-device", "isa-debug-exit,iobase=0x501,iosize=2",
            "-pidfile", os.path.join(run_dir, "qemu.pid"),
            "-d", "int,cpu_reset,guest_errors" if config.log else "cpu_reset", "-D", reset_log(config, run_dir)]
    args += coverage_port(run_dir) + record_replay(config)
    args += ["-vga", "std" if config.gui else "none"] + ([] if config.window else ["-display", "none"])
    args += ["-icount", config.icount] if config.icount else []
    if config.firmware:
        args += ["-bios", config.firmware]
    if iso:
        return args + ["-cdrom", iso, "-boot", "d"]
    args += ["-kernel", config.kernel]
    args += ["-initrd", config.initrd] if config.initrd else []
    return args + (["-append", config.append] if config.append else [])


def in_firmware(address):
    """SeaBIOS, asked to reset while it is resident, tries the keyboard controller and then a triple fault of its own,
    while QEMU is still busy performing the first reset: that is no mistake of the kernel."""
    return 0xC0000 <= address < 0x100000 or 0xFFFC0000 <= address < 0x100000000


def triple_faulted(log):
    """Did a CPU of this run triple fault? QEMU logs the words, then the registers at that moment."""
    waiting = False
    try:
        with open(log, errors="replace") as f:
            for line in f:
                waiting = waiting or line.startswith("Triple fault")
                where = re.search(r"\b[ER]IP=([0-9a-f]+)", line) if waiting else None
                if where:
                    if not in_firmware(int(where.group(1), 16)):
                        return True
                    waiting = False
    except OSError:
        pass
    return waiting
