/* smp.h for host tests: an "IPI" runs the function here, once for each CPU. */
#pragma once

#include <stdatomic.h>
#include "x86/percpu.h"

typedef u64 cpumask_t;

extern _Atomic cpumask_t cpus_online;

static inline void ipi_call_mask(cpumask_t mask, void (*fn)(void *), void *arg)
{
    unsigned self = host_cpu;
    for (host_cpu = 0; host_cpu < MAX_CPUS; host_cpu++)
        if (mask >> host_cpu & 1 && host_cpu != self)
            fn(arg);
    host_cpu = self;
}
