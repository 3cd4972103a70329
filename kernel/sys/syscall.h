/* The system calls: one prototype a line of abi/syscalls.def.
 *
 * A handler takes its arguments already typed, checks and copies them, calls the layer below and
 * returns a count, 0 or a negative errno. It lives in the sys_*.c of its family.
 */
#pragma once
#include "lib/types.h"
#include "vm/uaccess.h"

#define FD(a)                  int a
#define INT(a)                 int a
#define PID(a)                 int a
#define FLAGS(a)               int a
#define UINT(a)                unsigned int a
#define MODE(a)                unsigned int a
#define LONG(a)                long a
#define OFF(a)                 long a
#define ULONG(a)               unsigned long a
#define SIZE(a)                unsigned long a
#define PATH(a)                uaddr_t a
#define STR(a)                 uaddr_t a
#define IN(a)                  uaddr_t a
#define OUT(a)                 uaddr_t a
#define INOUT(a)               uaddr_t a
#define VADDR(a)               uaddr_t a
#define NOARGS                 void
#define SYSCALL(nr, name, ...) long sys_##name(__VA_ARGS__);
#include "abi/syscalls.def"
#undef SYSCALL
#undef FD
#undef INT
#undef PID
#undef FLAGS
#undef UINT
#undef MODE
#undef LONG
#undef OFF
#undef ULONG
#undef SIZE
#undef PATH
#undef STR
#undef IN
#undef OUT
#undef INOUT
#undef VADDR
#undef NOARGS

/* Boot: what sys/ shows in /proc. */
void sys_init(void);
u64 syscall_count(void); /* since boot, all CPUs */
