/* Random changes of an address space against a model that a child could check: an array that says,
 * page by page, what is mapped, with which rights, and what was written there. */
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "vm_test.h"

#define BASE 0x50000000ul
enum { PAGES = 96, STEPS = 20000, SHARED_PAGES = 16 };

struct model_page {
    bool mapped, shared;
    u8 prot, max_index; /* max_index: which page of the shared object */
    u64 word;           /* private: what the first word reads */
};

struct fuzz {
    struct vmspace *vs;
    struct vm_object *obj;
    u64 seed;
    struct model_page page[PAGES];
    u64 shared_word[SHARED_PAGES];
};

static u64 random_below(u64 *seed, u64 below)
{
    *seed ^= *seed << 13; /* Marsaglia, "Xorshift RNGs" */
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (*seed >> 11) % below;
}

static u64 rnd(struct fuzz *f, u64 below)
{
    return random_below(&f->seed, below);
}

static vaddr_t va_of(u64 i)
{
    return BASE + i * PAGE_SIZE;
}

static bool range_is_mapped(const struct fuzz *f, u64 at, u64 n)
{
    for (u64 i = at; i < at + n; i++)
        if (!f->page[i].mapped)
            return false;
    return true;
}

static const int prots[] = {PROT_NONE, PROT_READ, RW, RW, RX};

static int op_map(struct fuzz *f, u64 at, u64 n)
{
    int prot = prots[rnd(f, ARRAY_SIZE(prots))];
    bool shared = n <= SHARED_PAGES && rnd(f, 2);
    u64 first = shared ? rnd(f, SHARED_PAGES - n + 1) : 0;
    struct map_request req = {.addr = va_of(at),
                              .len = n * PAGE_SIZE,
                              .prot = prot,
                              .flags = MAP_FIXED | (shared ? MAP_SHARED : ANON),
                              .obj = shared ? vm_object_get(f->obj) : NULL,
                              .first_page = first};
    int err = vm_map(f->vs, &req);
    for (u64 i = 0; !err && i < n; i++)
        f->page[at + i] = (struct model_page){true, shared, prot, first + i, 0};
    return err;
}

static int op_unmap(struct fuzz *f, u64 at, u64 n)
{
    memset(&f->page[at], 0, n * sizeof f->page[0]);
    return vm_unmap(f->vs, va_of(at), n * PAGE_SIZE);
}

static int op_protect(struct fuzz *f, u64 at, u64 n)
{
    int prot = prots[rnd(f, ARRAY_SIZE(prots))];
    int want = range_is_mapped(f, at, n) ? 0 : -ENOMEM;
    int err = vm_protect(f->vs, va_of(at), n * PAGE_SIZE, prot);
    for (u64 i = at; i < at + n && f->page[i].mapped; i++) /* it stops at the first hole */
        f->page[i].prot = prot;
    return err == want ? 0 : -1;
}

static int op_dontneed(struct fuzz *f, u64 at, u64 n)
{
    int want = range_is_mapped(f, at, n) ? 0 : -ENOMEM;
    int err = vm_advise(f->vs, va_of(at), n * PAGE_SIZE, MADV_DONTNEED);
    for (u64 i = at; i < at + n; i++)
        f->page[i].word = 0;
    return err == want ? 0 : -1;
}

/* Moves only what is one vma: alike, and contiguous in the object. Otherwise it must fail and
 * change nothing but what MREMAP_FIXED has to make room for; so such ranges are left out. */
static int op_remap(struct fuzz *f, u64 at, u64 n)
{
    u64 to = rnd(f, PAGES - n + 1);
    if (!range_is_mapped(f, at, n) || (to < at + n && at < to + n))
        return 0;
    const struct model_page *p = &f->page[at];
    for (u64 i = 1; i < n; i++)
        if (p[i].prot != p->prot || p[i].shared != p->shared ||
            (p->shared && p[i].max_index != p->max_index + i))
            return 0;
    vaddr_t out;
    int err = vm_remap(f->vs, va_of(at), n * PAGE_SIZE, n * PAGE_SIZE,
                       MREMAP_MAYMOVE | MREMAP_FIXED, va_of(to), &out);
    memcpy(&f->page[to], &f->page[at], n * sizeof f->page[0]);
    memset(&f->page[at], 0, n * sizeof f->page[0]);
    return err;
}

static int op_write(struct fuzz *f, u64 at, u64 n UNUSED)
{
    struct model_page *p = &f->page[at];
    u64 word = rnd(f, 1ul << 40) + 1;
    bool want = p->mapped && (p->prot & PROT_WRITE);
    if (t_write(f->vs, va_of(at), word) != want)
        return -1;
    if (want)
        *(p->shared ? &f->shared_word[p->max_index] : &p->word) = word;
    return 0;
}

static bool page_agrees(struct fuzz *f, struct vmspace *vs, u64 i)
{
    const struct model_page *p = &f->page[i];
    u64 want = p->shared ? f->shared_word[p->max_index] : p->word;
    if (!p->mapped || p->prot == PROT_NONE)
        want = ~0ul;
    return t_read(vs, va_of(i)) == want;
}

static int op_read(struct fuzz *f, u64 at, u64 n)
{
    for (u64 i = at; i < at + n; i++)
        if (!page_agrees(f, f->vs, i))
            return -1;
    return 0;
}

/* The child agrees with the model; afterwards one of the two goes on as the parent. */
static int op_fork(struct fuzz *f, u64 at UNUSED, u64 n)
{
    struct vmspace *child;
    int err = vmspace_fork(f->vs, &child);
    if (err)
        return err;
    for (u64 i = 0; i < PAGES && !err; i++)
        err = page_agrees(f, child, i) ? 0 : -1;
    if (n & 1) {
        struct vmspace *parent = f->vs;
        f->vs = child;
        child = parent;
    }
    vmspace_put(child);
    return err;
}

