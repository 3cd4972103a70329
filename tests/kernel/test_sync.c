/* Sleeping locks and their kin, each under several threads.
 */
#include "crew.h"
#include "debug/ktest.h"
#include "sync/condvar.h"
#include "sync/mutex.h"
#include "sync/rwlock.h"
#include "sync/semaphore.h"
#include "sync/work.h"

enum { ROUNDS = 200 };

/* Sometimes give up the CPU, sometimes burn it: to make every interleaving likely. */
static void stumble(struct crew_member *m)
{
    switch (crew_random(m) % 8) {
    case 0:
        sched_yield();
        break;
    case 1:
        spin_ns(crew_random(m) % 3000);
        break;
    case 2:
        if (crew_random(m) % 16 == 0)
            thread_sleep_until(now_ns() + crew_random(m) % 20000, WAIT_UNINTERRUPTIBLE);
    }
}

/* ---- mutex ---- */

static struct {
    struct mutex lock[2];
    u64 inside, count;
    bool broken;
} mx;

static void mutex_member(struct crew_member *m)
{
    for (int i = 0; i < ROUNDS && !crew_is_late(m); i++) {
        if (crew_random(m) % 4 == 0) {
            if (!mutex_trylock(&mx.lock[0]))
                continue;
        } else {
            mutex_lock(&mx.lock[0]);
        }
        mx.broken |= mx.inside++ != 0;
        stumble(m);
        mx.count++;
        mx.broken |= --mx.inside != 0 || !mutex_is_held(&mx.lock[0]);
        mutex_unlock(&mx.lock[0]);
        m->arg = (char *)m->arg + 1;
    }
}

/* Catches: two owners, a waiter that is never woken. */
KTEST(sync_mutex_exclusion)
{
    struct crew crew;
    u64 expected = 0;
    mutex_init(&mx.lock[0], "test", RANK(MAIN, 1));
    mx.inside = mx.count = mx.broken = 0;
    crew_start(&crew, 8, mutex_member, NULL);
    crew_join(&crew);
    for (unsigned i = 0; i < crew.n; i++)
        expected += (u64)crew.member[i].arg;
    KT_ASSERT(!mx.broken);
    KT_EQ(mx.count, expected);
    KT_ASSERT(waitq_empty(&mx.lock[0].waiters));
}

static void pair_member(struct crew_member *m)
{
    for (int i = 0; i < ROUNDS && !crew_is_late(m); i++) {
        struct mutex *a = &mx.lock[crew_random(m) % 2], *b = &mx.lock[crew_random(m) % 2];
        mutex_lock_pair(a, b);
        mx.broken |= !mutex_is_held(a) || !mutex_is_held(b);
        stumble(m);
        mutex_unlock_pair(a, b);
    }
}

KTEST(sync_mutex_pair)
{
    struct crew crew;
    mutex_init(&mx.lock[0], "test", RANK(MAIN, 1));
    mutex_init(&mx.lock[1], "test", RANK(MAIN, 1));
    mx.broken = false;
    crew_start(&crew, 6, pair_member, NULL);
    crew_join(&crew);
    KT_ASSERT(!mx.broken);
}

static bool is_free(struct mutex *m)
{
    if (!mutex_trylock(m))
        return false;
    mutex_unlock(m);
    return true;
}

static void killed_waiter(struct crew_member *m)
{
    m->random = m->index ? mutex_lock_interruptible(&mx.lock[0]) : mutex_lock_killable(&mx.lock[0]);
}

/* Catches: a waiter that a signal cannot reach, and a free mutex whose wake-up died with the waiter
 * that got it. */
KTEST(sync_mutex_killed)
{
    struct crew crew;
    mutex_init(&mx.lock[0], "test", RANK(MAIN, 1));
    mutex_lock(&mx.lock[0]);
    crew_start(&crew, 2, killed_waiter, NULL);
    for (unsigned i = 0; i < 2; i++) {
        atomic_fetch_or(&crew.member[i].thread->work, i ? WORK_SIGNAL : WORK_KILL);
        thread_wake(crew.member[i].thread);
    }
    crew_join(&crew);
    mutex_unlock(&mx.lock[0]);
    bool free = is_free(&mx.lock[0]);
    KT_EQ(crew.member[0].random, -EINTR);
    KT_EQ(crew.member[1].random, -EINTR);
    KT_ASSERT(free && waitq_empty(&mx.lock[0].waiters));
}

