/* Where the time goes: every crossing between user, kernel, interrupt and idle charges the ticks
 * since the last one.
 *
 * A clock tick that samples who runs would miss who runs between two ticks, and a program can see
 * to it that it does. Here each interval is measured at both ends, so a burst counts however short,
 * and nothing counts twice. A crossing costs an rdtsc and a few instructions; ticks become
 * nanoseconds only when somebody asks.
 */
#pragma once
#include "sched/thread.h"
#include "x86/cpu.h"
#include "x86/percpu.h"

enum cpu_mode { MODE_USER, MODE_SYSTEM, MODE_IDLE, MODE_IRQ, MODE_COUNT };
_Static_assert(MODE_COUNT == sizeof(((struct percpu *)0)->spent_tsc) / sizeof(u64), "x86/percpu.h");

/* This CPU was in `mode` since the last crossing; now something else begins. Interrupts off. */
static inline void account_crossing(enum cpu_mode mode)
{
    struct percpu *cpu = this_cpu();
    u64 now = rdtsc();
    cpu->spent_tsc[mode] += now - cpu->crossing_tsc;
    cpu->crossing_tsc = now;
}

/* The mode of the kernel code of t: the idle threads' is idling. */
static inline enum cpu_mode account_kernel_mode(const struct thread *t)
{
    return t->ctx.id == 0 ? MODE_IDLE : MODE_SYSTEM;
}

/* Trap and system-call entry from user mode, and the last thing on the way back to it. */
static inline void account_enter_kernel(void)
{
    account_crossing(MODE_USER);
}

static inline void account_leave_kernel(void)
{
    account_crossing(MODE_SYSTEM);
}

/* Around an interrupt handler; `from_user`: account_enter_kernel has charged what was before. */
static inline void account_enter_irq(bool from_user)
{
    if (!from_user)
        account_crossing(account_kernel_mode(thread_current()));
}

static inline void account_leave_irq(void)
{
    account_crossing(MODE_IRQ);
}

/* Context switch: give prev what this CPU spent on it. Interrupts off. */
void account_switch(struct thread *prev);
/* Boot, on each CPU: from now on. */
void account_init_cpu(void);

struct thread_times {
    u64 user_ns, system_ns;
};
/* Time that t has used so far, the run in progress included (if it computes on another CPU: up to
 * its last crossing). Takes the runqueue's lock. */
void thread_times(struct thread *t, struct thread_times *out);

struct cpu_times {
    u64 ns[MODE_COUNT];
    u64 switches;
};
/* Of one CPU since boot. The sum over the modes is the time since boot, up to the crossing in
 * progress. */
void sched_cpu_times(unsigned cpu, struct cpu_times *out);

/* Load averages over 1, 5 and 15 minutes, times 2^LOAD_SHIFT, as sysinfo(2) reports them. */
enum { LOAD_SHIFT = 16 };
void sched_loadavg(u64 out[3]);
