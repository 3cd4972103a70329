/* What a process has used and may use: times, rusage, resource limits.
 */
#pragma once
#include "abi/resource.h"
#include "abi/time.h"
#include "lib/types.h"
#include "proc/process.h"

/* Sum into *out what a thread has used so far / the whole of a process. */
void usage_add(struct usage *out, const struct usage *more);
void usage_add_thread(struct usage *out, const struct thread *t);
void usage_of_process(struct process *p, struct usage *out);
void usage_to_rusage(const struct usage *u, struct rusage *out);
u64 usage_user_ns(const struct usage *u);
u64 usage_system_ns(const struct usage *u);

/* prlimit(2) for one resource of p. Either pointer may be NULL. -EINVAL (cur > max), -EPERM (raising max). */
int limit_set(struct process *p, unsigned resource, const struct rlimit *set, struct rlimit *old);
/* RLIMIT_CPU at trap exit: send SIGXCPU or SIGKILL to the running process when it has used its time. */
void limit_check_cpu(void);
