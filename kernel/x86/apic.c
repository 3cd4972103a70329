/* apic.c: each CPU's own interrupt controller: acknowledging, the one-shot timer, interrupts to
 * other CPUs.
 *
 * The registers of every CPU's local APIC are at the same physical address and each CPU sees its
 * own, so one mapping serves all (Intel SDM vol. 3, "Local APIC"). The timer counts down once and
 * stops: nothing ticks unless the scheduler armed it. x2APIC mode is not used: it is only needed
 * for more than 255 CPUs.
 */
#include "x86/apic.h"

#include "lib/klog.h"
#include "x86/acpi.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/irq.h"
#include "x86/percpu.h"

enum {
    LAPIC_ID = 0x020,
    LAPIC_TPR = 0x080,
    LAPIC_EOI = 0x0b0,
    LAPIC_SVR = 0x0f0,
    LAPIC_ESR = 0x280,
    LAPIC_ICR_LOW = 0x300,
    LAPIC_ICR_HIGH = 0x310,
    LAPIC_LVT_TIMER = 0x320,
    LAPIC_LVT_LINT0 = 0x350,
    LAPIC_LVT_LINT1 = 0x360,
    LAPIC_LVT_ERROR = 0x370,
    LAPIC_TIMER_INIT = 0x380,
    LAPIC_TIMER_NOW = 0x390,
    LAPIC_TIMER_DIVIDE = 0x3e0,
    LAPIC_BYTES = 0x400,
};
enum {
    SVR_ENABLE = 1 << 8,
    LVT_MASKED = 1 << 16,
    DELIVER_NMI = 4 << 8,
    DELIVER_INIT = 5 << 8,
    DELIVER_STARTUP = 6 << 8,
    ICR_ASSERT = 1 << 14,
    ICR_PENDING = 1 << 12,
    DIVIDE_BY_16 = 3,
};
enum { APIC_BASE_ENABLE = 1 << 11, APIC_BASE_X2 = 1 << 10 };
enum { CALIBRATE_US = 500, NS_SHIFT = 32 };

static void *lapic;
static u64 ticks_per_ns_shifted; /* timer ticks in a nanosecond, times 2^NS_SHIFT */

static u32 lapic_read(u32 reg)
{
    return mmio_read32((char *)lapic + reg);
}

static void lapic_write(u32 reg, u32 v)
{
    mmio_write32((char *)lapic + reg, v);
}

u32 apic_id(void)
{
    return lapic_read(LAPIC_ID) >> 24;
}

void apic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

static void spurious(struct trapframe *tf, void *arg)
{
    (void)tf, (void)arg; /* there is no request behind it: must not be acknowledged */
}

static void error(void *arg)
{
    (void)arg;
    lapic_write(LAPIC_ESR, 0); /* the first write latches what happened */
    klog_err("apic: CPU %u: error status %#x", cpu_id(), lapic_read(LAPIC_ESR));
}

void apic_init_cpu(void)
{
    u64 base = rdmsr(MSR_APIC_BASE);
    if (base & APIC_BASE_X2) /* back to xAPIC: only through "disabled" */
        wrmsr(MSR_APIC_BASE, base & ~(u64)(APIC_BASE_X2 | APIC_BASE_ENABLE));
    wrmsr(MSR_APIC_BASE, (base & ~(u64)APIC_BASE_X2) | APIC_BASE_ENABLE);
    lapic_write(LAPIC_TPR, 0);
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED); /* the PIC's wire */
    lapic_write(LAPIC_LVT_LINT1, DELIVER_NMI);
    lapic_write(LAPIC_LVT_ERROR, VEC_ERROR);
    lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16); /* a minute's range at QEMU's 1 GHz */
    lapic_write(LAPIC_LVT_TIMER, VEC_TIMER);
    lapic_write(LAPIC_SVR, SVR_ENABLE | VEC_SPURIOUS);
    apic_eoi();
}

/* The timer runs at the bus's or the crystal's frequency, which nothing tells reliably: count
 * against the TSC. */
static void timer_calibrate(void)
{
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
    lapic_write(LAPIC_TIMER_INIT, U32_MAX);
    u64 t0 = rdtsc();
    u32 c0 = lapic_read(LAPIC_TIMER_NOW);
    clock_delay_us(CALIBRATE_US);
    u32 c1 = lapic_read(LAPIC_TIMER_NOW);
    u64 ns = tsc_to_ns(rdtsc() - t0);
    lapic_write(LAPIC_TIMER_INIT, 0);
    lapic_write(LAPIC_LVT_TIMER, VEC_TIMER);
    ticks_per_ns_shifted = ((u64)(c0 - c1) << NS_SHIFT) / ns;
    klog("apic: timer counts %lu kHz", (c0 - c1) * 1000000ul / ns);
}

void apic_timer_arm(u64 ns)
{
    u64 ticks = 0;
    if (ns) {
        unsigned __int128 t = (unsigned __int128)ns * ticks_per_ns_shifted >> NS_SHIFT;
        ticks = t == 0 ? 1 : t > U32_MAX ? U32_MAX : (u64)t;
    }
    lapic_write(LAPIC_TIMER_INIT, ticks);
}

/* --- interrupts between CPUs --- */

/* The command register is two words and a busy bit, so nothing of this CPU may come between. */
static void icr_send(u32 dest_apic_id, u32 command)
{
    bool on = irqs_save();
    while (lapic_read(LAPIC_ICR_LOW) & ICR_PENDING)
        cpu_pause();
    lapic_write(LAPIC_ICR_HIGH, dest_apic_id << 24);
    lapic_write(LAPIC_ICR_LOW, command);
    irqs_restore(on);
}

void apic_send(unsigned cpu, unsigned vector)
{
    icr_send(percpu[cpu].apic_id, ICR_ASSERT | vector);
}

void apic_send_nmi(unsigned cpu)
{
    icr_send(percpu[cpu].apic_id, ICR_ASSERT | DELIVER_NMI);
}

void apic_send_init(u32 apic_id)
{
    icr_send(apic_id, ICR_ASSERT | DELIVER_INIT);
}

void apic_send_startup(u32 apic_id, paddr_t trampoline)
{
    icr_send(apic_id, ICR_ASSERT | DELIVER_STARTUP | (u32)(trampoline >> 12));
}

void apic_init(apic_map_fn map)
{
    pic_mask_all();
    paddr_t pa = acpi.lapic ? acpi.lapic : (rdmsr(MSR_APIC_BASE) & 0x000ffffffffff000ull);
    lapic = map(pa, LAPIC_BYTES);
    if (trap_register(VEC_SPURIOUS, spurious, NULL, "APIC spurious") ||
        irq_register(VEC_ERROR, error, NULL, "APIC error"))
        klog_err("apic: its vectors are taken");
    apic_init_cpu();
    percpu[0].apic_id = apic_id();
    timer_calibrate();
    ioapic_init(map);
}
