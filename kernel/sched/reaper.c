/* How a thread ends: references, the last moments on its own stack, and the reaper.
 *
 * A thread cannot free the stack that it runs on. It leaves the table, marks itself DEAD and
 * switches away for ever; switch_finish, on the next thread's stack, drops the scheduler's
 * reference. Mostly somebody waited for the thread and drops the last one, in a context where
 * memory can be freed. Where nobody did, the last one goes in the middle of a context switch, and
 * the reaper, a kernel thread, frees what is left.
 */
#include <stdatomic.h>
#include "debug/assert.h"
#include "sched/rank.h"
#include "sched/runq_priv.h"
#include "sched/wait.h"

static struct {
    struct spinlock lock;
    struct list_head dead; /* (lock) threads without a reference */
    struct waitq wait;
    /* Threads that will be gone soon without anybody's doing: not yet off their stack, or here. */
    _Atomic u32 leaving;
} reaper = {
    .lock = SPINLOCK_INIT("reaper", RANK_THREADS),
    .dead = LIST_INIT(reaper.dead),
    .wait = WAITQ_INIT(reaper.wait, "reaper"),
};

static void leaving_add(int n)
{
    atomic_fetch_add_explicit(&reaper.leaving, n, memory_order_relaxed);
}

static void reaper_give(struct thread *t)
{
    spin_lock(&reaper.lock);
    list_add_tail(&reaper.dead, &t->dead);
    spin_unlock(&reaper.lock);
    waitq_wake_one(&reaper.wait, 0);
}

static struct thread *reaper_take(void)
{
    spin_lock(&reaper.lock);
    struct thread *t = list_pop_entry(&reaper.dead, struct thread, dead);
    spin_unlock(&reaper.lock);
    return t;
}

static void reaper_free(struct thread *t)
{
    thread_release(t);
    leaving_add(-1);
}

struct thread *thread_get(struct thread *t)
{
    refcount_get(&t->refs);
    return t;
}

/* Freeing a stack may flush TLBs, which needs interrupts on. */
void thread_put(struct thread *t)
{
    if (!t || !refcount_put(&t->refs))
        return;
    if (irqs_enabled() && ctx_current()->preempt_depth == 0) {
        thread_release(t);
    } else {
        leaving_add(1);
        reaper_give(t);
    }
}

void thread_put_dead(struct thread *t)
{
    if (refcount_put(&t->refs))
        reaper_give(t);
    else
        leaving_add(-1);
}

void thread_exit(void)
{
    struct thread *t = thread_current();
    if (t->pt)
        thread_use_pt(NULL);
    leaving_add(1);
    thread_table_remove(t);
    sched_exit();
}

/* A thread that is about to leave its stack needs a CPU for that, perhaps this one. */
void thread_reap_all(void)
{
    while (atomic_load_explicit(&reaper.leaving, memory_order_relaxed) > 0) {
        struct thread *t = reaper_take();
        if (t)
            reaper_free(t);
        else
            sched_yield();
    }
}

static void reaper_main(void *arg)
{
    struct thread *t;
    for (;;) {
        wait_event(&reaper.wait, WAIT_WORK, (t = reaper_take()));
        reaper_free(t);
    }
}

void thread_start_reaper(void)
{
    struct thread *t = thread_create("reaper", reaper_main, NULL);
    if (!t)
        panic("no memory for the reaper");
    thread_run(t);
    thread_put(t);
}
