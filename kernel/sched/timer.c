/* Timers (timer.h): per CPU a red-black tree by deadline, a slice, and the deadline that the
 * hardware is armed for.
 *
 * The hardware is programmed only when something must happen *sooner* than what it is armed for. A
 * context switch moves the end of the slice further away, and so costs a comparison; the interrupt
 * that comes too early for its slice finds nothing to do and arms for the true deadline. Hence at
 * most one interrupt a slice, and none on a CPU without timers and without a slice.
 */
#include "sched/timer.h"
#include "debug/assert.h"
#include "debug/dump.h"
#include "debug/ksym.h"
#include "lib/klog.h"
#include "lock/spinlock.h"
#include "sched/core.h"
#include "sched/rank.h"
#include "sched/runq_priv.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/irq.h"

#define NEVER U64_MAX
enum { DUMP_MAX = 4, DUMP_DEPTH = 16 };

/* key: l = lock; o = only its own CPU, interrupts off */
struct timerq {
    struct spinlock lock;
    struct rb_root timers; /* (l) */
    struct timer *running; /* (l) whose fn is being called */
    u64 slice_ns;          /* (o) end of the running thread's slice, or NEVER */
    u64 armed_ns;          /* (o) when the hardware will interrupt, or NEVER */
};

static struct timerq timerqs[MAX_CPUS];

void timer_init_cpu(void)
{
    struct timerq *q = &timerqs[cpu_id()];
    spin_init(&q->lock, "timer queue", RANK_TIMER);
    q->timers = (struct rb_root)RB_ROOT_INIT;
    q->slice_ns = q->armed_ns = NEVER;
}

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
    *t = (struct timer){.fn = fn};
}

static bool sooner(const struct rb_node *a, const struct rb_node *b)
{
    return rb_entry(a, struct timer, node)->deadline_ns <
           rb_entry(b, struct timer, node)->deadline_ns;
}

static struct timer *first(struct timerq *q)
{
    struct rb_node *n = rb_first(&q->timers);
    return n ? rb_entry(n, struct timer, node) : NULL;
}

/* Have the hardware interrupt at deadline_ns or before. This CPU, interrupts off. */
static void arm(struct timerq *q, u64 deadline_ns)
{
    if (deadline_ns >= q->armed_ns)
        return;
    u64 now = now_ns();
    q->armed_ns = deadline_ns;
    apic_timer_arm(deadline_ns > now ? deadline_ns - now : 1);
}

/* Take t out of its queue and return that queue, locked. A timer that is not armed has a queue too:
 * the one where its fn may still be running. */
static struct timerq *lock_and_disarm(struct timer *t, bool *was_armed) NO_THREAD_SAFETY_ANALYSIS
{
    struct timerq *q = &timerqs[t->cpu];
    spin_lock(&q->lock);
    *was_armed = t->armed;
    if (t->armed)
        rb_erase(&q->timers, &t->node);
    t->armed = false;
    return q;
}

/* Another CPU is sent its timer interrupt, which arms its hardware for whatever comes first. */
void timer_start_on(struct timer *t, u64 deadline_ns, unsigned cpu) NO_THREAD_SAFETY_ANALYSIS
{
    bool was_armed;
    struct timerq *q = lock_and_disarm(t, &was_armed);
    if (t->cpu != cpu && q->running != t) {
        spin_unlock(&q->lock);
        t->cpu = cpu;
        q = &timerqs[t->cpu];
        spin_lock(&q->lock);
    } /* else it stays where its fn runs: that CPU arms for it when fn returns, and timer_cancel
         looks there */
    t->deadline_ns = deadline_ns;
    t->armed = true;
    rb_insert(&q->timers, &t->node, sooner);
    if (t->cpu == cpu_id())
        arm(q, deadline_ns);
    else if (q->running != t)
        apic_send(t->cpu, VEC_TIMER);
    spin_unlock(&q->lock);
}

void timer_start(struct timer *t, u64 deadline_ns)
{
    preempt_disable();
    timer_start_on(t, deadline_ns, cpu_id());
    preempt_enable();
}

bool timer_cancel(struct timer *t) NO_THREAD_SAFETY_ANALYSIS
{
    bool was_armed, armed_again;
    struct timerq *q = lock_and_disarm(t, &was_armed);
    while (q->running == t) {
        ASSERT(t->cpu != cpu_id() || !this_cpu()->in_irq); /* it would wait for itself */
        spin_unlock(&q->lock);
        cpu_pause();
        q = lock_and_disarm(t, &armed_again); /* fn may have started it once more */
    }
    spin_unlock(&q->lock);
    return was_armed;
}

/* Call what is due, each without the lock. t is not touched after its fn: whoever it woke may have
 * freed it. */
static void run_due(struct timerq *q)
{
    struct timer *t;
    spin_lock(&q->lock);
    while ((t = first(q)) && t->deadline_ns <= now_ns()) {
        rb_erase(&q->timers, &t->node);
        t->armed = false;
        q->running = t;
        spin_unlock(&q->lock);
        t->fn(t);
        spin_lock(&q->lock);
        q->running = NULL;
    }
    if (t)
        arm(q, t->deadline_ns);
    spin_unlock(&q->lock);
}

void timer_interrupt(void)
{
    struct timerq *q = &timerqs[cpu_id()];
    q->armed_ns = NEVER;
    run_due(q);
    if (q->slice_ns <= now_ns()) {
        q->slice_ns = NEVER;
        sched_slice_end();
    }
    arm(q, q->slice_ns);
}

void timer_set_slice(u64 deadline_ns)
{
    struct timerq *q = &timerqs[cpu_id()];
    q->slice_ns = deadline_ns ? deadline_ns : NEVER;
    arm(q, q->slice_ns);
}

/* ---- in a dump ---- */

static s64 from_now_ms(u64 deadline_ns)
{
    return (s64)(deadline_ns - now_ns()) / (s64)NS_PER_MS;
}

/* In order of deadlines, and only where it can be read: some lie on stacks, which go. */
/* NOLINTNEXTLINE(misc-no-recursion): depth ends it */
static void dump_tree(const struct rb_node *n, unsigned depth, unsigned *left)
{
    const struct timer *t = rb_entry(n, struct timer, node);
    const char *name = "?";
    u64 start;
    if (!n || depth == 0 || !dump_readable(t, sizeof *t))
        return;
    dump_tree(n->left, depth - 1, left);
    ksym_lookup((u64)t->fn, &name, &start);
    if (*left > 0)
        klog_at(KLOG_CRIT, "  timer in %ld ms: %s", from_now_ms(t->deadline_ns), name);
    *left -= *left > 0;
    if (*left > 0)
        dump_tree(n->right, depth - 1, left);
}

void timer_dump(unsigned cpu)
{
    const struct timerq *q = &timerqs[cpu];
    unsigned left = DUMP_MAX;
    if (q->armed_ns != NEVER)
        klog_at(KLOG_CRIT, "  next timer interrupt in %ld ms", from_now_ms(q->armed_ns));
    if (q->slice_ns != NEVER)
        klog_at(KLOG_CRIT, "  end of the slice in %ld ms", from_now_ms(q->slice_ns));
    dump_tree(q->timers.node, DUMP_DEPTH, &left);
}
