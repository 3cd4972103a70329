/* kmain: the kernel comes up, from the bottom layer to the top one. Read it as a table of contents.
 *
 * The order of the stages is the order of kernel/LAYERS. `panic_at=STAGE` on the command line
 * panics when that stage is reached, in the first boot after power-on: the tests use it to prove
 * that a panic is heard of at every point of boot, and that panic=reboot gets over it.
 */
#include "debug/assert.h"
#include "debug/crash.h"
#include "debug/gcov.h"
#include "debug/kasan.h"
#include "debug/ktest.h"
#include "debug/lastlog.h"
#include "dev/console.h"
#include "fs/initrd.h"
#include "fs/vfs.h"
#include "ipc/pipe.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "lock/lockcheck.h"
#include "lock/spinlock.h"
#include "mm/init.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "mm/pagetable.h"
#include "mm/slab.h"
#include "proc/init.h"
#include "proc/process.h"
#include "sched/core.h"
#include "sync/work.h"
#include "sys/syscall.h"
#include "sys/trap.h"
#include "vm/vmspace.h"
#include "x86/acpi.h"
#include "x86/bootinfo.h"
#include "x86/earlycon.h"
#include "x86/init.h"
#include "x86/power.h"
#include "x86/smp.h"
#include "x86/upcall.h"

static char panic_at[16];
static bool panic_stage_known;

/* Showing kernel messages takes long: not with interrupts off, and not inside a handler. */
static bool may_show_messages(void)
{
    return irqs_enabled() && !this_cpu()->in_irq;
}

static void lastlog_stage(void)
{
    lastlog_init(P2V(LASTLOG_PA));
}

static void acpi_stage(void)
{
    acpi_init(bootinfo.rsdp, kmap_firmware);
}

static void *map_registers(paddr_t pa, size_t len)
{
    void *va = mmio_map(pa, len, MMIO_UNCACHED);
    ASSERT(va);
    return va;
}

static void x86_stage(void)
{
    x86_init(map_registers);
}

/* From here on this context is the boot CPU's idle thread, and interrupts are on. */
static void sched_stage(void)
{
    sched_init();
    klog_may_drain_hook = may_show_messages;
    irqs_on();
    thread_start_reaper();
}

/* What another CPU runs on until the scheduler takes over, and then its idle thread. */
static struct ctx *ap_context(unsigned cpu)
{
    (void)cpu;
    struct ctx *c = kzalloc(sizeof *c);
    void *stack = kstack_alloc();
    if (!c || !stack)
        return NULL; /* boot is over then: nothing is worth freeing */
    strlcpy(c->name, "boot", sizeof c->name);
    c->stack_lo = (vaddr_t)stack;
    c->stack_hi = c->stack_lo + KSTACK_SIZE;
    return c;
}

static void *ap_memory(size_t bytes)
{
    return kzalloc(bytes);
}

static void smp_stage(void)
{
    const struct smp_memory mem = {P2V(SMP_TRAMPOLINE_PA), ap_context, ap_memory};
    if (smp_init(&mem) != smp_cpus_present())
        klog_err("smp: not every CPU of this machine runs");
}

static void audit_stage(void)
{
    klog("mm: %lu kernel mappings: none both writable and executable, none open to programs",
         pt_audit());
}

static void early_write(int level, const char *text, size_t len)
{
    (void)level;
    earlycon_write(text, len);
}

/* Shows everything until the terminals do; from then on only the last words (in panic it is the one
 * sink that works). */
static struct klog_sink early_sink = {
    .name = "early",
    .max_level = KLOG_INFO,
    .panic_safe = true,
    .write = early_write,
};

static void dev_stage(void)
{
    dev_init();
    early_sink.max_level = KLOG_CRIT;
}

static const struct stage {
    const char *name;
    void (*init)(void);
} stages[] = {
    {"debug", panic_init},        /* panic=, watchdog= */
    {"lock", lock_init},          /* check=lock */
    {"mm", mm_init},              /* final page tables, frames, slabs */
    {"lastlog", lastlog_stage},   /* what the boot before this one said */
    {"acpi", acpi_stage},         /* CPUs, interrupt controllers, timer, power */
    {"x86", x86_stage},           /* clock, APICs, FPU */
    {"trap", trap_init},          /* exceptions and IPIs find their handlers */
    {"sched", sched_stage},       /* threads; interrupts on */
    {"sync", sync_init},          /* the worker thread */
    {"smp", smp_stage},           /* all other CPUs */
    {"watchdog", watchdog_start}, /* hangs are noticed */
    {"audit", audit_stage},       /* W^X of the kernel's own mappings */
    {"vm", vm_init},              /* the zero frame; memory shortage is answered */
    {"fs", fs_init},              /* an empty root, devices without hardware, /proc */
    {"ipc", pipe_init},           /* pipes, fifos */
    {"proc", proc_init},          /* processes, programs, /proc/PID */
    {"dev", dev_stage},           /* terminals, serial ports, the console */
    {"sys", sys_init},            /* /proc/sys */
};

static void stage_reached(const char *name)
{
    if (strcmp(panic_at, name) != 0)
        return;
    panic_stage_known = true;
    if (lastlog_boots() == 1)
        panic("panic_at=%s: asked for on the command line", name);
}

/* The rest of boot may sleep, so it is a thread: the root file system, the kernel's own tests if
 * asked for (and linked in: lucid-test.elf), process 1. */
static void boot_thread(void *arg)
{
    (void)arg;
    stage_reached("thread");
    crash_if_asked();
    initrd_load();
    stage_reached("initrd");
    if (*panic_at && !panic_stage_known)
        klog_warn("panic_at=%s: there is no such stage", panic_at);
    char pattern[64] = "";
    if (cmdline_get("ktest", pattern, sizeof pattern) || cmdline_flag("ktest"))
        power_off(ktest_run_all(pattern) ? POWER_INIT_FAILED : POWER_SUCCESS);
    init_start();
    thread_exit();
}

void kmain(u32 magic, u64 info_pa)
{
    kasan_early_init();
    klog_init();
    x86_early_init();
    klog_sink_register(&early_sink, true);
    if (!bootinfo_parse(magic, info_pa))
        panic("started by neither multiboot2 (GRUB) nor PVH (qemu -kernel): magic %#x", magic);
    gcov_init();
    cmdline_init(bootinfo.cmdline);
    cmdline_get("panic_at", panic_at, sizeof panic_at);
    klog("Lucid: a kernel that you can see through (loaded by %s)", bootinfo.loader);

    for (unsigned i = 0; i < ARRAY_SIZE(stages); i++) {
        stage_reached(stages[i].name);
        stages[i].init();
    }
    struct thread *boot = thread_create("boot", boot_thread, NULL);
    ASSERT(boot);
    thread_run(boot);
    thread_put(boot);
    sched_idle();
}

void ap_main(u32 cpu)
{
    x86_init_cpu(cpu);
    mm_init_cpu();
    sched_init_cpu();
    smp_cpu_online();
    sched_idle();
}
