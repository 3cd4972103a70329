/* Runs the in-kernel tests (ktest.h). linker.ld gathers the table from all objects.
 */
#include "debug/ktest.h"
#include "debug/testport.h"
#include "debug/watchdog.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "lib/string.h"

void ktest_fail(struct ktest_run *kt, const char *fmt, ...)
{
    kt->failed = !kt->skipped;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(kt->why, sizeof kt->why, fmt, ap);
    va_end(ap);
}

static bool selected(const struct ktest *t, const char *pattern)
{
    return !pattern || strstr(t->name, pattern) != NULL;
}

/* The name goes out before the test runs, so that a panic or a hang can be blamed on it. */
static bool run_one(const struct ktest *t, int number)
{
    struct ktest_run run = {0};
    testport_line("# running %s", t->name);
    watchdog_touch();
    t->fn(&run);
    if (run.skipped)
        testport_line("ok %d %s # SKIP %s", number, t->name, run.why);
    else if (run.failed)
        testport_line("not ok %d %s # %s", number, t->name, run.why);
    else
        testport_line("ok %d %s", number, t->name);
    if (run.failed)
        klog_err("ktest %s: %s", t->name, run.why);
    return !run.failed;
}

int ktest_run_all(const char *pattern)
{
    int total = 0, number = 0, failed = 0;
    for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
        total += selected(t, pattern);
    testport_line("KTAP version 1");
    testport_line("1..%d", total);
    for (const struct ktest *t = __ktests_start; t < __ktests_end; t++)
        if (selected(t, pattern) && !run_one(t, ++number))
            failed++;
    if (total)
        klog("ktest: %d run, %d failed", total, failed);
    else
        klog_err("ktest: no such test here; all are in lucid-test.elf, which `make test` boots");
    return total ? failed : 1;
}
