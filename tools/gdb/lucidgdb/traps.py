"""Traps: lucid trap, and the line that stands for a trap in every backtrace."""
import gdb
from gdb.FrameDecorator import FrameDecorator

from .kernel import (LucidCommand, address, constant, current_thread, fail, find_thread, frames, in_user_mode, label,
                     pointer, symbol_of, text_of, this_cpu, thread_title, variable)

RFLAGS = ((0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"),
          (14, "NT"), (16, "RF"), (17, "VM"), (18, "AC"), (21, "ID"))      # Intel SDM vol. 1, "EFLAGS Register"
RETURNS = ("trap_call_return", "trap_ist_return", "syscall_call_return")   # behind the calls into C (entry.S)
GENERAL = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")
SELECTOR_ERRORS = ("TRAP_TS", "TRAP_NP", "TRAP_SS", "TRAP_GP")


def rflags_text(value):
    """0x246 [PF ZF IF]"""
    names = [name for bit, name in RFLAGS if value >> bit & 1]
    if value >> 12 & 3:
        names.append(f"IOPL={value >> 12 & 3}")
    return f"{value:#x} [{' '.join(names)}]"


def syscall_text(number):
    """The name of a system call, from the kernel's own table."""
    linux = constant("LINUX_CALLS")
    slot = number if number < linux else number - 1000 + linux
    calls = variable("calls", "kernel/sys/syscall.c")
    if not 0 <= slot <= calls.type.range()[1]:
        return f"unknown call {number}"
    return text_of(calls[slot]["name"]) or f"unknown call {number}"


def vector_text(vector):
    """As the kernel itself names it: the owner's name, or the exception's."""
    if vector == constant("TRAP_SYSCALL"):
        return "system call"
    names = variable("exception_names", "kernel/x86/irq.c")
    name = text_of(variable("slots", "kernel/x86/irq.c")[vector]["name"])
    if not name and vector < 32:
        name = text_of(names[vector])
    return name or "unassigned vector"


def page_fault_text(error):
    """The bits of a page fault's error code as words."""
    def bit(name):
        return error & constant(name)
    what = "an instruction fetch from" if bit("PF_FETCH") else "a write to" if bit("PF_WRITE") else "a read of"
    page = "a page whose entry has reserved bits set" if bit("PF_RSVD") else \
        "a page that is present but does not allow it" if bit("PF_PRESENT") else "a page that is not present"
    key = ", refused by its protection key" if bit("PF_PKEY") else ""
    return f"{what} {page}, by {'a program' if bit('PF_USER') else 'the kernel'}{key}"


def selector_text(error):
    """The error code of #TS, #NP, #SS, #GP (Intel SDM vol. 3, "Error Code")."""
    if error == 0:
        return "no selector is to blame"
    table = "IDT" if error & 2 else "LDT" if error & 4 else "GDT"
    return f"entry {error >> 3} of the {table}" + (", by an external event" if error & 1 else "")


def error_text(vector, error):
    """What an error code says; None where the vector has none."""
    if vector == constant("TRAP_PF"):
        return page_fault_text(error)
    if vector in [constant(n) for n in SELECTOR_ERRORS]:
        return selector_text(error)
    if vector in (constant("TRAP_DF"), constant("TRAP_AC"), constant("TRAP_CP")):
        return "this vector's code has no further meaning"
    return None


def call_number(tf):
    """The number of a frame's system call: rax until syscall() has put it into `error`, where it survives the
    result."""
    return address(tf["error"]) or address(tf["rax"])


def trap_title(tf):
    """One line that says what a struct trapframe is."""
    vector, error = int(tf["vector"]), address(tf["error"])
    if not 0 <= vector <= constant("TRAP_SYSCALL"):
        return "<interrupted, and the trapframe is not complete>"
    from_user = "from user mode" if address(tf["cs"]) & 3 == 3 else "from the kernel"
    if vector == constant("TRAP_SYSCALL"):
        return f"<system call {syscall_text(call_number(tf))}, {from_user}>"
    code = f", error {error:#x}" if error_text(vector, error) else ""
    return f"<{vector_text(vector)}, vector {vector}{code}, {from_user}>"


def trapframe_of(frame):
    """The struct trapframe that a frame of the entry code called C with; None for any other frame."""
    if frame.type() != gdb.SIGTRAMP_FRAME or frame.pc() not in [label(n) for n in RETURNS]:
        return None
    return pointer(address(frame.read_register("rsp")), "struct trapframe")


class TrapDecorator(FrameDecorator):
    """A frame as bt shows it; that of the entry code as the trap that it is."""

    def __init__(self, base):
        super().__init__(base)
        self.interrupted = self.inferior_frame().type() == gdb.SIGTRAMP_FRAME

    def function(self):
        frame = self.inferior_frame()
        if not self.interrupted or not frame.pc() >> 63:
            return super().function()       # in the program's half: gdb's own words for a signal handler
        try:
            tf = trapframe_of(frame)
            return trap_title(tf) if tf is not None else "<entry code>"
        except gdb.error:
            return "<entry code>"

    def address(self):
        return None if self.interrupted else super().address()

    def filename(self):
        return None if self.interrupted else super().filename()

    def line(self):
        return None if self.interrupted else super().line()


class TrapFilter:
    """Puts the decorator on every frame of every backtrace."""

    def __init__(self):
        self.name, self.priority, self.enabled = "lucid-traps", 100, True
        gdb.frame_filters[self.name] = self

    @staticmethod
    def filter(frames):
        return map(TrapDecorator, frames)


def show_trap(tf):
    """Everything that a struct trapframe says."""
    vector, error, cs = int(tf["vector"]), address(tf["error"]), address(tf["cs"])
    print(trap_title(tf.dereference()).strip("<>") + f"; struct trapframe at {address(tf):#x}")
    said = error_text(vector, error)
    if said:
        print(f"  error   {error:#x}: {said}")
    if vector == constant("TRAP_PF"):
        cr2 = address(gdb.selected_frame().read_register("cr2"))
        print(f"  cr2     {cr2:#x}: the address that was touched (until this CPU's next page fault)")
    if vector == constant("TRAP_SYSCALL"):
        arguments = ", ".join(f"{address(tf[r]):#x}" for r in ("rdi", "rsi", "rdx", "r10", "r8", "r9"))
        print(f"  call    {call_number(tf)} {syscall_text(call_number(tf))}({arguments})")
    print(f"  rip     {address(tf['rip']):#x} <{symbol_of(address(tf['rip']))}>")
    print(f"  cs, ss  {cs:#x}, {address(tf['ss']):#x}: ring {cs & 3}    rsp {address(tf['rsp']):#x}")
    print(f"  rflags  {rflags_text(address(tf['rflags']))}")
    for i in range(0, len(GENERAL), 3):
        print("  " + "  ".join(f"{r:<3} {address(tf[r]):#018x}" for r in GENERAL[i:i + 3]))


class Trap(LucidCommand):
    """The traps that are being handled: lucid trap [PID | struct trapframe *].
Every trap frame on this CPU's stack, innermost first, decoded: which vector, what its error code says, the address of
a page fault, flags by name, the registers of whoever was interrupted. With PID, what that thread's program had in its
registers when it came into the kernel; with an address, the struct trapframe there."""
    name = "lucid trap"

    def run(self, words):
        if len(words) > 1:
            fail("lucid trap [PID | struct trapframe *]")
        if words:
            show_trap(self.named(words[0]))
            return
        if in_user_mode():
            fail("this CPU runs a program: no trap is being handled (trapstep follows its next instruction into one)")
        found = [tf for tf in map(trapframe_of, frames()) if tf is not None]
        if not found:
            fail(f"no trap frame on this stack: thread {thread_title(current_thread(this_cpu()))} is the kernel's own, "
                 "or the entry code has just begun")
        for tf in found:
            show_trap(tf)

    @staticmethod
    def named(word):
        if not word.isdigit():
            try:
                value = gdb.parse_and_eval(word)
            except gdb.error as error:
                fail(f"{word}: {error}")
            if value.is_optimized_out:
                fail(f"{word} is optimised out here: go up to the frame of trap() or syscall(), or use `lucid trap`")
            return pointer(address(value), "struct trapframe")
        thread = find_thread(word)
        if address(thread["user_tf"]) == 0:
            fail(f"thread {thread_title(thread)} is the kernel's: it never comes from a program")
        return thread["user_tf"].cast(pointer(0, "struct trapframe").type)


COMMANDS = (Trap,)
