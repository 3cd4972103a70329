"""trapstep: one instruction of a program followed into the kernel and back, and what the hardware did at each edge.

The edges are single steps, compared before and after: whatever is said was read from the machine. Between them the
handler runs at full speed, to a breakpoint behind the call into C that counts only for this very trapframe, since other
threads and CPUs come by there too.
"""
import contextlib

import gdb

from .kernel import (LucidCommand, address, constant, current_thread, fail, in_user_mode, label, number, percpu,
                     pointer, quiet, symbol_of, this_cpu, thread_title, variable)
from .traps import error_text, rflags_text, syscall_text, trap_title, vector_text

WATCHED = ("rip", "rsp", "cs", "ss", "eflags", "rax", "rcx", "r11", "gs_base", "k_gs_base", "cr2", "cr3")
ENTRY_STEPS = 80                # instructions from a vector to the call into C, and from its return to the program
EXITS = (60, 231)               # exit, exit_group
ARITHMETIC = 0x8D5              # CF PF AF ZF SF OF
FRAME_WORDS = ("rip", "cs", "rflags", "rsp", "ss")


def registers():
    """The selected CPU's registers, as one thing to compare with another."""
    frame = gdb.newest_frame()
    return {name: address(frame.read_register(name)) for name in WATCHED}


def instruction(addr):
    """The instruction at an address, as text."""
    try:
        return gdb.newest_frame().architecture().disassemble(addr)[0]["asm"]
    except gdb.MemoryError:
        return "(its page is not in memory)"


def place(addr):
    return f"{addr:#x} <{symbol_of(addr)}>"


def step():
    """One instruction; the registers behind it."""
    with quiet():
        gdb.execute("stepi")
    return registers()


def run():
    """Until a breakpoint."""
    with quiet():
        gdb.execute("continue")


@contextlib.contextmanager
def only_this_cpu():
    """While we step, the other CPUs stand still."""
    before = gdb.parameter("scheduler-locking")
    gdb.execute("set scheduler-locking on")
    try:
        yield
    finally:
        gdb.execute(f"set scheduler-locking {before}")


class ComesBack(gdb.Breakpoint):
    """The C code returns to the entry code, on the stack of our trapframe."""

    def __init__(self, where, tf):
        super().__init__(f"*{where:#x}", type=gdb.BP_HARDWARE_BREAKPOINT, internal=True)
        self.tf, self.reached = tf, False

    def stop(self):
        self.reached = address(gdb.newest_frame().read_register("rsp")) == self.tf
        return self.reached


class Ends(gdb.Breakpoint):
    """Our thread ends instead of coming back."""

    def __init__(self, thread):
        super().__init__("thread_exit", type=gdb.BP_HARDWARE_BREAKPOINT, internal=True)
        self.ours, self.reached = address(thread), False

    def stop(self):
        self.reached = address(current_thread(this_cpu())) == self.ours
        return self.reached


class Story:
    """Numbered sentences."""

    def __init__(self):
        self.edge = 0

    def title(self, text):
        self.edge += 1
        print(f"{self.edge}. {text}")

    @staticmethod
    def line(text):
        print(f"   - {text}")


def vector_at(rip):
    """The vector whose stub an address is in, TRAP_SYSCALL for the entry of `syscall`, else None."""
    if rip == label("syscall_entry"):
        return constant("TRAP_SYSCALL")
    offset = rip - label("trap_stubs")
    count = constant("TRAP_COUNT")
    return offset // constant("ENTRY_STUB_BYTES") if 0 <= offset < count * constant("ENTRY_STUB_BYTES") else None


def tell_syscall(story, before, after):
    story.title(f"`syscall`: the processor did only this (call {before['rax']}, {syscall_text(before['rax'])})")
    story.line(f"saved rip in rcx ({after['rcx']:#x}) and rflags in r11 ({after['r11']:#x}); wrote nothing to memory")
    story.line(f"loaded rip from MSR LSTAR: {place(after['rip'])}")
    tell_segments(story, before, after, "MSR STAR")
    tell_flags(story, before, after, "it cleared what MSR SFMASK names, IF above all")
    story.line(f"switched no stack: rsp is still the program's {after['rsp']:#x}" if before["rsp"] == after["rsp"]
               else f"rsp changed from {before['rsp']:#x} to {after['rsp']:#x}")


