"""From the addresses that ran to a profile by function and by path of calls.

The path is not guessed from frame pointers: every instruction is known, so each call and each return is seen. What
jumps into another function without a call (a tail call, falling through in assembly) takes its caller's place.
"""
import bisect
import re
from collections import Counter

EXECUTED = re.compile(r'^Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/')
STOPPED = "Stopped execution of TB chain before"
USER_END = 1 << 47
RDTSC = b"\x0f\x31"
PROGRAM = "(program)"
STT_NOTYPE, STT_FUNC = 0, 2
PREFIXES = set(range(0x40, 0x50)) | {0x2E, 0x3E, 0xF2, 0xF3}       # REX, notrack, repne, rep


def addresses(log):
    """The program counters in QEMU's log of execution. An instruction is logged before it runs; where an interrupt
    came first, the next line takes it back."""
    last = None
    for line in log:
        if line.startswith(STOPPED):
            last = None
            continue
        match = EXECUTED.match(line)
        if match:
            if last is not None:
                yield last
            last = int(match.group(1), 16)
    if last is not None:
        yield last


class Code:
    """Symbols and instruction bytes of an ELF file."""

    def __init__(self, elf):
        self.elf = elf
        names = {}
        for s in elf.symbols():
            if s.info & 15 in (STT_NOTYPE, STT_FUNC) and s.name and s.section and not s.name.startswith(".L"):
                if s.value not in names or s.info & 15 == STT_FUNC:
                    names[s.value] = s.name
        self.starts = sorted(names)
        self.names = [names[a] for a in self.starts]

    def function(self, pc):
        """The name of the function that the address lies in."""
        at = bisect.bisect_right(self.starts, pc) - 1
        return self.names[at] if at >= 0 else f"{pc:#x}"

    def bytes_at(self, pc, count):
        for s in self.elf.loads:
            if s.vaddr <= pc < s.vaddr + s.filesz:
                return self.elf.data[s.offset + pc - s.vaddr:][:count]
        return b""

    def kind(self, pc):
        """call, return, jump (any), or none of these: "" """
        code = self.bytes_at(pc, 8)
        while code and code[0] in PREFIXES:
            code = code[1:]
        if len(code) < 2:
            return ""
        if code[0] == 0xE8 or code[0] == 0xFF and code[1] >> 3 & 7 == 2:
            return "call"
        if code[0] in (0xC2, 0xC3, 0xCF):
            return "return"
        jumps = code[0] in (0xE9, 0xEB) or 0x70 <= code[0] < 0x80 or code[0] == 0xFF or \
            code[0] == 0x0F and 0x80 <= code[1] < 0x90
        return "jump" if jumps else ""


class Profile:
    """Instructions by function (itself, with what it calls) and by path."""

    def __init__(self, kernel, program):
        self.kernel, self.program = kernel, program
        self.here, self.with_callees, self.paths = Counter(), Counter(), Counter()
        self.known = {}                     # pc -> (function, kind): instructions run again and again

    def add_timed(self, pcs):
        """Count what runs between the program's readings of the clock: the first, third, ... starts."""
        self.add(self._timed(pcs))

    def _timed(self, pcs):
        on = False
        for pc in pcs:
            if pc < USER_END and self.program.bytes_at(pc, 2) == RDTSC:
                on = not on
            elif on:
                yield pc

    def _lookup(self, pc):
        if pc not in self.known:
            self.known[pc] = (self.kernel.function(pc), self.kernel.kind(pc))
        return self.known[pc]

    def add(self, pcs):
        stack, before = [], ""
        for pc in pcs:
            if pc >= USER_END:
                name, kind = self._lookup(pc)
                stack = step(stack, before, name)
            else:
                kind, stack = "", [PROGRAM]
            before = kind
            self.here[stack[-1]] += 1
            self.paths[tuple(stack)] += 1
        for path, count in self.paths.items():
            for name in set(path):
                self.with_callees[name] += count

    def text(self, title, operations, least_percent):
        total = sum(self.here.values())
        if not total:
            return f"{title}: nothing ran"
        shown = total * least_percent / 100
        lines = [f"{title}: {total / operations:,.1f} instructions", "",
                 f"{'itself':>12}  {'%':>5}  {'callees too':>12}"]
        for name, count in self.here.most_common():
            if count >= shown:
                lines.append(f"{count / operations:12,.1f}  {100 * count / total:5.1f}  "
                             f"{self.with_callees[name] / operations:12,.1f}  {name}")
        return "\n".join(lines + ["", f"by path; left out: below {least_percent:g} %"]
                         + list(self._tree(shown, operations)))

    def _tree(self, shown, operations):
        sums = Counter()
        for path, count in self.paths.items():
            for depth in range(1, len(path) + 1):
                sums[path[:depth]] += count
        children = {}
        for path in sums:
            children.setdefault(path[:-1], []).append(path)

        def below(parent):
            for path in sorted(children.get(parent, []), key=lambda p: -sums[p]):
                if sums[path] >= shown:
                    yield f"{sums[path] / operations:12,.1f}  {'  ' * (len(path) - 1)}{path[-1]}"
                    yield from below(path)
        return below(())


def step(stack, kind, name):
    """The path after an instruction of `kind` led to one in function `name`."""
    if kind == "call":
        return stack + [name]
    if kind == "return":
        stack = stack[:-1]
        if name in stack:                   # usually its last; an entry's way out may skip some
            return stack[:len(stack) - stack[::-1].index(name)]
        return [name]                       # another thread's stack
    if not stack or stack == [PROGRAM]:
        return [name]
    return stack if stack[-1] == name else stack[:-1] + [name]
