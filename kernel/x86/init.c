/* Bringing the machine up, per CPU (init.h).
 */
#include "x86/init.h"
#include "lib/string.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/cpufeature.h"
#include "x86/earlycon.h"
#include "x86/fpu.h"
#include "x86/gdt.h"
#include "x86/idt.h"
#include "x86/percpu.h"
#include "x86/power.h"
#include "x86/sections.h"
#include "x86/smp.h"

struct percpu percpu[MAX_CPUS];

static struct ctx boot_ctx;
static char boot_ist_stacks[IST_BYTES] ALIGNED(16);

/* What "current" is before there are threads: the loader's gift, on the boot stack. */
static void boot_context(struct percpu *p)
{
    strlcpy(boot_ctx.name, "boot", sizeof boot_ctx.name);
    boot_ctx.stack_lo = (vaddr_t)boot_stack;
    boot_ctx.stack_hi = (vaddr_t)boot_stack_top;
    p->self = p;
    p->current = &boot_ctx;
    p->ist_stacks = boot_ist_stacks;
    p->online = true;
}

void x86_early_init(void)
{
    boot_context(&percpu[0]);
    earlycon_init();
    gdt_init_cpu(&percpu[0]);
    idt_init();
    idt_init_cpu();
    if (!cpu_detect())
        power_off(POWER_PANIC);
    cpu_init();
}

void x86_init_cpu(unsigned cpu)
{
    gdt_init_cpu(&percpu[cpu]);
    idt_init_cpu();
    cpu_init();
    fpu_init_cpu();
    apic_init_cpu();
}

void x86_init(apic_map_fn map)
{
    clock_init();
    apic_init(map);
    percpu[0].apic_id = apic_id();
    ipi_init();
    fpu_init_cpu();
}
