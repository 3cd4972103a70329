/* Reports of hangs (watchdog.h).
 */
#include "debug/watchdog.h"
#include <stdatomic.h>
#include "debug/dump.h"
#include "debug/panic.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "x86/percpu.h"

bool watchdog_on = true;
static bool panics;
static atomic_flag reported = ATOMIC_FLAG_INIT;
static u64 touches[MAX_CPUS]; /* each written by its CPU */

void watchdog_init(void)
{
    char how[16];
    if (!cmdline_get("watchdog", how, sizeof how))
        return;
    watchdog_on = strcmp(how, "off") != 0;
    panics = strcmp(how, "panic") == 0;
    if (watchdog_on && !panics && strcmp(how, "report") != 0)
        klog_err("watchdog=%s is not known; report, panic and off are", how);
}

void watchdog_report(int first, const char *fmt, ...)
{
    char text[232];
    va_list ap;
    if (!watchdog_on || panic_active() || atomic_flag_test_and_set(&reported))
        return;
    WRITE_ONCE(watchdog_on, false);
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    klog_at(KLOG_CRIT, "watchdog: %s", text);
    dump_machine(first);
    if (panics)
        panic("watchdog: %s", text);
    klog_at(KLOG_CRIT, "watchdog: it says this only once, and goes on (watchdog=panic stops)");
    klog_drain_urgent();
}

void watchdog_touch(void)
{
    preempt_disable();
    touches[cpu_id()]++;
    preempt_enable();
}

u64 watchdog_touches(unsigned cpu)
{
    return READ_ONCE(touches[cpu]);
}
