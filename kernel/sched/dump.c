/* What the scheduler adds to a dump (debug/dump.h): each CPU's run queue and timers, and every
 * thread that does not run: why not, for how long, and where.
 *
 * It walks no queue. A queue may be half changed or damaged, and what matters is in the threads:
 * one that is ready and on no CPU shows as such, whether or not its queue knows of it. All are
 * found by number, in a table that is only looked at where dump_readable allows it.
 */
#include "debug/backtrace.h"
#include "debug/dump.h"
#include "debug/ksym.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "lock/lockwait.h"
#include "sched/runq_priv.h"
#include "sched/wait.h"
#include "x86/clock.h"
#include "x86/swtch.h"

enum { FRAMES = 16, LINE = 200 };

static const char *state_name(const struct thread *t)
{
    static const char *const states[] = {"new", "ready", "running", "sleeps", "moving", "dead"};
    return t->state < ARRAY_SIZE(states) ? states[t->state] : "?";
}

static const char *mode_name(const struct thread *t)
{
    static const char *const modes[] = {
        [WAIT_UNINTERRUPTIBLE] = "uninterruptibly",
        [WAIT_KILLABLE] = "until killed",
        [WAIT_INTERRUPTIBLE] = "until a signal",
        [WAIT_WORK] = "until there is work",
    };
    return t->wait_mode < ARRAY_SIZE(modes) ? modes[t->wait_mode] : "?";
}

/* Since when a thread that does not run does not run: its last charge was when it left its CPU. */
static u64 off_cpu_ms(const struct thread *t)
{
    u64 now = now_ns();
    return now > t->ran_from_ns ? (now - t->ran_from_ns) / NS_PER_MS : 0;
}

/* ---- stacks on one line ---- */

/* What every sleeper's stack ends with says nothing. */
static bool is_usual(const char *name)
{
    static const char *const usual[] = {"context_switch", "schedule_locked", "schedule",
                                        "sched_block",    "block_until",     "thread_block"};
    for (unsigned i = 0; i < ARRAY_SIZE(usual); i++)
        if (strcmp(name, usual[i]) == 0)
            return true;
    return false;
}

/* "mutex_lock < vfs_rename < sys_rename < syscall": who called whom to get where t sleeps. */
static void format_stack(const struct thread *t, char *buf, size_t len)
{
    u64 frames[FRAMES], start;
    const struct swtch_frame *saved = (const void *)READ_ONCE(t->rsp);
    const char *name;
    size_t at = 0;
    buf[0] = 0;
    if (!dump_readable(saved, sizeof *saved))
        return;
    unsigned n = backtrace_collect(&t->ctx, saved->rbp, frames, FRAMES);
    for (unsigned i = 0; i < n && ksym_lookup(frames[i] - 1, &name, &start); i++)
        if (at > 0 || !is_usual(name))
            at += (size_t)scnprintf(buf + at, len - at, "%s%s", at ? " < " : "", name);
}

/* ---- of each CPU ---- */

static void print_ready(const struct thread *t, void *arg)
{
    const unsigned *cpu = arg;
    if (t->cpu != *cpu || t->on_cpu || t->state != T_RUNNABLE || t->ctx.id == 0)
        return;
    const char *policy =
        dump_readable(t->policy, sizeof *t->policy) ? dump_string(t->policy->name) : "?";
    klog_at(KLOG_CRIT, "    ready: %lu (%.*s), %s, nice %d, off the CPU for %lu ms", t->ctx.id,
            CTX_NAME_LEN, t->ctx.name, policy, t->nice, off_cpu_ms(t));
}

static void dump_runq(unsigned cpu)
{
    const struct runq *rq = runq_of(cpu);
    if (!rq->current)
        return; /* too early */
    klog_at(KLOG_CRIT, "  run queue: %s, %u ready, %lu switches so far",
            runq_is_idle(rq) ? "idle" : "busy", rq->nready, rq->switches);
    thread_table_dump(print_ready, &cpu);
    timer_dump(cpu);
}

/* ---- of threads that sleep ---- */

static void print_sleeper(const struct thread *t, void *arg)
{
    char line[LINE];
    u64 ms = off_cpu_ms(t);
    const struct waitq *q = t->waits_on;
    if (t->on_cpu || t->state == T_RUNNABLE)
        return;
    scnprintf(line, sizeof line, "thread %lu (%.*s): %s", t->ctx.id, CTX_NAME_LEN, t->ctx.name,
              state_name(t));
    if (t->state != T_BLOCKED)
        klog_at(KLOG_CRIT, "%s, cpu %u", line, t->cpu);
    else if (dump_readable(q, sizeof *q))
        klog_at(KLOG_CRIT, "%s %s on \"%s\" for %lu.%03lu s", line, mode_name(t),
                dump_string(q->lock.name), ms / 1000, ms % 1000);
    else
        klog_at(KLOG_CRIT, "%s %s for %lu.%03lu s", line, mode_name(t), ms / 1000, ms % 1000);
    format_stack(t, line, sizeof line);
    if (line[0])
        klog_at(KLOG_CRIT, "  in %s", line);
    lock_dump_ctx(&t->ctx);
    klog_drain_urgent();
}

static void dump_sleepers(void)
{
    thread_table_dump(print_sleeper, NULL);
}

static struct dump_hook sched_hook = {
    .name = "threads that do not run",
    .cpu = dump_runq,
    .all = dump_sleepers,
};

void sched_dump_init(void)
{
    dump_register(&sched_hook);
}
