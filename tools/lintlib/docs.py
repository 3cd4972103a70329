"""Documentation names real things: a path or a `folder/file.c:function` that no longer exists is a failure.

docs/walks.md promises more. It is a tree of hops, one a list item, indented below the hop that leads there:

    - calls `kernel/vm/map.c:vm_find`: ...       the hop above must name it in its body
    - reaches `kernel/sys/trap.c:trap`: ...      by hardware, a table or a macro: it must only exist

docs/locks.md has a table of every lock rank; the code's ranks and the table must be the same.
"""
import os
import re

from .tree import blank, functions

REFERENCE = re.compile(r'(?<![\w/.])((?:[\w.-]+/)*[\w-]+\.[chS]):([a-z_]\w*)')
PATH = re.compile(r'`((?:[\w.-]+/)+[\w.-]*)`')
PLACEHOLDER = re.compile(r'[A-Z]{4,}\.')        # t_NAME.c stands for any name
BASES = ("", "kernel/")
LABEL = r'^{0}:|^\s*\.macro\s+{0}\b'       # in assembly
HOP = re.compile(r'^( *)- (calls|reaches|starts at) `([^`:]+):([a-z_]\w*)`')
END_OF_PROC = re.compile(r'^\s*\.cfi_endproc', re.M)


def documents(tree):
    return [f for f in tree.files if f.path.endswith(".md") and (f.top == "docs" or "/" not in f.path)]


def locate(tree, path):
    """The file a reference names: from the root, from kernel/, or by its unique last name."""
    for base in BASES:
        if base + path in tree.by_path:
            return tree.by_path[base + path]
    if "/" not in path:
        same = [f for f in tree.files if os.path.basename(f.path) == path and f.top in ("kernel", "boot")]
        return same[0] if len(same) == 1 else None
    return None


def bodies(target):
    """From each function of a C file to its text, head and all."""
    lines = target.code.split("\n")
    return {f.name: "\n".join(lines[f.line - 1:f.line - 1 + f.length]) for f in functions(target.text)}


def body(target, name):
    """The text of a function, or of the assembly from a label to the end of its procedure; None if there is none."""
    if target.is_c:
        return bodies(target).get(name)
    label = re.search(LABEL.format(name), target.code, re.M)
    if not label:
        return None
    end = END_OF_PROC.search(target.code, label.end())
    return target.code[label.start():end.end() if end else None]


def defines(target, name):
    """Whether a file defines a name: what only stands inside another function does not count."""
    if not target.is_c:
        return bool(re.search(LABEL.format(name), target.code, re.M))
    outside = target.code
    for text in bodies(target).values():
        head, brace, rest = text.partition("{")
        outside = outside.replace(text, head + brace + blank(rest))
    return bool(re.search(rf'\b{name}\b', outside))


def check_references(tree):
    """Each file:function exists."""
    for doc in documents(tree):
        for n, line in enumerate(doc.lines, 1):
            for path, name in REFERENCE.findall(line):
                target = locate(tree, path)
                if target is None:
                    yield doc.problem(n, "docs", f"{path} does not exist")
                elif not defines(target, name):
                    yield doc.problem(n, "docs", f"{target.path} has no {name}")


def check_walks(tree):
    """In a tree of hops, what is said to be called stands in the body of the hop above."""
    for doc in documents(tree):
        above = []                                      # (indent, body) of the hops that we are below
        for n, line in enumerate(doc.lines, 1):
            if line.startswith("#"):
                above = []
            hop = HOP.match(line)
            if not hop:
                continue
            indent, how, path, name = len(hop.group(1)), *hop.groups()[1:]
            above = [a for a in above if a[0] < indent]
            target = locate(tree, path)
            text = target and body(target, name)
            if not text:
                yield doc.problem(n, "docs", f"{path} has no function {name} to walk through")
            elif how == "calls" and not (above and re.search(rf'\b{name}\b', above[-1][1])):
                yield doc.problem(n, "docs", f"the hop above does not call {name}")
            above.append((indent, text or ""))


