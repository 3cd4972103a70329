/* Stale translations: one CPU reads through its TLB while another changes what is mapped. */
#include "lib/klog.h"
#include "mm/pagetable.h"
#include "sched/core.h"
#include "sync/completion.h"
#include "vm/uaccess.h"
#include "vm_test.h"
#include "x86/clock.h"
#include "x86/percpu.h"

#define BASE 0x70000000ul

struct hammer {
    struct vmspace *vs;
    _Atomic u64 published; /* what BASE shows; 0 while that is being changed */
    _Atomic bool stop;
    struct completion done;
    u64 reads, stale;
};

static void put_on(struct vmspace *vs)
{
    preempt_disable();
    thread_current()->vmspace = vs;
    thread_current()->pt = vs ? vs->pt : NULL;
    pt_activate(vs ? vs->pt : NULL);
    preempt_enable();
}

/* Reads the word at BASE as a program would. If the same number was published before and after,
 * nothing changed in between, and any other word is from a page that is no longer there. */
static void reader(void *arg)
{
    struct hammer *h = arg;
    put_on(h->vs);
    while (!atomic_load(&h->stop)) {
        u64 before = atomic_load(&h->published), word;
        if (copy_in(&word, uaddr(BASE), sizeof word))
            continue; /* between two mappings */
        h->reads++;
        if (before && atomic_load(&h->published) == before && word != before)
            h->stale++;
    }
    put_on(NULL);
    complete(&h->done);
    thread_exit();
}

/* The ways in which the page at BASE can become another one. Each returns 0. */
static int by_unmap(struct vmspace *vs)
{
    int err = vm_unmap(vs, BASE, PAGE_SIZE);
    return err ? err : t_map(vs, BASE, 1, RW, ANON | MAP_FIXED) == BASE ? 0 : -1;
}

static int by_replacement(struct vmspace *vs)
{
    return t_map(vs, BASE, 1, RW, ANON | MAP_FIXED) == BASE ? 0 : -1;
}

static int by_dontneed(struct vmspace *vs)
{
    return vm_advise(vs, BASE, PAGE_SIZE, MADV_DONTNEED);
}

/* A page that is written elsewhere first and then moved over the old one. */
static int by_move(struct vmspace *vs)
{
    vaddr_t at = BASE + (1ul << 30), out;
    if (t_map(vs, at, 1, RW, ANON | MAP_FIXED) != (s64)at || !t_write(vs, at, ~0ul >> 1))
        return -1;
    return vm_remap(vs, at, PAGE_SIZE, PAGE_SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, BASE, &out);
}

/* The child keeps the old frame; our next write gets a copy. */
static int by_fork(struct vmspace *vs)
{
    struct vmspace *child;
    int err = vmspace_fork(vs, &child);
    if (err)
        return err;
    u64 word = t_read(child, BASE);
    err = t_write(vs, BASE, word + 1) ? 0 : -1;
    vmspace_put(child);
    return err;
}

static int change(struct hammer *h, u64 n)
{
    static int (*const ways[])(struct vmspace *) = {by_unmap, by_replacement, by_dontneed, by_move,
                                                    by_fork};
    atomic_store(&h->published, 0);
    int err = ways[n % ARRAY_SIZE(ways)](h->vs);
    if (err || !t_write(h->vs, BASE, n))
        return -1;
    atomic_store(&h->published, n);
    for (int i = 0; i < 100; i++)
        cpu_pause(); /* long enough for the reader to look */
    return 0;
}

/* Catches: a change of the map that returns before every CPU has forgotten the page, a frame that
 * is reused too early, a copy-on-write that other CPUs do not hear of. */
KTEST(vm_tlb_no_stale_page)
{
    static struct hammer h; /* not on our stack: a failed check leaves the reader behind */
    h = (struct hammer){.published = 0};
    completion_init(&h.done, "hammer");
    KT_EQ(vmspace_create(&h.vs), 0);
    KT_EQ(t_map(h.vs, BASE, 1, RW, ANON | MAP_FIXED), BASE);
    struct thread *t = thread_create("reader", reader, &h);
    KT_ASSERT(t);
    thread_run(t);
    u64 deadline = now_ns() + NS_PER_SEC;
    for (u64 n = 1; n < 20000 && (n < 500 || now_ns() < deadline); n++) {
        KT_EQ(change(&h, n), 0);
        KT_EQ(atomic_load(&h.stop), false);
        if (n % 64 == 0)
            sched_yield();
    }
    atomic_store(&h.stop, true);
    KT_EQ(completion_wait(&h.done, WAIT_UNINTERRUPTIBLE, 0), 0);
    thread_put(t);
    klog("vm_tlb_no_stale_page: %lu reads", h.reads);
    KT_EQ(h.stale, 0);
    vmspace_put(h.vs);
}
