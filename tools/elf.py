"""Just enough ELF64 for the build checks: headers, segments, sections, symbols, notes.

Reading the file directly keeps the checks independent of which binutils are installed.
"""
import struct
from collections import namedtuple

Segment = namedtuple("Segment", "type flags offset vaddr paddr filesz memsz align")
Section = namedtuple("Section", "name type flags addr offset size link entsize")
Symbol = namedtuple("Symbol", "name value size info section")
Note = namedtuple("Note", "owner type desc")

PT_LOAD, PT_NOTE = 1, 4
PF_X, PF_W, PF_R = 1, 2, 4
SHT_SYMTAB, SHT_NOTE, SHT_NOBITS = 2, 7, 8
SHF_ALLOC = 2


class Elf:
    """A parsed 64-bit little-endian ELF file."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            raise ValueError(f"{path}: not a 64-bit little-endian ELF file")
        (self.type, self.machine, _, self.entry, phoff, shoff, _, _, phsize, phnum, shsize, shnum,
         shstr) = struct.unpack_from("<HHIQQQIHHHHHH", self.data, 16)
        self.segments = [self._segment(phoff + i * phsize) for i in range(phnum)]
        self.sections = self._sections(shoff, shsize, shnum, shstr)

    def _segment(self, at):
        kind, flags, offset, vaddr, paddr, filesz, memsz, align = struct.unpack_from("<IIQQQQQQ", self.data, at)
        return Segment(kind, flags, offset, vaddr, paddr, filesz, memsz, align)

    def _sections(self, shoff, shsize, shnum, shstr):
        raw = [struct.unpack_from("<IIQQQQIIQQ", self.data, shoff + i * shsize) for i in range(shnum)]
        names_at = raw[shstr][4] if raw else 0
        return [Section(self._str(names_at + r[0]), r[1], r[2], r[3], r[4], r[5], r[6], r[9]) for r in raw]

    def _str(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    @property
    def loads(self):
        return [s for s in self.segments if s.type == PT_LOAD]

    def section(self, name):
        """The section of that name, or None."""
        return next((s for s in self.sections if s.name == name), None)

    def symbols(self):
        """All symbols of .symtab, in file order."""
        table = next((s for s in self.sections if s.type == SHT_SYMTAB), None)
        if table is None:
            return []
        strings = self.sections[table.link].offset
        out = []
        for at in range(table.offset, table.offset + table.size, 24):
            name, info, _, shndx, value, size = struct.unpack_from("<IBBHQQ", self.data, at)
            out.append(Symbol(self._str(strings + name), value, size, info, shndx))
        return out

    def notes(self):
        """Every note in the PT_NOTE segments."""
        out = []
        for seg in self.segments:
            if seg.type != PT_NOTE:
                continue
            at, end = seg.offset, seg.offset + seg.filesz
            while at + 12 <= end:
                namesz, descsz, kind = struct.unpack_from("<III", self.data, at)
                name_at = at + 12
                desc_at = name_at + (namesz + 3) // 4 * 4
                owner = self.data[name_at:name_at + namesz].rstrip(b"\0").decode(errors="replace")
                out.append(Note(owner, kind, self.data[desc_at:desc_at + descsz]))
                at = desc_at + (descsz + 3) // 4 * 4
        return out

    def physical_to_offset(self, paddr):
        """Where in the file the byte at a physical address lies, or None."""
        for s in self.loads:
            if s.paddr <= paddr < s.paddr + s.filesz:
                return s.offset + paddr - s.paddr
        return None
