/* regions.c: interval arithmetic of mm/regions.h. Both changes build the result beside the set and
 * copy it back: simple, and a boot does a few dozen of them. */
#include "mm/regions.h"
#include "lib/string.h"

/* Room for one piece more than the limit: put drops the smallest then. */
struct builder {
    unsigned n;
    struct region r[REGIONS_MAX + 1];
};

static void drop_smallest(struct builder *b)
{
    unsigned min = 0;
    for (unsigned i = 1; i < b->n; i++)
        if (b->r[i].end - b->r[i].start < b->r[min].end - b->r[min].start)
            min = i;
    b->n--;
    memmove(&b->r[min], &b->r[min + 1], (b->n - min) * sizeof b->r[0]);
}

/* Append; pieces come in ascending order, and touching ones become one. */
static void put(struct builder *b, paddr_t start, paddr_t end)
{
    if (start >= end)
        return;
    if (b->n && b->r[b->n - 1].end >= start) {
        b->r[b->n - 1].end = MAX(b->r[b->n - 1].end, end);
        return;
    }
    b->r[b->n++] = (struct region){start, end};
    if (b->n > REGIONS_MAX)
        drop_smallest(b);
}

static void finish(struct region_set *set, const struct builder *b)
{
    set->n = b->n;
    memcpy(set->r, b->r, b->n * sizeof b->r[0]);
}

static struct builder build; /* too large for a kernel stack */

void regions_add(struct region_set *set, paddr_t start, paddr_t end)
{
    unsigned i = 0;
    build.n = 0;
    for (; i < set->n && set->r[i].start < start; i++)
        put(&build, set->r[i].start, set->r[i].end);
    put(&build, start, end);
    for (; i < set->n; i++)
        put(&build, set->r[i].start, set->r[i].end);
    finish(set, &build);
}

void regions_remove(struct region_set *set, paddr_t start, paddr_t end)
{
    if (start >= end)
        return;
    build.n = 0;
    for (unsigned i = 0; i < set->n; i++) {
        struct region r = set->r[i];
        put(&build, r.start, MIN(r.end, start));
        put(&build, MAX(r.start, end), r.end);
    }
    finish(set, &build);
}

bool regions_contain(const struct region_set *set, paddr_t start, paddr_t end)
{
    for (unsigned i = 0; i < set->n; i++)
        if (set->r[i].start <= start && end <= set->r[i].end)
            return start <= end;
    return false;
}

u64 regions_total(const struct region_set *set)
{
    u64 sum = 0;
    for (unsigned i = 0; i < set->n; i++)
        sum += set->r[i].end - set->r[i].start;
    return sum;
}

paddr_t regions_take(struct region_set *set, u64 len, u64 align, paddr_t limit)
{
    for (unsigned i = set->n; i-- > 0;) {
        struct region r = set->r[i];
        paddr_t end = MIN(r.end, limit);
        if (end < len)
            continue;
        paddr_t start = ALIGN_DOWN(end - len, align);
        if (start >= r.start && start < end) {
            regions_remove(set, start, start + len);
            return start;
        }
    }
    return 0;
}
