/* User copies, run from a kernel thread that puts on an address space for the occasion. */
#include "lib/string.h"
#include "lock/spinlock.h"
#include "mm/pagetable.h"
#include "sched/thread.h"
#include "vm/uio.h"
#include "vm_test.h"
#include "x86/percpu.h"

#define BASE 0x40000000ul

/* Two pages at BASE, readable and writable, nothing behind them; and run in it. */
static struct vmspace *enter(void)
{
    struct vmspace *vs;
    if (vmspace_create(&vs))
        return NULL;
    if (t_map(vs, BASE, 2, RW, ANON | MAP_FIXED) < 0) {
        vmspace_put(vs);
        return NULL;
    }
    preempt_disable();
    thread_current()->vmspace = vs;
    thread_current()->pt = vs->pt;
    pt_activate(vs->pt);
    preempt_enable();
    return vs;
}

static void leave(struct vmspace *vs)
{
    preempt_disable();
    thread_current()->vmspace = NULL;
    thread_current()->pt = NULL;
    pt_activate(NULL);
    preempt_enable();
    vmspace_put(vs);
}

static void copies(struct ktest_run *kt)
{
    char buf[64] = "0123456789abcdef0123456789abcdef", back[64] = "";
    vaddr_t end = BASE + 2 * PAGE_SIZE;
    KT_EQ(copy_out(uaddr(BASE), buf, 64), 0);
    KT_EQ(copy_in(back, uaddr(BASE), 64), 0);
    KT_EQ(memcmp(buf, back, 64), 0);
    KT_EQ(copy_out(uaddr(BASE + PAGE_SIZE - 5), buf, 32), 0); /* across a page not yet there */
    KT_EQ(copy_in(back, uaddr(BASE + PAGE_SIZE - 5), 32), 0);
    KT_EQ(memcmp(buf, back, 32), 0);
    for (size_t n = 0; n < 20; n++) { /* exact to the byte, at each offset from the end */
        KT_EQ(copy_out_some(uaddr(end - n), buf, 32), n);
        KT_EQ(copy_in_some(back, uaddr(end - n), 32), n);
        KT_EQ(memcmp(buf, back, n), 0);
    }
    KT_EQ(clear_out(uaddr(BASE + 3), 13), 0);
    KT_EQ(copy_in(back, uaddr(BASE), 32), 0);
    KT_ASSERT(back[2] == '2' && back[3] == 0 && back[15] == 0 && back[16] == '0');
    KT_EQ(clear_out(uaddr(end - 8), 16), -EFAULT);
}

static void bad_addresses(struct ktest_run *kt)
{
    static const u64 bad[] = {0,        8,         BASE - 1,  BASE + 2 * PAGE_SIZE, USER_TOP - 8,
                              USER_TOP, 1ul << 47, 1ul << 63, 0xffff888000000000ul, ~0ul - 8,
                              ~0ul};
    char buf[32];
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        KT_EQ(copy_in(buf, uaddr(bad[i]), 16), -EFAULT);
        KT_EQ(copy_out(uaddr(bad[i]), buf, 16), -EFAULT);
        KT_EQ(clear_out(uaddr(bad[i]), 16), -EFAULT);
        KT_EQ(str_in(buf, uaddr(bad[i]), 16), -EFAULT);
        KT_EQ(copy_in_nofault(buf, uaddr(bad[i]), 16), 0);
    }
    KT_EQ(copy_in(buf, uaddr(BASE), ~0ul), -EFAULT);
    KT_EQ(copy_in(buf, uaddr(BASE), ~0ul - BASE), -EFAULT);
}

static void strings(struct ktest_run *kt)
{
    static const char text[] = "the quick brown fox";
    vaddr_t end = BASE + 2 * PAGE_SIZE;
    char buf[64];
    for (unsigned len = 0; len < sizeof text; len++) {
        for (unsigned off = 0; off < 9; off++) { /* each alignment, and ending at the very end */
            vaddr_t at = end - len - 1 - off;
            KT_EQ(copy_out(uaddr(at), text + sizeof text - 1 - len, len + 1), 0);
            memset(buf, 'x', sizeof buf);
            KT_EQ(str_in(buf, uaddr(at), sizeof buf), len);
            KT_EQ(strcmp(buf, text + sizeof text - 1 - len), 0);
            KT_EQ(str_in(buf, uaddr(at), len + 1), len);
            KT_EQ(str_in(buf, uaddr(at), len), -ENAMETOOLONG);
        }
    }
    memset(buf, 'y', sizeof buf);
    KT_EQ(copy_out(uaddr(end - 20), buf, 20), 0); /* no NUL before the unmapped page */
    KT_EQ(str_in(buf, uaddr(end - 20), sizeof buf), -EFAULT);
    KT_EQ(str_in(buf, uaddr(end - 20), 20), -ENAMETOOLONG);
}

