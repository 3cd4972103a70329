"""Address spaces: lucid pt, lucid maps, and reading the memory of a process that does not run.

A process's memory is found as the processor would find it, through its page tables; the tables and the frames that
they lead to are read in the direct map, where all RAM is.
"""
import gdb

from .kernel import (LucidCommand, address, constant, container_of, fail, find_thread, label, number, rb_nodes,
                     text_of, thread_title)

PAGE = 4096
LEVELS = {4: "PML4", 3: "PDPT", 2: "PD", 1: "PT"}
SIZES = {3: "1 GiB", 2: "2 MiB", 1: "4 KiB"}
PRESENT, WRITE, USER, PS, NX = 1, 2, 4, 1 << 7, 1 << 63
ADDRESS = 0x000FFFFFFFFFF000
# Intel SDM vol. 3, "4-Level Paging and 5-Level Paging": bits of an entry, and which of them only a leaf has.
FLAGS = ((0, "P", False), (1, "W", False), (2, "U", False), (3, "PWT", False), (4, "PCD", False), (5, "A", False),
         (6, "D", True), (8, "G", True), (63, "NX", False))
SOFTWARE = ("PTE_COW", "PTE_SPECIAL", "PTE_NONE")
HALF = 1 << 47


def read_physical(pa, length):
    """Bytes of RAM, through the direct map."""
    return bytes(gdb.selected_inferior().read_memory(constant("DIRECT_BASE") + pa, length))


def read_entry(table, index):
    return int.from_bytes(read_physical(table + 8 * index, 8), "little")


def is_leaf(entry, level):
    return level == 1 or bool(level < 4 and entry & PS)


def walk(top, va):
    """(level, address of the table, index, entry) from the top down, as far as the entries lead."""
    table = top
    for level in (4, 3, 2, 1):
        index = va >> 12 + 9 * (level - 1) & 511
        entry = read_entry(table, index)
        yield level, table, index, entry
        if not entry & PRESENT or is_leaf(entry, level):
            return
        table = entry & ADDRESS


def leaf_size(level):
    return PAGE << 9 * (level - 1)


def leaf_address(entry, level):
    """The physical address where a leaf's page begins: the low bits of a large one are flags (PAT)."""
    return entry & ADDRESS & ~(leaf_size(level) - 1)


def translate(top, va):
    """The physical address behind va, or None."""
    level, _, _, entry = list(walk(top, va))[-1]
    if not entry & PRESENT:
        return None
    return leaf_address(entry, level) + va % leaf_size(level)


def top_of(pt):
    """Physical address of the top table of a struct pagetable."""
    return address(pt["top"]) - constant("DIRECT_BASE")


def read_user(pt, va, length):
    """Memory of any process, by its struct pagetable; None where a page is not there."""
    out = b""
    while len(out) < length:
        piece = min(length - len(out), PAGE - va % PAGE)
        pa = translate(top_of(pt), va)
        if pa is None:
            return None
        out += read_physical(pa, piece)
        va += piece
    return out


def flag_names(entry, leaf):
    """The set bits of an entry."""
    names = [name for bit, name, leaf_only in FLAGS if entry >> bit & 1 and (leaf or not leaf_only)]
    if leaf:
        names += [n[len("PTE_"):] for n in SOFTWARE if entry & constant(n)]
    return " ".join(names) or "-"


def rights(entries):
    """What the entries of a walk allow together: each level can only take away."""
    allowed = ["read"]
    if all(e & WRITE for e in entries):
        allowed.append("write")
    if not any(e & NX for e in entries):
        allowed.append("execute")
    who = "programs and the kernel" if all(e & USER for e in entries) else "the kernel only"
    return f"{', '.join(allowed)}; {who}"