def check_paths(tree):
    """Each path in backquotes that starts at one of our folders exists (build/ is made, not kept)."""
    tops = {f.top for f in tree.files if "/" in f.path}
    for doc in documents(tree):
        for n, line in enumerate(doc.lines, 1):
            for path in PATH.findall(line):
                if path.split("/")[0] in tops and not PLACEHOLDER.search(path) \
                        and not os.path.exists(os.path.join(tree.root, path)):
                    yield doc.problem(n, "docs", f"{path} does not exist")


def check_index(tree):
    """README.md leads to every page of docs/."""
    readme = tree.by_path.get("README.md")
    for doc in tree.files:
        if readme and doc.top == "docs" and doc.path.endswith(".md") and doc.path not in readme.text:
            yield doc.problem(1, "docs", "README.md does not lead here")


LOCKS = "docs/locks.md"
RANK = re.compile(r'\b(RANK_[A-Z0-9_]+)\s*=\s*RANK(_LEAF)?\((\w+)(?:,\s*(\d+))?\)')
TAKEN_AS = re.compile(r'\b(spin_init|SPINLOCK_INIT|mutex_init|MUTEX_INIT|rwlock_init|RWLOCK_INIT)'
                      r'\(([^;]*?\bRANK(?:_\w+)?)\b')
KINDS = {"s": "spin", "m": "mutex", "r": "rwlock"}
ROW = re.compile(r'^\| `(RANK_\w+)` \| (\w+) (\d+) \| (\w+) \|')


def code_ranks(tree):
    """From each rank's name to (layer, sub-rank), and to the kinds of the locks that have it; unnamed ranks."""
    places, kinds, unnamed = {}, {}, []
    for f in tree.under("kernel", suffix=(".c", ".h")):
        for m in RANK.finditer(f.code):
            places[m.group(1)] = (m.group(3).lower(), int(m.group(4) or 0))
        for m in TAKEN_AS.finditer(f.code):
            rank = m.group(2).split()[-1].strip("(),")
            kinds.setdefault(rank, set()).add(KINDS[m.group(1)[0].lower()])
            if rank in ("RANK", "RANK_LEAF"):
                unnamed.append((f, f.code.count("\n", 0, m.start()) + 1))
    return places, kinds, unnamed


def check_locks(tree):
    """docs/locks.md lists exactly the ranks of the code, each with its place and kind, from the outside in."""
    places, kinds, unnamed = code_ranks(tree)
    doc = tree.by_path.get(LOCKS)
    order = tree.by_path["kernel/LAYERS"].text.split() if "kernel/LAYERS" in tree.by_path else []
    for f, n in unnamed:
        yield f.problem(n, "locks", "a lock's rank has a name, in an enum of its folder")
    if not doc:
        return
    listed, last = {}, None
    for n, line in enumerate(doc.lines, 1):
        row = ROW.match(line)
        if not row:
            continue
        rank, place, kind = row.group(1), (row.group(2), int(row.group(3))), row.group(4)
        listed[rank] = n
        if rank in places and places[rank] != place:
            yield doc.problem(n, "locks", f"{rank} is {places[rank][0]} {places[rank][1]} in the code")
        if kinds.get(rank, {kind}) != {kind}:
            yield doc.problem(n, "locks", f"{rank} is a {' and a '.join(sorted(kinds[rank]))} in the code")
        at = (order.index(place[0]) if place[0] in order else -1, place[1])
        if last is not None and at > last:
            yield doc.problem(n, "locks", f"{rank} stands below a lock that is taken inside it")
        last = at
    for rank in sorted(set(listed) - set(places)):
        yield doc.problem(listed[rank], "locks", f"the code has no {rank}")
    for rank in sorted(set(places) - set(listed)):
        yield doc.problem(1, "locks", f"{rank} is missing from the table")
