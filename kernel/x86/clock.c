/* clock.c: how fast the TSC counts, and how its ticks become nanoseconds.
 *
 * ns = ticks * mult >> 32, with a 128-bit product: one multiplication, no division, exact to 2^-32
 * however long the machine runs. The clock is the boot CPU's TSC; every other CPU is compared with
 * it when it starts, and on machines where they differ (none with an invariant TSC) its offset is
 * applied. Frequencies do not change at run time: CPUs whose TSC follows the power state are older
 * than long mode's second generation, and are not supported.
 */
#include "x86/clock.h"

#include <stdatomic.h>
#include "lib/klog.h"
#include "x86/acpi.h"
#include "x86/percpu.h"
#include "x86/rtc.h"

enum { PM_HZ = 3579545, PIT_HZ = 1193182 }; /* ACPI, "Power Management Timer"; a third of it */
enum { CALIBRATE_MS = 1, SAMPLE_TRIES = 5 };
enum { NS_SHIFT = 32, TSC_SHIFT = 28 }; /* the second leaves room for 64 GHz */
enum { SYNC_ROUNDS = 2, SYNC_ROUNDS_OUTSIDE = 16, SYNC_TIMEOUT_S = 5 };
#define SYNC_OVER U32_MAX

static u64 hz, ns_mult, tsc_mult, tsc_boot;
static u64 boot_epoch_s;
static s64 tsc_offset[MAX_CPUS]; /* add it to that CPU's TSC; 0 as long as in_step */
static bool in_step = true;

/* rdtsc may be executed early, before loads that precede it; lfence waits for those (Intel SDM
 * vol. 2, "RDTSC"). */
static u64 rdtsc_ordered(void)
{
    asm volatile("lfence" ::: "memory");
    return rdtsc();
}

u64 tsc_to_ns(u64 ticks)
{
    return (unsigned __int128)ticks * ns_mult >> NS_SHIFT;
}

u64 ns_to_tsc(u64 ns)
{
    return (unsigned __int128)ns * tsc_mult >> TSC_SHIFT;
}

u64 tsc_hz(void)
{
    return hz;
}

u64 clock_boot_epoch_s(void)
{
    return boot_epoch_s;
}

/* The TSC as the boot CPU would read it now. */
static u64 tsc_global(void)
{
    if (likely(in_step))
        return rdtsc_ordered();
    bool on = irqs_save(); /* number and counter must be of the same CPU */
    u64 t = rdtsc_ordered() + tsc_offset[cpu_id()];
    irqs_restore(on);
    return t;
}

u64 now_ns(void)
{
    return tsc_to_ns(tsc_global() - tsc_boot);
}

void clock_delay_us(u64 us)
{
    u64 start = rdtsc(), ticks = ns_to_tsc(us * NS_PER_US);
    while (rdtsc() - start < ticks)
        cpu_pause();
}

/* --- the frequency --- */

/* What CPUID says, 0 if nothing usable: the hypervisors' leaf (in kHz), then the crystal and its
 * ratio (Intel SDM vol. 3, "Time-Stamp Counter"). Some parts leave out the crystal; their TSC
 * counts at the base frequency. */
static u64 hz_from_cpuid(void)
{
    enum { HV_BASE = 0x40000000, HV_TIMING = 0x40000010, LEAF_TSC = 0x15, LEAF_FREQ = 0x16 };
    if (cpuid(1, 0).ecx >> 31 && cpuid(HV_BASE, 0).eax >= HV_TIMING && cpuid(HV_TIMING, 0).eax)
        return (u64)cpuid(HV_TIMING, 0).eax * 1000;
    u32 max = cpuid(0, 0).eax;
    struct cpuid ratio = max >= LEAF_TSC ? cpuid(LEAF_TSC, 0) : (struct cpuid){0};
    if (!ratio.eax || !ratio.ebx)
        return 0;
    if (ratio.ecx)
        return (u64)ratio.ecx * ratio.ebx / ratio.eax;
    return max >= LEAF_FREQ ? (u64)(cpuid(LEAF_FREQ, 0).eax & 0xffff) * 1000000 : 0;
}

struct sample {
    u64 tsc;
    u32 pm;
};

/* Read both counters "at once": of a few attempts the one whose port access took least time, so
 * that an interruption by the host or by SMM spoils an attempt and not the result. */
static struct sample pm_sample(void)
{
    struct sample best = {0};
    u64 best_width = U64_MAX;
    for (int i = 0; i < SAMPLE_TRIES; i++) {
        u64 before = rdtsc_ordered();
        u32 pm = inl(acpi.pm_timer_port);
        u64 width = rdtsc_ordered() - before;
        if (width < best_width) {
            best_width = width;
            best = (struct sample){.tsc = before + width / 2, .pm = pm};
        }
    }
    return best;
}

