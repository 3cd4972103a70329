/* Objects: what maps the same page sees the same bytes; what is truncated is gone everywhere. */
#include "lib/klog.h"
#include "sched/core.h"
#include "sync/completion.h"
#include "vm_test.h"
#include "x86/clock.h"

enum { N = 16 };

/* A word of the object as read(2) would see it: through its pages, without a mapping. */
static u64 object_word(struct vm_object *obj, u64 index)
{
    struct page *page = vm_object_page(obj, index);
    if (!page)
        return ~0ul;
    u64 word = *(u64 *)page_virt(page);
    page_put(page);
    return word;
}

/* Catches: a shared mapping that does not write through, a private one that does. */
KTEST(vm_object_shared_and_private)
{
    struct vmspace *vs;
    struct vm_object *obj = anon_shared_object(N);
    KT_ASSERT(obj);
    KT_EQ(vmspace_create(&vs), 0);
    s64 shared = t_map_object(vs, N, RW, MAP_SHARED, obj, 0);
    s64 private = t_map_object(vs, N / 2, RW, MAP_PRIVATE, obj, N / 2);
    KT_ASSERT(shared > 0 && private > 0);
    KT_ASSERT(t_write(vs, shared + 8 * PAGE_SIZE, 1));
    KT_EQ(object_word(obj, 8), 1);
    KT_EQ(t_read(vs, private), 1); /* page 8 of the object */
    KT_ASSERT(t_write(vs, private, 2));
    KT_EQ(object_word(obj, 8), 1);
    KT_ASSERT(t_write(vs, shared + 8 * PAGE_SIZE, 3));
    KT_EQ(t_read(vs, private), 2);                  /* its own copy by now */
    KT_ASSERT(t_write(vs, private + PAGE_SIZE, 4)); /* written before it was ever read */
    KT_EQ(t_read(vs, shared + 9 * PAGE_SIZE), 0);
    KT_EQ(obj->nresident, 2);
    KT_EQ(vm_advise(vs, private, PAGE_SIZE, MADV_DONTNEED), 0);
    KT_EQ(t_read(vs, private), 3); /* the copy is gone, the object shows through */
    vm_object_put(obj);
    vmspace_put(vs);
}

/* Catches: rights beyond those that the file was opened with. */
KTEST(vm_object_max_prot)
{
    struct vmspace *vs;
    struct vm_object *obj = anon_shared_object(N);
    KT_ASSERT(obj);
    KT_EQ(vmspace_create(&vs), 0);
    struct map_request req = {.len = PAGE_SIZE,
                              .prot = RW,
                              .flags = MAP_SHARED,
                              .max_prot = PROT_READ,
                              .obj = vm_object_get(obj)};
    KT_EQ(vm_map(vs, &req), -EACCES);
    req.prot = PROT_READ;
    req.obj = vm_object_get(obj);
    KT_EQ(vm_map(vs, &req), 0);
    KT_EQ(vm_protect(vs, req.addr, PAGE_SIZE, RW), -EACCES);
    vmspace_put(vs);
    KT_EQ(refcount_read(&obj->refs), 1);
    vm_object_put(obj);
}

/* Catches: pages that survive a truncate in some mapping, private copies included; a fault past the
 * end that is answered; frames that leak. */
KTEST(vm_object_truncate_unmaps)
{
    struct vmspace *vs, *child;
    u64 before = t_frames_free();
    struct vm_object *obj = anon_shared_object(N);
    KT_ASSERT(obj);
    KT_EQ(vmspace_create(&vs), 0);
    s64 a = t_map_object(vs, N, RW, MAP_SHARED, obj, 0);
    s64 b = t_map_object(vs, 4, RW, MAP_PRIVATE, obj, 4);
    for (u64 i = 0; i < N; i++)
        KT_ASSERT(t_write(vs, a + i * PAGE_SIZE, i + 1));
    KT_EQ(t_read(vs, b), 5);
    KT_ASSERT(t_write(vs, b + 3 * PAGE_SIZE, 77));
    KT_EQ(vmspace_fork(vs, &child), 0);
    vm_object_resize(obj, 6);
    KT_EQ(obj->nresident, 6);
    KT_EQ(vmspace_rss(vs), 8); /* pages 0-5 in the one, 4 and 5, which came with it, in the other */
    KT_EQ(vmspace_rss(child), 8);
    KT_EQ(vm_fault(vs, a + 5 * PAGE_SIZE, PF_USER), 0);
    KT_EQ(vm_fault(vs, a + 6 * PAGE_SIZE, PF_USER), -EIO);
    KT_EQ(vm_fault(child, b + 3 * PAGE_SIZE, PF_USER), -EIO);
    vm_object_resize(obj, 7);
    KT_EQ(t_read(vs, a + 6 * PAGE_SIZE), 0); /* what comes back is empty */
    vm_object_put(obj);
    vmspace_put(vs);
    vmspace_put(child);
    KT_ASSERT(before - t_frames_free() <= 8);
}

