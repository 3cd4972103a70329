"""Editors: .vscode really attaches, and clang understands what compile_commands.json tells it.

The debugger of VS Code is played by gdb's own machine interface, which is what it speaks: the same program, address,
arguments and setup commands from launch.json, behind the same background task from tasks.json.
"""
import json
import os
import re
import shutil
import subprocess
import threading
import time

import debug
import qemu
from .result import Fail, Infra, Skip
from .suite import one
from .t_gdb import gdb_or_skip

CAP = 120
CLAIM_CAP = 20                  # seconds for another user of the socket (a test of it) to be done
EVERY = 9                       # of the files in compile_commands.json, one in so many is tried


def settings(name):
    """One of .vscode's files, as VS Code would read it, with the workspace in place of its variable."""
    with open(os.path.join(qemu.ROOT, ".vscode", name)) as f:
        return json.loads(f.read().replace("${workspaceFolder}", qemu.ROOT))


def launch_of(name):
    """(a launch configuration, the task that it wants to run before it)"""
    launch = next(c for c in settings("launch.json")["configurations"] if c["name"] == name)
    task = next(t for t in settings("tasks.json")["tasks"] if t["label"] == launch["preLaunchTask"])
    return launch, task


class Talk:
    """A program whose output is read line by line, by a thread, and waited for with a cap."""

    def __init__(self, arguments, **more):
        self.child = subprocess.Popen(arguments, cwd=qemu.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace", **more)
        self.lines, self.changed, self.ended = [], threading.Condition(), False
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def send(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def wait(self, pattern, start=0):
        """The index behind the first line from `start` that matches."""
        deadline = time.monotonic() + CAP
        at = start
        with self.changed:
            while True:
                while at < len(self.lines):
                    at += 1
                    if re.search(pattern, self.lines[at - 1]):
                        return at
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    raise Infra(f"{self.child.args}: no {pattern!r}\n{''.join(self.lines[-40:])}")
                self.changed.wait(left)


def claim_for_us():
    """Wait until nobody serves at this checkout's socket."""
    deadline = time.monotonic() + CLAIM_CAP
    while True:
        try:
            debug.Claim("a test").release()
            return
        except debug.Busy as other:
            if time.monotonic() > deadline:
                raise Skip(f"{debug.short(debug.SOCKET)} is in use by {other}")
            time.sleep(0.2)


def mi_commands(launch):
    """What cppdbg sends: the setup commands (through the console, if they are none of MI's), program and target."""
    for command in launch["setupCommands"]:
        text = command["text"]
        yield text if text.startswith("-") else "-interpreter-exec console " + json.dumps(text)
    yield "-file-exec-and-symbols " + json.dumps(launch["program"])
    yield "-target-select remote " + launch["miDebuggerServerAddress"]


def attaches(_options):
    """F5: the task starts a machine, says so in words that its matcher knows, and gdb stops at kmain."""
    program, _ = gdb_or_skip()
    if os.path.basename(qemu.BUILD) != "build":
        raise Skip("launch.json names the default build")
    launch, task = launch_of("Lucid")
    background = task["problemMatcher"]["background"]
    claim_for_us()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    machine = Talk(task["command"], shell=True, start_new_session=True, env=dict(environment, BOOT="direct"))
    gdb = None
    try:
        at = machine.wait(background["beginsPattern"])
        machine.wait(background["endsPattern"], at)
        gdb = Talk([program, "--interpreter=mi", *launch["miDebuggerArgs"].split()], env=environment)
        at = gdb.wait(r"^\(gdb\)")
        for command in mi_commands(launch):
            gdb.send(command)
            at = gdb.wait(r"^\^(done|connected|error)", at)
            if gdb.lines[at - 1].startswith("^error"):
                raise Fail(f"{command}: {gdb.lines[at - 1]}")
        gdb.send("-break-insert boot_thread")       # what a click beside a line becomes
        at = gdb.wait(r"^\^done,bkpt=", at)
        for function in ("kmain", "boot_thread"):
            gdb.send("-exec-continue")
            at = gdb.wait(r"^\*stopped,", gdb.wait(r"^\*running", at))
            if f'func="{function}"' not in gdb.lines[at - 1]:
                raise Fail(f"not stopped in {function}: {gdb.lines[at - 1]}")
        gdb.send("kill")                            # Shift-F5
        machine.child.wait(timeout=CAP)
    finally:
        for talk in (gdb, machine):
            if talk:
                end(talk.child)


def end(child):
    """End a child, and what a shell started for it: make ends QEMU's parent, which ends QEMU."""
    if child.poll() is None:
        if os.getpgid(child.pid) == child.pid:
            os.killpg(child.pid, 15)
        else:
            child.terminate()
        child.wait()


def compile_commands(_options):
    """clang reads the kernel by these commands without a word."""
    if not shutil.which("clang"):
        raise Skip("clang is not installed")
    out = os.path.join(qemu.ROOT, "compile_commands.json")
    subprocess.run(["make", "-s", "compile_commands.json"], cwd=qemu.ROOT, check=True)
    with open(out) as f:
        entries = json.load(f)
    if len(entries) < 100:
        raise Fail(f"only {len(entries)} files")
    for entry in entries[::EVERY]:
        command = [word for word in entry["arguments"] if word != "-c"] + ["-fsyntax-only"]
        done = subprocess.run(command, cwd=entry["directory"], stderr=subprocess.PIPE, text=True)
        if done.returncode or done.stderr:
            raise Fail(f"{entry['file']}: clang complains\n{done.stderr}")


def jobs():
    return [one("editor/attaches", attaches, slow=True), one("editor/compile-commands", compile_commands, slow=True)]
