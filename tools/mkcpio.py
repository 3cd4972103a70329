#!/usr/bin/env python3
"""Make a newc cpio archive that is the same byte for byte for the same contents.

Usage: mkcpio.py -o OUT ENTRY...     where ENTRY is  path/  (an empty folder)  or  path=FILE

Times, owners and inode numbers of the host never enter the archive; entries are sorted; folders on the way to a
file are added. A file below bin/ or tests/ is executable, /tmp is for everybody. The format is that of Linux's
initramfs (Documentation/driver-api/early-userspace/buffer-format.rst), so several archives may be concatenated.
"""
import argparse

DIR, REG = 0o040000, 0o100000


def mode_of(path, is_dir):
    """Permissions follow from the place in the tree, not from the host's umask."""
    if is_dir:
        return DIR | (0o1777 if path == "tmp" else 0o700 if path == "root" else 0o755)
    executable = path.split("/")[0] in ("bin", "tests") or path == "init"
    return REG | (0o755 if executable else 0o644)


def collect(entries):
    """A dict from archive path to contents (None for a folder), with every parent folder."""
    tree = {}
    for entry in entries:
        path, _, source = entry.partition("=")
        parts = path.strip("/").split("/")
        for i in range(1, len(parts)):
            tree.setdefault("/".join(parts[:i]), None)
        if source:
            with open(source, "rb") as f:
                tree["/".join(parts)] = f.read()
        else:
            tree.setdefault("/".join(parts), None)
    return tree


def record(ino, path, mode, nlink, data):
    """One archive member: header of 13 eight-digit fields, name, data, each padded to four bytes."""
    name = path.encode() + b"\0"
    fields = [ino, mode, 0, 0, nlink, 0, len(data), 0, 0, 0, 0, len(name), 0]
    out = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    out += b"\0" * (-len(out) % 4)
    return out + data + b"\0" * (-len(data) % 4)


def archive(tree):
    """The whole archive, padded to 512 bytes so that another can follow."""
    out = []
    for ino, path in enumerate(sorted(tree), start=1):
        data = tree[path]
        is_dir = data is None
        out.append(record(ino, path, mode_of(path, is_dir), 2 if is_dir else 1, data or b""))
    out.append(record(0, "TRAILER!!!", 0, 1, b""))
    blob = b"".join(out)
    return blob + b"\0" * (-len(blob) % 512)


def main():
    parser = argparse.ArgumentParser(description="deterministic newc cpio archive")
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("entries", nargs="*")
    args = parser.parse_args()
    with open(args.output, "wb") as f:
        f.write(archive(collect(args.entries)))


if __name__ == "__main__":
    main()
