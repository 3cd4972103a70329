/* statfs(2): how full a file system is. */
#pragma once

struct statfs {
    long f_type; /* a magic number, below */
    long f_bsize;
    unsigned long f_blocks;
    unsigned long f_bfree;
    unsigned long f_bavail;
    unsigned long f_files;
    unsigned long f_ffree;
    int f_fsid[2];
    long f_namelen;
    long f_frsize;
    long f_flags; /* ST_xxx */
    long f_spare[4];
};
_Static_assert(sizeof(struct statfs) == 120, "struct statfs is part of the ABI");

#define TMPFS_MAGIC      0x01021994
#define PROC_SUPER_MAGIC 0x9fa0
#define EXT2_SUPER_MAGIC 0xef53
#define DEVFS_MAGIC      0x1373
#define PIPEFS_MAGIC     0x50495045

#define ST_RDONLY        1
#define ST_NOSUID        2
#define ST_NODEV         4
#define ST_NOEXEC        8
#define ST_VALID         0x20
