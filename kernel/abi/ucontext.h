/* What a signal handler with SA_SIGINFO gets as its third argument, and what rt_sigreturn restores.
 */
#pragma once

#include "abi/signal.h"

#define SS_ONSTACK  1
#define SS_DISABLE  2
#define MINSIGSTKSZ 2048
#define SIGSTKSZ    8192

typedef struct {
    void *ss_sp;
    int ss_flags;
    size_t ss_size;
} stack_t;
_Static_assert(sizeof(stack_t) == 24, "stack_t is part of the ABI");

struct sigcontext {
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip;
    uint64_t eflags;
    uint16_t cs, gs, fs, ss;
    uint64_t err, trapno, oldmask, cr2;
    uint64_t fpstate; /* user address of the FXSAVE or XSAVE image, or 0 */
    uint64_t reserved[8];
};
_Static_assert(sizeof(struct sigcontext) == 256, "struct sigcontext is part of the ABI");

struct ucontext {
    uint64_t uc_flags;
    struct ucontext *uc_link;
    stack_t uc_stack;
    struct sigcontext uc_mcontext;
    sigset_t uc_sigmask;
};
_Static_assert(sizeof(struct ucontext) == 304, "struct ucontext is part of the ABI");
typedef struct ucontext ucontext_t;
