/* CPUs and scheduling. */
#pragma once

#include "abi/sched.h"
#include <stddef.h>
#include <sys/types.h>

int sched_yield(void);
int sched_setaffinity(pid_t pid, size_t len, const cpu_set_t *mask);
int sched_getaffinity(pid_t pid, size_t len, cpu_set_t *mask);
int sched_getcpu(void);

#define CPU_ZERO(set)       ((void)(*(set) = (cpu_set_t){0}))
#define CPU_SET(cpu, set)   ((void)((set)->bits[(cpu) / 64] |= UINT64_C(1) << ((cpu) % 64)))
#define CPU_CLR(cpu, set)   ((void)((set)->bits[(cpu) / 64] &= ~(UINT64_C(1) << ((cpu) % 64))))
#define CPU_ISSET(cpu, set) (((set)->bits[(cpu) / 64] >> ((cpu) % 64)) & 1)
int CPU_COUNT(const cpu_set_t *set);

/* Run fn(arg) in a child made by clone(2) with `flags`, on the stack that ends at `stack_top`.
 * Returns the child's thread id, or -1 with errno. */
int clone(int (*fn)(void *), void *stack_top, int flags, void *arg);