def tell_segments(story, before, after, source):
    story.line(f"cs {before['cs']:#x} -> {after['cs']:#x}, ss {before['ss']:#x} -> {after['ss']:#x} (from {source}): "
               f"CPL {before['cs'] & 3} -> {after['cs'] & 3}")


def tell_flags(story, before, after, why):
    """QEMU's `syscall` clears the arithmetic flags besides; a processor does not (Intel SDM vol. 2, "SYSCALL")."""
    cleared = before["eflags"] & ~after["eflags"]
    if before["eflags"] != after["eflags"]:
        story.line(f"rflags {rflags_text(before['eflags'])} -> {rflags_text(after['eflags'])}: {why}"
                   + ("; that the arithmetic flags go is QEMU's doing" if cleared & ARITHMETIC else ""))


def stack_source(vector, cpu):
    """(top of the stack that the gate of a vector leads to from ring 3, where that is written)."""
    ist = int(variable("idt", "kernel/x86/idt.c")[vector]["ist"])
    tss = percpu(cpu)["tss"]
    if ist:
        return address(tss["ist"][ist - 1]), f"IST {ist} of the TSS"
    return address(tss["rsp"][0]), "rsp0 of the TSS, the top of this thread's kernel stack"


def tell_interrupt(story, before, after, vector):
    top, source = stack_source(vector, this_cpu())
    story.title(f"{vector_text(vector)}, vector {vector}: the processor took the IDT's gate {vector}")
    story.line(f"rsp {before['rsp']:#x} -> {after['rsp']:#x}: it loaded {top:#x} from {source}, and pushed there")
    words, at = hardware_frame(top)
    for name, value in words.items():
        story.line(f"{name:<7} {value:#x} at {at[name]:#x}" + rip_remark(name, value, before))
    if top - after["rsp"] >= 48 and vector in error_vectors():
        code = read_word(top - 48)
        story.line(f"error   {code:#x} at {top - 48:#x}: {error_text(vector, code) or 'no meaning'}")
    if vector == constant("TRAP_PF"):
        story.line(f"cr2 = {after['cr2']:#x}, the address that was touched")
    story.line(f"loaded rip from the gate: {after['rip']:#x}, the stub of vector {vector} in entry.S")
    tell_segments(story, before, after, "the gate; ss is null, as in every change of ring")
    tell_flags(story, before, after, "an interrupt gate clears IF (and TF, NT, RF go)")


def rip_remark(name, value, before):
    if name != "rip":
        return ""
    return " (the instruction itself: a fault, it can be tried again)" if value == before["rip"] \
        else " (behind the instruction: it is complete)"


def error_vectors():
    return [constant(n) for n in ("TRAP_DF", "TRAP_TS", "TRAP_NP", "TRAP_SS", "TRAP_GP", "TRAP_PF", "TRAP_AC",
                                  "TRAP_CP")]


def read_word(addr):
    return int.from_bytes(bytes(gdb.selected_inferior().read_memory(addr, 8)), "little")


def hardware_frame(top):
    """What the processor pushed below `top`: values and addresses by name."""
    at = {name: top - 40 + 8 * i for i, name in enumerate(FRAME_WORDS)}
    return {name: read_word(a) for name, a in at.items()}, at


def step_until(story, done):
    """Single steps through the entry code until done(registers), telling of what they change besides."""
    now = registers()
    for _ in range(ENTRY_STEPS):
        if done(now):
            return now
        where = instruction(now["rip"])
        before, now = now, step()
        if where.startswith("swapgs"):
            story.line(f"swapgs exchanged gs_base and MSR KERNEL_GS_BASE: %gs is now {gs_owner(now)}")
        elif abs(now["rsp"] - before["rsp"]) > 4096 and now["cs"] & 3 == 0:
            story.line(f"`{where}` changed the stack: rsp {before['rsp']:#x} -> {now['rsp']:#x}")
    fail(f"the entry code did not come to its end within {ENTRY_STEPS} instructions; stopped at {place(now['rip'])}")


