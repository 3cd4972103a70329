/* A number that every CPU changes often and somebody reads seldom: a part for each CPU, added up by
 * the reader.
 *
 * An addition touches only this CPU's cache line and takes no lock. The sum is exact once nobody
 * changes it, and at most a few additions old otherwise. 4 KiB each: for few, hot, global numbers.
 */
#pragma once
#include "lib/types.h"
#include "x86/percpu.h"

struct percpu_counter {
    struct {
        ALIGNED(64) s64 n;
    } part[MAX_CPUS];
};

/* Any context. One instruction does the addition, so that an interrupt cannot come in between;
 * preemption is off, so that no other CPU changes the same part. */
static inline void percpu_counter_add(struct percpu_counter *c, s64 delta)
{
    preempt_disable();
    asm volatile("addq %1, %0" : "+m"(c->part[cpu_id()].n) : "er"(delta));
    preempt_enable();
}

/* A part alone may be negative (added here, taken away there); the sum is not. */
static inline s64 percpu_counter_sum(const struct percpu_counter *c)
{
    s64 sum = 0;
    for (unsigned i = 0; i < ncpus; i++)
        sum += READ_ONCE(c->part[i].n);
    return sum;
}
