#!/usr/bin/env python3
"""Record a run of Lucid, and replay it under gdb, forwards and backwards: `make rr-record`, `make rr-replay`.

QEMU writes down what came from outside (keys, clocks, random numbers) and at which instruction; a replay gets the same
at the same instruction, so that every bit of it is as before. Going back one instruction is loading the snapshot that
was taken at power-on and running forward to one instruction less: that takes as long as the boot did.

A recording is a folder, build/rr: the kernel and initrd that ran (a later build does not spoil it), the events, the
snapshot, and what the machine was. What works with QEMU 7.2 and what does not is told in docs/replay.md.
"""
import argparse
import dataclasses
import fcntl
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import termios
import threading
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import debug  # noqa: E402
import qemu  # noqa: E402
import qmp  # noqa: E402

FOLDER = os.path.join(qemu.BUILD, "rr")
IMAGE_BYTES = 1 << 20           # of the disk that nobody sees: snapshots lie beside its content
CONSOLE = "console.log"
PIPE_BYTES = 1 << 20
MARK_BYTES = 32                 # of the console's first words: enough to tell them from others
# gdb stops where the machine would leave: behind that there is no machine that could go back.
STOPS = "break power_off\nbreak power_reboot\n"
# The same for a run that was ended from outside. Going back forgets such a stop, so each halt sets it anew.
END = "monitor replay_break {0}\ndefine hook-stop\nmonitor replay_break {0}\nend\n"


def say(text):
    """A line of this tool's own, told apart from the guest's output."""
    print(f"\r[rr] {text}", file=sys.stderr, flush=True)


def make_image(path):
    """An empty qcow2 image, made by QEMU itself: qemu-img would be one more program to install."""
    open(path, "wb").close()
    ours, theirs = qmp.pair()
    child = subprocess.Popen([qemu.qemu_program(), "-nodefaults", "-machine", "none", "-display", "none",
                              "-chardev", f"socket,id=control,fd={theirs.fileno()}",
                              "-mon", "chardev=control,mode=control"], pass_fds=[theirs.fileno()])
    theirs.close()
    control = qmp.Qmp(ours)
    control.command("blockdev-add", driver="file", **{"node-name": "file"}, filename=path)
    control.command("blockdev-create", **{"job-id": "create"},
                    options={"driver": "qcow2", "file": "file", "size": IMAGE_BYTES})
    while control.command("query-jobs")[0]["status"] != "concluded":
        control.next_event()
    control.command("quit")
    child.wait()


def prepare(config, folder):
    """A new recording's folder; the machine to run for it: one CPU, booted directly, all its files in the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    files = {}
    for field, name in (("kernel", "lucid.elf"), ("initrd", "initrd.cpio")):
        files[field] = os.path.join(folder, name)
        shutil.copyfile(getattr(config, field), files[field])
    make_image(os.path.join(folder, qemu.SNAPSHOTS))
    with open(os.path.join(folder, "machine.json"), "w") as f:
        json.dump({"mem": config.mem, "append": config.append}, f)
    with open(os.path.join(folder, "stops.gdb"), "w") as f:
        f.write(STOPS)
    return dataclasses.replace(config, **files, ncpu=1, boot="direct", accel="tcg", rr="record", rr_folder=folder)


def recorded(folder):
    """The machine that replays the recording in a folder."""
    with open(os.path.join(folder, "machine.json")) as f:
        settings = json.load(f)
    return qemu.Config(ncpu=1, boot="direct", rr="replay", rr_folder=folder, **settings,
                       kernel=os.path.join(folder, "lucid.elf"), initrd=os.path.join(folder, "initrd.cpio"))


class Leave(Exception):
    """Someone asks us to end: then the recording ends in good order."""


def leave(*_):
    raise Leave


class Terminal:
    """The user's terminal as the guest's: raw, so that each key goes through at once. Not one at all: a plain file.

    QEMU has this too, but does not record what is typed where console and monitor share the terminal."""

    def __init__(self, keys, words, control, log):
        self.keys, self.words, self.control, self.log = keys, words, control, log
        self.escape = False

    def relay(self):
        """Until the machine has ended (False), or stands still for ever or is to be ended (True)."""
        before = termios.tcgetattr(0) if os.isatty(0) else None
        if before:
            tty.setraw(0)
        try:
            return self._relay()
        except Leave:
            return True
        finally:
            if before:
                termios.tcsetattr(0, termios.TCSADRAIN, before)

    def _relay(self):
        sources = [0, self.words, self.control.sock]
        while True:
            for ready in select.select(sources, [], [])[0]:
                if ready is self.control.sock:
                    if self._has_shut_down(sources):
                        return True
                    continue
                data = os.read(ready, 65536)
                if ready == 0 and not data:
                    sources.remove(0)
                elif not data:
                    return False
                elif ready == 0 and self._type(data):
                    return True
                elif ready != 0:
                    os.write(1, data)
                    self.log.write(data)

    def _has_shut_down(self, sources):
        """A reset, such as a triple fault brings, stops the machine; QEMU's end is seen at the console."""
        while True:
            event = self.control.next_event()
            if event is None:
                sources.remove(self.control.sock)
            if event is None or event["event"] == "SHUTDOWN":
                return event is not None
            if b"\n" not in self.control.buffer:
                return False

    def _type(self, data):
        """Send keys; C-a x asks to leave, C-a twice is one C-a."""
        for key in data:
            if self.escape and key == ord("x"):
                return True
            self.escape = key == 1 and not self.escape
            if not self.escape:
                os.write(self.keys, bytes([key]))
        return False


