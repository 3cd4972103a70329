/* The last words of the kernel (panic.h).
 *
 * Works from the first line of C: it needs the early console and nothing else. A second panic (in
 * the dump of the first, or on another CPU) must not hide the first: it says so in one line and
 * leaves.
 */
#include "debug/panic.h"
#include <stdatomic.h>
#include "debug/backtrace.h"
#include "debug/dump.h"
#include "debug/watchdog.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/earlycon.h"
#include "x86/irq.h"
#include "x86/percpu.h"
#include "x86/power.h"
#include "x86/smp.h"
#include "x86/trapframe.h"

enum { NOBODY = -1 };

static _Atomic int panicking_cpu = NOBODY;
static bool reboot_after;

bool panic_active(void)
{
    return panicking_cpu != NOBODY;
}

bool panic_elsewhere(void)
{
    int cpu = panicking_cpu;
    return cpu != NOBODY && cpu != (int)cpu_id();
}

void panic_init(void)
{
    char how[16];
    reboot_after = cmdline_get("panic", how, sizeof how) && strcmp(how, "reboot") == 0;
    watchdog_init();
}

void dump_trapframe(const struct trapframe *tf)
{
    klog_at(KLOG_CRIT, "%s, error %#lx, from %s mode", trap_name(tf->vector), tf->error,
            tf_from_user(tf) ? "user" : "kernel");
    klog_at(KLOG_CRIT, "rip %016lx rsp %016lx rflags %08lx cr2 %016lx", tf->rip, tf->rsp,
            tf->rflags, read_cr2());
    klog_at(KLOG_CRIT, "rax %016lx rbx %016lx rcx %016lx rdx %016lx", tf->rax, tf->rbx, tf->rcx,
            tf->rdx);
    klog_at(KLOG_CRIT, "rsi %016lx rdi %016lx rbp %016lx r8  %016lx", tf->rsi, tf->rdi, tf->rbp,
            tf->r8);
    klog_at(KLOG_CRIT, "r9  %016lx r10 %016lx r11 %016lx r12 %016lx", tf->r9, tf->r10, tf->r11,
            tf->r12);
    klog_at(KLOG_CRIT, "r13 %016lx r14 %016lx r15 %016lx cr3 %016lx", tf->r13, tf->r14, tf->r15,
            read_cr3());
}

static NORETURN void leave(void)
{
    if (reboot_after)
        power_reboot();
    power_off(POWER_PANIC);
}

/* One CPU only gets past here. The others, if they panic meanwhile, wait to be stopped; the same
 * one, if its dump faults, leaves at once. */
static void enter(void)
{
    irqs_off();
    int expected = NOBODY, me = cpu_id();
    if (atomic_compare_exchange_strong(&panicking_cpu, &expected, me))
        return;
    if (expected != me)
        for (;;)
            cpu_halt();
    static const char again[] = "\nPANIC in the panic's own dump: leaving\n";
    earlycon_write(again, sizeof again - 1);
    leave();
}

/* What every panic begins with: nobody else runs, every message is shown at once, the headline. */
static void begin(const char *fmt, va_list ap)
{
    enter();
    klog_panic_mode();
    smp_stop_others();
    const struct ctx *c = ctx_current();
    char text[400];
    vsnprintf(text, sizeof text, fmt, ap);
    klog_at(KLOG_CRIT, "PANIC on CPU %u, thread %lu (%s): %s", cpu_id(), c->id, c->name, text);
}

void panic(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    begin(fmt, ap);
    va_end(ap);
    backtrace_here();
    dump_machine((int)cpu_id());
    leave();
}

void panic_trap(const struct trapframe *tf, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    begin(fmt, ap);
    va_end(ap);
    dump_trapframe(tf);
    backtrace_print(ctx_current(), tf->rip, tf->rbp);
    dump_machine((int)cpu_id());
    leave();
}
