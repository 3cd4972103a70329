"""Reading the stopped kernel's data: symbols, containers, CPUs, threads.

Nothing here knows an offset: types and constants come from the kernel's debug information. The kernel's half of the
address space is the same everywhere, so its data can be read whatever a CPU is doing just then, program or kernel.
"""
import contextlib
import os

import gdb

# A file that defines the struct: a program's symbols may be loaded too, with structs of the same name.
TYPE_HOMES = {"struct thread": "thread_find", "struct process": "process_find", "struct vma": "vm_find",
              "struct xa_node": "xa_load", "struct trapframe": "trap", "struct percpu": "cpu_init",
              "struct inode": "inode_init", "struct swtch_frame": "thread_create", "struct klog_ring": "klog_at"}


def fail(text):
    """End the command with a message instead of a traceback."""
    raise gdb.GdbError(text)


def need_machine():
    """A command can only look at a machine that is there and stopped."""
    if not gdb.selected_thread():
        fail("no machine: `make gdb` brings one")
    if gdb.selected_thread().is_running():
        fail("the machine is running: ^C stops it")


def speaks_to_an_editor():
    """Is our standard output gdb's machine interface?"""
    try:
        with open("/proc/self/cmdline") as f:
            return any(word.startswith(("-i", "--i")) for word in f.read().split("\0"))
    except OSError:
        return False


@contextlib.contextmanager
def quiet():
    """gdb announces every stop on its standard output, also of a command that was asked to return its text."""
    if speaks_to_an_editor():
        yield
        return
    gdb.flush()
    ours = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        gdb.flush()
        os.dup2(ours, 1)
        os.close(ours)