def end(control, folder):
    """End a run from outside, and let replays stop at its last instruction."""
    control.command("stop")
    last = control.command("query-replay")["icount"]
    with open(os.path.join(folder, "stops.gdb"), "a") as f:
        f.write(END.format(last - 1))
    control.command("quit")


def start(config, run_dir):
    """QEMU, recording: (process, control, where keys go, where the console's words come from).

    The console is a pair of pipes. Into a socket QEMU could not always write at once, for a socket holds only a few
    hundred single bytes; when it then goes on is not recorded, and the replay would part from the recording there."""
    pipe = os.path.join(run_dir, "console")
    for end_of_pipe in (".in", ".out"):
        os.mkfifo(pipe + end_of_pipe)
    control, theirs = qmp.pair()
    arguments = qemu.command(config, run_dir) + [
        "-no-reboot", "-no-shutdown", "-chardev", f"pipe,id=console,path={pipe}", "-serial", "chardev:console",
        "-chardev", f"socket,id=control,fd={theirs.fileno()}", "-mon", "chardev=control,mode=control"]
    child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=[theirs.fileno()])
    theirs.close()
    try:
        control = qmp.Qmp(control)      # its greeting says that the pipes are open
    except (OSError, ConnectionError):
        raise SystemExit(f"rr: QEMU did not start (status {child.wait()}; its message is above)")
    words = os.open(pipe + ".out", os.O_RDONLY)
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(words, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return child, control, os.open(pipe + ".in", os.O_WRONLY), words


def record(config):
    """Run the machine in this terminal; the status for our caller."""
    run_dir = qemu.new_run_dir()
    try:
        child, control, keys, words = start(config, run_dir)
        for s in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(s, leave)
        with open(os.path.join(config.rr_folder, CONSOLE), "wb") as log:
            if Terminal(keys, words, control, log).relay():
                end(control, config.rr_folder)
        status = child.wait()
    finally:
        shutil.rmtree(run_dir, ignore_errors=True)
    say(qemu.MEANING.get(status, f"QEMU ended with status {status}"))
    say(f"recorded in {debug.short(config.rr_folder)}; `make rr-replay` runs it again under gdb")
    return 0 if status in qemu.MEANING else 1


class Console(io.RawIOBase):
    """The replayed machine's words, each shown once: going back starts the machine anew, and it says all again.

    What it says is known from the recording, so only how far it has come must be found out: a restart is known by the
    first words of all."""

    def __init__(self, known, out):
        super().__init__()
        self.known, self.out = known, out
        self.at = self.shown = 0
        self.tail = b""

    def write(self, data):
        mark = self.known[:MARK_BYTES]
        for i in range(len(data)):
            byte = data[i:i + 1]
            self.tail = (self.tail + byte)[-MARK_BYTES:]
            if self.tail == mark:
                self.at = len(mark)
            elif self.known[self.at:self.at + 1] == byte:
                self.at += 1
            if self.at > self.shown:
                self.out.write(self.known[self.shown:self.at])
                self.shown = self.at
        self.out.flush()


def gdb_commands(folder):
    """What gdb does first with a recording, once the kernel has begun."""
    return ["source " + debug.short(os.path.join(folder, "stops.gdb"))]


def replay(folder):
    """The recording under gdb, in this terminal."""
    program, has_python = debug.gdb_program()
    if not program:
        raise SystemExit(f"rr: {debug.NO_GDB}")
    if not os.path.exists(os.path.join(folder, "machine.json")):
        raise SystemExit("rr: there is no recording yet: `make rr-record` makes one")
    with open(os.path.join(folder, CONSOLE), "rb") as f:
        console = Console(f.read(), sys.stdout.buffer)
    with debug.Machine(recorded(folder)) as machine:
        threading.Thread(target=debug.copy_console, args=(machine.console, console), daemon=True).start()
        say("reverse-stepi, reverse-continue, reverse-finish go back; `monitor info replay` counts instructions")
        return debug.run_gdb(debug.gdb_command(program, has_python, machine.path, machine.config.kernel,
                                               gdb_commands(folder)))


def main():
    parser = argparse.ArgumentParser(description="record a run of Lucid, or replay it under gdb")
    parser.add_argument("what", choices=("record", "replay"))
    parser.add_argument("--folder", default=FOLDER, help="where the recording lies")
    args = parser.parse_args()
    if not qemu.qemu_program():
        raise SystemExit("rr: qemu-system-x86_64 is not installed; `make setup` brings it")
    if args.what == "replay":
        return replay(args.folder)
    config = qemu.config_from_environment()
    say(f"one CPU (QEMU records no more), {config.mem}, direct boot; C-a x leaves")
    return record(prepare(config, args.folder))


if __name__ == "__main__":
    sys.exit(main())
