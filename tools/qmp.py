"""QMP, QEMU's control protocol: JSON lines over a socket (docs/interop/qmp-spec in QEMU's tree)."""
import json
import socket


class Qmp:
    """One connection; commands are synchronous, events arriving meanwhile are kept in `events`."""

    def __init__(self, sock, timeout=10):
        self.sock = sock
        self.sock.settimeout(timeout)
        self.buffer = b""
        self.events = []
        self._read()                          # the greeting
        self.command("qmp_capabilities")

    def _read(self):
        """The next message; ConnectionError at the end of the stream."""
        while b"\n" not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("QEMU closed its control socket")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def command(self, name, **arguments):
        """Run a command and return its result; RuntimeError with QEMU's words if it refuses."""
        self.sock.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while True:
            message = self._read()
            if "event" in message:
                self.events.append(message)
            elif "error" in message:
                raise RuntimeError(message["error"]["desc"])
            else:
                return message["return"]

    def next_event(self):
        """The next event, waiting without limit; None at the end of the stream."""
        if self.events:
            return self.events.pop(0)
        self.sock.settimeout(None)
        try:
            while True:
                message = self._read()
                if "event" in message:
                    return message
        except (OSError, ConnectionError):
            return None

    def human(self, line):
        """A line for the human monitor, such as `info registers -a`."""
        return self.command("human-monitor-command", **{"command-line": line})


def pair():
    """(ours, theirs): a connected pair; QEMU inherits `theirs` and is told its number, so no path is needed."""
    ours, theirs = socket.socketpair()
    theirs.set_inheritable(True)
    return ours, theirs