/* ---- condition variable: the bounded buffer ---- */

enum { SLOTS = 3 };
static struct {
    struct mutex lock;
    struct condvar not_full, not_empty;
    u64 slot[SLOTS];
    unsigned head, used;
    u64 put, got;
    bool broken;
} buffer;

static void produce(struct crew_member *m)
{
    for (u64 i = 1; i <= ROUNDS; i++) {
        stumble(m);
        mutex_lock(&buffer.lock);
        while (buffer.used == SLOTS)
            cond_wait(&buffer.not_full, &buffer.lock, WAIT_UNINTERRUPTIBLE, 0);
        buffer.slot[(buffer.head + buffer.used++) % SLOTS] = i;
        buffer.broken |= buffer.used > SLOTS;
        buffer.put += i;
        cond_signal(&buffer.not_empty);
        mutex_unlock(&buffer.lock);
    }
}

static void consume(struct crew_member *m)
{
    for (u64 i = 1; i <= ROUNDS; i++) {
        mutex_lock(&buffer.lock);
        while (buffer.used == 0)
            cond_wait(&buffer.not_empty, &buffer.lock, WAIT_UNINTERRUPTIBLE, 0);
        buffer.got += buffer.slot[buffer.head];
        buffer.head = (buffer.head + 1) % SLOTS;
        buffer.used--;
        cond_signal(&buffer.not_full);
        mutex_unlock(&buffer.lock);
        stumble(m);
    }
}

static void buffer_member(struct crew_member *m)
{
    if (m->index % 2)
        produce(m);
    else
        consume(m);
}

/* Catches: a signal lost between releasing the mutex and sleeping: all stand still. */
KTEST(sync_condvar_buffer)
{
    struct crew crew;
    mutex_init(&buffer.lock, "buffer", RANK(MAIN, 1));
    cond_init(&buffer.not_full, "not full");
    cond_init(&buffer.not_empty, "not empty");
    buffer.head = buffer.used = buffer.put = buffer.got = buffer.broken = 0;
    crew_start(&crew, 6, buffer_member, NULL);
    crew_join(&crew);
    KT_ASSERT(!buffer.broken);
    KT_EQ(buffer.got, buffer.put);
    KT_EQ(buffer.used, 0);
    mutex_lock(&buffer.lock);
    int err =
        cond_wait(&buffer.not_empty, &buffer.lock, WAIT_UNINTERRUPTIBLE, now_ns() + NS_PER_MS);
    bool held = mutex_is_held(&buffer.lock);
    mutex_unlock(&buffer.lock);
    KT_EQ(err, -ETIMEDOUT);
    KT_ASSERT(held);
}

static void wait_for_start(struct crew_member *m)
{
    mutex_lock(&buffer.lock);
    buffer.used++;
    while (!buffer.put)
        cond_wait(&buffer.not_empty, &buffer.lock, WAIT_UNINTERRUPTIBLE, 0);
    mutex_unlock(&buffer.lock);
}

KTEST(sync_condvar_broadcast)
{
    struct crew crew;
    mutex_init(&buffer.lock, "start", RANK(MAIN, 1));
    cond_init(&buffer.not_empty, "start");
    buffer.used = buffer.put = 0;
    crew_start(&crew, 6, wait_for_start, NULL);
    while (READ_ONCE(buffer.used) < crew.n)
        sched_yield();
    mutex_lock(&buffer.lock);
    buffer.put = 1;
    cond_broadcast(&buffer.not_empty);
    mutex_unlock(&buffer.lock);
    crew_join(&crew);
    KT_ASSERT(waitq_empty(&buffer.not_empty.waiters));
}

/* ---- reader-writer lock ---- */

static struct {
    struct rwlock lock;
    _Atomic u32 readers, writers;
    u64 a, b;
    bool readers_may_come;
    _Atomic bool broken;
} rw;

static void read_once(struct crew_member *m)
{
    rwlock_read_lock(&rw.lock);
    atomic_fetch_add(&rw.readers, 1);
    u64 a = rw.a;
    stumble(m);
    if (a != rw.a || rw.a != rw.b || atomic_load(&rw.writers))
        atomic_store(&rw.broken, true);
    atomic_fetch_sub(&rw.readers, 1);
    rwlock_read_unlock(&rw.lock);
}

