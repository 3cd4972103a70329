"""Who there is and who runs: lucid ps, lucid bt, lucid in, lucid cpu."""
import os

import gdb

from . import memory, programs
from .kernel import (LucidCommand, Visit, address, cpus, current_thread, enumerator, fail, find_thread, frames,
                     in_user_mode, percpu, processes, running_on, symbol_of, text_of, thread_title, threads, variable)

UNTOLD = ("kernel/sched/", "kernel/x86/", "kernel/sync/")  # where everybody sleeps: says nothing of why


def reason_to_sleep(thread):
    """The functions that a sleeping thread called for it: the first outside the scheduler, and its system call."""
    told = []
    with Visit(thread):
        for frame in frames():
            if frame.type() == gdb.SIGTRAMP_FRAME:
                break
            symtab, name = frame.find_sal().symtab, frame.name()
            if name and symtab and not os.path.normpath(symtab.filename).startswith(UNTOLD):
                if not told or name.startswith("sys_"):
                    told.append(name)
    return " < ".join(told[:1] + [n for n in told[1:] if n != told[0]])


def state_of(thread):
    """(state, where) of a thread, for ps."""
    cpu = running_on(thread)
    if cpu is not None:
        return f"on CPU {cpu}", ""
    state = enumerator(thread["state"])
    return state, reason_to_sleep(thread) if state == "blocked" else ""


def command_line(thread, name):
    """What the process was started as, from its own memory, which only its page tables lead to."""
    vs = thread["vmspace"]
    if address(vs) == 0:
        return name
    start, end = address(vs["arg_start"]), address(vs["arg_end"])
    words = memory.read_user(vs["pt"], start, min(end - start, 200)) if end > start else None
    return words.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace") if words else name


def thread_line(thread):
    """One line of ps."""
    name, process = text_of(thread["ctx"]["name"]), thread["process"]
    pid = ppid = "-"
    if address(process):
        pid = int(process["pid"])
        ppid = int(process["parent"]["pid"]) if address(process["parent"]) else 0
    else:
        name = f"[{name}]"
    state, where = state_of(thread)
    return (int(thread["ctx"]["id"]), pid, ppid, int(thread["cpu"]), state,
            command_line(thread, name) + (f"  in {where}" if where else ""))


class Ps(LucidCommand):
    """Every thread: lucid ps.
TID and PID, the parent's, the CPU it runs or ran on, its state, its command line ([name] for a kernel thread), and for
those that wait, the function that made them wait and the system call. Zombies come last."""
    name = "lucid ps"

    def run(self, words):
        if words:
            fail("lucid ps takes no arguments")
        form = "{:>5} {:>5} {:>5} {:>3}  {:<9} {}"
        print(form.format("TID", "PID", "PPID", "CPU", "STATE", "COMMAND"))
        for thread in threads():
            print(form.format(*thread_line(thread)).rstrip())
        for p in processes():
            if enumerator(p["state"]) == "zombie":
                parent = int(p["parent"]["pid"]) if address(p["parent"]) else 0
                print(form.format("-", int(p["pid"]), parent, "-", "zombie", text_of(p["last_comm"])))


class Bt(LucidCommand):
    """The stack of any thread: lucid bt [PID|all] [full].
Without a number: of this CPU, as bt. A thread that does not run is shown from where swtch left it, through its kernel
stack up into its program, whose symbols are loaded for it if they are found below build/. full adds local variables."""
    name = "lucid bt"

    def run(self, words):
        how = " -full" if "full" in words else ""
        words = [w for w in words if w != "full"]
        if len(words) > 1:
            fail("lucid bt [PID|all] [full]")
        for thread in list(threads()) if words == ["all"] else [find_thread(words[0] if words else "me")]:
            self.show(thread, how)

    @staticmethod
    def show(thread, how):
        state, _ = state_of(thread)
        print(f"--- {thread_title(thread)}, {state} ---")
        with programs.symbols_for(thread), Visit(thread):
            gdb.execute("backtrace" + how)


class In(LucidCommand):
    """Any command in another thread's place: lucid in PID COMMAND...
Its registers and page tables count as if it ran: lucid in 7 frame 3, lucid in 7 x/s $rsp, lucid in 7 info locals."""
    name = "lucid in"

    def invoke(self, argument, from_tty):
        self.rest = argument.strip().partition(" ")[2].strip()
        super().invoke(argument, from_tty)

    def run(self, words):
        if len(words) < 2:
            fail("lucid in PID COMMAND...")
        thread = find_thread(words[0])
        with programs.symbols_for(thread), Visit(thread):
            try:
                gdb.execute(self.rest)
            except gdb.error as error:
                fail(str(error))


class Cpu(LucidCommand):
    """What each CPU does: lucid cpu.
The thread that it runs, user or kernel mode, whether interrupts are on, how many spinlocks are held and how often
preemption was forbidden, how many threads wait in its queue, and where it is. gdb's `thread N` selects a CPU."""
    name = "lucid cpu"

    def run(self, words):
        if words:
            fail("lucid cpu takes no arguments")
        selected = gdb.selected_thread().num
        form = "{:1} {:>3} {:>6} {:<22} {:<6} {:<4} {:>5} {:>7} {:>5}  {}"
        print(form.format("", "CPU", "THREAD", "RUNS", "MODE", "IRQS", "SPINS", "NOPREEM", "QUEUE", "AT"))
        for cpu, thread in cpus():
            with_thread = current_thread(cpu)
            before = gdb.selected_thread()
            thread.switch()
            frame = gdb.newest_frame()
            mode = "user" if in_user_mode() else "irq" if bool(percpu(cpu)["in_irq"]) else "kernel"
            irqs = "on" if address(frame.read_register("eflags")) & 1 << 9 else "off"
            where = symbol_of(frame.pc())
            before.switch()
            runs = ["nothing yet", mode, irqs, "", "", ""]          # the first instructions: no struct ctx
            if address(with_thread):
                ctx = with_thread["ctx"]
                runs = [thread_title(with_thread), mode, irqs, int(ctx["spin_depth"]), int(ctx["preempt_depth"]),
                        int(variable("runqs")[cpu]["nready"])]
            print(form.format("*" if thread.num == selected else "", cpu, thread.num, *runs, where))


COMMANDS = (Ps, Bt, In, Cpu)