static u64 hz_from_pm_timer(void)
{
    enum { POLLS_MAX = 1000000 }; /* a timer that stands still must not hang the boot */
    if (!acpi.pm_timer_port)
        return 0;
    u32 mask = acpi.pm_timer_32bit ? U32_MAX : 0xffffff;
    struct sample a = pm_sample();
    int polls = 0;
    while (((inl(acpi.pm_timer_port) - a.pm) & mask) < PM_HZ * CALIBRATE_MS / 1000)
        if (++polls == POLLS_MAX)
            return 0;
    struct sample b = pm_sample();
    return (b.tsc - a.tsc) * PM_HZ / ((b.pm - a.pm) & mask);
}

/* Without ACPI: let channel 2 of the 8254 count down once; its output shows in the port of the
 * speaker. */
static u64 hz_from_pit(void)
{
    enum { PIT_CH2 = 0x42, PIT_MODE = 0x43, CH2_ONE_SHOT = 0xb0 };
    enum { SPEAKER = 0x61, GATE = 1, SOUND = 2, OUT = 0x20 };
    enum { COUNT = PIT_HZ * CALIBRATE_MS / 1000, POLLS_MAX = 1000000 };
    outb(SPEAKER, (inb(SPEAKER) & ~SOUND) | GATE);
    outb(PIT_MODE, CH2_ONE_SHOT);
    outb(PIT_CH2, COUNT & 0xff);
    outb(PIT_CH2, COUNT >> 8);
    u64 start = rdtsc_ordered();
    for (int polls = 0; !(inb(SPEAKER) & OUT); polls++)
        if (polls == POLLS_MAX)
            return 0;
    return (rdtsc_ordered() - start) * PIT_HZ / COUNT;
}

void clock_init(void)
{
    static u64 (*const source[])(void) = {hz_from_cpuid, hz_from_pm_timer, hz_from_pit};
    static const char *const name[] = {"CPUID", "the ACPI PM timer", "the 8254 timer"};
    unsigned i = 0;
    while (i < ARRAY_SIZE(source) && (hz = source[i]()) == 0)
        i++;
    if (hz == 0)
        hz = NS_PER_SEC;
    ns_mult = (NS_PER_SEC << NS_SHIFT) / hz;
    tsc_mult = (hz << TSC_SHIFT) / NS_PER_SEC;
    boot_epoch_s = rtc_read_epoch_s(acpi.century_reg);
    tsc_boot = rdtsc();
    klog_time_hook = now_ns;
    if (i == ARRAY_SIZE(source))
        klog_err("clock: nothing to measure the TSC against: 1 GHz assumed, times are wrong");
    else
        klog("clock: TSC %lu.%03lu MHz (from %s)", hz / 1000000, hz / 1000 % 1000, name[i]);
}

/* --- the other CPUs --- */

/* The two take turns: odd, the starting CPU is to read its TSC; even, it has. */
static _Atomic u32 sync_turn;
static u64 sync_tsc; /* written by the starting CPU before it passes the turn */

void clock_sync_join(void)
{
    for (u32 turn = 1;; turn += 2) {
        u32 now;
        while ((now = atomic_load_explicit(&sync_turn, memory_order_acquire)) != turn) {
            if (now == SYNC_OVER) {
                atomic_store_explicit(&sync_turn, 0, memory_order_relaxed); /* for the next CPU */
                return;
            }
            cpu_pause();
        }
        sync_tsc = rdtsc_ordered();
        atomic_store_explicit(&sync_turn, turn + 1, memory_order_release);
    }
}

/* One exchange: our TSC when we asked (*t0) and when we had the answer (*t2). False: no answer. */
static bool sync_ask(u32 round, u64 *t0, u64 *t2)
{
    *t0 = rdtsc_ordered();
    atomic_store_explicit(&sync_turn, 2 * round + 1, memory_order_release);
    while (atomic_load_explicit(&sync_turn, memory_order_acquire) != 2 * round + 2) {
        if (rdtsc() - *t0 > hz * SYNC_TIMEOUT_S)
            return false;
        cpu_pause();
    }
    *t2 = rdtsc_ordered();
    return true;
}

/* A reading that was asked for at t0 and answered by t2 must lie between them if both CPUs count
 * the same. The first exchange waits for the CPU to start, the second is tight; if they show a
 * difference, more of them find out how big it is, and the tightest decides. */
bool clock_sync_start(unsigned cpu)
{
    u64 best = U64_MAX, t0, t2;
    s64 offset = 0;
    bool outside = false;
    for (u32 round = 0; round < (outside ? SYNC_ROUNDS_OUTSIDE : SYNC_ROUNDS); round++) {
        if (!sync_ask(round, &t0, &t2))
            return false;
        outside |= (s64)(sync_tsc - t0) < 0 || (s64)(t2 - sync_tsc) < 0;
        if (t2 - t0 < best) {
            best = t2 - t0;
            offset = (s64)(t0 + best / 2 - sync_tsc);
        }
    }
    if (outside) {
        tsc_offset[cpu] = offset;
        in_step = false;
        klog_warn("clock: the TSC of CPU %u is off by %ld ns: corrected", cpu,
                  offset < 0 ? -(s64)tsc_to_ns(-offset) : (s64)tsc_to_ns(offset));
    }
    atomic_store_explicit(&sync_turn, SYNC_OVER, memory_order_release);
    return true;
}
