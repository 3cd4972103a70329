/* kmain: the kernel comes up, from the bottom layer to the top one. Read it as a table of contents.
 *
 * The order of the stages is the order of kernel/LAYERS. `panic_at=STAGE` on the command line panics when that stage
 * is reached: the tests use it to prove that a panic is heard of at every point of boot.
 */
#include "debug/assert.h"
#include "debug/ktest.h"
#include "debug/lastlog.h"
#include "dev/dev.h"
#include "fs/init.h"
#include "fs/initrd.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "lock/spinlock.h"
#include "mm/init.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "proc/init.h"
#include "proc/process.h"
#include "sched/core.h"
#include "sched/start.h"
#include "sys/trap.h"
#include "vm/init.h"
#include "x86/acpi.h"
#include "x86/bootinfo.h"
#include "x86/clock.h"
#include "x86/earlycon.h"
#include "x86/init.h"
#include "x86/power.h"
#include "x86/smp.h"
#include "x86/upcall.h"

static const char *panic_at;

static void acpi_stage(void)
{
    acpi_init(bootinfo.rsdp, kmap_firmware);
}

/* The other CPUs: sched/ owns their stacks, mm/ their memory. */
static void smp_stage(void)
{
    unsigned online = smp_init(sched_ap_stack, sched_ap_memory);
    klog("smp: %u/%u CPUs online", online, smp_cpus_present());
}

static void audit_stage(void)
{
    klog("mm: %lu kernel mappings checked: none writable and executable, none open to programs", pt_audit());
}

static const struct stage {
    const char *name;
    void (*init)(void);
} stages[] = {
    {"debug", panic_init},      /* panic=, the log of the boot before this one */
    {"lock", lock_init},        /* check=lock */
    {"mm", mm_init},            /* final page tables, frames, slabs */
    {"lastlog", lastlog_init},
    {"acpi", acpi_stage},
    {"x86", x86_init},          /* APIC, clock, FPU */
    {"trap", trap_init},        /* exceptions and IPIs find their handlers */
    {"sched", sched_init},      /* this context becomes the boot CPU's idle thread; interrupts on */
    {"smp", smp_stage},
    {"audit", audit_stage},
    {"vm", vm_init},
    {"fs", fs_init},
    {"proc", proc_init},
    {"dev", dev_init},
};

static void stage_reached(const char *name)
{
    if (strcmp(panic_at, name) == 0)
        panic("panic_at=%s: asked for on the command line", name);
}

/* The rest of boot may sleep, so it is a thread: unpack the root file system, run the kernel's own tests if asked to, and
 * become the parent of everything. */
static void boot_thread(void *arg)
{
    (void)arg;
    stage_reached("thread");
    initrd_unpack();
    stage_reached("initrd");
    char pattern[64];
    if (cmdline_get("ktest", pattern, sizeof pattern) || cmdline_flag("ktest"))
        power_off(ktest_run_all(pattern) ? EXIT_CODE_INIT_FAILED : EXIT_CODE_SUCCESS);
    init_start();
    stage_reached("init");
    thread_exit();
}

static struct klog_sink early_sink = {
    .name = "early", .max_level = KLOG_INFO, .panic_safe = true,
    .write = earlycon_sink,
};

void kmain(u32 magic, u64 info_pa)
{
    static char at[16];
    x86_early_init();
    klog_sink_register(&early_sink, true);
    if (!bootinfo_parse(magic, info_pa))
        panic("started by something that is neither multiboot2 (GRUB) nor PVH (qemu -kernel): magic %#x", magic);
    cmdline_init(bootinfo.cmdline);
    cmdline_get("panic_at", at, sizeof at);
    panic_at = at;
    klog("Lucid: a kernel that you can see through (loaded by %s)", bootinfo.loader);

    for (unsigned i = 0; i < ARRAY_SIZE(stages); i++) {
        stage_reached(stages[i].name);
        stages[i].init();
    }
    thread_run(thread_create("boot", boot_thread, NULL));
    sched_idle();
}

void ap_main(u32 cpu)
{
    x86_init_cpu(cpu);
    mm_init_cpu();
    sched_init_cpu();
    smp_cpu_online(cpu);
    sched_idle();
}
