/* frame_poison.c: with check=poison a free frame is filled with a pattern, which is verified when
 * the frame is allocated: who wrote to it after it was freed is found out. */
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/frame_priv.h"
#include "mm/page.h"

enum { POISON = 0x6b };

bool frame_poisoning;

u32 mm_fail_nth(u32 n)
{
    struct ctx *c = ctx_current();
    u32 left = c->fail_nth;
    c->fail_nth = n;
    return left;
}

bool mm_can_fail(void)
{
    return frame_poisoning;
}

/* Each frame says by PAGE_POISONED whether it was filled: those that were never in use were not, or
 * boot would fill all memory. */
void frame_poison(struct page *page, unsigned order)
{
    for (u64 i = 0; i < 1ul << order; i++) {
        memset(page_virt(page + i), POISON, PAGE_SIZE);
        page_flags_set(page + i, PAGE_POISONED);
    }
}

void frame_poison_check(struct page *page, unsigned order)
{
    for (struct page *p = page; p < page + (1ul << order); p++) {
        const u64 *word = page_virt(p);
        if (!(atomic_load_explicit(&p->flags, memory_order_relaxed) & PAGE_POISONED))
            continue;
        for (u64 i = 0; i < PAGE_SIZE / 8; i++)
            if (word[i] != POISON * 0x0101010101010101ul)
                panic("frame %#lx: written after it was freed: %#lx at offset %#lx", page_phys(p),
                      word[i], i * 8);
        page_flags_clear(p, PAGE_POISONED);
    }
}
