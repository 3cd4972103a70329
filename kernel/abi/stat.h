/* stat(2): file types, permission bits and struct stat. */
#pragma once

#include "abi/time.h"
#include "abi/types.h"

#define S_IFMT         0170000
#define S_IFSOCK       0140000
#define S_IFLNK        0120000
#define S_IFREG        0100000
#define S_IFBLK        0060000
#define S_IFDIR        0040000
#define S_IFCHR        0020000
#define S_IFIFO        0010000
#define S_ISUID        0004000
#define S_ISGID        0002000
#define S_ISVTX        0001000
#define S_IRWXU        0000700
#define S_IRUSR        0000400
#define S_IWUSR        0000200
#define S_IXUSR        0000100
#define S_IRWXG        0000070
#define S_IRGRP        0000040
#define S_IWGRP        0000020
#define S_IXGRP        0000010
#define S_IRWXO        0000007
#define S_IROTH        0000004
#define S_IWOTH        0000002
#define S_IXOTH        0000001

#define S_ISREG(mode)  (((mode)&S_IFMT) == S_IFREG)
#define S_ISDIR(mode)  (((mode)&S_IFMT) == S_IFDIR)
#define S_ISCHR(mode)  (((mode)&S_IFMT) == S_IFCHR)
#define S_ISBLK(mode)  (((mode)&S_IFMT) == S_IFBLK)
#define S_ISFIFO(mode) (((mode)&S_IFMT) == S_IFIFO)
#define S_ISLNK(mode)  (((mode)&S_IFMT) == S_IFLNK)
#define S_ISSOCK(mode) (((mode)&S_IFMT) == S_IFSOCK)

struct stat {
    dev_t st_dev;
    ino_t st_ino;
    nlink_t st_nlink;
    mode_t st_mode;
    uid_t st_uid;
    gid_t st_gid;
    int __pad0;
    dev_t st_rdev;
    off_t st_size;
    blksize_t st_blksize;
    blkcnt_t st_blocks; /* in units of 512 bytes, whatever st_blksize is */
    struct timespec st_atim;
    struct timespec st_mtim;
    struct timespec st_ctim;
    long __spare[3];
};
_Static_assert(sizeof(struct stat) == 144, "struct stat is part of the ABI");
_Static_assert(offsetof(struct stat, st_size) == 48, "struct stat is part of the ABI");
_Static_assert(offsetof(struct stat, st_mtim) == 88, "struct stat is part of the ABI");

/* utimensat(2): special values of tv_nsec. */
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe
