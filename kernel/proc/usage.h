/* What a process has used and may use: times, rusage, resource limits.
 */
#pragma once
#include "abi/resource.h"
#include "abi/time.h"
#include "lib/types.h"
#include "proc/process.h"

/* Sum into *out another usage / what a thread, an address space has used so far. */
void usage_add(struct usage *out, const struct usage *more);
void usage_add_thread(struct usage *out, struct thread *t);
void usage_add_vmspace(struct usage *out, struct vmspace *vs);
/* The whole of a process / of its children that were waited for, and theirs. */
void usage_of_process(struct process *p, struct usage *out);
void usage_of_children(struct process *p, struct usage *out);
void usage_to_rusage(const struct usage *u, struct rusage *out);

/* prlimit(2) for one resource of p. Either pointer may be NULL. Sleeps. -EINVAL (cur > max),
 * -ENOMEM, -EPERM (raising max). */
int limit_set(struct process *p, unsigned resource, const struct rlimit *set, struct rlimit *old);
