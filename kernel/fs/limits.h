/* limits.h: the limits of fs/ and the ranks of its locks, from the outside in. Reaching a limit is
 * an error, never a crash.
 */
#pragma once

#include "abi/limits.h"
#include "lock/rank.h"

enum {
    FS_MAX_NAME = NAME_MAX,        /* -ENAMETOOLONG */
    FS_MAX_SYMLINKS = SYMLOOP_MAX, /* -ELOOP */
    FS_MAX_FD = NR_OPEN,           /* -EMFILE */
    FS_MAX_MOUNTS = 1024,          /* -ENOSPC */
    FS_DENTRY_INLINE = 40,         /* names up to this (with the NUL) live in the dentry itself */
};
#define FS_MAX_FILE_BYTES ((u64)S64_MAX & ~(u64)4095) /* -EFBIG */

enum {
    /* A file's offset belongs to the system call that moves it: it is held across reads and writes,
     * which copy to and from the program and enter drivers, hence above every layer. */
    RANK_FILE_POS = RANK(SYS, 1),
    RANK_MOUNT = RANK(FS, 14),       /* the mount tree's mutex */
    RANK_RENAME = RANK(FS, 13),      /* one directory is moved at a time */
    RANK_INODE = RANK(FS, 12),       /* inode.lock: a directory ... */
    RANK_INODE_DIR2 = RANK(FS, 11),  /* ... the second one of a rename ... */
    RANK_INODE_CHILD = RANK(FS, 10), /* ... and what lies in them */
    RANK_INODE_CHILD2 = RANK(FS, 9),
    RANK_FDTABLE = RANK(FS, 7), /* spinlocks from here on */
    RANK_FSCTX = RANK(FS, 6),
    RANK_MOUNT_POINT = RANK(FS, 5),
    RANK_DENTRY_TREE = RANK(FS, 4),
    RANK_DENTRY_HASH = RANK(FS, 3),
    RANK_SUPER = RANK(FS, 2), /* a file system's own */
    RANK_FS_LEAF = RANK_LEAF(FS),
};
