"""Run by gdb (tools/testlib/t_gdb.py), stopped in a program: are the unwinding rules right at every instruction?

Follow the program's next trap instruction by instruction, from its vector to the call into C and from the return to the
program, and ask gdb at each step who was interrupted. The answer must always be the same program, with the same
registers. It would catch a push, a pop or a change of stack in entry.S that its rules do not mention.
"""
import gdb

from lucidgdb.kernel import address, in_user_mode, label
from lucidgdb.trapstep import ENTRY_STEPS, RETURN_OF, ComesBack, call_targets, only_this_cpu, registers, run, step
from lucidgdb.kernel import symbol_of

KEPT = ("rbx", "rbp", "r12", "r13", "r14", "r15")


def caller():
    """rip, rsp and the preserved registers of the program, as gdb unwinds them from the entry code."""
    frame = gdb.newest_frame().older()
    if frame is None:
        return None
    return {"rip": address(frame.pc()), "rsp": address(frame.read_register("rsp")),
            **{r: address(frame.read_register(r)) for r in KEPT}}


def program():
    """The same of a program that runs just now."""
    frame = gdb.newest_frame()
    return {r: address(frame.read_register(r)) for r in ("rip", "rsp") + KEPT}


def compare(expected, where, faults):
    """One instruction of the entry code. Between the loading of %rsp and the push of the program's %rsp, two
    instructions of the syscall entry, nobody can find the program's: the comment there says so."""
    found = caller()
    blind = label("syscall_entry") < where < label("syscall_entry") + 32
    for register, value in expected.items():
        if blind and register == "rsp":
            continue
        if found is None or found[register] != value:
            faults.append(f"{where:#x} {symbol_of(where)}: {register} is "
                          f"{found and hex(found[register])}, not {value:#x}")


def steps(expected, done, faults):
    """Step and compare until done(); the number of instructions."""
    for count in range(ENTRY_STEPS):
        now = registers()
        if done(now):
            return count
        compare(expected, now["rip"], faults)
        step()
    faults.append("the entry code does not end")
    return 0


def trap_entered(most):
    """Step the program until it traps; what it was like then, by rip as the trap reports it."""
    for _ in range(most):
        before, at = program(), registers()
        after = step()
        if after["cs"] & 3 == 3:
            continue
        if after["rip"] == label("syscall_entry"):
            return dict(before, rip=after["rcx"]), "syscall"
        return dict(before, rip=at["rip"]), "fault"
    raise gdb.GdbError("the program does not trap")


def one_trap(faults):
    """In and out; what kind it was and how many instructions were looked at."""
    with only_this_cpu():
        expected, kind = trap_entered(100000)
        count = steps(expected, lambda r: r["rip"] in call_targets(), faults)
        name = symbol_of(registers()["rip"])
        back = ComesBack(label(RETURN_OF[name]), address(gdb.newest_frame().read_register("rdi")))
    run()
    back.delete()
    if not back.reached:
        raise gdb.GdbError("the trap did not come back")
    with only_this_cpu():
        now = caller()
        count += steps(now, lambda r: r["cs"] & 3 == 3, faults)
    if program() != now:
        faults.append(f"the program goes on otherwise than its frame said: {program()} {now}")
    return kind, count


def main():
    if not in_user_mode():
        raise gdb.GdbError("not in a program")
    faults, seen = [], {"syscall": 0, "fault": 0}
    for _ in range(60):
        kind, count = one_trap(faults)
        seen[kind] += count
        if all(seen.values()) or faults:
            break
    for fault in faults[:10]:
        print("WRONG", fault)
    print(f"unwound at {seen['syscall']} instructions of system calls, {seen['fault']} of faults: {len(faults)} wrong")


main()
