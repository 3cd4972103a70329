/* map.c: mmap: finding a place, checking the limits, entering the vma. Nothing is put into the page
 * table here; the faults do that.
 *
 * Placement is Linux's: from mmap_top downwards, so that what was mapped last lies lowest, with the
 * stack above and the heap, which grows up, below. */
#include "vm/vm_priv.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "lib/checked.h"
#include "lib/cmdline.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "sched/cred.h"
#include "vm/fault.h"
#include "x86/trapframe.h"

enum {
    PROT_KNOWN = PROT_READ | PROT_WRITE | PROT_EXEC,
    /* What MAP_SHARED_VALIDATE accepts: the flags that every Linux has known. */
    MAP_KNOWN = MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE |
                MAP_EXECUTABLE | MAP_LOCKED | MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK |
                MAP_STACK | MAP_HUGETLB,
};

struct vma *vm_find(struct vmspace *vs, vaddr_t va)
{
    struct vma *v = vma_at_or_above(vs, va);
    return v && v->start <= va ? v : NULL;
}

/* ---- policy and limits ---- */

static bool wx_allowed;
static u64 total_frames;

void vm_policy_init(void)
{
    char value[16];
    struct frame_stats mem;
    frame_stats(&mem);
    total_frames = mem.total;
    wx_allowed = cmdline_get("wx", value, sizeof value) && strcmp(value, "allow") == 0;
}

/* W^X: what can be written cannot be executed, so that a program tricked into writing bytes is not
 * thereby tricked into running them. */
bool vm_prot_allowed(int prot)
{
    return wx_allowed || (prot & (PROT_WRITE | PROT_EXEC)) != (PROT_WRITE | PROT_EXEC);
}

static bool over_limit(u64 npages, unsigned resource)
{
    u64 limit = limit_current(resource);
    return limit != RLIM_INFINITY && npages > limit >> PAGE_SHIFT;
}

int vm_check_limits(struct vmspace *vs, u64 npages, u64 ndata)
{
    if (over_limit(vs->npages + npages, RLIMIT_AS))
        return -ENOMEM;
    if (ndata && over_limit(vs->ndata_pages + ndata, RLIMIT_DATA))
        return -ENOMEM;
    return 0;
}

/* Memory is promised freely, since most programs never touch all they ask for; but a single request
 * for more than the machine has is refused at once (Linux's default, "heuristic overcommit"). */
int vm_check_commit(u64 ndata)
{
    return ndata > total_frames ? -ENOMEM : 0;
}

int vm_check_range(vaddr_t start, size_t len, vaddr_t *end)
{
    u64 rounded;
    if (!IS_ALIGNED(start, PAGE_SIZE) || align_up_overflows(len, PAGE_SIZE, &rounded) ||
        !range_within(start, rounded, USER_TOP))
        return -EINVAL;
    *end = start + rounded;
    return 0;
}

/* ---- mmap ---- */

/* Check what depends on the request alone, and complete it: length in pages, greatest rights, the
 * object of shared anonymous memory. */
static int request_check(struct map_request *req)
{
    int type = req->flags & MAP_TYPE;
    u64 end_page;
    if (req->len == 0 || (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE))
        return -EINVAL;
    if ((req->flags & MAP_HUGETLB) || ((req->flags & MAP_GROWSDOWN) && type != MAP_PRIVATE))
        return -EINVAL;
    if (type == MAP_SHARED_VALIDATE && (req->flags & MAP_ANONYMOUS))
        return -EINVAL;
    if (type == MAP_SHARED_VALIDATE && (req->flags & ~MAP_KNOWN))
        return -EOPNOTSUPP;
    if (align_up_overflows(req->len, PAGE_SIZE, &req->len) || req->len > USER_TOP)
        return -ENOMEM;
    if (add_overflows(req->first_page, req->len >> PAGE_SHIFT, &end_page))
        return -EOVERFLOW;
    req->prot &= PROT_KNOWN;
    if (!req->max_prot)
        req->max_prot = PROT_KNOWN;
    if (!vm_prot_allowed(req->prot) || (req->prot & ~req->max_prot))
        return -EACCES;
    if (req->obj)
        return 0;
    req->first_page = 0;
    if (type == MAP_PRIVATE)
        return 0;
    req->obj = anon_shared_object(req->len >> PAGE_SHIFT);
    return req->obj ? 0 : -ENOMEM;
}

