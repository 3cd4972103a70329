/* smp.c: from one CPU to all, and interrupts from one to another.
 *
 * CPUs are started one after the other: a start takes well under a millisecond, one trampoline and
 * one parameter block suffice, and a CPU that does not answer is known by name. (The 10 ms that
 * INIT wants are waited for once, for all.)
 *
 * A call to other CPUs has a slot per *caller*, and each callee an inbox with a bit per caller;
 * nobody takes a lock. A caller waits with interrupts on, so two that call each other serve each
 * other.
 */
#include "x86/smp.h"

#include <stdatomic.h>
#include "lib/klog.h"
#include "lib/string.h"
#include "x86/acpi.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/irq.h"
#include "x86/smp_priv.h"

enum { INIT_DELAY_US = 10000, STARTUP_DELAY_US = 200 };
enum { START_TIMEOUT_MS = 5000, STOP_TIMEOUT_MS = 200, CALL_SLOW_MS = 10000 };

struct ap_boot ap_boot;
unsigned ncpus = 1;
_Atomic cpumask_t cpus_online = 1;
static _Atomic cpumask_t cpus_parked;

/* --- calls --- */

/* key: c = written by the caller before it fills an inbox, read by callees after they emptied it */
static struct call_slot {
    void (*fn)(void *);        /* (c) */
    void *arg;                 /* (c) */
    _Atomic cpumask_t pending; /* callees that have not run fn yet */
} ALIGNED(64) call_slot[MAX_CPUS];
static struct call_inbox {
    _Atomic cpumask_t from; /* callers whose slot waits for this CPU */
} ALIGNED(64) call_inbox[MAX_CPUS];

static unsigned first_cpu(cpumask_t m)
{
    return __builtin_ctzll(m);
}

static void call_interrupt(void *arg)
{
    (void)arg;
    unsigned me = cpu_id();
    /* acquire: pairs with the caller's release below, so fn and arg are what it wrote */
    cpumask_t from = atomic_exchange_explicit(&call_inbox[me].from, 0, memory_order_acquire);
    for (; from; from &= from - 1) {
        struct call_slot *s = &call_slot[first_cpu(from)];
        s->fn(s->arg);
        /* release: what fn did is visible to the caller when it sees the bit gone */
        atomic_fetch_and_explicit(&s->pending, ~cpumask_of(me), memory_order_release);
    }
}

static void call_wait(struct call_slot *s)
{
    u64 start = rdtsc(), patience = ns_to_tsc(CALL_SLOW_MS * NS_PER_MS);
    while (atomic_load_explicit(&s->pending, memory_order_acquire)) {
        cpu_pause();
        if (unlikely(rdtsc() - start > patience)) {
            klog_err("smp: CPUs %#lx do not answer a call from CPU %u",
                     atomic_load_explicit(&s->pending, memory_order_relaxed), cpu_id());
            start = rdtsc();
        }
    }
}

void ipi_call_mask(cpumask_t mask, void (*fn)(void *), void *arg)
{
    if (unlikely(!irqs_enabled() || ctx_current()->spin_depth)) {
        klog_err("smp: ipi_call_mask with interrupts off or a spinlock held");
        __builtin_trap(); /* below debug/ this is the way to panic: #UD names the caller */
    }
    preempt_disable(); /* the slot is this CPU's */
    unsigned me = cpu_id();
    struct call_slot *s = &call_slot[me];
    mask &= atomic_load_explicit(&cpus_online, memory_order_acquire) & ~cpumask_of(me);
    s->fn = fn;
    s->arg = arg;
    atomic_store_explicit(&s->pending, mask, memory_order_relaxed);
    for (cpumask_t m = mask; m; m &= m - 1) {
        unsigned cpu = first_cpu(m);
        /* a non-empty inbox has an interrupt on its way that will find our bit too */
        if (!atomic_fetch_or_explicit(&call_inbox[cpu].from, cpumask_of(me), memory_order_release))
            apic_send(cpu, VEC_CALL);
    }
    call_wait(s);
    preempt_enable();
}

static void resched_interrupt(void *arg)
{
    (void)arg; /* being interrupted is the message: trap exit does the rest */
}

void ipi_resched(unsigned cpu)
{
    apic_send(cpu, VEC_RESCHED);
}

/* --- stopping --- */

NORETURN void smp_park(void)
{
    irqs_off();
    atomic_fetch_or_explicit(&cpus_parked, cpumask_of(cpu_id()), memory_order_relaxed);
    for (;;)
        cpu_halt();
}

