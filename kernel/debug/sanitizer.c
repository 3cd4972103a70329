/* Reports of the sanitizers (sanitizer.h): one at a time, each a headline and lines of detail.
 *
 * A report goes to the log before the kernel panics, so that the panic's own backtrace and the held
 * locks stand below it. The code that prints is instrumented itself; while a CPU reports, its
 * further findings are ignored. */
#include "debug/sanitizer.h"
#include <stdatomic.h>
#include "debug/backtrace.h"
#include "debug/ksym.h"
#include "debug/panic.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/percpu.h"

enum { NOBODY = -1, DEPTH = 24 };

static _Atomic int reporter = NOBODY; /* the CPU that writes a report */
static bool irqs_were_on;             /* (reporter) */
static char headline[160];            /* (reporter) */
static enum klog_level level;         /* (reporter) */

void (*san_caught_hook)(const char *headline);
bool (*san_describe_hook)(vaddr_t a);

/* After this report, does the kernel go on? */
static bool goes_on(void)
{
    char how[16];
    return san_caught_hook || (cmdline_get("san", how, sizeof how) && strcmp(how, "report") == 0);
}

/* Another CPU's report takes milliseconds, or ends in a panic that stops us here. */
bool san_begin(const char *fmt, ...)
{
    bool irqs = irqs_save();
    int me = (int)cpu_id();
    if (reporter == me) {
        irqs_restore(irqs);
        return false;
    }
    for (int nobody = NOBODY; !atomic_compare_exchange_strong(&reporter, &nobody, me);
         nobody = NOBODY)
        cpu_pause();
    irqs_were_on = irqs;

    va_list ap;
    va_start(ap, fmt);
    vsnprintf(headline, sizeof headline, fmt, ap);
    va_end(ap);
    level = goes_on() ? KLOG_ERR : KLOG_CRIT; /* the panic shows only the latter */
    san_line("----------------------------------------");
    san_line("%s", headline);
    return true;
}

void san_line(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    klog_vat(level, fmt, ap);
    va_end(ap);
}

static void print_chain(u64 ip, u64 rbp)
{
    u64 chain[DEPTH];
    char name[80];
    chain[0] = ip;
    unsigned n = 1 + backtrace_collect(ctx_current(), rbp, chain + 1, DEPTH - 1);
    for (unsigned i = 0; i < n; i++)
        san_line("    %016lx %s", chain[i], ksym_format(chain[i] - 1, name, sizeof name));
}

void san_end(u64 ip, u64 rbp)
{
    if (level == KLOG_CRIT)
        panic("%s", headline);
    san_line("in:");
    print_chain(ip, rbp);
    san_line("----------------------------------------");
    if (san_caught_hook)
        san_caught_hook(headline);
    bool irqs = irqs_were_on;
    reporter = NOBODY;
    irqs_restore(irqs);
    if (irqs_enabled() && ctx_current()->spin_depth == 0 && !this_cpu()->in_irq)
        klog_finish(); /* it is long: show all of it before the next one overwrites it */
}
