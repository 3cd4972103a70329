"""Documentation names real things: a path or a `folder/file.c:function` that no longer exists is a failure."""
import os
import re

REFERENCE = re.compile(r'(?<![\w/.])((?:[\w.-]+/)*[\w-]+\.[chS]):([a-z_]\w*)')
PATH = re.compile(r'`((?:[\w.-]+/)+[\w.-]*)`')
PLACEHOLDER = re.compile(r'[A-Z]{4,}\.')        # t_NAME.c stands for any name
BASES = ("", "kernel/")


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


def check_references(tree):
    """Each file:function exists."""
    for doc in documents(tree):
        for n, line in enumerate(doc.lines, 1):
            for path, name in REFERENCE.findall(line):
                target = locate(tree, path)
                if target is None:
                    yield doc.problem(n, "docs", f"{path} does not exist")
                elif not re.search(rf'\b{re.escape(name)}\b', target.code):
                    yield doc.problem(n, "docs", f"{target.path} has no {name}")


def check_paths(tree):
    """Each path in backquotes that starts at one of our folders exists (build/ is made, not kept)."""
    tops = {f.top for f in tree.files if "/" in f.path}
    for doc in documents(tree):
        for n, line in enumerate(doc.lines, 1):
            for path in PATH.findall(line):
                if path.split("/")[0] in tops and not PLACEHOLDER.search(path) \
                        and not os.path.exists(os.path.join(tree.root, path)):
                    yield doc.problem(n, "docs", f"{path} does not exist")
