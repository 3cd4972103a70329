"""A machine under test: QEMU with its console, its test port and its control channel as sockets of ours.

COM1 is the console, COM2 carries results, QMP controls. Waiting is always for an event (a line, the machine's end) with
a cap so generous that reaching it means a hang; then the machine is sent an NMI first, whose handler prints every CPU's
stack, and only then ended. Everything that was said is kept in build/test/NAME/.
"""
import os
import re
import secrets
import shutil
import signal
import subprocess
import threading
import time

import qemu
import qmp
from .result import Fail, Infra, Panic, Skip

BOOT_CAP = 90.0                 # seconds until a boot must have said something it was waited for
STALL_CAP = 150.0               # the same for a result line: the guest's runner gives up a test earlier by itself
DUMP_CAP = 20.0                 # seconds that the machine gets to print its dump, on a loaded host
DUMP_END = "-- end of the dump --"
TAIL_LINES = 40
DUMP_LINES = 150                # the tables behind a panic are longer, but say less and less
PANIC_LINE = re.compile(r"PANIC.*")
ESCAPE = re.compile(r"\x1b\[[0-9;?=]*[A-Za-z]")


def new_nonce():
    """A word that the guest must repeat before each result: other output cannot look like one."""
    return secrets.token_hex(4)


def plain(text):
    """What a terminal showed, without colours, cursor movements and carriage returns."""
    return ESCAPE.sub("", text).replace("\r", "")


class Channel:
    """Bytes from one socket, gathered by a thread; readers wait on the machine's condition."""

    def __init__(self, sock, changed, log):
        self.sock, self.changed, self.log = sock, changed, log
        self.data = bytearray()
        self.pump = threading.Thread(target=self._pump, daemon=True)
        self.pump.start()

    def _pump(self):
        with open(self.log, "wb") as log:
            while True:
                try:
                    piece = self.sock.recv(65536)
                except OSError:
                    piece = b""
                if not piece:
                    return
                log.write(piece)
                log.flush()
                with self.changed:
                    self.data += piece
                    self.changed.notify_all()

    def text(self):
        with self.changed:
            return plain(self.data.decode(errors="replace"))


