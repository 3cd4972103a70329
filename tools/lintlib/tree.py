"""The source tree as the rules see it: files with their text, C text without comments, functions, includes."""
import os
import re
from collections import namedtuple

Problem = namedtuple("Problem", "path line rule text")
Function = namedtuple("Function", "name line length")
Include = namedtuple("Include", "line name system")

SKIP_DIRS = {"build", ".git", "__pycache__", ".vscode"}
TEXT_SUFFIXES = (".c", ".h", ".S", ".def", ".ld", ".py", ".sh", ".md", ".cfg")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]', re.M)
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)


def blank(text):
    """Text of the same shape, with everything but line ends made blank, so that line numbers stay true."""
    return re.sub(r'[^\n]', ' ', text)


def without_comments(text):
    """C text with comments blanked and strings emptied."""
    def replace(match):
        token = match.group(0)
        if token.startswith(("//", "/*")):
            return blank(token)
        return token[0] + " " * (len(token) - 2) + token[0]
    return TOKEN.sub(replace, text)


def functions(text):
    """Functions with a body in C text: at depth 0, a `{` right after a `)`.

    Preprocessor lines are blanked first, so a macro that expands to a definition (KTEST(name) {...}) counts like a
    function and a macro's own body does not.
    """
    code = DIRECTIVE.sub(lambda m: blank(m.group(0)), without_comments(text))
    found, depth, start, name = [], 0, 0, None
    for match in re.finditer(r'[{};]', code):
        char, at = match.group(0), match.start()
        if char == "{":
            if depth == 0:
                head = code[start:at]
                name = function_name(head)
                first = start + len(head) - len(head.lstrip())
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                if name:
                    line = code.count("\n", 0, first) + 1
                    found.append(Function(name, line, code.count("\n", first, at) + 1))
                start = at + 1
        elif depth == 0:
            start = at + 1
    return found


def function_name(head):
    """The name that the text before a `{` defines, or None if it is not a function's."""
    head = re.sub(r'(\s+[A-Z_]+)+\s*$', '', head)      # a bare attribute, such as NO_THREAD_SAFETY_ANALYSIS
    if not head.rstrip().endswith(")") or "=" in head.split("(")[0]:
        return None
    candidates = re.findall(r'(\w+)\s*\(', head)
    skip = {"__attribute__", "PRINTF", "ALIGNED", "REQUIRES", "ACQUIRES", "RELEASES", "EXCLUDES", "section"}
    return next((c for c in candidates if c not in skip), None)


class File:
    """One source file: path relative to the root, text, and what is computed from it once."""

    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), newline="", encoding="utf-8", errors="replace") as f:
            self.text = f.read()
        self.lines = self.text.split("\n")
        self.is_c = path.endswith((".c", ".h"))
        self._code = None

    @property
    def code(self):
        """The text without comments and string contents."""
        if self._code is None:
            self._code = without_comments(self.text)
        return self._code

    @property
    def top(self):
        """First path component: kernel, boot, user, tests, tools, ..."""
        return self.path.split("/")[0]

    @property
    def layer(self):
        """For a file below kernel/: its folder, or the file's own name for kernel/main.c."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "kernel" and len(parts) > 1 else None

    def includes(self):
        """Includes in order. Read from the raw text, because the names are strings; commented ones are skipped."""
        visible = self.code
        for m in INCLUDE.finditer(self.text):
            if "include" in visible[m.start():m.end()]:
                yield Include(self.text.count("\n", 0, m.start()) + 1, m.group(2), m.group(1) == "<")

    def problem(self, line, rule, text):
        return Problem(self.path, line, rule, text)


class Tree:
    """All text files below a root."""

    def __init__(self, root):
        self.root = root
        self.files = [File(root, p) for p in sorted(self._walk())]
        self.by_path = {f.path: f for f in self.files}

    def _walk(self):
        for folder, subfolders, names in os.walk(self.root):
            subfolders[:] = sorted(d for d in subfolders if d not in SKIP_DIRS)
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self.root)
                if name.endswith(TEXT_SUFFIXES) or name in ("Makefile", "LAYERS") or self._is_script(path):
                    yield path

    def _is_script(self, path):
        """Programs without a suffix (tools/run, .ci/run) are text too."""
        if "." in os.path.basename(path) or not os.access(os.path.join(self.root, path), os.X_OK):
            return False
        with open(os.path.join(self.root, path), "rb") as f:
            return f.read(2) == b"#!"

    def under(self, *tops, suffix=(".c", ".h", ".S")):
        """Files below the given top folders with the given endings."""
        return [f for f in self.files if f.top in tops and f.path.endswith(suffix)]
