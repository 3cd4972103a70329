#!/usr/bin/env python3
"""Which lines of the kernel did the tests reach? The second half of `make coverage`.

Each machine of a COVERAGE=1 build left its counters in build/cov/counters (kernel/debug/gcov.c says in which form).
gcov-tool adds them up, gcov turns them into lines, and those become

    build/cov/coverage.info   lcov's form, for editors and services
    build/cov/report/         a page a file, made by genhtml where lcov is installed
    build/cov/untested.txt    the lines of the core folders that no test reached
    standard output           a table by folder

A line counts as reached when any object reached it: the inline functions of a header are in many.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import qemu  # noqa: E402

CORE = ("x86", "lock", "mm", "sched", "vm", "fs", "proc", "sys", "ipc")
RECORD = struct.Struct("<cI")


def dumps(stream):
    """What one machine wrote: a {path: bytes} for each time it left (it may have been started again). A dump without
    its end, because the machine was stopped meanwhile, does not count."""
    at, files, name = 0, {}, None
    while at + RECORD.size <= len(stream):
        kind, length = RECORD.unpack_from(stream, at)
        at += RECORD.size
        body = stream[at:at + length]
        at += length
        if kind == b"F":
            name = body.decode()
            files[name] = b""
        elif kind == b"D" and name:
            files[name] += body
        elif kind == b"E":
            yield files
            files, name = {}, None
        else:
            return


def tool(name):
    """gcov or gcov-tool of the compiler that built the kernel: a cross gcc has its own."""
    return os.environ.get("TOOL_PREFIX", "") + name


def add_up(counters, build):
    """The sum of all dumps, as .gcda files beside their .gcno in the build folder; how many dumps there were."""
    number = 0
    with tempfile.TemporaryDirectory() as temporary:
        total, one, both = (os.path.join(temporary, n) for n in ("total", "one", "both"))
        for name in sorted(os.listdir(counters)) if os.path.isdir(counters) else ():
            with open(os.path.join(counters, name), "rb") as f:
                stream = f.read()
            for files in dumps(stream):
                number += 1
                write_tree(files, build, one if number > 1 else total)
                if number > 1:
                    subprocess.run([tool("gcov-tool"), "merge", total, one, "-o", both], check=True,
                                   stdout=subprocess.DEVNULL)
                    shutil.rmtree(total)
                    shutil.rmtree(one)
                    os.rename(both, total)
        for old in objects(build, ".gcda"):
            os.remove(old)
        if number:
            shutil.copytree(total, build, dirs_exist_ok=True)
    return number


def objects(build, suffix):
    """Files that lie beside the kernel's objects."""
    return sorted(os.path.join(folder, n) for folder, _, names in os.walk(os.path.join(build, "kernel"))
                  for n in names if n.endswith(suffix))


def write_tree(files, build, folder):
    """Unpack a dump; names are below the build folder."""
    for path, data in files.items():
        target = os.path.join(folder, os.path.relpath(path, build))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as f:
            f.write(data)


def measure(build):
    """Two tables by source file: {line: count} and {function: (first line, count)}."""
    done = subprocess.run([tool("gcov"), "--json-format", "--stdout"] + objects(build, ".gcda"), cwd=qemu.ROOT,
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    lines, functions = defaultdict(Counter), defaultdict(dict)
    for text in done.stdout.splitlines():
        for source in json.loads(text)["files"]:
            path = os.path.normpath(source["file"])
            for line in source["lines"]:
                lines[path][line["line_number"]] += line["count"]
            for f in source["functions"]:
                before = functions[path].get(f["name"], (0, 0))[1]
                functions[path][f["name"]] = (f["start_line"], before + f["execution_count"])
    return lines, functions


def write_info(path, lines, functions):
    """lcov's tracefile (geninfo(1), "FILES")."""
    with open(path, "w") as f:
        for source in sorted(lines):
            f.write(f"TN:\nSF:{os.path.join(qemu.ROOT, source)}\n")
            for name, (start, count) in sorted(functions[source].items()):
                f.write(f"FN:{start},{name}\nFNDA:{count},{name}\n")
            for number, count in sorted(lines[source].items()):
                f.write(f"DA:{number},{count}\n")
            f.write("end_of_record\n")


def write_report(info, folder):
    """The HTML pages; False where lcov is not installed."""
    if not shutil.which("genhtml"):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["genhtml", "--quiet", "--prefix", qemu.ROOT, "--title", "Lucid", "--output-directory", folder,
                    info], check=True, stdout=subprocess.DEVNULL)
    return True


def folder_of(path):
    """kernel/mm/frame.c belongs to mm, kernel/main.c to itself."""
    return path.split("/")[1]


def table(lines):
    """The text table: lines and share by folder, from bottom to top as kernel/LAYERS has them."""
    with open(os.path.join(qemu.ROOT, "kernel/LAYERS")) as f:
        order = [word for line in f for word in line.split("#")[0].split()]
    hit, all_lines = Counter(), Counter()
    for path, counts in lines.items():
        for where in (folder_of(path), "in all"):
            all_lines[where] += len(counts)
            hit[where] += sum(1 for c in counts.values() if c)
    for name in [n for n in order if all_lines[n]] + ["in all"]:
        yield f"{name:10} {hit[name]:6,} of {all_lines[name]:6,} lines {hit[name] / (all_lines[name] or 1):7.1%}"


def untested(lines, functions):
    """Functions that nothing called, then single lines, of the core folders."""
    for path in sorted(lines):
        if folder_of(path) not in CORE:
            continue
        with open(os.path.join(qemu.ROOT, path)) as f:
            text = [""] + f.read().splitlines()
        for name, (start, count) in sorted(functions[path].items(), key=lambda item: item[1]):
            if not count:
                yield f"{path}:{start}: {name}() is never called"
        for number, count in sorted(lines[path].items()):
            if not count:
                yield f"{path}:{number}: {text[number].strip()}"


def main():
    build = qemu.BUILD
    number = add_up(qemu.COUNTERS, build)
    if not number:
        print("coverage: no machine left its counters: was it built with COVERAGE=1, and did it switch itself off?")
        return 1
    lines, functions = measure(build)
    info, missing = os.path.join(build, "coverage.info"), os.path.join(build, "untested.txt")
    write_info(info, lines, functions)
    with open(missing, "w") as f:
        f.writelines(line + "\n" for line in untested(lines, functions))
    for line in table(lines):
        print(line)
    print(f"{number} machines; the untested lines of {' '.join(CORE)}: {os.path.relpath(missing)}")
    if write_report(info, os.path.join(build, "report")):
        print(f"report: {os.path.relpath(build)}/report/index.html")
    else:
        print("no pages: lcov is not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
