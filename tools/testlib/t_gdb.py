"""gdb on the running kernel, in batches: what tools/gdb brings, and that backtraces cross every border.

A batch is one boot: gdb starts with the machine at power-on, as in `make gdb`, and runs a list of commands. What each
printed is looked at on its own, and the whole is kept in build/test/gdb-NAME/.
"""
import os
import re
import subprocess
import sys
import threading

import debug
import qemu
from .result import Fail, Infra, Skip
from .suite import Job, attempt, one
from .t_boot import machine
from .t_guest import tests_initrd

BATCH_CAP = 200                 # seconds for a whole batch
MARK = "=-=-= "


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


class Batch:
    """What gdb prints for these commands on a fresh machine; `plain` takes the scripts without Python."""

    def __init__(self, name, config, commands, plain=False):
        program, has_python = gdb_or_skip(not plain)
        self.folder = os.path.join(qemu.BUILD, "test", "gdb-" + name)
        os.makedirs(self.folder, exist_ok=True)
        marked = [c for command in commands for c in (f"echo \\n{MARK}{command}\\n", command)]
        with debug.Machine(config) as m, open(os.path.join(self.folder, "console.log"), "wb") as log:
            threading.Thread(target=debug.copy_console, args=(m.console, log), daemon=True).start()
            self.text = self.run(debug.gdb_command(program, has_python and not plain, m.path, config.kernel,
                                                   ["set width 0", *marked], batch=True), m.console)
        with open(os.path.join(self.folder, "gdb.log"), "w") as f:
            f.write(self.text)

    @staticmethod
    def run(args, console):
        env = dict(os.environ, **{debug.CONSOLE_VARIABLE: str(console.fileno())})
        try:
            return subprocess.run(args, cwd=qemu.ROOT, env=env, pass_fds=[console.fileno()], timeout=BATCH_CAP,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, errors="replace").stdout
        except subprocess.TimeoutExpired as slow:
            raise Infra(f"hang: gdb was not done within {BATCH_CAP} s\n{(slow.stdout or b'').decode(errors='replace')}")

    def answer(self, command, nth=0):
        """What the nth use of a command printed."""
        parts = self.text.split(f"{MARK}{command}\n")
        if len(parts) < nth + 2:
            raise Fail(f"gdb did not come to {command!r}\n{self.text[-4000:]}")
        return parts[nth + 1].split(MARK)[0]

    def expect(self, command, *patterns, nth=0):
        """Each pattern occurs in its answer, behind the one before."""
        answer, at = self.answer(command, nth), 0
        for pattern in patterns:
            match = re.compile(pattern, re.M).search(answer, at)
            if not match:
                raise Fail(f"{command}: gdb did not print {pattern!r}\n{answer[-4000:]}")
            at = match.end()


def checks(prefix, get_batch, table):
    """A job's function: run the batch, then each check of the table as a result of its own."""
    def run(_options, *_):
        batch = get_batch(_options)
        for name, check in table.items():
            yield attempt(prefix + name, check, batch)
    return run


def enter(options):
    """From power-on to kmain through GRUB, with every CPU as a thread; `run` says what is wrong with it."""
    batch = Batch("enter", machine(options, boot="iso"),
                  ["bt", "info threads", "run", "lucid ps", "lucid cpu", "lucid trap"])
    batch.expect("bt", r"#0 .*kmain", r"#1 .* in start_high \(\)")
    batch.expect("info threads", fr"CPU#{options.ncpu - 1} ")
    batch.expect("run", "The machine runs since QEMU started")
    batch.expect("lucid ps", "no threads yet")
    batch.expect("lucid cpu", r"^\* +0 .* nothing yet +kernel +off +kmain")
    if "Traceback" in batch.text:
        raise Fail("a command failed with a traceback\n" + batch.text)


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