static const struct {
    const char *name;
    int (*fn)(struct fuzz *, u64 at, u64 n);
    unsigned weight;
} ops[] = {{"map", op_map, 4},     {"unmap", op_unmap, 3},       {"protect", op_protect, 4},
           {"remap", op_remap, 3}, {"dontneed", op_dontneed, 1}, {"write", op_write, 16},
           {"read", op_read, 8},   {"fork", op_fork, 1}};

/* The vmas cover exactly what the model says, in order, joined wherever they can be. */
static bool map_agrees(struct fuzz *f)
{
    struct vma_info info, last = {.end = 0};
    u64 npages = 0, covered = 0;
    for (vaddr_t va = 0; vm_next_vma(f->vs, va, &info); va = info.end) {
        if (info.obj)
            vm_object_put(info.obj); /* f->obj keeps it alive */
        bool shared = info.flags & VMA_SHARED;
        if (info.start < last.end || info.start >= info.end)
            return false;
        if (info.start == last.end && info.prot == last.prot && info.obj == last.obj &&
            (!shared ||
             info.first_page == last.first_page + ((last.end - last.start) >> PAGE_SHIFT)))
            return false;
        for (va = info.start; va < info.end; va += PAGE_SIZE, covered++) {
            const struct model_page *p = &f->page[(va - BASE) / PAGE_SIZE];
            u64 index = info.first_page + ((va - info.start) >> PAGE_SHIFT);
            if (!p->mapped || p->prot != info.prot || p->shared != shared ||
                (shared && index != p->max_index))
                return false;
        }
        last = info;
    }
    for (u64 i = 0; i < PAGES; i++)
        npages += f->page[i].mapped;
    return npages == covered && npages == f->vs->npages && f->vs->nvmas == t_nvmas(f->vs);
}

/* A mapping without a hint goes where the highest hole of its size is. */
static bool placement_agrees(struct fuzz *f)
{
    u64 n = 1 + rnd(f, 8);
    s64 got = t_map(f->vs, 0, n, PROT_READ, ANON);
    if (got < 0 || vm_unmap(f->vs, got, n * PAGE_SIZE))
        return false;
    return (u64)got == f->vs->mmap_top - n * PAGE_SIZE; /* all of ours lies far below */
}

static unsigned step(struct fuzz *f, int *err)
{
    unsigned total = 0, op = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(ops); i++)
        total += ops[i].weight;
    for (u64 pick = rnd(f, total); pick >= ops[op].weight; op++)
        pick -= ops[op].weight;
    u64 at = rnd(f, PAGES), n = 1 + rnd(f, MIN(PAGES - at, 24ul));
    *err = ops[op].fn(f, at, n);
    return op;
}

/* Catches: any disagreement between what the calls promise and what memory then does. The seed is
 * printed; vm_seed=N on the command line repeats a run. */
KTEST(vm_fuzz_against_a_model)
{
    struct fuzz *f = kzalloc(sizeof *f);
    KT_ASSERT(f);
    f->obj = anon_shared_object(SHARED_PAGES);
    KT_ASSERT(f->obj && vmspace_create(&f->vs) == 0);
    u64 seed = f->seed = cmdline_get_u64("vm_seed", 20240229);
    klog("vm_fuzz_against_a_model: vm_seed=%lu", seed);
    for (unsigned i = 0; i < STEPS; i++) {
        int err;
        unsigned op = step(f, &err);
        const char *wrong = err                    ? "what it did"
                            : i % 64               ? NULL
                            : !map_agrees(f)       ? "the map after it"
                            : !placement_agrees(f) ? "placement after it"
                                                   : NULL;
        if (wrong) {
            ktest_fail(kt, "vm_seed=%lu step %u, %s: %s (%d)", seed, i, ops[op].name, wrong, err);
            break;
        }
    }
    vmspace_put(f->vs);
    vm_object_put(f->obj);
    kfree(f);
}

/* Catches: a gap that the tree reports too small or too large while vmas come and go: the place of
 * each mapping is compared with a search through all of them. */
KTEST(vm_fuzz_placement)
{
    struct vmspace *vs;
    u64 seed = cmdline_get_u64("vm_seed", 424242);
    KT_EQ(vmspace_create(&vs), 0);
    for (unsigned i = 0; i < 3000; i++) {
        u64 n = 1 + random_below(&seed, 6);
        vaddr_t want = vs->mmap_top - n * PAGE_SIZE, prev_end = 0;
        struct vma_info info;
        vaddr_t best = 0;
        for (vaddr_t va = 0; vm_next_vma(vs, va, &info); va = prev_end = info.end)
            if (info.start - prev_end >= n * PAGE_SIZE && info.start - n * PAGE_SIZE >= USER_MIN)
                best = info.start - n * PAGE_SIZE;
        if (vs->mmap_top - prev_end >= n * PAGE_SIZE)
            best = want;
        KT_EQ(t_map(vs, 0, n, prots[random_below(&seed, ARRAY_SIZE(prots))], ANON), best);
        vaddr_t low = vs->mmap_top - 400 * PAGE_SIZE; /* tear holes into what there is */
        KT_EQ(vm_unmap(vs, low + random_below(&seed, 396) * PAGE_SIZE,
                       (1 + random_below(&seed, 4)) * PAGE_SIZE),
              0);
    }
    vmspace_put(vs);
}