class Pt(LucidCommand):
    """Walk the page tables: lucid pt ADDRESS [PID].
Each level's entry with its flags, down to a leaf of 4 KiB, 2 MiB or 1 GiB, and what the levels allow together. Without
PID: the tables that this CPU has loaded (CR3). P present, W writable, U user, PWT/PCD caching, A accessed, D dirty,
G global, NX no execute; COW, SPECIAL and NONE are Lucid's own (kernel/x86/pte.h)."""
    name = "lucid pt"

    def run(self, words):
        if len(words) not in (1, 2):
            fail("lucid pt ADDRESS [PID]")
        va = number(words[0], "address")
        if HALF <= va < (1 << 64) - HALF:
            fail(f"{va:#x} is not a canonical address: bits 47 to 63 must be equal")
        thread = find_thread(words[1]) if len(words) == 2 else None
        if thread is not None and address(thread["pt"]) == 0:
            fail(f"thread {thread_title(thread)} is the kernel's: it has no page tables of its own")
        top = top_of(thread["pt"]) if thread is not None else \
            address(gdb.selected_frame().read_register("cr3")) & ADDRESS
        print(f"{va:#x} in the tables at {top:#x}" + (f" of {thread_title(thread)}" if thread is not None else ""))
        self.show(va, list(walk(top, va)))

    @staticmethod
    def show(va, steps):
        for level, _, index, entry in steps:
            leaf = is_leaf(entry, level)
            present = entry & PRESENT
            where = "" if not present else f" -> page {leaf_address(entry, level):#x}" if leaf else \
                f" -> table {entry & ADDRESS:#x}"
            print(f"  {level} {LEVELS[level]:<4} [{index:3}] {entry:#018x}  {flag_names(entry, leaf):<20}{where}")
        level, _, _, entry = steps[-1]
        if entry & PRESENT:
            print(f"  {SIZES[level]} leaf: physical {leaf_address(entry, level) + va % leaf_size(level):#x}; "
                  + rights([s[3] for s in steps]))
        elif level == 1 and entry & constant("PTE_NONE"):
            print("  not present for the processor, but the page is kept: PROT_NONE")
        else:
            print(f"  not mapped: no entry at level {level}; an access faults")


# ---- what is mapped ----

def vma_name(vs, vma):
    """As /proc/PID/maps names it: a file, [heap], [stack] or nothing."""
    start, end, obj = address(vma["start"]), address(vma["end"]), vma["obj"]
    stack_top = address(vs["stack_top"])
    if stack_top and start < stack_top <= end:
        return "[stack]"
    if address(obj) == 0:
        return "[heap]" if start < address(vs["brk"]) and end > address(vs["brk_start"]) else ""
    if address(obj["ops"]) == label("inode_pager_ops"):
        return text_of(container_of(obj, "struct inode", "obj")["mapped_name"])
    return "[shared]"


def resident(pt, start, end):
    """How many pages of a range are in memory."""
    count, va, top = 0, start, top_of(pt)
    while va < end:
        level, _, _, entry = list(walk(top, va))[-1]
        size = leaf_size(level) if level < 4 else 1 << 39
        span = min(end, (va // size + 1) * size) - va
        if is_leaf(entry, level) and entry & (PRESENT | constant("PTE_NONE")):
            count += span // PAGE
        va += span
    return count


class Maps(LucidCommand):
    """What a process has mapped: lucid maps [PID].
As /proc/PID/maps, with the pages of each mapping that are in memory. Without PID: the process of this CPU."""
    name = "lucid maps"

    def run(self, words):
        if len(words) > 1:
            fail("lucid maps [PID]")
        thread = find_thread(words[0] if words else "me")
        vs = thread["vmspace"]
        if address(vs) == 0:
            fail(f"thread {thread_title(thread)} is the kernel's: it has no address space of its own")
        print(f"{'RANGE':<29} RIGHTS   OFFSET   PAGES  IN MEMORY")
        for node in rb_nodes(vs["tree"]):
            vma = container_of(node, "struct vma", "node").dereference()
            self.show(vs, vma)

    @staticmethod
    def show(vs, vma):
        start, end, prot = address(vma["start"]), address(vma["end"]), int(vma["prot"])
        shared = int(vma["flags"]) & constant("VMA_SHARED")
        letters = "".join(c if prot & bit else "-" for c, bit in (("r", 1), ("w", 2), ("x", 4)))
        print(f"{f'{start:08x}-{end:08x}':<29} {letters}{'s' if shared else 'p'}  {int(vma['first_page']) * PAGE:8x} "
              f"{(end - start) // PAGE:7} {resident(vs['pt'], start, end):10}  {vma_name(vs, vma)}".rstrip())


COMMANDS = (Pt, Maps)
