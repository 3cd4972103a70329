/* A sequence lock: readers take nothing and write nothing; they retry when a writer was there
 * meanwhile.
 *
 * For a few words that are read often and written seldom, such as a clock's base. A reader may see
 * a torn value and must not act on it (follow a pointer, index with it) before seq_read_retry has
 * said that it was whole:
 *
 *     do {
 *         seq = seq_read_begin(&s);
 *         copy = *data;
 *     } while (seq_read_retry(&s, seq));
 */
#pragma once
#include "lock/spinlock.h"

struct seqlock {
    _Atomic u32 seq;         /* odd while a writer is at work */
    struct spinlock writers; /* one at a time */
};
#define SEQLOCK_INIT(lockname, lockrank)                                                           \
    {                                                                                              \
        .writers = SPINLOCK_INIT(lockname, lockrank)                                               \
    }

/* Any context but NMI; spins while a writer is at work (which takes a few instructions, interrupts
 * off). */
static inline u32 seq_read_begin(const struct seqlock *s)
{
    u32 seq;
    /* acquire: pairs with the release in seq_write_end; the data is read after the number */
    while ((seq = atomic_load_explicit(&s->seq, memory_order_acquire)) & 1)
        cpu_pause();
    return seq;
}

/* Did a writer come in between? Then what was read is worthless. */
static inline bool seq_read_retry(const struct seqlock *s, u32 begun)
{
    /* acquire fence: pairs with the release fence in seq_write_begin; the data is read before the
     * number */
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&s->seq, memory_order_relaxed) != begun;
}

static inline void seq_write_begin(struct seqlock *s) ACQUIRE(&s->writers) NO_THREAD_SAFETY_ANALYSIS
{
    spin_lock(&s->writers);
    u32 seq = atomic_load_explicit(&s->seq, memory_order_relaxed);
    atomic_store_explicit(&s->seq, seq + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static inline void seq_write_end(struct seqlock *s) RELEASE(&s->writers) NO_THREAD_SAFETY_ANALYSIS
{
    u32 seq = atomic_load_explicit(&s->seq, memory_order_relaxed);
    atomic_store_explicit(&s->seq, seq + 1, memory_order_release);
    spin_unlock(&s->writers);
}
