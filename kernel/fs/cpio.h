/* cpio.h: reading a "newc" archive, entry by entry. Works on bytes alone, so it is tested on the
 * host.
 *
 * The format is described in Linux's Documentation, "initramfs buffer format": a header of
 * hexadecimal digits, the name, the data, each padded to four bytes. An entry named TRAILER!!! ends
 * an archive; another may follow, after zeros. */
#pragma once

#include "lib/types.h"

struct cpio_entry {
    u32 ino, mode, uid, gid, nlink, mtime;
    u32 dev_major, dev_minor, rdev_major, rdev_minor;
    const char *name; /* in the archive, NUL-terminated */
    const u8 *data;
    u64 size;     /* bytes of data */
    bool trailer; /* the end of one archive: hard links do not reach across */
};

struct cpio {
    const u8 *bytes;
    u64 len;
    u64 pos;           /* where the next entry begins; after an error: where the bad one does */
    const char *error; /* what is wrong, after -EINVAL */
};

/* 1 and *out; 0 at the end; -EINVAL. */
MUST_CHECK int cpio_next(struct cpio *c, struct cpio_entry *out);