def gs_owner(now):
    array = variable("percpu")
    offset = now["gs_base"] - address(array.address)
    if 0 <= offset < array.type.sizeof:
        return f"struct percpu of CPU {offset // array[0].type.sizeof} ({now['gs_base']:#x})"
    return f"the program's again ({now['gs_base']:#x})"


def call_targets():
    return [label(n) for n in ("trap", "trap_ist", "syscall")]


def enter(story):
    """From the vector to the call into C: its trapframe."""
    story.title("the entry code (kernel/x86/entry.S) completes the frame")
    now = step_until(story, lambda r: r["rip"] in call_targets())
    tf = pointer(address(gdb.newest_frame().read_register("rdi")), "struct trapframe")
    story.line(f"it pushed the general registers: struct trapframe at {address(tf):#x}, "
               f"on the stack of thread {thread_title(current_thread(this_cpu()))}")
    story.line(f"it calls {symbol_of(now['rip'])}(tf)")
    return now["rip"], tf


RETURN_OF = {"trap": "trap_call_return", "trap_ist": "trap_ist_return", "syscall": "syscall_call_return"}


def handle(story, target, tf):
    """Let the C code run until it returns to the entry code with our frame; False if the thread ended instead."""
    thread, cpu = current_thread(this_cpu()), this_cpu()
    switches = int(thread["nvcsw"]), int(thread["nivcsw"])
    name = symbol_of(target)
    story.title(f"{name}() runs, with everything that it calls")
    if name == "syscall" and address(tf["rax"]) in EXITS:
        story.line("this call ends the thread: it never comes back")
    back, ends = ComesBack(label(RETURN_OF[name]), address(tf)), Ends(thread)
    try:
        run()
        if not back.reached and not ends.reached:
            fail(f"stopped before {name}() was done, at {place(address(gdb.newest_frame().pc()))} (another breakpoint, "
                 "or ^C): trapstep ends here")
    finally:
        back.delete()
        ends.delete()
    if ends.reached:
        story.line(f"thread {thread_title(thread)} ended: nothing returns to its program")
        return False
    tell_handled(story, thread, cpu, switches)
    return True


def tell_handled(story, thread, cpu, switches):
    slept, preempted = int(thread["nvcsw"]) - switches[0], int(thread["nivcsw"]) - switches[1]
    if slept or preempted:
        story.line(f"other threads ran meanwhile: this one gave up its CPU {slept} times and lost it {preempted} times")
    if this_cpu() != cpu:
        story.line(f"it began on CPU {cpu} and goes on on CPU {this_cpu()}: struct percpu is another one now")


def leave(story, target, tf, before):
    """From the return of the C code back to the program."""
    saved_rip, saved_rsp = address(tf["rip"]), address(tf["rsp"])
    story.title("the entry code restores the program's registers")
    if symbol_of(target) == "syscall":
        fast = address(gdb.newest_frame().read_register("rax")) & 0xFF
        story.line(f"the result is {as_signed(address(tf['rax']))} (rax of the frame)")
        story.line("syscall() said true: rcx and r11 still match the frame, so `sysretq` can express it" if fast else
                   "syscall() said false: `sysretq` cannot express this frame, so it is `iretq`")
    now = step_until(story, lambda r: r["rip"] in (label("sysret_insn"), label("iret_insn")))
    after = step()
    if now["rip"] == label("sysret_insn"):
        story.title("`sysretq`: the processor did only this")
        story.line(f"loaded rip from rcx: {after['rip']:#x}, and rflags from r11: {rflags_text(after['eflags'])}")
        tell_segments(story, now, after, "MSR STAR")
        story.line("touched neither rsp (the entry code had loaded it) nor memory")
    else:
        story.title("`iretq`: the processor popped the five words that are left of the frame")
        story.line(f"rip {after['rip']:#x}, rsp {after['rsp']:#x}, rflags {rflags_text(after['eflags'])}")
        tell_segments(story, now, after, "the frame")
    story.title(f"back in the program at {place(after['rip'])}: {instruction(after['rip'])}")
    story.line(where_back(before, after, saved_rip, saved_rsp))


