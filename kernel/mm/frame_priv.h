/* frame_priv.h: what boot tells the frame allocator, and its poison. */
#pragma once

#include "mm/regions.h"
#include "x86/percpu.h"

struct page;

/* Start the allocator. `ram` is all RAM (its struct pages are mapped, for whole blocks of the
 * largest order), `free` the part of it that nobody uses, page aligned. */
void frame_init(const struct region_set *ram, const struct region_set *free);

/* Fill a free block, and verify one that is about to be allocated; only if frame_poisoning. */
extern bool frame_poisoning;
void frame_poison(struct page *page, unsigned order);
void frame_poison_check(struct page *page, unsigned order);

/* With check=poison, where it costs nobody else anything: does a test want this allocation of its
 * thread to fail (mm_fail_nth)? */
static inline bool alloc_must_fail(void)
{
    struct ctx *c = ctx_current();
    return c->fail_nth && --c->fail_nth == 0;
}
