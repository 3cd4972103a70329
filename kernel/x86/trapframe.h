/* The registers of whoever was interrupted, as the entry code leaves them on the kernel stack.
 *
 * One layout serves interrupts, exceptions and system calls, so that a debugger, a signal frame and
 * fork need to know one struct only. The order is fixed by x86/entry.S (which pushes from the
 * bottom of this struct upwards) and by the processor (the last five fields, plus the error code
 * for some vectors).
 */
#pragma once
#include "lib/types.h"

struct trapframe {
    u64 r15, r14, r13, r12, rbp, rbx;              /* callee-saved in the C calling convention */
    u64 r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi; /* the others; system-call arguments live here */
    u64 vector;                   /* which entry was taken; TRAP_SYSCALL for syscall */
    u64 error;                    /* the processor's error code, 0 where it gives none */
    u64 rip, cs, rflags, rsp, ss; /* pushed by the processor (by hand for syscall) */
};
_Static_assert(sizeof(struct trapframe) == 22ul * 8, "entry.S pushes 22 words");

enum {
    TRAP_DE = 0,
    TRAP_DB = 1,
    TRAP_NMI = 2,
    TRAP_BP = 3,
    TRAP_OF = 4,
    TRAP_BR = 5,
    TRAP_UD = 6,
    TRAP_NM = 7,
    TRAP_DF = 8,
    TRAP_TS = 10,
    TRAP_NP = 11,
    TRAP_SS = 12,
    TRAP_GP = 13,
    TRAP_PF = 14,
    TRAP_MF = 16,
    TRAP_AC = 17,
    TRAP_MC = 18,
    TRAP_XM = 19,
    TRAP_VE = 20,
    TRAP_CP = 21,
    TRAP_COUNT = 256,
    TRAP_SYSCALL = 256, /* not a vector: marks a frame made by the syscall instruction */
};

/* Page-fault error code (Intel SDM vol. 3, "Page-Fault Exceptions"). */
enum { PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_RSVD = 8, PF_FETCH = 16, PF_PKEY = 32 };

/* RFLAGS bits. */
enum {
    RFLAGS_CF = 1 << 0,
    RFLAGS_FIXED = 1 << 1,
    RFLAGS_TF = 1 << 8,
    RFLAGS_IF = 1 << 9,
    RFLAGS_DF = 1 << 10,
    RFLAGS_IOPL = 3 << 12,
    RFLAGS_NT = 1 << 14,
    RFLAGS_RF = 1 << 16,
    RFLAGS_AC = 1 << 18,
};

/* Did the frame come from ring 3? */
static inline bool tf_from_user(const struct trapframe *tf)
{
    return (tf->cs & 3) == 3;
}