static void write_once(struct crew_member *m) NO_THREAD_SAFETY_ANALYSIS
{
    rwlock_write_lock(&rw.lock);
    if (atomic_fetch_add(&rw.writers, 1) || atomic_load(&rw.readers))
        atomic_store(&rw.broken, true);
    rw.a++;
    stumble(m);
    rw.b++;
    atomic_fetch_sub(&rw.writers, 1);
    if (crew_random(m) % 2) {
        rwlock_write_unlock(&rw.lock);
        return;
    }
    rwlock_downgrade(&rw.lock);
    if (rw.a != rw.b || atomic_load(&rw.writers))
        atomic_store(&rw.broken, true);
    rwlock_read_unlock(&rw.lock);
}

static void rw_member(struct crew_member *m)
{
    for (int i = 0; i < ROUNDS && !crew_is_late(m); i++)
        if (crew_random(m) % 4 == 0)
            write_once(m);
        else
            read_once(m);
}

static bool may_read(struct rwlock *l)
{
    if (!rwlock_read_trylock(l))
        return false;
    rwlock_read_unlock(l);
    return true;
}

KTEST(sync_rwlock)
{
    struct crew crew;
    rwlock_init(&rw.lock, "test", RANK(MAIN, 1));
    rw.a = rw.b = 0;
    atomic_store(&rw.broken, false);
    crew_start(&crew, 8, rw_member, NULL);
    crew_join(&crew);
    KT_ASSERT(!atomic_load(&rw.broken));
    KT_EQ(rw.a, rw.b);
    KT_ASSERT(!rwlock_is_locked(&rw.lock));
    rwlock_write_lock(&rw.lock);
    bool refused = !may_read(&rw.lock);
    rwlock_write_unlock(&rw.lock);
    KT_ASSERT(refused && may_read(&rw.lock));
}

static void killed_writer(struct crew_member *m)
{
    m->random = rwlock_write_lock_killable(&rw.lock);
}

static void late_reader(struct crew_member *m)
{
    while (!READ_ONCE(rw.readers_may_come))
        sched_yield();
    rwlock_read_lock(&rw.lock);
    rwlock_read_unlock(&rw.lock);
}

static void preference_member(struct crew_member *m)
{
    if (m->index == 0)
        killed_writer(m);
    else
        late_reader(m);
}

/* A writer that waits keeps new readers out; when it is killed, they must be let in, though nobody
 * unlocks. */
KTEST(sync_rwlock_killed_writer)
{
    struct crew crew;
    rwlock_init(&rw.lock, "test", RANK(MAIN, 1));
    rw.readers_may_come = false;
    rwlock_read_lock(&rw.lock);
    crew_start(&crew, 3, preference_member, NULL);
    while (!READ_ONCE(rw.lock.writers_waiting))
        sched_yield();
    WRITE_ONCE(rw.readers_may_come, true);
    while (waitq_empty(&rw.lock.readers)) /* it may not read beside us */
        sched_yield();
    atomic_fetch_or(&crew.member[0].thread->work, WORK_KILL);
    thread_wake(crew.member[0].thread);
    crew_join(&crew); /* the readers get in while we still read */
    rwlock_read_unlock(&rw.lock);
    KT_EQ(crew.member[0].random, -EINTR);
    KT_ASSERT(!rwlock_is_locked(&rw.lock));
}

/* ---- semaphore ---- */

static struct {
    struct semaphore sem;
    _Atomic s64 inside, most;
} sm;

static void sem_member(struct crew_member *m)
{
    for (int i = 0; i < ROUNDS && !crew_is_late(m); i++) {
        sem_down(&sm.sem, WAIT_UNINTERRUPTIBLE, 0);
        s64 now = atomic_fetch_add(&sm.inside, 1) + 1, most = atomic_load(&sm.most);
        while (now > most && !atomic_compare_exchange_weak(&sm.most, &most, now))
            continue;
        stumble(m);
        atomic_fetch_sub(&sm.inside, 1);
        sem_up(&sm.sem);
    }
}

