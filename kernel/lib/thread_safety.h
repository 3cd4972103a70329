/* thread_safety.h: lock contracts that clang checks at compile time (-Wthread-safety) and gcc
 * ignores. A lock type is declared a CAPABILITY; functions say what they take, give back or need.
 *
 *     struct CAPABILITY("spinlock") spinlock { ... };
 *     void spin_lock(struct spinlock *l) ACQUIRE(l);
 *     void runq_insert(struct runq *rq, struct thread *t) REQUIRES(&rq->lock);
 *
 * In C, clang cannot name a sibling field inside a struct (before clang 20, which is asked for it
 * by a flag), so GUARDED_BY takes a global lock only: it stands at global data, and at the fields
 * that a global lock protects. A field's other lock stands in the comment's lock key (STYLE
 * "locks"), and REQUIRES at the functions that touch it. `make analyze` checks all of them. */
#pragma once

#if defined(__clang__)
#define THREAD_SAFETY_ATTR(x) __attribute__((x))
#else
#define THREAD_SAFETY_ATTR(x)
#endif

#define CAPABILITY(name) THREAD_SAFETY_ATTR(capability(name))
#define GUARDED_BY(lock) THREAD_SAFETY_ATTR(guarded_by(lock))
#define PT_GUARDED_BY(lock)                                                                        \
    THREAD_SAFETY_ATTR(pt_guarded_by(lock)) /* what the pointer points to                          \
                                             */
#define REQUIRES(...)        THREAD_SAFETY_ATTR(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) THREAD_SAFETY_ATTR(requires_shared_capability(__VA_ARGS__))
#define ACQUIRE(...)         THREAD_SAFETY_ATTR(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...)  THREAD_SAFETY_ATTR(acquire_shared_capability(__VA_ARGS__))
#define RELEASE(...)         THREAD_SAFETY_ATTR(release_capability(__VA_ARGS__))
#define RELEASE_SHARED(...)  THREAD_SAFETY_ATTR(release_shared_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...)                                                                           \
    THREAD_SAFETY_ATTR(try_acquire_capability(__VA_ARGS__)) /* (value on success, lock) */
#define TRY_ACQUIRE_SHARED(...) THREAD_SAFETY_ATTR(try_acquire_shared_capability(__VA_ARGS__))
#define EXCLUDES(...)           THREAD_SAFETY_ATTR(locks_excluded(__VA_ARGS__))
#define ASSERT_CAPABILITY(...)  THREAD_SAFETY_ATTR(assert_capability(__VA_ARGS__))
#define RETURN_CAPABILITY(lock) THREAD_SAFETY_ATTR(lock_returned(lock))

/* For the few functions whose locking the analysis cannot follow: hand-over across a context
 * switch, conditional locking. Say at the use why it is right. */
#define NO_THREAD_SAFETY_ANALYSIS THREAD_SAFETY_ATTR(no_thread_safety_analysis)
