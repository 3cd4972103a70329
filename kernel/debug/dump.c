/* Dumps by NMI (dump.h).
 *
 * The NMI from outside reaches one CPU or all (QEMU sends it to all); each prints under a ticket,
 * so that the lines of two CPUs do not mix. Nothing here takes a lock that an interrupted
 * holder could own: klog's ring has none, and its urgent drain gives up where another is at work.
 */
#include "debug/dump.h"
#include <stdatomic.h>
#include "debug/backtrace.h"
#include "debug/panic.h"
#include "lib/klog.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/smp.h"
#include "x86/trapframe.h"

enum { WAIT_SPINS = 20000000 };

static atomic_flag printing = ATOMIC_FLAG_INIT;
static _Atomic u32 dumps_done;

/* Another CPU's dump takes milliseconds; a CPU that died in the middle of its own must not stop the
 * rest. */
static void print_begin(void)
{
    for (int i = 0; i < WAIT_SPINS && atomic_flag_test_and_set(&printing); i++)
        cpu_pause();
}

static void print_end(void)
{
    atomic_flag_clear(&printing);
}

static void dump_this_cpu(const struct trapframe *tf)
{
    const struct ctx *c = ctx_current();
    print_begin();
    klog_at(KLOG_CRIT, "CPU %u runs thread %lu (%s), interrupts %s:", cpu_id(), c->id, c->name,
            tf->rflags & RFLAGS_IF ? "on" : "off");
    if (tf_from_user(tf))
        klog_at(KLOG_CRIT, "  %016lx (user)", tf->rip);
    else
        backtrace_print(c, tf->rip, tf->rbp);
    print_end();
}

void dump_nmi(const struct trapframe *tf)
{
    this_cpu()->nmi_count++;
    if (panic_active())
        smp_park();
    dump_this_cpu(tf);
    dumps_done++;
    /* QEMU's `nmi` reaches every CPU: the boot CPU adds what belongs to none. */
    if (cpu_id() == 0)
        dump_all();
    klog_drain_urgent();
}

void dump_cpus(void)
{
    for (unsigned cpu = 0; cpu < ncpus; cpu++) {
        u32 before = dumps_done;
        apic_send_nmi(cpu);
        for (int i = 0; i < WAIT_SPINS && dumps_done == before; i++)
            cpu_pause();
        if (dumps_done == before)
            klog_at(KLOG_CRIT, "CPU %u does not answer an NMI", cpu);
    }
}
