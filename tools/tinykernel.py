"""Kernels of a few bytes, to test what boots kernels: they print, leave, triple fault, or do nothing for ever.

Each is an ELF file with one segment at 1 MiB and a PVH note, made here byte by byte, so no compiler is needed.
"""
import struct

BASE = 0x100000
COM1, COM2, DEBUG_EXIT = 0x3F8, 0x2F8, 0x501
HANG = b"\xeb\xfe"                               # jmp .
TRIPLE_FAULT = b"\x6a\x00\x6a\x00\x0f\x01\x1c\x24\xcc"   # push 0; push 0; lidt [esp]; int3


def leave(code):
    """Write a byte to isa-debug-exit."""
    return b"\x66\xba" + struct.pack("<H", DEBUG_EXIT) + b"\xb0" + bytes([code]) + b"\xee" + HANG


def say(port, text):
    """Print on a serial port: the text lies in the instruction stream, behind a call over it."""
    data = text.encode() + b"\0"
    loop = b"\xac\x84\xc0\x74\x03\xee\xeb\xf8"   # lodsb; test al, al; jz end; out dx, al; jmp lodsb
    return (b"\xe8" + struct.pack("<I", len(data)) + data         # call over the text: its address is pushed
            + b"\x5e\x66\xba" + struct.pack("<H", port) + loop)   # pop esi; mov dx, port


def elf(code):
    """The file: ELF header, two program headers, the note, the code."""
    code = b"\xbc" + struct.pack("<I", BASE + 0x8000) + code      # mov esp: calls need a stack
    headers = 64 + 2 * 56
    note = struct.pack("<III4sI", 4, 4, 18, b"Xen\0", BASE + headers + 20)
    size = headers + len(note) + len(code)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, BASE + headers + 20, 64, 0, 0,
                                                              64, 56, 2, 0, 0, 0)
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 4096)
    pvh = struct.pack("<IIQQQQQQ", 4, 4, headers, BASE + headers, BASE + headers, len(note), len(note), 4)
    return header + load + pvh + note + code
