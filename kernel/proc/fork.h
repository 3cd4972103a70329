/* fork, vfork and clone: a process from a process.
 */
#pragma once
#include "lib/types.h"
#include "vm/uaccess.h"

struct trapframe;

/* What clone(2) takes, by name. */
struct clone_args {
    u64 flags; /* CLONE_* without the signal */
    int exit_signal;
    u64 stack; /* 0: the parent's */
    uaddr_t parent_tid, child_tid;
    u64 tls;
};

/* Make a child that returns to *tf with 0 in rax. Returns its pid; -EINVAL for a combination of
 * flags that is not a fork or a vfork; -EAGAIN (RLIMIT_NPROC, or no ids), -ENOMEM. With
 * CLONE_VFORK returns when the child has exec'd or exited. */
long process_fork(const struct clone_args *args, const struct trapframe *tf);
