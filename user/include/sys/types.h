/* POSIX's names for the value types. */
#pragma once

#include "abi/types.h"

typedef long ssize_t;
typedef unsigned int useconds_t;
typedef unsigned int id_t;
typedef unsigned long fsblkcnt_t;
typedef unsigned long fsfilcnt_t;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef unsigned char u_char;
typedef unsigned short u_short;

#define major(dev)        DEV_MAJOR(dev)
#define minor(dev)        DEV_MINOR(dev)
#define makedev(maj, min) DEV_MAKE(maj, min)
