/* The other CPUs, calls between them, the clock.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "x86/acpi.h"
#include "x86/smp.h"

/* Catches: a CPU that did not come up and that nobody missed. */
KTEST(smp_all_cpus_online)
{
    KT_EQ(ncpus, smp_cpus_present());
    KT_EQ(atomic_load(&cpus_online), ncpus == MAX_CPUS ? CPUMASK_ALL : cpumask_of(ncpus) - 1);
    for (unsigned i = 0; i < ncpus; i++) {
        KT_ASSERT(percpu[i].online && percpu[i].id == i && percpu[i].self == &percpu[i]);
        for (unsigned j = 0; j < i; j++)
            KT_ASSERT(percpu[i].apic_id != percpu[j].apic_id);
    }
}

static _Atomic u64 reached;

static void reach(void *arg)
{
    atomic_fetch_or(&reached, cpumask_of(cpu_id()));
}

/* Catches: a call that goes to the caller, to a CPU that was not asked, or returns too early. */
KTEST(ipi_call_reaches_the_mask)
{
    for (unsigned cpu = 0; cpu < ncpus; cpu++) {
        preempt_disable();
        unsigned me = cpu_id();
        atomic_store(&reached, 0);
        ipi_call_mask(cpumask_of(cpu), reach, NULL);
        u64 got = atomic_load(&reached);
        preempt_enable();
        KT_EQ(got, cpu == me ? 0 : cpumask_of(cpu));
    }
    preempt_disable();
    unsigned me = cpu_id();
    atomic_store(&reached, 0);
    ipi_call_mask(CPUMASK_ALL, reach, NULL);
    u64 got = atomic_load(&reached);
    preempt_enable();
    KT_EQ(got, atomic_load(&cpus_online) & ~cpumask_of(me));
}

static _Atomic u64 calls, expected;

static void count(void *arg)
{
    atomic_fetch_add(&calls, 1);
}

static void caller(struct crew_member *m)
{
    for (int i = 0; i < 200 && !crew_is_late(m); i++) {
        ipi_call_mask(CPUMASK_ALL, count, NULL);
        atomic_fetch_add(&expected, ncpus - 1);
    }
}

/* Catches: CPUs that call each other at the same time and wait for ever; a call that is merged away
 * with another caller's. */
KTEST(ipi_callers_serve_each_other)
{
    struct crew crew;
    atomic_store(&calls, 0);
    atomic_store(&expected, 0);
    crew_start(&crew, MIN(ncpus + 1, (unsigned)CREW_MAX), caller, NULL);
    crew_join(&crew);
    KT_EQ(atomic_load(&calls), atomic_load(&expected));
}

/* The latest time that any CPU has seen, each look after the one before it. */
static struct {
    struct spinlock lock;
    u64 latest, backwards, looks;
} seen;

static void look(struct crew_member *m)
{
    for (int i = 0; i < 5000 && !crew_is_late(m); i++) {
        spin_lock(&seen.lock);
        u64 now = now_ns();
        seen.backwards += now < seen.latest;
        seen.latest = MAX(now, seen.latest);
        seen.looks++;
        spin_unlock(&seen.lock);
    }
}

/* Catches: a clock that goes back when a thread moves to another CPU. */
KTEST(clock_is_monotonic_across_cpus)
{
    struct crew crew;
    spin_init(&seen.lock, "test clock", RANK(DEV, 1));
    seen.latest = seen.backwards = seen.looks = 0;
    crew_start(&crew, MIN(ncpus + 1, (unsigned)CREW_MAX), look, NULL);
    crew_join(&crew);
    KT_ASSERT(seen.looks > 0);
    KT_EQ(seen.backwards, 0);
}

/* Catches: an overflow in the conversion (naively, ticks * 10^9 overflows after a few seconds), a
 * frequency that is off by a factor. */
KTEST(clock_converts)
{
    enum { YEAR_S = 31536000 };
    KT_ASSERT(tsc_hz() > 100 * 1000000ul && tsc_hz() < 10000 * 1000000ul);
    u64 year = tsc_to_ns(tsc_hz() * YEAR_S), want = YEAR_S * NS_PER_SEC;
    KT_ASSERT(year > want - want / 1000000 && year <= want);
    for (u64 ns = 1; ns < want; ns *= 7) {
        u64 back = tsc_to_ns(ns_to_tsc(ns));
        KT_ASSERT(back <= ns && ns - back <= 20 + ns / 10000000);
    }
    u64 start = now_ns();
    clock_delay_us(2000);
    KT_ASSERT(now_ns() - start >= 2 * NS_PER_MS - 1000);
}

/* Catches: registers read while they change, or as binary where they are decimal digits. */
KTEST(clock_wall_time_is_plausible)
{
    u64 epoch = clock_boot_epoch_s();
    if (epoch == 0)
        KT_SKIP("no CMOS clock");
    KT_ASSERT(epoch > 1700000000 && epoch < 4102444800);
}

/* Catches: tables that are not there although the machine has more than one CPU. */
KTEST(acpi_tables_are_found)
{
    if (!acpi.present)
        KT_SKIP("no ACPI");
    KT_ASSERT(acpi_find("FACP") && acpi_find("APIC"));
    KT_ASSERT(acpi.nioapics > 0 && acpi.ncpus == ncpus);
    KT_ASSERT(!acpi_find("NONE"));
}
