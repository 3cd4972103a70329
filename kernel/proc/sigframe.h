/* The signal frame: what a handler finds on its stack, and what rt_sigreturn makes the program go
 * on with.
 */
#pragma once
#include "abi/signal.h"
#include "abi/ucontext.h"
#include "lib/types.h"

struct trapframe;

/* A signal on its way to its handler. */
struct caught {
    siginfo_t info;
    struct ksigaction act;
};

/* Make *tf enter the handler, with the interrupted registers in a frame on the program's stack (or
 * its alternate one); `mask` is what rt_sigreturn will restore. 0, or -EFAULT: there is no room for
 * the frame, and nothing is changed. */
MUST_CHECK int sigframe_push(struct trapframe *tf, const struct caught *c, u64 mask);
/* The reverse, for rt_sigreturn: the stack pointer of *tf is where the handler's return left it.
 * *mask: what is to hold again. 0 or -EFAULT; then the program's registers are undefined. */
MUST_CHECK int sigframe_pop(struct trapframe *tf, u64 *mask);

/* Bytes of the largest frame (AT_MINSIGSTKSZ). */
u64 sigframe_size_max(void);

/* sigaltstack(2) of the running thread, whose stack pointer is sp. 0, -EINVAL, -ENOMEM (too
 * small), -EPERM (in use). */
int sigstack_set(const stack_t *set, stack_t *old, u64 sp);
