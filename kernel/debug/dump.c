/* The dump of the whole machine (dump.h).
 *
 * One CPU prints, the others only say where they are: an NMI, which gets through to a CPU that
 * loops with interrupts off, notes what it interrupted and stands still until its section is
 * printed. So lines of two CPUs never mix, and nothing is printed on the small stack of an NMI but
 * by the CPU that the first NMI from outside reached. (QEMU sends one to all CPUs; those that come
 * second find a dump under way, and go on.)
 *
 * No lock is taken that an interrupted holder could own: the log's ring has none, and after each
 * section the urgent drain shows it, since a dump is longer than the ring.
 */
#include "debug/dump.h"
#include <stdatomic.h>
#include "debug/backtrace.h"
#include "debug/panic.h"
#include "lib/klog.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/sections.h"
#include "x86/smp.h"
#include "x86/trapframe.h"

enum { NOBODY = -1 };
enum { ANSWER_SPINS = 5000000, STAND_SPINS = 50000000 }; /* seconds, on any machine */
enum { STRING_MAX = 64 };

/* Where an NMI found each CPU. Written by that CPU; read by the one that prints while `there`. */
static struct {
    u64 rip, rbp, rflags;
    bool user;
    _Atomic bool there;
} stops[MAX_CPUS];

static _Atomic int asked = NOBODY;   /* who is to stand still */
static _Atomic int printer = NOBODY; /* who prints */
static u64 last_tsc;                 /* when the last dump was complete */
static struct dump_hook *hooks;
bool (*dump_mapped_hook)(vaddr_t va, size_t len);

void dump_register(struct dump_hook *h)
{
    h->next = hooks;
    hooks = h;
}

/* ---- what may be looked at ---- */

bool dump_readable(const void *p, size_t len)
{
    u64 a = (u64)p;
    if ((s64)a >= 0 || a + len < a)
        return false;
    if (dump_mapped_hook)
        return dump_mapped_hook(a, len);
    return a >= (u64)text_start && a + len <= (u64)ksyms_end;
}

const char *dump_string(const char *s)
{
    for (unsigned i = 0; i < STRING_MAX && dump_readable(s + i, 1); i++)
        if (s[i] == 0)
            return s;
    return "?";
}

/* ---- standing still ---- */

static void stop_note(unsigned cpu, const struct trapframe *tf)
{
    stops[cpu].rip = tf->rip;
    stops[cpu].rbp = tf->rbp;
    stops[cpu].rflags = tf->rflags;
    stops[cpu].user = tf_from_user(tf);
    stops[cpu].there = true;
}

/* The printer may have died on the way: do not wait for ever. */
static void stand_still(unsigned cpu)
{
    for (int i = 0; i < STAND_SPINS && asked == (int)cpu; i++)
        cpu_pause();
    stops[cpu].there = false;
}

void dump_nmi(const struct trapframe *tf)
{
    unsigned me = cpu_id();
    this_cpu()->nmi_count++;
    if (panic_elsewhere()) {
        stop_note(me, tf);
        smp_park();
    }
    if (asked == (int)me) {
        stop_note(me, tf);
        stand_still(me);
    } else if (printer == NOBODY) {
        stop_note(me, tf);
        dump_machine(NOBODY);
        stops[me].there = false;
    }
}

/* In a panic all others are parked, and have noted where. */
static bool stop(unsigned cpu)
{
    if (panic_active())
        return stops[cpu].there;
    asked = (int)cpu;
    apic_send_nmi(cpu);
    for (int i = 0; i < ANSWER_SPINS && !stops[cpu].there; i++)
        cpu_pause();
    return stops[cpu].there;
}

/* ---- printing ---- */

/* The stack of the CPU that prints begins here, unless an NMI put it to printing. */
static void print_stack(unsigned cpu, const struct ctx *c)
{
    if (stops[cpu].there && stops[cpu].user)
        klog_at(KLOG_CRIT, "  %016lx (user)", stops[cpu].rip);
    else if (stops[cpu].there)
        backtrace_print(c, stops[cpu].rip, stops[cpu].rbp);
    else if (cpu == cpu_id())
        backtrace_here();
}

static void print_head(unsigned cpu, const struct ctx *c)
{
    const char *irqs = "";
    if (stops[cpu].there)
        irqs = stops[cpu].rflags & RFLAGS_IF ? ", interrupts on" : ", interrupts off";
    klog_at(KLOG_CRIT, "-- CPU %u runs thread %lu (%.*s)%s%s, preempt depth %u --", cpu, c->id,
            CTX_NAME_LEN, c->name, percpu[cpu].in_irq ? ", in an interrupt" : "", irqs,
            c->preempt_depth - (cpu == cpu_id())); /* dump_machine's own */
}

static void dump_cpu(unsigned cpu)
{
    if (printer != (int)cpu_id() || (!percpu[cpu].online && cpu != cpu_id()))
        return;
    if (cpu != cpu_id() && !stop(cpu))
        klog_at(KLOG_CRIT, "CPU %u does not answer an NMI", cpu);
    const struct ctx *c = READ_ONCE(percpu[cpu].current);
    if (dump_readable(c, sizeof *c)) {
        print_head(cpu, c);
        print_stack(cpu, c);
    }
    for (struct dump_hook *h = hooks; h; h = h->next)
        if (h->cpu)
            h->cpu(cpu);
    asked = NOBODY;
    klog_drain_urgent();
}

static void dump_all(int first)
{
    if (first != NOBODY)
        dump_cpu((unsigned)first);
    for (unsigned cpu = 0; cpu < ncpus; cpu++)
        if ((int)cpu != first)
            dump_cpu(cpu);
    for (struct dump_hook *h = hooks; h; h = h->next) {
        if (!h->all)
            continue;
        klog_at(KLOG_CRIT, "-- %s --", h->name);
        h->all();
        klog_drain_urgent();
    }
    klog_at(KLOG_CRIT, "-- end of the dump --");
    klog_drain_urgent();
}

/* A panic takes over from whoever was printing on another CPU, which is parked or about to be. */
static bool begin(void)
{
    int now = NOBODY, me = (int)cpu_id();
    if (last_tsc && rdtsc() - last_tsc < tsc_hz())
        return false;
    if (!atomic_compare_exchange_strong(&printer, &now, me) && (!panic_active() || now == me))
        return false;
    printer = me;
    return true;
}

void dump_machine(int first)
{
    preempt_disable();
    int me = (int)cpu_id();
    if (begin()) {
        dump_all(first);
        last_tsc = rdtsc();
        atomic_compare_exchange_strong(&printer, &me, NOBODY);
    }
    preempt_enable();
}