def server(options):
    """`make gdb-server` says when it is ready, and gdb finds it at the fixed place."""
    program, has_python = gdb_or_skip(False)
    env = dict(os.environ, BOOT="direct", NCPU=str(options.ncpu), APPEND="", D="")
    child = subprocess.Popen([sys.executable, os.path.join(qemu.ROOT, "tools/run"), "--gdb"], env=env, text=True,
                             cwd=qemu.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        said = ""
        while "gdb stub ready" not in said:
            line = child.stdout.readline()
            said += line
            if "is in use by" in said:
                raise Skip("someone debugs in this checkout just now")
            if not line:
                raise Fail("the server ended before it was ready\n" + said)
        text = subprocess.run(debug.gdb_command(program, has_python, debug.SOCKET, commands=["bt", "kill"], batch=True),
                              cwd=qemu.ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=BATCH_CAP,
                              stderr=subprocess.STDOUT, text=True).stdout
        if not re.search(r"#0 .*kmain", text):
            raise Fail("gdb did not come to kmain\n" + text)
        child.communicate(timeout=BATCH_CAP)        # gdb's kill ended QEMU, and that the server
    finally:
        child.terminate()


# ---- one stop where the shell reads a key, long after process 1 went to sleep in wait: what the commands say ----

LOOK = ["hbreak sys_read if fd == 0", "continue", "info registers rip rsp rbp cr3", "lucid ps", "lucid cpu", "bt",
        "lucid bt 1", "lucid bt all", "lucid bt 1 full", "lucid trap", "lucid trap 1", "lucid trap 2", "lucid maps 1",
        "lucid maps 2", "lucid in 1 frame function main", "lucid pt 0x400000 1", "lucid pt main",
        "lucid pt 0xffff888001000000", "lucid pt 0xffff888040000000", "lucid pt kmain", "lucid pt 0x1000",
        "lucid pt 0x800000000000",
        "lucid pt 0x1000 2", "lucid user sh", "info line main", "lucid user init", "info address main",
        "lucid user nosuch", "lucid user none", "lucid irq", "lucid irq on", "lucid irq off", "lucid dmesg",
        "lucid bt 31999", "lucid trap nothing", "lucid in 1", "lucid nosuch", "trapstep", "help lucid bt",
        "info registers rip rsp rbp cr3"]


def look(options):
    """2.2 GiB: the direct map then has a leaf of 1 GiB besides those of 2 MiB and 4 KiB."""
    return Batch("look", machine(options, mem="2200M"), LOOK)


def check_ps(b):
    b.expect("lucid ps", r"^ +0 .*idle/0", r"^ +1 +1 +0 .* blocked +/bin/init +in \w+ < sys_wait4$",
             r"^ +2 +- .* \[\w+\]", r"on CPU \d+ +/bin/sh$")


def check_cpu(b):
    b.expect("lucid cpu", r"\bCPU\b", r"^\* +\d+ .*\(sh\) +kernel +on .* sys_read")


def check_bt(b):
    """A sleeper's stack: swtch, its wait, its system call, its program with names."""
    b.expect("bt", r"#0 .*sys_read", r" in syscall ", r"<system call read, from user mode>")
    b.expect("lucid bt 1", r"1 \(init\), blocked", r"#0 .*context_switch", r"thread_block",
             r" in sys_wait4 ", r"<system call wait4, from user mode>", r" in main \(.*user/bin/init\.c")
    b.expect("lucid bt all", r"0 \(idle/0\)", r" in kmain ", r" in start_high",
             r" in thread_start", r" in thread_entry",
             r"\(sh\), on CPU", r"sys_read", r" main \(.*user/bin/sh/main\.c")
    b.expect("lucid bt 1 full", r"sys_wait4", r"^ +\w+ = ", r" in main ")
    b.expect("lucid in 1 frame function main", r"user/bin/init\.c")
    before, after = (b.answer("info registers rip rsp rbp cr3", turn).splitlines()[:4] for turn in (0, 1))
    if before != after:
        raise Fail(f"the visits left something behind: {before} {after}")


def check_trap(b):
    b.expect("lucid trap", r"system call read, from user mode", r"call +0 read\(0x0, 0x", r"ring 3",
             r"rflags .*\bIF\b")
    b.expect("lucid trap 1", r"system call wait4")
    b.expect("lucid trap 2", r"thread 2 .* is the kernel's")


def check_maps(b):
    b.expect("lucid maps 1", r"^00400000-\w+ +r--p .* /bin/init$", r"r-xp .* /bin/init$", r"rw-p .*\[heap\]$",
             r"rw-p .*\[stack\]$")
    b.expect("lucid maps 2", "has no address space")


def check_pt(b):
    b.expect("lucid pt 0x400000 1", r"of 1 \(init\)", r"4 PML4 \[  0\].* P W U A .*-> table", r"1 PT .*-> page",
             r"4 KiB leaf: physical 0x\w+; read.*programs and the kernel")
    b.expect("lucid pt 0xffff888001000000", r"2 MiB leaf: physical 0x1000000; read, write; the kernel only")
    b.expect("lucid pt 0xffff888040000000", r"1 GiB leaf: physical 0x40000000; read, write; the kernel only")
    b.expect("lucid pt kmain", r"leaf: physical 0x1\w+; read, execute; the kernel only")
    b.expect("lucid pt 0x1000", r"not mapped: no entry at level \d")
    b.expect("lucid pt 0x800000000000", r"not a canonical address")
    b.expect("lucid pt 0x1000 2", r"no page tables of its own")


def check_user(b):
    b.expect("lucid user sh", r"symbols of .*user/bin/sh\.elf")
    b.expect("info line main", r"user/bin/sh/main\.c")
    b.expect("info address main", r"main.* is .*0x40")
    b.expect("lucid user nosuch", r"no ELF file with symbols for nosuch")


def check_irq(b):
    b.expect("lucid irq", "interrupts masked, timers stopped")
    b.expect("lucid irq on", "interrupts taken, timers running")
    b.expect("lucid irq off", "interrupts masked, timers stopped")


def check_dmesg(b):
    b.expect("lucid dmesg", r"^\[ +\d+\.\d{6}\] Lucid: a kernel", r"CPUs online")


def check_errors(b):
    b.expect("lucid bt 31999", r"no such process or thread: 31999")
    b.expect("lucid trap nothing", r"nothing: No symbol")
    b.expect("lucid in 1", r"lucid in PID COMMAND")
    b.expect("lucid nosuch", r"no command lucid nosuch|Undefined lucid command")
    b.expect("trapstep", r"in the kernel.*lucid to-user")
    b.expect("help lucid bt", r"The stack of any thread")
    if "Traceback" in b.text or "Python Exception" in b.text:
        raise Fail("a command failed with a traceback\n" + b.text[-6000:])


LOOK_CHECKS = {"ps": check_ps, "cpu": check_cpu, "bt": check_bt, "trap": check_trap, "maps": check_maps, "pt": check_pt,
               "user": check_user, "irq": check_irq, "dmesg": check_dmesg, "errors": check_errors}


# ---- faults: in the kernel's copy to a program, and in a program ----

def copy(options):
    """wc reads into a buffer that nobody touched before: the kernel faults while it copies."""
    return Batch("copy", machine(options, append="init=/bin/wc -- /bin/sh"),
                 ["hbreak vm_fault if (pf_error & 4) == 0", "continue", "lucid user", "bt", "lucid trap"])


def fault(options):
    """A program writes to address 0; then any interrupt."""
    return Batch("fault", machine(options, append="init=/bin/faults -- null"),
                 ["hbreak signal_fault", "continue", "lucid user", "bt", "lucid trap", "lucid trap tf", "delete",
                  "hbreak timer_interrupt", "continue", "lucid trap", "delete", "hbreak trap_ist", "monitor nmi",
                  "continue", "bt", "lucid trap"])


def check_copy(b):
    """Two trap frames on one stack: the page fault in usercopy.S, and the system call that copies."""
    b.expect("bt", r"vm_fault", r"<#PF page fault, vector 14, error 0x\w+, from the kernel>",
             r"usercopy|userstr|userclear", r" in syscall ", r"<system call \w+, from user mode>", r" main \(")
    b.expect("lucid trap", r"#PF page fault, vector 14, error 0x2, from the kernel", r"by the kernel", r"cr2 +0x",
             r"system call \w+, from user mode")


def check_user_fault(b):
    b.expect("bt", r"signal_fault", r"<#PF page fault, vector 14, error 0x6, from user mode>", r"null_write",
             r" main \(.*user/bin/faults/main\.c")
    b.expect("lucid trap", r"a write to a page that is not present, by a program", r"cr2 +0x0:")
    b.expect("lucid trap tf", r"#PF page fault|optimised out")


def check_interrupt(b):
    """An interrupt has no error code, and says who interrupted."""
    b.expect("lucid trap", r"vector \d+, from (user mode|the kernel); struct trapframe", nth=1)


def check_handler(b):
    """A program's signal handler, called by the kernel: its caller is what the signal interrupted."""
    # clang does not mark signal frames in .debug_frame, so gdb gives the frame its function's name.
    b.expect("bt", r"#0 .*count", r"#1 +(<signal handler called> \(\)|.*\b__restore_rt \(\).*)$",
             r"^#2 .*\bdo_syscall ", r" main \(")


def triple_fault(options):
    """Before there is an IDT, a jump to nowhere makes a CPU give up: the machine stays for a look."""
    batch = Batch("triple", machine(options), ["set $rip = 0x1000000000", "continue", "print/x $rip"])
    batch.expect("continue", r"SIGQUIT")
    batch.expect("print/x $rip", r"0x1000000000")


def handler(options):
    return Batch("handler", machine(options, append="init=/tests/t_sigframe", initrd=tests_initrd()),
                 ["lucid user t_sigframe", "hbreak count", "continue", "bt"])


COPY_CHECKS = {"bt": check_copy}
def check_ist(b):
    """An NMI has a stack of its own; the backtrace goes on where it struck."""
    b.expect("bt", r"#0 .*trap_ist", r"<NMI, vector 2, from (user mode|the kernel)>\s*\(\)$", r"^#2 ", nth=1)
    b.expect("lucid trap", r"NMI, vector 2, ", nth=2)


FAULT_CHECKS = {"bt": check_user_fault, "interrupt": check_interrupt, "ist": check_ist}


# ---- single steps over the border ----

def steps(options):
    """Traps of a program that never waits for anybody, followed one by one from its first instruction; then the
    unwinder is asked at every instruction of some."""
    follow = ["trapstep 100000"] * 20
    return Batch("steps", machine(options, append="init=/bin/find -- /"),
                 ["lucid to-user", "trapstep", *follow, "source tests/gdb/unwind.py"])


# What a story must tell, in this order.
SYSCALL_STORY = (r"`syscall`: the processor did only this \(call \d+, \w+\)", "saved rip in rcx",
                 "LSTAR: .* <syscall_entry>", "cs 0x2b -> 0x8", "CPL 3 -> 0", "switched no stack", "swapgs exchanged",
                 "%gs is now struct percpu of CPU", "changed the stack: rsp 0x7.* -> 0xffffd1", r"calls syscall\(tf\)",
                 "`sysretq`: the processor", "CPL 0 -> 3", "the instruction behind it")
FAULT_STORY = ("#PF page fault, vector 14: the processor took the IDT's gate 14", "rsp0 of the TSS",
               "the instruction itself", "error +0x.* at ", "cr2 = 0x", "CPL 3 -> 0", "swapgs exchanged",
               r"calls trap\(tf\)", "`iretq`: the processor popped", "CPL 0 -> 3", "the same instruction again")


def check_trapstep(b):
    b.expect("lucid to-user", r"in user mode at 0x4\w+")
    b.expect("trapstep", r"1 instruction without a trap|the processor")
    for story in (SYSCALL_STORY, FAULT_STORY):
        if not any(re.search(".*".join(story), answer, re.S) for answer in b.text.split(MARK)):
            raise Fail(f"no story of this kind: {story}\n{b.text[-6000:]}")


def check_unwind(b):
    """tests/gdb/unwind.py: at each instruction of entry.S the interrupted program is found."""
    b.expect("source tests/gdb/unwind.py",
             r"unwound at [1-9]\d+ instructions of system calls, [1-9]\d+ of faults: 0 wrong")


STEP_CHECKS = {"trapstep": check_trapstep, "unwind": check_unwind}


# ---- without Python ----

def plain(options):
    """tools/gdb/lucid.gdb alone, as a gdb without Python takes it."""
    return Batch("plain", machine(options), [
        "hbreak sys_read if fd == 0", "continue", "lucid ps", "lucid cpu", "lucid bt 1", "lucid bt 31999", "lucid bt",
        "lucid trap", "lucid trap tf", "lucid pt 0x400000", "lucid pt 0xffff888001000000", "lucid pt 0x1000",
        "lucid irq-on", "lucid irq-off", "bt", "run"], plain=True)


def check_plain_threads(b):
    b.expect("lucid ps", r"^ +0 +0 idle/0", r"^ +1 +0 init +T_BLOCKED", r"reaper", r"^ +\d+ +\d+ sh +T_RUNNING")
    b.expect("lucid cpu", r"^ +\d+ +\d+ +0 +0 +0 sh$")
    b.expect("lucid bt 1", r"context_switch", r"thread_block", r"sys_wait4", r"^syscall \+")
    b.expect("lucid bt 31999", r"no such thread")
    b.expect("lucid bt", r"lucid bt TID", nth=0)
    b.expect("bt", r"sys_read", r"signal handler called")


def check_plain_traps(b):
    b.expect("lucid trap", r"system call 0", r"rdi = 0x0", r"cs = 0x2b")
    b.expect("lucid irq-on", r'received: "OK"')
    b.expect("lucid irq-off", r'received: "OK"')
    b.expect("run", "The machine runs since QEMU started")


def check_plain_pt(b):
    b.expect("lucid pt 0x400000", r"^  4 \[  0\] 0x\w+  PWUA", r"^  1 \[  0\] 0x\w+  P-UA")
    b.expect("lucid pt 0xffff888001000000", r"a leaf of 2 MiB")
    b.expect("lucid pt 0x1000", r"not mapped")


PLAIN_CHECKS = {"threads": check_plain_threads, "traps": check_plain_traps, "pt": check_plain_pt}


def jobs():
    return [one("gdb/enter", enter), one("gdb/one-server", one_server), one("gdb/server", server),
            one("gdb/triple-fault", triple_fault),
            Job("gdb/handler/", checks("gdb/handler/", handler, {"bt": check_handler})),
            Job("gdb/look/", checks("gdb/look/", look, LOOK_CHECKS)),
            Job("gdb/copy/", checks("gdb/copy/", copy, COPY_CHECKS)),
            Job("gdb/fault/", checks("gdb/fault/", fault, FAULT_CHECKS)),
            Job("gdb/steps/", checks("gdb/steps/", steps, STEP_CHECKS)),
            Job("gdb/plain/", checks("gdb/plain/", plain, PLAIN_CHECKS))]
