/* cpu.h for host tests: the interrupt flag, as a variable. */
#pragma once

#include "lib/types.h"

extern bool host_irqs;

static inline bool irqs_enabled(void)
{
    return host_irqs;
}

static inline bool irqs_save(void)
{
    bool on = host_irqs;
    host_irqs = false;
    return on;
}

static inline void irqs_restore(bool on)
{
    host_irqs |= on;
}
