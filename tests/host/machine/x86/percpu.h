/* percpu.h for host tests: one thread plays all CPUs, by setting host_cpu. */
#pragma once

#include "lib/types.h"
#include "x86/context.h"

enum { MAX_CPUS = 8 };

struct percpu {
    bool in_irq;
};

extern struct percpu host_percpu;
extern struct ctx host_ctx;
extern unsigned host_cpu;

static inline struct percpu *this_cpu(void)
{
    return &host_percpu;
}

static inline struct ctx *ctx_current(void)
{
    return &host_ctx;
}

static inline unsigned cpu_id(void)
{
    return host_cpu;
}
