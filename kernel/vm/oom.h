/* oom.h: when memory runs out.
 *
 * First the caches are asked to give back (shrinkers), then the largest process dies, and whoever
 * needed the memory waits for it. Nothing panics and nothing hangs: a process that was chosen gets
 * -ENOMEM and leaves. */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

/* A cache that can do without some of its frames. The caller may hold any locks (an allocation deep
 * in a file system may be what is short), so shrink only ever tries locks, does not sleep, and does
 * not allocate. Register at boot. */
struct shrinker {
    const char *name;
    u64 (*shrink)(u64 npages); /* try to free that many frames; returns how many it did */
    struct list_head node;
};
void shrinker_register(struct shrinker *s);

/* What proc knows: who is largest, and how to kill. */
struct oom_ops {
    /* Kill the largest process (by vmspace.rss_pages), print one line, and return true; do nothing
     * and return true while an earlier victim is still dying. false: there is nobody left to kill.
     * No lock held. */
    bool (*kill_largest)(void);
};
void oom_set_ops(const struct oom_ops *ops);

/* Frames ran out and the caller holds no lock. 0: try again. -ENOMEM: give up (the current thread
 * is being killed, or nobody is left). Sleeps. */
MUST_CHECK int oom_wait(void);
/* proc: a victim's memory is back; wakes those who wait. Called by the last vmspace_put itself. */
void oom_memory_freed(void);

/* vm_init: answers mm's cry for memory from now on. */
void oom_init(void);
