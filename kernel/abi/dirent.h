/* getdents64(2): directory entries, one after another, each d_reclen bytes long. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct linux_dirent64 {
    uint64_t d_ino;
    int64_t d_off; /* where to lseek to continue after this entry */
    unsigned short d_reclen;
    unsigned char d_type;
    char d_name[];
};
_Static_assert(offsetof(struct linux_dirent64, d_name) == 19, "linux_dirent64 is part of the ABI");

#define DT_UNKNOWN   0
#define DT_FIFO      1
#define DT_CHR       2
#define DT_DIR       4
#define DT_BLK       6
#define DT_REG       8
#define DT_LNK       10
#define DT_SOCK      12

#define IFTODT(mode) (((mode)&0170000) >> 12) /* S_IFxxx to DT_xxx */
