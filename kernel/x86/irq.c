/* The trap table (irq.h): one slot a vector, counts a CPU.
 *
 * Slots are written during initialisation and when a driver arrives, always before the vector can
 * fire; readers take no lock. The lock below only keeps two writers apart.
 */
#include "x86/irq.h"
#include "abi/errno.h"
#include <stdatomic.h>
#include "x86/percpu.h"
#include "x86/trapframe.h"

static struct trap_slot slots[TRAP_COUNT];
static u32 counts[MAX_CPUS][TRAP_COUNT];
static atomic_flag table_busy = ATOMIC_FLAG_INIT;

static const char *const exception_names[32] = {
    [TRAP_DE] = "#DE divide error",
    [TRAP_DB] = "#DB debug",
    [TRAP_NMI] = "NMI",
    [TRAP_BP] = "#BP breakpoint",
    [TRAP_OF] = "#OF overflow",
    [TRAP_BR] = "#BR bound range",
    [TRAP_UD] = "#UD invalid opcode",
    [TRAP_NM] = "#NM device not available",
    [TRAP_DF] = "#DF double fault",
    [TRAP_TS] = "#TS invalid TSS",
    [TRAP_NP] = "#NP segment not present",
    [TRAP_SS] = "#SS stack segment",
    [TRAP_GP] = "#GP general protection",
    [TRAP_PF] = "#PF page fault",
    [TRAP_MF] = "#MF x87 error",
    [TRAP_AC] = "#AC alignment check",
    [TRAP_MC] = "#MC machine check",
    [TRAP_XM] = "#XM SIMD error",
    [TRAP_VE] = "#VE virtualization",
    [TRAP_CP] = "#CP control protection",
};

static int slot_claim(unsigned vector, struct trap_slot slot)
{
    if (vector >= TRAP_COUNT)
        return -EINVAL;
    int err = 0;
    while (atomic_flag_test_and_set_explicit(&table_busy, memory_order_acquire))
        ;
    if (slots[vector].fn)
        err = -EBUSY;
    else
        slots[vector] = slot;
    atomic_flag_clear_explicit(&table_busy, memory_order_release);
    return err;
}

int trap_register(unsigned vector, trap_fn fn, void *arg, const char *name)
{
    return slot_claim(vector, (struct trap_slot){.fn = fn, .arg = arg, .name = name});
}

/* The trap_fn of device interrupts: hands on to the driver's own function. */
static void irq_trampoline(struct trapframe *tf, void *arg)
{
    (void)arg;
    struct trap_slot *s = &slots[tf->vector];
    s->irq(s->arg);
}

int irq_register(unsigned vector, irq_fn fn, void *arg, const char *name)
{
    if (vector < VEC_IRQ_BASE)
        return -EINVAL;
    return slot_claim(
        vector, (struct trap_slot){
                    .fn = irq_trampoline, .irq = fn, .arg = arg, .name = name, .is_irq = true});
}

unsigned irq_vector_alloc(void)
{
    static _Atomic unsigned next = VEC_IRQ_BASE + 24; /* above the I/O APIC's legacy pins */
    unsigned v = next++;
    return v < VEC_IRQ_END ? v : 0;
}

struct trap_slot *trap_slot(unsigned vector)
{
    return &slots[vector & (TRAP_COUNT - 1)];
}

void trap_count(unsigned vector)
{
    counts[cpu_id()][vector]++;
}

u64 trap_count_on(unsigned cpu, unsigned vector)
{
    return READ_ONCE(counts[cpu][vector]);
}

u64 trap_total(unsigned vector)
{
    u64 sum = 0;
    for (unsigned cpu = 0; vector < TRAP_COUNT && cpu < ncpus; cpu++)
        sum += counts[cpu][vector];
    return sum;
}

const char *trap_name(unsigned vector)
{
    if (vector == TRAP_SYSCALL)
        return "syscall";
    if (vector >= TRAP_COUNT)
        return "?";
    if (slots[vector].name)
        return slots[vector].name;
    if (vector < 32 && exception_names[vector])
        return exception_names[vector];
    return "unassigned";
}