KTEST(sync_semaphore)
{
    struct crew crew;
    sem_init(&sm.sem, "test", 2);
    atomic_store(&sm.inside, 0);
    atomic_store(&sm.most, 0);
    crew_start(&crew, 6, sem_member, NULL);
    crew_join(&crew);
    KT_ASSERT(atomic_load(&sm.most) <= 2);
    KT_EQ(atomic_load(&sm.sem.permits), 2);
    KT_ASSERT(sem_trydown(&sm.sem) && sem_trydown(&sm.sem) && !sem_trydown(&sm.sem));
    KT_EQ(sem_down(&sm.sem, WAIT_UNINTERRUPTIBLE, now_ns() + NS_PER_MS), -ETIMEDOUT);
}

/* ---- completion ---- */

static void answer(struct crew_member *m)
{
    struct completion *volatile *box = m->arg;
    for (int i = 0; i < ROUNDS; i++) {
        struct completion *c;
        while (!(c = *box))
            sched_yield();
        *box = NULL;
        complete(c);
    }
}

/* Catches: complete() touching the completion after the waiter has gone on: its stack is
 * overwritten at once. */
static bool ask(struct completion *volatile *box, u64 pattern)
{
    struct completion c;
    completion_init(&c, "ask");
    *box = &c;
    int err = completion_wait(&c, WAIT_UNINTERRUPTIBLE, 0);
    u64 *p = (u64 *)&c;
    for (unsigned i = 0; i < sizeof c / 8; i++)
        WRITE_ONCE(p[i], pattern);
    for (int i = 0; i < 50; i++)
        cpu_pause();
    for (unsigned i = 0; i < sizeof c / 8; i++)
        if (READ_ONCE(p[i]) != pattern)
            return false;
    return err == 0;
}

KTEST(sync_completion_on_stack)
{
    struct crew crew;
    struct completion *volatile box = NULL;
    bool ok = true;
    crew_start(&crew, 1, answer, (void *)&box);
    for (u64 i = 0; i < ROUNDS; i++)
        ok = ask(&box, 0x1111111111111111 * (i % 15 + 1)) && ok;
    crew_join(&crew);
    KT_ASSERT(ok);
}

static void wait_for_all(struct crew_member *m)
{
    completion_wait(m->arg, WAIT_UNINTERRUPTIBLE, 0);
}

/* Those who wait and those who come later. */
KTEST(sync_completion_all)
{
    struct crew crew;
    struct completion c;
    completion_init(&c, "all");
    KT_EQ(completion_wait(&c, WAIT_UNINTERRUPTIBLE, now_ns() + NS_PER_MS), -ETIMEDOUT);
    crew_start(&crew, 6, wait_for_all, &c);
    complete_all(&c);
    crew_join(&crew);
    KT_EQ(completion_wait(&c, WAIT_UNINTERRUPTIBLE, 0), 0);
}

/* ---- deferred work ---- */

static struct {
    struct work item[4];
    _Atomic u64 ran[4], overlapping;
    _Atomic u32 inside;
} wk;

static void work_item(struct work *w)
{
    if (atomic_fetch_add(&wk.inside, 1))
        atomic_fetch_add(&wk.overlapping, 1);
    thread_sleep_until(now_ns() + 20 * NS_PER_US, WAIT_UNINTERRUPTIBLE);
    atomic_fetch_sub(&wk.inside, 1);
    atomic_fetch_add(&wk.ran[w - wk.item], 1);
}

static void work_member(struct crew_member *m)
{
    for (int i = 0; i < 50; i++) {
        m->random += crew_random(m) & 0;
        if (work_queue(&system_work, &wk.item[crew_random(m) % 4]))
            m->arg = (char *)m->arg + 1;
        stumble(m);
    }
}

/* Catches: an item that is queued and never runs, or runs twice for one queueing; two items at a
 * time. */
KTEST(sync_work)
{
    struct crew crew;
    u64 queued = 0, ran = 0;
    for (unsigned i = 0; i < 4; i++) {
        work_init(&wk.item[i], work_item);
        atomic_store(&wk.ran[i], 0);
    }
    atomic_store(&wk.overlapping, 0);
    crew_start(&crew, 4, work_member, NULL);
    crew_join(&crew);
    work_flush(&system_work);
    for (unsigned i = 0; i < 4; i++) {
        queued += (u64)crew.member[i].arg;
        ran += atomic_load(&wk.ran[i]);
    }
    KT_EQ(ran, queued);
    KT_EQ(atomic_load(&wk.overlapping), 0);
    KT_ASSERT(!work_cancel(&system_work, &wk.item[0]));
}