def as_signed(value):
    return value - (1 << 64) if value >> 63 else value


def where_back(before, after, saved_rip, saved_rsp):
    if after["rip"] == before["rip"]:
        return "the same instruction again: what it lacked is there now"
    if after["rsp"] == before["rsp"] and 0 < after["rip"] - before["rip"] <= 15:
        return "the instruction behind it, with the same rsp"
    return f"elsewhere: the kernel changed the frame (a signal handler, a new program); rsp is {saved_rsp:#x}"


class Trapstep(LucidCommand):
    """Follow one instruction of a program into the kernel and back: trapstep [MOST].
At each edge it says what the processor did: which registers it saved and where, which stack, CS, SS, RFLAGS and CPL,
swapgs, and how it came back. An instruction that does not trap is only stepped; with MOST, up to so many of them until
one traps. The CPU must run a program just now: `lucid to-user` brings it there. Interrupts do not come between the
steps (lucid irq)."""
    name = "trapstep"

    def run(self, words):
        most = number(words[0], "a number of instructions:") if words else 1
        if not in_user_mode():
            fail("this CPU is in the kernel: trapstep begins at an instruction of a program (`lucid to-user` goes to "
                 "the next one)")
        gdb.newest_frame().select()
        with only_this_cpu():
            before, after, vector = self.into_kernel(most)
        if vector is not None:
            self.follow(before, after, vector)

    @staticmethod
    def into_kernel(most):
        """Step until an instruction traps; (registers before it, after it, vector or None)."""
        for _ in range(most):
            before = registers()
            text = instruction(before["rip"])
            after = step()
            if after["cs"] & 3 != 3:
                print(f"CPU {this_cpu()}, thread {thread_title(current_thread(this_cpu()))}, in user mode at "
                      f"{place(before['rip'])}: {text}\n"
                      f"   rsp {before['rsp']:#x}, rflags {rflags_text(before['eflags'])}, gs_base "
                      f"{before['gs_base']:#x} is the program's")
                return before, after, vector_at(after["rip"])
        print(f"{most} instruction{'s' if most > 1 else ''} without a trap; now at {place(after['rip'])}: "
              f"{instruction(after['rip'])}")
        return before, after, None

    @staticmethod
    def follow(before, after, vector):
        story = Story()
        with only_this_cpu():
            if vector == constant("TRAP_SYSCALL"):
                tell_syscall(story, before, after)
            else:
                tell_interrupt(story, before, after, vector)
            target, tf = enter(story)
            story.line(trap_title(tf.dereference()).strip("<>"))
        if handle(story, target, tf):
            with only_this_cpu():
                leave(story, target, tf, before)


class Returns(gdb.Breakpoint):
    """The last instruction of the kernel, when it leads to a program."""

    def stop(self):
        frame = gdb.newest_frame()
        if address(frame.pc()) == label("sysret_insn"):
            return True
        return read_word(address(frame.read_register("rsp")) + 8) & 3 == 3    # cs of the frame that iretq pops


class ToUser(LucidCommand):
    """Go on until some CPU runs a program, and stop at the program's next instruction: lucid to-user."""
    name = "lucid to-user"

    def run(self, words):
        if words:
            fail("lucid to-user takes no arguments")
        if not in_user_mode():
            points = [Returns(f"*{label(n):#x}", type=gdb.BP_HARDWARE_BREAKPOINT, internal=True)
                      for n in ("sysret_insn", "iret_insn")]
            try:
                run()
            finally:
                for point in points:
                    point.delete()
            if address(gdb.newest_frame().pc()) not in (label("sysret_insn"), label("iret_insn")):
                fail(f"stopped before that at {place(address(gdb.newest_frame().pc()))}")
            with only_this_cpu():
                step()
        pc = address(gdb.newest_frame().pc())
        print(f"CPU {this_cpu()}, thread {thread_title(current_thread(this_cpu()))}, in user mode at {place(pc)}: "
              f"{instruction(pc)}")


COMMANDS = (Trapstep, ToUser)
