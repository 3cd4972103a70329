"""Every lint rule fires on a tree that breaks it, and on nothing else: a rule that cannot fail protects nothing."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
import lint  # noqa: E402
from lintlib.tree import Tree, functions  # noqa: E402

OPEN = "/* What for. */\n"
HEADER = OPEN + "#pragma once\n"
LEFTOVER = "TO" + "DO"

FRAME_C = """#include "mm/frame.h"
struct mutex m = MUTEX_INIT(m, "list", RANK_LIST);
static int frame_other(void)
{
    return frame_clear();
}
static int frame_take(struct list *l) REQUIRES(l) NO_ANALYSIS
{
    return !l && frame_other();
}
int frame_alloc(struct list *l)
{
    return frame_take(l);
}
"""


def base():
    """A small tree without any fault."""
    return {
        "kernel/LAYERS": "# bottom first\nabi\nlib\nmm\nvm\nmain.c\n",
        "kernel/abi/errno.h": HEADER + "#define ENOMEM 12\n",
        "kernel/lib/list.h": HEADER + "struct list { struct list *next; };\n",
        "kernel/mm/frame.h": HEADER + '#include "lib/list.h"\nint frame_alloc(struct list *l);\n',
        "kernel/mm/frame.c": OPEN + FRAME_C,
        "kernel/mm/rank.h": HEADER + "#define RANK(layer, sub) (sub)\n"
                            "enum { RANK_LIST = RANK(MM, 8), RANK_BUDDY = RANK(MM, 2) };\n",
        "kernel/main.c": OPEN + '#include "mm/frame.h"\n',
        "user/include/stdio.h": HEADER + '#include "abi/errno.h"\n',
        "user/bin/cat.c": OPEN + "#include <stdio.h>\n",
        "docs/memory.md": "See `mm/frame.c:frame_alloc` and `kernel/mm/frame.h`.\n",
    }


def lint_tree(files, compile_first=()):
    """The set of (path, rule) found in a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", newline="") as f:
                f.write(text)
        build = os.environ.get("BUILD_DIR") or "build"      # where lint looks for objects
        for path in compile_first:
            os.makedirs(os.path.dirname(os.path.join(root, build, path)), exist_ok=True)
            subprocess.run(["gcc", "-c", "-Ikernel", "-o", f"{build}/{path}.o", path], cwd=root, check=True)
        return {(p.path, p.rule) for p in lint.problems(Tree(root))}


