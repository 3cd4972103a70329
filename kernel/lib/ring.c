/* ring.c: the byte queue of lib/ring.h. */
#include "lib/ring.h"
#include "lib/string.h"

void ring_init(struct ring *r, void *buf, u32 size)
{
    r->buf = buf;
    r->size = size;
    atomic_init(&r->head, 0);
    atomic_init(&r->tail, 0);
}

u32 ring_write(struct ring *r, const void *data, u32 len)
{
    u32 head = atomic_load_explicit(&r->head, memory_order_relaxed);
    /* acquire matches ring_skip's release: the consumer has finished with the bytes that we
     * overwrite */
    u32 tail = atomic_load_explicit(&r->tail, memory_order_acquire);
    u32 n = MIN(len, r->size - (head - tail));
    u32 at = head & (r->size - 1);
    u32 before_wrap = MIN(n, r->size - at);

    memcpy(r->buf + at, data, before_wrap);
    memcpy(r->buf, (const u8 *)data + before_wrap, n - before_wrap);
    /* release matches ring_peek's acquire: the bytes are there before the count says so */
    atomic_store_explicit(&r->head, head + n, memory_order_release);
    return n;
}

u32 ring_peek(const struct ring *r, void *out, u32 len)
{
    u32 tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    u32 head =
        atomic_load_explicit(&r->head, memory_order_acquire); /* matches ring_write's release */
    u32 n = MIN(len, head - tail);
    u32 at = tail & (r->size - 1);
    u32 before_wrap = MIN(n, r->size - at);

    memcpy(out, r->buf + at, before_wrap);
    memcpy((u8 *)out + before_wrap, r->buf, n - before_wrap);
    return n;
}

void ring_skip(struct ring *r, u32 n)
{
    u32 tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
    /* release matches ring_write's acquire: we have read the bytes before the producer may reuse
     * them */
    atomic_store_explicit(&r->tail, tail + n, memory_order_release);
}

u32 ring_read(struct ring *r, void *out, u32 len)
{
    u32 n = ring_peek(r, out, len);
    ring_skip(r, n);
    return n;
}
