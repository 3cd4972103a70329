/* The value types that appear in the structs of the system call interface (x86-64, as on Linux). */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int mode_t;
typedef unsigned long dev_t;
typedef unsigned long ino_t;
typedef unsigned long nlink_t;
typedef long off_t;
typedef long blksize_t;
typedef long blkcnt_t;
typedef long time_t;
typedef long suseconds_t;
typedef long clock_t;
typedef int clockid_t;

/* A device number: 12 bits of major, 20 bits of minor, in the split form that stat(2) and mknod(2)
 * use. */
#define DEV_MAJOR(dev) ((unsigned int)(((dev) >> 8) & 0xfff))
#define DEV_MINOR(dev) ((unsigned int)(((dev)&0xff) | (((dev) >> 12) & 0xfff00)))
#define DEV_MAKE(major, minor)                                                                     \
    (((dev_t)((major)&0xfff) << 8) | ((minor)&0xff) | ((dev_t)((minor)&0xfff00) << 12))