class Rules(unittest.TestCase):
    def breaks(self, rule, path, text):
        """Exactly this rule fires, at this file, when the file is added to the good tree."""
        self.assertEqual(lint_tree({**base(), path: text}), {(path, rule)})

    def keeps(self, path, text):
        """No rule fires."""
        self.assertEqual(lint_tree({**base(), path: text}), set())

    def test_good_tree_is_quiet(self):
        self.assertEqual(lint_tree(base()), set())

    def test_include_upwards(self):
        self.breaks("layers", "kernel/lib/bad.c", OPEN + '#include "mm/frame.h"\n')

    def test_include_in_comment_is_nothing(self):
        self.keeps("kernel/lib/fine.c", OPEN + '/* not like\n#include "mm/frame.h"\n */\n')

    def test_include_without_folder(self):
        self.breaks("layers", "kernel/mm/bad.c", OPEN + '#include "frame.h"\n')

    def test_hosted_header_in_kernel(self):
        self.breaks("layers", "kernel/mm/bad.c", OPEN + "#include <stdlib.h>\n")

    def test_compiler_header_in_kernel(self):
        self.keeps("kernel/mm/fine.c", OPEN + "#include <stdarg.h>\n")

    def test_unknown_folder(self):
        self.breaks("layers", "kernel/misc/x.c", OPEN)

    def test_boot_includes_high_layer(self):
        self.breaks("layers", "boot/bootinfo.c", OPEN + '#include "vm/map.h"\n')

    def test_user_includes_kernel(self):
        self.breaks("layers", "user/bin/bad.c", OPEN + '#include "mm/frame.h"\n')

    def test_private_header(self):
        files = base()
        files["kernel/mm/buddy_priv.h"] = HEADER
        files["kernel/vm/bad.c"] = OPEN + '#include "mm/buddy_priv.h"\n'
        self.assertEqual(lint_tree(files), {("kernel/vm/bad.c", "private")})

    def test_cycle(self):
        files = base()
        files["kernel/mm/a.h"] = HEADER + '#include "mm/b.h"\n'
        files["kernel/mm/b.h"] = HEADER + '#include "mm/a.h"\n'
        self.assertEqual({rule for _, rule in lint_tree(files)}, {"cycle"})

    @unittest.skipUnless(shutil.which("gcc"), "needs gcc")
    def test_call_upwards(self):
        files = base()
        files["kernel/lib/bad.h"] = HEADER + "int frame_alloc_declared_low(void);\n"
        files["kernel/lib/bad.c"] = OPEN + ('#include "lib/bad.h"\nint list_cheat(void);\n'
                                            "int list_cheat(void)\n{\n    return frame_alloc_declared_low();\n}\n")
        files["kernel/vm/high.c"] = OPEN + ('#include "lib/bad.h"\n'
                                            "int frame_alloc_declared_low(void)\n{\n    return 1;\n}\n")
        found = lint_tree(files, compile_first=["kernel/lib/bad.c", "kernel/vm/high.c"])
        self.assertEqual(found, {("kernel/lib/bad.c", "calls")})

    @unittest.skipUnless(shutil.which("gcc"), "needs gcc")
    def test_call_upwards_that_is_declared_as_one(self):
        files = base()
        files["kernel/LAYERS"] = "abi\nlib\nx86\nmm\nvm\nmain.c\n"
        files["kernel/x86/upcall.h"] = HEADER + "void trap(void);\n"
        files["kernel/x86/entry.c"] = OPEN + ('#include "x86/upcall.h"\nvoid entry(void);\n'
                                              "void entry(void)\n{\n    trap();\n}\n")
        files["kernel/vm/trap.c"] = OPEN + '#include "x86/upcall.h"\n\nvoid trap(void)\n{\n}\n'
        self.assertEqual(lint_tree(files, compile_first=["kernel/x86/entry.c", "kernel/vm/trap.c"]), set())

    def test_header_alone(self):
        self.breaks("alone", "kernel/mm/bad.h", HEADER + "int f(struct unknown_t x, size_t n);\n")

    def test_header_without_pragma(self):
        self.breaks("pragma", "kernel/mm/bad.h", OPEN + "int f(void);\n")

    def test_opening_comment(self):
        self.breaks("opening", "kernel/mm/bad.c", "int x;\n")

    def test_long_file(self):
        self.breaks("length", "kernel/mm/bad.c", OPEN + "\n" * 500)

    def test_long_header(self):
        self.breaks("length", "kernel/mm/bad.h", HEADER + "\n" * 150)

    def test_long_function(self):
        self.breaks("length", "kernel/mm/bad.c", OPEN + "static int f(int a)\n{\n" + "    a++;\n" * 58 + "}\n")

    def test_function_at_the_limit(self):
        self.keeps("kernel/mm/fine.c", OPEN + "static int f(int a)\n{\n" + "    a++;\n" * 57 + "}\n")

    def test_long_table_is_no_function(self):
        self.keeps("kernel/mm/fine.c", OPEN + "static const int t[] = {\n" + "    1,\n" * 80 + "};\n")

    def test_first_reading(self):
        files = base()
        for path in ("kernel/vm/fault.c", "kernel/vm/anon.c", "kernel/mm/pagetable.c", "kernel/main.c",
                     "kernel/sched/core.c", "kernel/sched/wait.c"):
            files[path] = OPEN + "\n" * 490
        files["kernel/LAYERS"] += "sched\n"
        self.assertEqual(lint_tree(files), {("kernel/main.c", "first-reading")})

    def test_leftover(self):
        self.breaks("words", "kernel/mm/bad.c", OPEN + f"/* {LEFTOVER}: later */\n")

    def test_author(self):
        self.breaks("words", "kernel/mm/bad.c", "/* What for.\n * Author: somebody */\n")

    def test_silenced(self):
        for how in ("NOLINT", "NOLINT(misc-no-recursion)", "NOLINTNEXTLINE: a reason", "NOLINTBEGIN(x): y"):
            self.breaks("silenced", "user/bin/bad.c", OPEN + f"int x; /* {how} */\n")
        self.keeps("user/bin/fine.c", OPEN + "int x; /* NOLINT(misc-*): a reason */\n")

    def test_extern(self):
        self.breaks("extern", "kernel/mm/bad.c", OPEN + "extern int x;\n")

    def test_extern_of_the_linker(self):
        self.keeps("kernel/mm/fine.c", OPEN + "extern const int __start_rows[];\n")

    def test_volatile(self):
        self.breaks("volatile", "kernel/mm/bad.c", OPEN + "volatile int x;\n")

    def test_asm_volatile_and_mmio(self):
        self.keeps("kernel/mm/fine.c", OPEN + "static void f(void)\n{\n    asm volatile(\"nop\");\n}\n"
                   "static void mmio_write8(char *p) { *(volatile char *)p = 0; }\n")

    def test_conditional_in_function(self):
        self.breaks("conditional", "kernel/mm/bad.c",
                    OPEN + "static int f(void)\n{\n#ifdef A\n    return 1;\n#endif\n    return 0;\n}\n")

    def test_conditional_outside(self):
        self.keeps("kernel/mm/fine.c", OPEN + "#ifdef A\nstatic int f(void)\n{\n    return 1;\n}\n#endif\n")

    def test_tab(self):
        self.breaks("format", "kernel/mm/bad.c", OPEN + "int\tx;\n")

    def test_trailing_blank(self):
        self.breaks("format", "kernel/mm/bad.c", OPEN + "int x; \n")

    def test_carriage_return(self):
        self.breaks("format", "kernel/mm/bad.c", OPEN + "int x;\r\n")

    def test_no_final_newline(self):
        self.breaks("format", "kernel/mm/bad.c", OPEN + "int x;")

    def test_wide_line(self):
        self.breaks("format", "kernel/mm/bad.c", OPEN + "/* " + "x" * 98 + " */\n")

    def test_cfi(self):
        self.breaks("cfi", "kernel/mm/bad.S", OPEN + "f:\n.cfi_startproc\n.cfi_endproc\n")

    def test_doc_function(self):
        self.breaks("docs", "docs/bad.md", "`mm/frame.c:frame_gone`\n")

    def test_doc_file(self):
        self.breaks("docs", "docs/bad.md", "mm/gone.c:frame_alloc\n")

    def test_doc_function_only_called(self):
        self.breaks("docs", "docs/bad.md", "`mm/frame.c:frame_clear`\n")

    def test_doc_label(self):
        entry = OPEN + ".cfi_sections .debug_frame\nentry:\n    .cfi_startproc\n    call f\n    .cfi_endproc\n"
        good = {**base(), "kernel/mm/entry.S": entry, "docs/entry.md": "`mm/entry.S:entry`\n"}
        self.assertEqual(lint_tree(good), set())
        self.assertEqual(lint_tree({**good, "docs/entry.md": "`mm/entry.S:f`\n"}), {("docs/entry.md", "docs")})

    WALK = "- starts at `mm/frame.c:frame_alloc`: first\n  - {} `mm/frame.c:{}`: then\n"

    def test_walk(self):
        self.keeps("docs/walks.md", self.WALK.format("calls", "frame_take"))
        self.keeps("docs/walks.md", self.WALK.format("reaches", "frame_other"))

    def test_walk_without_call(self):
        self.breaks("docs", "docs/walks.md", self.WALK.format("calls", "frame_other"))

    def test_walk_from_the_wrong_hop(self):
        self.breaks("docs", "docs/walks.md", self.WALK.format("calls", "frame_take").replace("  -", "-"))

    def test_walk_to_no_function(self):
        self.breaks("docs", "docs/walks.md", self.WALK.format("reaches", "nframes"))

    ROW = "| `RANK_LIST` | mm {} | {} | a list | all |\n| `RANK_BUDDY` | mm 2 | spin | frames | all |\n"

    def test_locks(self):
        self.keeps("docs/locks.md", self.ROW.format(8, "mutex"))

    def test_locks_wrong_place(self):
        self.breaks("locks", "docs/locks.md", self.ROW.format(7, "mutex"))

    def test_locks_wrong_kind(self):
        self.breaks("locks", "docs/locks.md", self.ROW.format(8, "spin"))

    def test_locks_out_of_order(self):
        self.breaks("locks", "docs/locks.md", "".join(reversed(self.ROW.format(8, "mutex").splitlines(True))))

    def test_locks_missing_row(self):
        self.breaks("locks", "docs/locks.md", self.ROW.format(8, "mutex").splitlines(True)[0])

    def test_locks_row_without_lock(self):
        self.breaks("locks", "docs/locks.md", self.ROW.format(8, "mutex") + "| `RANK_OLD` | mm 1 | spin | - | - |\n")

    def test_lock_without_a_name_for_its_rank(self):
        self.breaks("locks", "kernel/mm/bad.c", OPEN + 'struct spinlock l = SPINLOCK_INIT("l", RANK(MM, 3));\n')

    def test_doc_without_a_way_to_it(self):
        readme = {"README.md": "`docs/memory.md`\n"}
        self.assertEqual(lint_tree({**base(), **readme}), set())
        self.assertEqual(lint_tree({**base(), **readme, "docs/lost.md": "A page.\n"}), {("docs/lost.md", "docs")})

    def test_doc_path(self):
        self.breaks("docs", "README.md", "`docs/memory.md` and `kernel/mm/gone.h`\n")


class Functions(unittest.TestCase):
    """The function finder sees what a reader sees."""

    def names(self, text):
        return [(f.name, f.length) for f in functions(text)]

    def test_plain(self):
        self.assertEqual(self.names("int f(int a)\n{\n    if (a) {\n    }\n}\n"), [("f", 5)])

    def test_macro_definition(self):
        self.assertEqual(self.names("KTEST(list_add)\n{\n}\n"), [("KTEST", 3)])

    def test_attributes_behind(self):
        self.assertEqual(self.names("void f(struct q *q) REQUIRES(&q->lock)\n{\n}\n"), [("f", 3)])

    def test_braces_in_strings_and_comments(self):
        self.assertEqual(self.names('int f(void)\n{\n    g("{", \'{\'); /* { */\n}\n'), [("f", 4)])

    def test_macro_body(self):
        self.assertEqual(self.names("#define M(x) do { \\\n    x; \\\n} while (0)\nint f(void)\n{\n}\n"), [("f", 3)])

    def test_struct_and_table(self):
        self.assertEqual(self.names("struct s {\n    int a;\n};\nint t[] = {\n    F(1),\n};\n"), [])


if __name__ == "__main__":
    unittest.main()
