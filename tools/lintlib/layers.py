"""kernel/LAYERS is obeyed: includes point to the same folder or a lower one, and so do calls.

The include rule alone could be cheated: a low header may declare what a high file defines. So where objects are
built, the undefined symbols of each are looked up too; the few upward calls allowed are those of x86/upcall.h.
"""
import os
import re
import subprocess
from collections import defaultdict

from .tree import Problem

COMPILER_HEADERS = {"stddef.h", "stdarg.h", "stdint.h", "stdbool.h", "stdatomic.h", "stdalign.h", "limits.h", "float.h",
                    "stdnoreturn.h", "cpuid.h", "gcov.h"}
# boot/ runs before every layer; it may use what describes the machine.
BOOT_MAY_INCLUDE = {"abi", "lib", "x86", "mm"}
# Where assembly enters C: what this header declares is the list of functions that may be reached upwards by name.
UPCALL_HEADER = "kernel/x86/upcall.h"
COMPILER_CALLS = {"__stack_chk_fail", "memcpy", "memmove", "memset", "memcmp", "memchr"}
COMPILER_CHECKS = ("__asan_", "__ubsan_")       # of SAN=1


def order(tree):
    """Folder name -> height, from kernel/LAYERS (0 is the lowest)."""
    layers = tree.by_path.get("kernel/LAYERS")
    if layers is None:
        return {}
    names = [line.strip() for line in layers.lines if line.strip() and not line.startswith("#")]
    return {name: height for height, name in enumerate(names)}


def resolve(file, include):
    """The path an include names, relative to the root, for kernel and boot files."""
    return "kernel/" + include.name


def check_includes(tree):
    """A file includes its own folder or lower ones; private headers stay at home."""
    heights = order(tree)
    for f in tree.under("kernel", suffix=(".c", ".h", ".S", ".def")):
        if f.layer not in heights:
            yield f.problem(1, "layers", f"folder {f.layer} is not in kernel/LAYERS")
            continue
        for inc in f.includes():
            yield from kernel_include(tree, f, inc, heights)
    for f in tree.under("boot"):
        for inc in f.includes():
            if not inc.system and inc.name.split("/")[0] not in BOOT_MAY_INCLUDE:
                yield f.problem(inc.line, "layers", f"boot/ may include {', '.join(sorted(BOOT_MAY_INCLUDE))} only, "
                                                    f"not {inc.name}")


def kernel_include(tree, f, inc, heights):
    """Problems with one include of one kernel file."""
    if inc.system:
        if inc.name not in COMPILER_HEADERS:
            yield f.problem(inc.line, "layers", f"<{inc.name}> is not one of the compiler's own headers")
        return
    if "/" not in inc.name:
        yield f.problem(inc.line, "layers", f'write "{f.layer}/{inc.name}": includes name their folder')
        return
    folder = inc.name.split("/")[0]
    if folder not in heights:
        yield f.problem(inc.line, "layers", f"folder {folder} is not in kernel/LAYERS")
    elif heights[folder] > heights[f.layer]:
        yield f.problem(inc.line, "layers", f"{f.layer} lies below {folder} and may not include {inc.name}")
    if inc.name.endswith("_priv.h") and os.path.dirname(resolve(f, inc)) != os.path.dirname(f.path):
        yield f.problem(inc.line, "private", f"{inc.name} is private to its folder")


def check_user_includes(tree):
    """user/ sees abi/ and nothing else of the kernel; tests in the guest likewise."""
    heights = order(tree)
    for f in tree.under("user") + [f for f in tree.under("tests") if f.path.startswith("tests/user/")]:
        for inc in f.includes():
            folder = inc.name.split("/")[0]
            if folder in heights and "/" in inc.name and folder != "abi" and not own_header(tree, f, inc):
                yield f.problem(inc.line, "layers", f"user code may include only abi/ of the kernel, not {inc.name}")


def own_header(tree, f, inc):
    """Is there such a header in user land (user/include/net/if.h has the name of a kernel folder)?"""
    return f"user/include/{inc.name}" in tree.by_path or \
        os.path.normpath(os.path.join(os.path.dirname(f.path), inc.name)) in tree.by_path


def check_cycles(tree):
    """No header includes itself through others: #pragma once would hide it until an order changes."""
    graph = {f.path: [(i.line, resolve(f, i)) for i in f.includes() if not i.system]
             for f in tree.under("kernel", suffix=(".h",))}
    state = {}

    def visit(path, trail):
        state[path] = "open"
        for line, target in graph.get(path, ()):
            if state.get(target) == "open":
                loop = trail[trail.index(target):] + [target] if target in trail else [path, target]
                yield Problem(path, line, "cycle", "include cycle: " + " -> ".join(loop))
            elif target in graph and target not in state:
                yield from visit(target, trail + [target])
        state[path] = "done"

    for path in graph:
        if path not in state:
            yield from visit(path, [path])


def edges(tree):
    """folder -> set of folders it includes, from the code."""
    graph = defaultdict(set)
    for f in tree.under("kernel"):
        for inc in f.includes():
            target = inc.name.split("/")[0]
            if not inc.system and "/" in inc.name and target != f.layer:
                graph[f.layer].add(target)
    return graph


def graph_text(tree):
    """The folders from the top down, each with what it uses: `tools/lint.py --graph`."""
    heights, graph = order(tree), edges(tree)
    present = [n for n in sorted(heights, key=heights.get, reverse=True) if any(f.layer == n for f in tree.files)]
    width = max((len(n) for n in present), default=0)
    return "\n".join(f"{n:<{width}}  {' '.join(sorted(graph[n], key=heights.get))}" for n in present)


def nm(root, objects):
    """(object, kind, symbol) for every symbol of the objects, in one call of nm."""
    tool = os.environ.get("LINT_NM") or "nm"
    out = subprocess.run([tool, "-A", "-g"] + objects, cwd=root, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True)
    for line in out.stdout.splitlines():
        path, _, rest = line.rpartition(":")
        words = rest.split()
        if len(words) >= 2:
            yield path, words[-2], words[-1]


def upcalls(tree):
    """The functions that lower layers may call upwards."""
    header = tree.by_path.get(UPCALL_HEADER)
    return COMPILER_CALLS | set(re.findall(r'(\w+)\(', header.code) if header else ())


def check_calls(tree):
    """Objects of the kernel, where they are built, use symbols of their own or lower layers only."""
    build = os.environ.get("BUILD_DIR") or "build"
    heights, allowed = order(tree), upcalls(tree)
    objects = [o for o in (f"{build}/{f.path}.o" for f in tree.under("kernel", suffix=(".c", ".S")))
               if os.path.exists(os.path.join(tree.root, o))]
    if not objects:
        return
    defined, used = {}, []
    for path, kind, symbol in nm(tree.root, objects):
        layer = path[len(build):].split("/")[2]
        layer = layer[:-2] if layer.endswith(".o") else layer
        if kind == "U":
            used.append((path, layer, symbol))
        else:
            defined[symbol] = layer
    for path, layer, symbol in used:
        home = defined.get(symbol)
        if home in heights and heights[home] > heights.get(layer, 99) \
                and symbol not in allowed and not symbol.startswith(COMPILER_CHECKS):
            source = path[len(build) + 1:-len(".o")]
            yield Problem(source, 1, "calls", f"{layer} uses {symbol}, which {home} above it defines")