/* Catches: parts of a mapping that a truncate does not find after cuts, moves and joins. */
KTEST(vm_object_truncate_finds_moved_parts)
{
    struct vmspace *vs;
    vaddr_t moved;
    struct vm_object *obj = anon_shared_object(N);
    KT_ASSERT(obj);
    KT_EQ(vmspace_create(&vs), 0);
    s64 a = t_map_object(vs, N, RW, MAP_SHARED, obj, 0);
    for (u64 i = 0; i < N; i++)
        KT_ASSERT(t_write(vs, a + i * PAGE_SIZE, i + 1));
    KT_EQ(vm_protect(vs, a + 4 * PAGE_SIZE, 4 * PAGE_SIZE, PROT_READ), 0);
    KT_EQ(vm_remap(vs, a + 12 * PAGE_SIZE, 4 * PAGE_SIZE, 4 * PAGE_SIZE,
                   MREMAP_MAYMOVE | MREMAP_FIXED, 0x30000000, &moved),
          0);
    KT_EQ(t_read(vs, moved + PAGE_SIZE), 14);
    KT_EQ(vm_unmap(vs, a, PAGE_SIZE), 0);
    KT_EQ(vm_protect(vs, a + 4 * PAGE_SIZE, 4 * PAGE_SIZE, RW), 0);
    KT_EQ(t_nvmas(vs), 2);
    KT_EQ(vmspace_rss(vs), N - 1);
    vm_object_resize(obj, 13);
    KT_EQ(vmspace_rss(vs), N - 4);
    vm_object_resize(obj, 6);
    KT_EQ(vmspace_rss(vs), 5);
    vm_object_resize(obj, 0);
    KT_EQ(vmspace_rss(vs), 0);
    vm_object_put(obj);
    vmspace_put(vs);
}

/* Catches: pages that a read fault brings along from outside of the mapping or of the object, that
 * may be written without a copy, or that keep their frames. */
KTEST(vm_object_fault_brings_neighbours)
{
    enum { AT = 0x30000000, HOLE = 4 };
    struct vmspace *vs;
    struct vm_object *obj = anon_shared_object(N);
    KT_ASSERT(obj);
    KT_EQ(vmspace_create(&vs), 0);
    s64 all = t_map_object(vs, N, RW, MAP_SHARED, obj, 0);
    for (u64 i = 0; i < N; i++)
        KT_ASSERT(i == HOLE || t_write(vs, all + i * PAGE_SIZE, i + 1));
    KT_EQ(vmspace_rss(vs), N - 1);
    struct map_request req = {.addr = AT + 3 * PAGE_SIZE, /* pages 2-9, in the middle of a window */
                              .len = 8 * PAGE_SIZE,
                              .prot = RW,
                              .flags = MAP_PRIVATE | MAP_FIXED,
                              .obj = vm_object_get(obj),
                              .first_page = 2};
    KT_EQ(vm_map(vs, &req), 0);
    KT_EQ(t_read(vs, req.addr), 3);
    KT_EQ(vmspace_rss(vs), N - 1 + 4); /* pages 2, 3, 5 and 6 */
    u64 faults = vs->minor_faults;
    KT_EQ(t_read(vs, req.addr + PAGE_SIZE), 4);
    KT_EQ(vs->minor_faults, faults);
    KT_ASSERT(t_write(vs, req.addr + PAGE_SIZE, 99));
    KT_EQ(t_read(vs, req.addr + PAGE_SIZE), 99);
    KT_EQ(t_read(vs, all + 3 * PAGE_SIZE), 4);
    KT_EQ(t_read(vs, req.addr + 2 * PAGE_SIZE), 0); /* the hole, by its own fault */
    vmspace_put(vs);
    KT_EQ(refcount_read(&obj->refs), 1);
    KT_EQ(obj->nresident, N);
    vm_object_put(obj);
}

/* ---- a truncate against faults ---- */

struct race {
    struct vmspace *vs;
    struct vm_object *obj;
    vaddr_t shared, private;
    _Atomic bool stop;
    struct completion done;
    u64 faults;
};

static void toucher(void *arg)
{
    struct race *r = arg;
    for (u64 i = 0; !atomic_load(&r->stop); i++) {
        vaddr_t off = i % N * PAGE_SIZE;
        r->faults += t_write(r->vs, r->shared + off, i);
        r->faults +=
            i & 1 ? t_read(r->vs, r->private + off) != ~0ul : t_write(r->vs, r->private + off, i);
    }
    complete(&r->done);
    thread_exit();
}

/* Catches: a fault that enters a page which is being truncated (it would stay mapped for ever, and
 * its frame would leak); a truncate against the cuts and joins of a changing map. */
KTEST(vm_object_truncate_races_with_faults)
{
    static struct race r; /* not on our stack: a failed check leaves the toucher behind */
    u64 before = t_frames_free();
    r = (struct race){.obj = anon_shared_object(N)};
    completion_init(&r.done, "race");
    KT_ASSERT(r.obj && vmspace_create(&r.vs) == 0);
    r.shared = t_map_object(r.vs, N, RW, MAP_SHARED, r.obj, 0);
    r.private = t_map_object(r.vs, N, RW, MAP_PRIVATE, r.obj, 0);
    struct thread *t = thread_create("toucher", toucher, &r);
    KT_ASSERT(t);
    thread_run(t);
    u64 deadline = now_ns() + 2 * NS_PER_SEC; /* of guest time, if the other CPU gets no turn */
    for (int i = 0; i < 2000 || (READ_ONCE(r.faults) < 1000 && now_ns() < deadline); i++) {
        vm_object_resize(r.obj, i % 5);
        vm_object_resize(r.obj, N);
        if (i % 16 == 0) {
            KT_EQ(vm_protect(r.vs, r.private + 4 * PAGE_SIZE, 4 * PAGE_SIZE, PROT_READ), 0);
            KT_EQ(vm_protect(r.vs, r.private, N * PAGE_SIZE, RW), 0);
        }
        sched_yield();
    }
    atomic_store(&r.stop, true);
    KT_EQ(completion_wait(&r.done, WAIT_UNINTERRUPTIBLE, 0), 0);
    thread_put(t);
    vm_object_resize(r.obj, 0);
    KT_EQ(vmspace_rss(r.vs), 0);
    KT_EQ(r.obj->nresident, 0);
    klog("vm_object_truncate_races_with_faults: %lu faults", r.faults);
    vm_object_put(r.obj);
    vmspace_put(r.vs);
    KT_ASSERT((s64)(before - t_frames_free()) <= 16);
}
