#!/usr/bin/env python3
"""gdb on Lucid's machine: QEMU stopped at power-on with its gdb stub on a Unix socket, and gdb beside it.

`make gdb` runs this as a program; tools/run (`make gdb-server`), the tests and other launchers use its parts. No TCP
port is opened. The socket has a fixed place below this checkout's build folder, so that an editor can be told of it;
who serves there holds a lock, so that a second server is refused by name instead of taking the first one's gdb.

The console of `make gdb` appears between gdb's own lines; `lucid type` answers it. Who wants a terminal for each
runs `make gdb-server` in one and `make gdb` in the other: the second finds the first and only brings gdb.
"""
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import qemu  # noqa: E402
import qmp  # noqa: E402

SOCKET = os.path.join(qemu.BUILD, "run", "gdb.sock")
SCRIPTS = os.path.join(qemu.ROOT, "tools", "gdb")
NO_GDB = "gdb for x86-64 is not installed; `make setup` brings it"
CONSOLE_VARIABLE = "LUCID_CONSOLE_FD"   # for gdb's `lucid type`: the console's descriptor, inherited


class Busy(Exception):
    """Someone serves at SOCKET already; the message says who."""


class Claim:
    """The right to serve at SOCKET. The kernel of the host drops it when the process ends, however that comes."""

    def __init__(self, who):
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        self.file = open(SOCKET + ".lock", "a+")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.seek(0)
            raise Busy(self.file.read().strip() or "another server")
        self.file.truncate(0)
        self.file.write(f"{who} (process {os.getpid()})\n")
        self.file.flush()

    def release(self):
        if os.path.exists(SOCKET):
            os.unlink(SOCKET)
        self.file.close()


def short(path):
    """The shorter way to write a path from here: a socket's may have about a hundred bytes."""
    return min(path, os.path.relpath(path), key=len)


def stub_arguments(path):
    """QEMU's arguments for a gdb stub at a socket, the machine stopped before its first instruction."""
    return ["-chardev", f"socket,id=gdb,path={short(path)},server=on,wait=off", "-gdb", "chardev:gdb", "-S"]


def gdb_program():
    """(path of a gdb that knows x86-64, whether it has Python), or (None, False)."""
    chosen = os.environ.get("GDB")
    for name in [chosen] if chosen else ["gdb", "gdb-multiarch", "x86_64-elf-gdb"]:
        path = shutil.which(name)
        if not path:
            continue
        done = subprocess.run([path, "-nx", "-batch", "-ex", "set architecture i386:x86-64", "-ex",
                               "python print('has ' + 'python')"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, text=True)
        if "i386:x86-64" in done.stdout and "Undefined item" not in done.stdout:
            return path, "has python" in done.stdout
    return None, False


def gdb_command(program, has_python, path, kernel=qemu.KERNEL, commands=(), batch=False):
    """gdb's arguments: the kernel's symbols, our commands, the machine at `path`, on to the kernel's entry, and then
    `commands`."""
    script = os.path.join(SCRIPTS, "lucid.py" if has_python else "lucid.gdb")
    args = [program, "-nx", "-q"] + (["-batch"] if batch else []) + [short(kernel), "-x", short(script)]
    for command in [f"target remote {short(path)}", "lucid-enter", *commands]:
        args += ["-ex", command]
    return args


class Machine:
    """QEMU with the stub and the console as a socket of ours. Use as a context manager; leaving it ends the machine.

    A triple fault, a reset or power-off stops the machine where it is instead of taking it away. Without a path the
    stub is at a place of this run's own."""

    def __init__(self, config, path=None):
        self.config, self.path = config, path

    def __enter__(self):
        self.run_dir = qemu.new_run_dir()
        self.path = self.path or os.path.join(self.run_dir, "gdb.sock")
        iso = qemu.make_iso(self.config, self.run_dir) if self.config.boot == "iso" else None
        self.console, console = qmp.pair()
        self.control, control = qmp.pair()
        args = qemu.command(self.config, self.run_dir, iso) + stub_arguments(self.path) + [
            "-no-reboot", "-no-shutdown",
            "-chardev", f"socket,id=console,fd={console.fileno()}", "-serial", "chardev:console",
            "-chardev", f"socket,id=control,fd={control.fileno()}", "-mon", "chardev=control,mode=control"]
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, start_new_session=True,
                                        pass_fds=[console.fileno(), control.fileno()])
        console.close()
        control.close()
        try:
            self.qmp = qmp.Qmp(self.control)       # its greeting says that the stub listens
        except (OSError, ConnectionError):
            self.__exit__()
            raise SystemExit("debug: QEMU did not start (its message is above)")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.console.close()
        self.control.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)


def copy_console(sock, out):
    """Show what the machine says, until it ends."""
    while True:
        try:
            data = sock.recv(4096)
        except OSError:
            data = b""
        if not data or out.closed:
            return
        out.write(data)
        out.flush()


def run_gdb(arguments, console=None):
    """gdb in this terminal until it ends; ^C is gdb's. Its status."""
    env, fds = dict(os.environ), []
    if console:
        env[CONSOLE_VARIABLE] = str(console.fileno())
        fds = [console.fileno()]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(arguments, env=env, pass_fds=fds,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        return child.wait()
    finally:
        if child.poll() is None:            # we are told to end: so are gdb and, by our caller, the machine
            child.kill()
            child.wait()


def main():
    program, has_python = gdb_program()
    if not program:
        raise SystemExit(f"debug: {NO_GDB}")
    if not qemu.qemu_program():
        raise SystemExit("debug: qemu-system-x86_64 is not installed; `make setup` brings it")
    if not has_python:
        print("[gdb] this gdb has no Python: a few plain commands instead (help user-defined)", file=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        claim = Claim("make gdb")
    except Busy as other:
        if not str(other).startswith("make gdb-server"):
            raise SystemExit(f"debug: {short(SOCKET)} is in use by {other}; end that first")
        print(f"[gdb] joining {other}", file=sys.stderr)
        return run_gdb(gdb_command(program, has_python, SOCKET))
    try:
        with Machine(qemu.config_from_environment(), SOCKET) as machine:
            threading.Thread(target=copy_console, args=(machine.console, sys.stdout.buffer), daemon=True).start()
            return run_gdb(gdb_command(program, has_python, SOCKET), machine.console)
    finally:
        claim.release()


if __name__ == "__main__":
    sys.exit(main())