static unsigned request_vma_flags(const struct map_request *req)
{
    if ((req->flags & MAP_TYPE) != MAP_PRIVATE)
        return VMA_SHARED;
    return (req->flags & MAP_GROWSDOWN) && !req->obj ? VMA_GROWSDOWN : 0;
}

/* Where the program wants it: exactly there, or not at all. */
static int place_fixed(struct vmspace *vs, struct map_request *req) REQUIRES(&vs->lock)
{
    if (!IS_ALIGNED(req->addr, PAGE_SIZE))
        return -EINVAL;
    if (!range_within(req->addr, req->len, USER_TOP))
        return -ENOMEM;
    if (req->addr < USER_MIN)
        return -EPERM;
    if ((req->flags & MAP_FIXED_NOREPLACE) &&
        !vma_range_is_free(vs, req->addr, req->addr + req->len))
        return -EEXIST;
    return 0;
}

/* At the page of the hint if there is room, else as high as possible. */
static int place_anywhere(struct vmspace *vs, struct map_request *req) REQUIRES(&vs->lock)
{
    vaddr_t hint = MAX(ALIGN_DOWN(req->addr, PAGE_SIZE), USER_MIN);
    if (req->addr && range_within(hint, req->len, USER_TOP) &&
        vma_range_is_free(vs, hint, hint + req->len)) {
        req->addr = hint;
        return 0;
    }
    req->addr = vma_find_gap(vs, req->len, USER_MIN, vs->mmap_top);
    return req->addr ? 0 : -ENOMEM;
}

/* Pages of [start, end) that are mapped already: a MAP_FIXED over them adds only the rest. */
static u64 pages_within(struct vmspace *vs, vaddr_t start, vaddr_t end) REQUIRES(&vs->lock)
{
    u64 n = 0;
    for (struct vma *v = vma_at_or_above(vs, start); v && v->start < end; v = v->above)
        n += (MIN(v->end, end) - MAX(v->start, start)) >> PAGE_SHIFT;
    return n;
}

static int map_locked(struct vm_change *c, struct map_request *req) REQUIRES(&c->vs->lock)
{
    bool fixed = req->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);
    int err = fixed ? place_fixed(c->vs, req) : place_anywhere(c->vs, req);
    if (err)
        return err;
    unsigned flags = request_vma_flags(req);
    vaddr_t end = req->addr + req->len;
    u64 npages = req->len >> PAGE_SHIFT;
    u64 replaced = fixed ? pages_within(c->vs, req->addr, end) : 0;
    u64 ndata = vm_counts_as_data(req->prot, flags) ? npages : 0;
    err = vm_check_limits(c->vs, npages - replaced, ndata);
    if (!err && !(req->flags & MAP_NORESERVE))
        err = vm_check_commit(ndata);
    if (!err && replaced)
        err = vm_change_unmap(c, req->addr, end);
    if (err)
        return err;
    struct vma want;
    want.start = req->addr;
    want.end = end;
    want.first_page = req->first_page;
    want.obj = req->obj;
    want.prot = req->prot;
    want.max_prot = req->max_prot;
    want.flags = flags;
    want.touched = false;
    return vm_change_insert(c, &want);
}

/* MAP_POPULATE: bring the pages in now. Best effort, as on Linux. */
static void populate(struct vmspace *vs, vaddr_t start, vaddr_t end, int prot)
{
    unsigned access = PF_USER | (prot & PROT_WRITE ? PF_WRITE : 0);
    if (prot == PROT_NONE)
        return;
    for (vaddr_t va = start; va < end; va += PAGE_SIZE)
        if (vm_fault(vs, va, access))
            break;
}

int vm_map(struct vmspace *vs, struct map_request *req)
{
    int err = request_check(req);
    if (!err) {
        struct vm_change c;
        vm_change_begin(&c, vs);
        err = map_locked(&c, req);
        vm_change_end(&c);
    }
    if (req->obj)
        vm_object_put(req->obj); /* the vma has a reference of its own */
    req->obj = NULL;
    if (!err && (req->flags & (MAP_POPULATE | MAP_LOCKED)))
        populate(vs, req->addr, req->addr + req->len, req->prot);
    return err;
}

/* ---- munmap ---- */

int vm_unmap(struct vmspace *vs, vaddr_t addr, size_t len)
{
    vaddr_t end;
    int err = vm_check_range(addr, len, &end);
    if (err || addr == end)
        return -EINVAL;
    struct vm_change c;
    vm_change_begin(&c, vs);
    err = vm_change_unmap(&c, addr, end);
    vm_change_end(&c);
    return err;
}
