/* ring.h: a byte queue between one producer and one consumer that may run on different CPUs, or as
 * interrupt handler and thread, without a lock. Only the producer moves `head`, only the consumer
 * moves `tail`; both count bytes for ever and wrap at 2^32, which is a multiple of every
 * power-of-two size, so "full" and "empty" need no spare slot.
 *
 * With more than one producer (or consumer) each side needs its own lock. Nothing here waits: wait
 * queues are sched's. */
#pragma once

#include <stdatomic.h>
#include "lib/types.h"

struct ring {
    u8 *buf;
    u32 size;         /* bytes, a power of two, at most 2^31 */
    _Atomic u32 head; /* bytes ever written; stored by the producer */
    _Atomic u32 tail; /* bytes ever read; stored by the consumer */
};

/* Use `size` bytes at buf, which the caller keeps owning; size must be a power of two. */
void ring_init(struct ring *r, void *buf, u32 size);

/* Producer: append up to len bytes. Returns how many fitted. */
u32 ring_write(struct ring *r, const void *data, u32 len);

/* Consumer: take up to len bytes. Returns how many there were. */
u32 ring_read(struct ring *r, void *out, u32 len);

/* Consumer: copy up to len bytes without taking them; then ring_skip takes n <= ring_used of them.
 */
u32 ring_peek(const struct ring *r, void *out, u32 len);
void ring_skip(struct ring *r, u32 n);

/* How much can be read (written) at least: the other side can only increase it. */
static inline u32 ring_used(const struct ring *r)
{
    return atomic_load_explicit(&r->head, memory_order_acquire) -
           atomic_load_explicit(&r->tail, memory_order_acquire);
}

static inline u32 ring_free(const struct ring *r)
{
    return r->size - ring_used(r);
}

static inline bool ring_put(struct ring *r, u8 byte)
{
    return ring_write(r, &byte, 1) == 1;
}

static inline bool ring_get(struct ring *r, u8 *byte)
{
    return ring_read(r, byte, 1) == 1;
}