cpumask_t smp_stop_others(void)
{
    cpumask_t online = atomic_load_explicit(&cpus_online, memory_order_relaxed);
    cpumask_t others = online & ~cpumask_of(cpu_id());
    for (cpumask_t m = others; m; m &= m - 1)
        apic_send_nmi(first_cpu(m));
    u64 start = rdtsc(), limit = ns_to_tsc(STOP_TIMEOUT_MS * NS_PER_MS);
    cpumask_t running = others;
    while (running && rdtsc() - start < limit) {
        cpu_pause();
        running = others & ~atomic_load_explicit(&cpus_parked, memory_order_relaxed);
    }
    return running;
}

/* --- starting --- */

unsigned smp_cpus_present(void)
{
    return acpi.ncpus ? acpi.ncpus : 1;
}

/* Real processors want time between INIT and STARTUP; emulated ones want none and lose none. */
static bool emulated(void)
{
    return cpuid(1, 0).ecx >> 31;
}

static bool is_online(unsigned cpu)
{
    return atomic_load_explicit(&cpus_online, memory_order_acquire) & cpumask_of(cpu);
}

void smp_cpu_online(void)
{
    struct percpu *p = this_cpu();
    clock_sync_join();
    p->online = true;
    /* release: whoever sees the bit sees this CPU set up */
    atomic_fetch_or_explicit(&cpus_online, cpumask_of(p->id), memory_order_release);
}

static bool percpu_prepare(unsigned cpu, u32 apic_id, const struct smp_memory *mem)
{
    struct percpu *p = &percpu[cpu];
    struct ctx *ctx = mem->ctx_for(cpu);
    p->ist_stacks = mem->alloc(IST_BYTES);
    if (!ctx || !p->ist_stacks)
        return false;
    p->self = p;
    p->id = cpu;
    p->apic_id = apic_id;
    p->current = ctx;
    p->canary = ctx->canary;
    p->kernel_rsp = ctx->stack_hi;
    ap_boot = (struct ap_boot){.cr0 = read_cr0(),
                               .cr3 = read_cr3(),
                               .cr4 = read_cr4(),
                               .stack_top = ctx->stack_hi,
                               .percpu = (u64)p,
                               .cpu = cpu};
    return true;
}

/* STARTUP goes out twice, as Intel asks: a CPU that woke at the first ignores the second. */
static bool cpu_start(unsigned cpu)
{
    apic_send_startup(percpu[cpu].apic_id, SMP_TRAMPOLINE_PA);
    if (!emulated()) {
        clock_delay_us(STARTUP_DELAY_US);
        apic_send_startup(percpu[cpu].apic_id, SMP_TRAMPOLINE_PA);
    }
    if (!clock_sync_start(cpu))
        return false;
    u64 start = rdtsc(), limit = ns_to_tsc(START_TIMEOUT_MS * NS_PER_MS);
    while (!is_online(cpu)) {
        if (rdtsc() - start > limit)
            return false;
        cpu_pause();
    }
    return true;
}

void ipi_init(void)
{
    if (irq_register(VEC_CALL, call_interrupt, NULL, "IPI: call") ||
        irq_register(VEC_RESCHED, resched_interrupt, NULL, "IPI: reschedule"))
        klog_err("smp: its vectors are taken");
}

/* INIT to all at once, so that its delay is waited for once. */
static void init_all(void)
{
    for (unsigned i = 0; i < acpi.ncpus; i++)
        if (acpi.cpu_apic_id[i] != percpu[0].apic_id)
            apic_send_init(acpi.cpu_apic_id[i]);
    if (acpi.ncpus > 1 && !emulated())
        clock_delay_us(INIT_DELAY_US);
}

unsigned smp_init(const struct smp_memory *mem)
{
    percpu[0].online = true;
    memcpy(mem->trampoline, ap_trampoline, ap_trampoline_end - ap_trampoline);
    init_all();
    for (unsigned i = 0; i < acpi.ncpus; i++) {
        u32 id = acpi.cpu_apic_id[i];
        if (id == percpu[0].apic_id)
            continue;
        bool prepared = percpu_prepare(ncpus, id, mem);
        if (!prepared || !cpu_start(ncpus)) {
            klog_err("smp: CPU %u (APIC id %u) %s", ncpus, id,
                     prepared ? "does not start" : "gets no stacks: out of memory");
            break;
        }
        ncpus++;
    }
    if (acpi.cpus_listed > smp_cpus_present())
        klog_warn("smp: the machine has %u CPUs, this kernel drives %u", acpi.cpus_listed,
                  MAX_CPUS);
    klog("smp: %u/%u CPUs online", ncpus, smp_cpus_present());
    return ncpus;
}