class LucidCommand(gdb.Command):
    """A command whose run(words) may fail() or stumble over memory that is not there."""

    def __init__(self):
        super().__init__(self.name, gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        need_machine()
        try:
            self.run(gdb.string_to_argv(argument))
        except gdb.MemoryError as error:
            fail(f"{self.name}: {error}. Is the kernel that far yet?")


def address(value):
    """The number of a pointer or of an address."""
    return int(value) & 0xFFFFFFFFFFFFFFFF


def number(word, what):
    """A word of the command line as a number, or any expression."""
    try:
        value = gdb.parse_and_eval(word)
        return address(value.address if value.type.code == gdb.TYPE_CODE_FUNC else value)
    except gdb.error as error:
        fail(f"{what} {word}: {error}")


def variable(name, path=None):
    """A kernel variable; a static one needs its file."""
    try:
        if path:
            return gdb.parse_and_eval(f"'{path}'::{name}")
        return gdb.lookup_global_symbol(name).value()
    except (gdb.error, AttributeError):
        fail(f"the symbols have no {name}: is build/lucid.elf this kernel's, and built with -g?")


def constant(name):
    """An enumerator of the kernel's."""
    try:
        return address(gdb.parse_and_eval(name))
    except gdb.error:
        fail(f"the debug information has no {name}")


def label(name):
    """The address of a symbol."""
    try:
        return address(gdb.parse_and_eval(f"(unsigned long)&{name}"))
    except gdb.error:
        fail(f"the symbols have no {name}")


def kernel_type(name):
    """A struct of the kernel's."""
    home = gdb.lookup_global_symbol(TYPE_HOMES.get(name, "kmain"))
    if home:
        return gdb.lookup_type(name, home.symtab.static_block())
    return gdb.lookup_type(name)


def pointer(addr, type_name):
    """addr as a pointer to a struct."""
    return gdb.Value(addr).cast(kernel_type(type_name).pointer())


def container_of(member, type_name, field):
    """The struct that a member, given by its address, is embedded in."""
    offset = kernel_type(type_name)[field].bitpos // 8
    return pointer(address(member) - offset, type_name)


def text_of(chars):
    """A C string, whatever bytes it holds; '' for NULL."""
    if chars.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and address(chars) == 0:
        return ""
    return chars.string(errors="replace")


def symbol_of(addr):
    """function+0x12, or the number."""
    said = gdb.execute(f"info symbol {addr:#x}", to_string=True)
    if said.startswith("No symbol"):
        return f"{addr:#x}"
    return said.split(" in section")[0].split(" of /")[0].strip().replace(" + ", "+")


def enumerator(value):
    """The name of an enum's value, without its prefix, in lower case."""
    return str(value).split("_", 1)[-1].lower()


# ---- containers ----

def rb_nodes(root):
    """The nodes of a red-black tree (lib/rbtree.h) in order."""
    stack, node = [], root["node"]
    while stack or address(node):
        while address(node):
            stack.append(node)
            node = node["left"]
        node = stack.pop()
        yield node
        node = node["right"]


def xa_entries(xa):
    """The entries of an xarray (lib/xarray.h) in order."""
    if int(xa["levels"]) == 0:
        if address(xa["root"]):
            yield xa["root"]
        return
    stack = [pointer(address(xa["root"]), "struct xa_node")]
    while stack:
        node = stack.pop()
        below = [node["slots"][i] for i in range(64) if int(node["present"]) >> i & 1]
        if int(node["level"]) == 0:
            yield from below
        else:
            stack += [pointer(address(b), "struct xa_node") for b in reversed(below)]


# ---- CPUs: gdb calls them threads ----

def cpu_count():
    return int(variable("ncpus"))


def percpu(cpu):
    return variable("percpu")[cpu]


def cpu_of_gdb_thread(frame):
    """Which CPU a frame's registers belong to: its struct percpu is at gs_base, or, while a program runs, in the
    register that swapgs exchanges with it. None before the CPU has one."""
    array = variable("percpu")
    size = array[0].type.sizeof
    for register in ("gs_base", "k_gs_base"):
        offset = address(frame.read_register(register)) - address(array.address)
        if offset % size == 0 and 0 <= offset // size < cpu_count():
            return offset // size
    return None


@contextlib.contextmanager
def gdb_thread(thread):
    """Select another CPU, and come back to the CPU and the frame of before."""
    before, frame = gdb.selected_thread(), gdb.selected_frame()
    thread.switch()
    try:
        yield
    finally:
        before.switch()
        if frame.is_valid():
            frame.select()


def cpus():
    """(number, gdb's thread) of each CPU that is in use, in order."""
    found = {}
    for thread in gdb.selected_inferior().threads():
        with gdb_thread(thread):
            cpu = cpu_of_gdb_thread(gdb.newest_frame())
        if cpu is not None:
            found[cpu] = thread
    return sorted(found.items())


def this_cpu():
    """The number of the CPU that is selected."""
    cpu = cpu_of_gdb_thread(gdb.newest_frame())
    if cpu is None:
        fail("this CPU has not come as far as the kernel's C code")
    return cpu


def in_user_mode():
    return address(gdb.newest_frame().read_register("cs")) & 3 == 3


def frames():
    """The selected CPU's frames, innermost first, inlined ones included."""
    frame = gdb.newest_frame()
    while frame is not None:
        yield frame
        try:
            frame = frame.older()
        except gdb.error:
            return


# ---- threads ----

def current_thread(cpu):
    """What runs on a CPU; the boot context before there are threads."""
    return percpu(cpu)["current"].cast(kernel_type("struct thread").pointer())


def need_threads():
    if address(variable("runqs")[0]["current"]) == 0:
        fail("there are no threads yet: the boot has not come to sched_init")


def threads():
    """Every thread: the idle ones, then the others by number."""
    need_threads()
    for cpu in range(cpu_count()):
        if address(variable("runqs")[cpu]["idle"]):
            yield variable("runqs")[cpu]["idle"]
    for entry in xa_entries(variable("table", "kernel/sched/threadtab.c")):
        yield pointer(address(entry), "struct thread")


def processes():
    """Every process, zombies included, by number."""
    for node in rb_nodes(variable("by_pid", "kernel/proc/process.c")):
        yield container_of(node, "struct process", "by_pid")


def find_thread(word):
    """The thread that a command's PID means; `me` is the one that runs on this CPU."""
    need_threads()
    if word == "me":
        return current_thread(this_cpu())
    wanted = number(word, "PID")
    for thread in threads():
        if int(thread["ctx"]["id"]) == wanted and wanted:
            return thread
    if any(int(p["pid"]) == wanted for p in processes()):
        fail(f"process {wanted} is a zombie: it has neither stack nor memory any more")
    fail(f"no such process or thread: {wanted} (`lucid ps` lists them)")


def running_on(thread):
    """The CPU whose current thread it is, or None."""
    for cpu in range(cpu_count()):
        if address(percpu(cpu)["current"]) == address(thread):
            return cpu
    return None


def thread_title(thread):
    return f"{int(thread['ctx']['id'])} ({text_of(thread['ctx']['name'])})"


# ---- standing in another thread's place ----

class Visit:
    """Look at the machine as a thread that does not run: its saved registers and its page tables in the selected
    CPU's registers, for as long as the `with` lasts. A thread that runs is visited by selecting its CPU."""

    REGISTERS = ("rip", "rsp", "rbp", "rbx", "r12", "r13", "r14", "r15")

    def __init__(self, thread):
        self.thread = thread

    def __enter__(self):
        self.before, self.frame = gdb.selected_thread(), gdb.selected_frame()
        self.saved = {}
        cpu = running_on(self.thread)
        if cpu is not None:
            dict(cpus())[cpu].switch()
            return self
        frame = gdb.newest_frame()
        self.saved = {r: address(frame.read_register(r)) for r in self.REGISTERS + ("cr3",)}
        self.load(self.saved_by_swtch())
        return self

    def saved_by_swtch(self):
        parked = pointer(address(self.thread["rsp"]), "struct swtch_frame")
        values = {r: address(parked[r]) for r in self.REGISTERS if r != "rsp"}
        values["rsp"] = address(parked + 1)
        if address(self.thread["pt"]):
            values["cr3"] = address(self.thread["pt"]["top"]) - constant("DIRECT_BASE")
        return values

    @staticmethod
    def load(values):
        """In the innermost frame: in another, gdb would write to where that frame's registers are saved."""
        gdb.newest_frame().select()
        for register, value in values.items():
            # gdb assigns no number to a register that it describes as a set of flags, as cr3: so give it its type
            kind = gdb.parse_and_eval("$" + register).type
            gdb.set_convenience_variable("lucid_value", gdb.Value(value.to_bytes(8, "little"), kind))
            gdb.execute(f"set ${register} = $lucid_value", to_string=True)

    def __exit__(self, *_):
        self.before.switch()
        if self.saved:
            self.load(self.saved)
        if self.frame.is_valid():
            self.frame.select()
