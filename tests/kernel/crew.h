/* crew.h: several kernel threads that run one function, for tests: start them, wait for all.
 *
 *     struct crew crew;
 *     crew_start(&crew, 4, body, &shared);  -- member i is body(&member), with member.index = i
 *     crew_join(&crew);                     -- all have returned, and are freed or about to be
 */
#pragma once
#include "debug/assert.h"
#include "sched/core.h"
#include "sync/completion.h"
#include "x86/clock.h"

enum { CREW_MAX = 12, CREW_LATE_MS = 300 };

struct crew_member {
    struct crew *crew;
    unsigned index;
    void (*fn)(struct crew_member *);
    void *arg;
    u64 random; /* state of crew_random, different for each */
    struct thread *thread;
};
struct crew {
    unsigned n;
    u64 late_ns;
    struct completion done;
    struct crew_member member[CREW_MAX];
};

/* Xorshift (Marsaglia, "Xorshift RNGs", 2003): the same numbers in each run. */
static inline u64 crew_random(struct crew_member *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 7;
    m->random ^= m->random << 17;
    return m->random;
}

/* A loop that is to make a race likely need not go on for long: on a busy host with fewer CPUs than
 * the guest every lock that is waited for costs milliseconds. */
static inline bool crew_is_late(const struct crew_member *m)
{
    return now_ns() > m->crew->late_ns;
}

static inline void crew_main(void *arg)
{
    struct crew_member *m = arg;
    m->fn(m);
    complete(&m->crew->done);
}

static inline void crew_start(struct crew *c, unsigned n, void (*fn)(struct crew_member *),
                              void *arg)
{
    ASSERT(n <= CREW_MAX);
    c->n = n;
    c->late_ns = now_ns() + CREW_LATE_MS * NS_PER_MS;
    completion_init(&c->done, "crew");
    for (unsigned i = 0; i < n; i++) {
        struct crew_member *m = &c->member[i];
        *m = (struct crew_member){.crew = c, .index = i, .fn = fn, .arg = arg};
        m->random = 0x9e3779b97f4a7c15 * (i + 1);
        m->thread = thread_create("crew", crew_main, m);
        ASSERT(m->thread);
    }
    for (unsigned i = 0; i < n; i++) /* each may look at the others */
        thread_run(c->member[i].thread);
}

static inline void crew_join(struct crew *c)
{
    for (unsigned i = 0; i < c->n; i++)
        completion_wait(&c->done, WAIT_UNINTERRUPTIBLE, 0);
    for (unsigned i = 0; i < c->n; i++)
        thread_put(c->member[i].thread);
}

/* Compute, without giving up the CPU voluntarily. */
static inline void spin_ns(u64 ns)
{
    u64 end = rdtsc() + ns_to_tsc(ns);
    while ((s64)(rdtsc() - end) < 0)
        cpu_pause();
}
