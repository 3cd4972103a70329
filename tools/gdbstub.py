"""A client of QEMU's gdb stub: just enough of gdb's remote serial protocol to stop a machine at an address and look.

For tools that need exact moments. What a person wants is `make gdb`.
"""
ENDED = ("W", "X")


class Stub:
    """One connection, made while the machine is stopped."""

    def __init__(self, sock, timeout=60):
        self.sock = sock
        self.sock.settimeout(timeout)
        self.buffer = b""

    def _byte(self):
        if not self.buffer:
            self.buffer = self.sock.recv(65536)
            if not self.buffer:
                raise ConnectionError("QEMU closed its gdb socket")
        first, self.buffer = self.buffer[:1], self.buffer[1:]
        return first

    def _reply(self):
        """The next packet's text; acknowledges it."""
        while self._byte() != b"$":
            pass
        text = b""
        while (byte := self._byte()) != b"#":
            text += byte
        self._byte(), self._byte()      # its checksum: a socket does not lose bytes
        self.sock.sendall(b"+")
        return text.decode()

    def command(self, text):
        """Send a packet; the reply."""
        data = text.encode()
        self.sock.sendall(b"$%s#%02x" % (data, sum(data) & 0xFF))
        return self._reply()

    def _ok(self, text):
        reply = self.command(text)
        if reply != "OK":
            raise RuntimeError(f"the gdb stub refuses {text}: {reply or 'unknown'}")

    def run_to(self, address):
        """Go on until that address is about to be executed. False: the machine ended before."""
        self._ok(f"Z1,{address:x},1")
        if self.command("c")[0] in ENDED:
            return False
        self._ok(f"z1,{address:x},1")
        return True
