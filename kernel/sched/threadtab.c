/* Threads by number: which numbers are taken, and who goes by which.
 *
 * A number outlives its thread as long as somebody else goes by it (a process, its group, its
 * session), so it has a count of holders of its own. Numbers are handed out in turn, so that one
 * that has just become free stays unknown for as long as possible: who kills the wrong process by a
 * number out of date is unlucky indeed.
 */
#include "debug/assert.h"
#include "debug/dump.h"
#include "lib/xarray.h"
#include "sched/rank.h"
#include "sched/runq_priv.h"

enum { ID_FIRST = PID_INIT + 1, DUMP_MAX = 200 };

static struct spinlock table_lock = SPINLOCK_INIT("thread table", RANK_THREADS);
static struct xarray table GUARDED_BY(table_lock) = XA_INIT; /* living threads by id */
static u64 nthreads GUARDED_BY(table_lock);
static u16 id_holds[PID_MAX] GUARDED_BY(table_lock); /* how many go by this number; 0: free */
static u64 id_next GUARDED_BY(table_lock) = ID_FIRST;

/* The next free number, 0 if there is none. Process 1's is never handed out. */
static u64 id_find_free(void) REQUIRES(&table_lock)
{
    for (unsigned tries = 0; tries < PID_MAX; tries++) {
        u64 id = id_next;
        id_next = id_next + 1 < PID_MAX ? id_next + 1 : ID_FIRST;
        if (id_holds[id] == 0)
            return id;
    }
    return 0;
}

void thread_id_hold(u64 id)
{
    spin_lock(&table_lock);
    ASSERT(id < PID_MAX && id_holds[id] > 0 && id_holds[id] < 0xffff);
    id_holds[id]++;
    spin_unlock(&table_lock);
}

void thread_id_drop(u64 id)
{
    spin_lock(&table_lock);
    ASSERT(id < PID_MAX && id_holds[id] > 0);
    id_holds[id]--;
    spin_unlock(&table_lock);
}

bool thread_table_add(struct thread *t, u64 id)
{
    spin_lock(&table_lock);
    if (id == 0)
        id = id_find_free();
    bool ok = id != 0 && id_holds[id] == 0 && xa_store(&table, id, t) == 0;
    if (ok) {
        id_holds[id] = 1;
        t->ctx.id = id;
        nthreads++;
    }
    spin_unlock(&table_lock);
    return ok;
}

void thread_table_remove(struct thread *t)
{
    spin_lock(&table_lock);
    xa_erase(&table, t->ctx.id);
    nthreads--;
    spin_unlock(&table_lock);
}

/* A thread in the table has the scheduler's reference, so one more can be taken. */
struct thread *thread_find(u64 id)
{
    spin_lock(&table_lock);
    struct thread *t = xa_load(&table, id);
    if (t)
        thread_get(t);
    spin_unlock(&table_lock);
    return t;
}

struct thread *thread_find_from(u64 *id)
{
    spin_lock(&table_lock);
    struct thread *t = xa_find(&table, id, PID_MAX);
    if (t)
        thread_get(t);
    spin_unlock(&table_lock);
    return t;
}

void thread_each(bool (*fn)(struct thread *, void *), void *arg)
{
    u64 id;
    struct thread *t;
    spin_lock(&table_lock);
    xa_for_each(&table, id, t) if (!fn(t, arg)) break;
    spin_unlock(&table_lock);
}

u64 thread_count(void)
{
    return READ_ONCE(nthreads);
}

/* No lock, and no trust in a table that somebody may have been changing. */
void thread_table_dump(void (*print)(const struct thread *, void *),
                       void *arg) NO_THREAD_SAFETY_ANALYSIS
{
    unsigned left = DUMP_MAX;
    for (u64 id = 1; id < PID_MAX && left > 0; id++) {
        const struct thread *t = id_holds[id] ? xa_load_if(&table, id, dump_readable) : NULL;
        if (!t || !dump_readable(t, sizeof *t) || t->ctx.id != id)
            continue;
        print(t, arg);
        left--;
    }
}