class Guest:
    """One boot. Use as a context manager; leaving it ends the machine."""

    def __init__(self, name, config, reboots=False):
        if not qemu.qemu_program():
            raise Skip("qemu-system-x86_64 is not installed")
        self.name, self.config, self.reboots = name, config, reboots
        self.folder = os.path.join(qemu.BUILD, "test", name.replace("/", "-"))
        self.changed = threading.Condition()
        self.ended = None                   # QEMU's exit status

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.run_dir = qemu.new_run_dir()
        self.iso = None
        if self.config.boot == "iso":
            self.iso = qemu.make_iso(self.config, self.run_dir)
            if self.iso is None:
                raise Skip("GRUB or xorriso is not installed")
        self._start(self.iso)
        return self

    def _start(self, iso):
        pairs = {word: qmp.pair() for word in ("com1", "com2", "control")}
        args = qemu.command(self.config, self.run_dir, iso)
        for word, (_, theirs) in pairs.items():
            args += ["-chardev", f"socket,id={word},fd={theirs.fileno()}"]
        args += ["-serial", "chardev:com1", "-serial", "chardev:com2", "-mon", "chardev=control,mode=control"]
        if not self.reboots:
            args.append("-no-reboot")
        with open(os.path.join(self.folder, "qemu.command"), "w") as f:
            f.write(" ".join(args) + "\n")
        self.errors = open(os.path.join(self.folder, "qemu.stderr"), "w+")
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
                                        pass_fds=[theirs.fileno() for _, theirs in pairs.values()],
                                        start_new_session=True)
        for _, theirs in pairs.values():
            theirs.close()
        self.console = Channel(pairs["com1"][0], self.changed, os.path.join(self.folder, "console.log"))
        self.port = Channel(pairs["com2"][0], self.changed, os.path.join(self.folder, "results.log"))
        self._control = pairs["control"][0]
        self._qmp = None
        threading.Thread(target=self._reap, daemon=True).start()

    def _reap(self):
        status = self.process.wait()
        for channel in (self.console, self.port):
            channel.pump.join(timeout=2)    # first take what is still in the sockets
        with self.changed:
            self.ended = status
            self.changed.notify_all()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        for sock in (self.console.sock, self.port.sock, self._control):
            sock.close()
        self.errors.close()
        if qemu.triple_faulted(qemu.reset_log(self.config, self.run_dir)):
            shutil.copy(qemu.reset_log(self.config, self.run_dir), self.folder)
        shutil.rmtree(self.run_dir, ignore_errors=True)

    def qmp(self):
        """The control connection, opened at first use."""
        if self._qmp is None:
            self._qmp = qmp.Qmp(self._control)
        return self._qmp

    def send(self, text):
        """Type at the console."""
        self.console.sock.sendall(text.encode())

    def tail(self):
        """What to show of the console in a report: a panic and what follows, else the last lines."""
        lines = self.console.text().splitlines()
        panic = next((i for i, line in enumerate(lines) if PANIC_LINE.search(line)), None)
        if panic is not None:
            return "\n".join(lines[panic:panic + DUMP_LINES])
        return "\n".join(lines[-TAIL_LINES:])

    def wait(self, what, ready, cap):
        """Wait until ready() gives something true, and return it. The machine's end or `cap` seconds raise."""
        deadline = time.monotonic() + cap
        while True:
            with self.changed:
                value = ready()
                if value:
                    return value
                if self.ended is not None:
                    break
                left = deadline - time.monotonic()
                if left > 0:
                    self.changed.wait(left)
                    continue
            self.hang(what, cap)
        self.raise_end(f"while waiting for {what}")

    def wait_console(self, pattern, cap=BOOT_CAP, start=0):
        """Wait for a pattern on the console; the match."""
        regex = re.compile(pattern, re.M)
        return self.wait(f"{pattern!r} on the console", lambda: regex.search(self.console.text(), start), cap)

    def wait_end(self, cap=BOOT_CAP):
        """Wait for QEMU's end; its status."""
        deadline = time.monotonic() + cap
        with self.changed:
            while self.ended is None:
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self.changed.wait(left)
        if self.ended is None:
            self.hang("the machine's end", cap)
        return self.ended

    def expect_end(self, status, cap=BOOT_CAP):
        """The machine ends by itself with this status."""
        if self.wait_end(cap) != status:
            self.raise_end(f"status {self.ended} where {status} was expected")

    def raise_end(self, when):
        """Turn an unexpected end into the exception that names it."""
        if qemu.triple_faulted(qemu.reset_log(self.config, self.run_dir)):
            raise Panic(f"triple fault {when}\n{self.tail()}")
        if self.ended == qemu.PANIC:
            raise Panic(f"{self.panic_line()}\n{self.tail()}")
        if self.ended in (0, qemu.SUCCESS, qemu.INIT_FAILED):
            raise Fail(f"{qemu.MEANING[self.ended]}, {when}\n{self.tail()}")
        self.errors.seek(0)
        raise Infra(f"QEMU ended with status {self.ended} {when}\n{self.errors.read()}{self.tail()}")

    def panic_line(self):
        """What the kernel said first when it panicked."""
        match = PANIC_LINE.search(self.console.text())
        return match.group(0).strip() if match else "panic without a message"

    def hang(self, what, cap):
        """Nothing happened for too long: get every CPU's stack by an NMI, then give up."""
        before = len(self.console.text())
        try:
            self.qmp().command("inject-nmi")
            deadline = time.monotonic() + DUMP_CAP
            with self.changed:
                while (self.ended is None and DUMP_END not in self.console.text()[before:]
                       and time.monotonic() < deadline):
                    self.changed.wait(deadline - time.monotonic())
        except (OSError, RuntimeError, ConnectionError):
            pass
        dump = self.console.text()[before:]
        raise Infra(f"hang: no {what} within {cap:.0f} s\nlast words:\n"
                    + "\n".join(self.console.text()[:before].splitlines()[-TAIL_LINES:])
                    + (f"\nafter an NMI:\n{dump}" if dump else "\n(an NMI brought no answer)"))