static struct spinlock test_lock = SPINLOCK_INIT("uaccess test", RANK_LEAF(FS));

static void nofault(struct ktest_run *kt)
{
    char buf[32] = "nofault";
    KT_EQ(vm_advise(thread_current()->vmspace, BASE, 2 * PAGE_SIZE, MADV_DONTNEED), 0);
    spin_lock(&test_lock);
    size_t out = copy_out_nofault(uaddr(BASE + PAGE_SIZE - 8), buf, 16);
    spin_unlock(&test_lock);
    KT_EQ(out, 0);
    KT_EQ(user_fault_in(uaddr(BASE + PAGE_SIZE - 8), 8, true), 8);
    spin_lock(&test_lock);
    out = copy_out_nofault(uaddr(BASE + PAGE_SIZE - 8), buf, 16);
    spin_unlock(&test_lock);
    KT_EQ(out, 8); /* the second page is still not there */
    KT_EQ(user_fault_in(uaddr(BASE), 3 * PAGE_SIZE, true), 2 * PAGE_SIZE);

    /* What is there, but only to be read (here the zero frame), must become writable as well. */
    KT_EQ(vm_advise(thread_current()->vmspace, BASE, PAGE_SIZE, MADV_DONTNEED), 0);
    KT_EQ(copy_in(buf, uaddr(BASE), 8), 0);
    KT_EQ(copy_out_nofault(uaddr(BASE), buf, 8), 0);
    KT_EQ(user_fault_in(uaddr(BASE), 8, true), 8);
    KT_EQ(copy_out_nofault(uaddr(BASE), buf, 8), 8);
}

/* Catches: a wrong count after a fault, a wrapped range, a string read too far, a copy that sleeps
 * under a spinlock. */
KTEST(vm_uaccess)
{
    static void (*const parts[])(struct ktest_run *) = {copies, bad_addresses, strings, nofault};
    for (unsigned i = 0; i < ARRAY_SIZE(parts) && !kt->failed; i++) {
        struct vmspace *vs = enter();
        KT_ASSERT(vs);
        parts[i](kt);
        leave(vs);
    }
}

static void gather(struct ktest_run *kt)
{
    char text[32] = "abcdefghijklmnopqrstuvwxyz", got[32] = "";
    struct iovec iov[4] = {{(void *)BASE, 3},
                           {(void *)(BASE + 100), 0},
                           {(void *)(BASE + 200), 5},
                           {(void *)(BASE + 2 * PAGE_SIZE - 4), 10}};
    struct uio uio;
    KT_EQ(uio_user_vec(&uio, iov, 4, UIO_READ), 0);
    KT_EQ(uio.resid, 18);
    KT_EQ(uio_move(text, 7, &uio), 0);
    KT_EQ(uio_move(text + 7, 20, &uio), -EFAULT); /* the last vector runs into nothing */
    KT_EQ(uio.resid, 6);
    KT_EQ(uio_user_vec(&uio, iov, 3, UIO_WRITE), 0);
    KT_EQ(uio_move(got, 32, &uio), 0);
    KT_EQ(memcmp(got, text, 8), 0);
    KT_EQ(uio_user_vec(&uio, iov, 4, UIO_READ), 0);
    KT_EQ(uio_fault_in(&uio, 18), 12);
    uio_skip(&uio, 4);
    KT_EQ(uio_zero(3, &uio), 0);
    KT_EQ(copy_in(got, uaddr(BASE + 200), 5), 0);
    KT_ASSERT(got[0] == 'd' && got[1] == 0 && got[3] == 0 && got[4] == 'h');
    iov[0].iov_len = ~0ul;
    KT_EQ(uio_user_vec(&uio, iov, 4, UIO_READ), -EINVAL);
    KT_EQ(uio_user(&uio, uaddr(USER_TOP - 4), 8, UIO_READ), -EFAULT);
}

/* Catches: a cursor that loses count between vectors or after a fault. */
KTEST(vm_uio_gathers_and_scatters)
{
    struct vmspace *vs = enter();
    KT_ASSERT(vs);
    gather(kt);
    leave(vs);
}

/* Catches: a run of frames whose second page is taken for the first. */
KTEST(vm_uio_pages)
{
    struct page *pages[2] = {frame_alloc(FRAME_ZERO, 0), frame_alloc(FRAME_ZERO, 0)};
    KT_ASSERT(pages[0] && pages[1]);
    struct uio uio;
    uio_pages(&uio, pages, PAGE_SIZE - 3, 8, UIO_READ);
    KT_EQ(uio_move("12345678", 8, &uio), 0);
    KT_EQ(memcmp((char *)page_virt(pages[0]) + PAGE_SIZE - 3, "123", 3), 0);
    KT_EQ(memcmp(page_virt(pages[1]), "45678", 6), 0);
    page_put(pages[0]);
    page_put(pages[1]);
}
