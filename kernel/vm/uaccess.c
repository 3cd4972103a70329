/* uaccess.c: checks in front of the copying instructions of x86/usercopy.S.
 *
 * The range check makes sure that the address is the program's to name at all; whether something is
 * mapped there is found out by trying, which costs nothing when it is. It does not look at vmas:
 * the page fault does. */
#include "vm/uaccess.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/kasan.h"
#include "lock/spinlock.h"
#include "mm/layout.h"
#include "sched/thread.h"
#include "sched/userregs.h"
#include "vm/fault.h"
#include "x86/fpu.h"
#include "x86/percpu.h"
#include "x86/pte.h"
#include "x86/trapframe.h"
#include "x86/usercopy.h"

/* A user copy may wait for a disk, and the pager that it wakes takes locks of fs: hold none
 * (DESIGN, circle 1). */
static void assert_may_fault(void)
{
    ASSERT(ctx_current()->spin_depth == 0);
    if (unlikely(lockcheck_on))
        assert_no_lock_upto(LAYER_FS);
}

size_t copy_in_some(void *dst, uaddr_t src, size_t n)
{
    assert_may_fault();
    if (!uaddr_range_ok(src, n))
        return 0;
    kasan_check_write(dst, n);
    return n - usercopy(dst, (const void *)src.addr, n);
}

size_t copy_out_some(uaddr_t dst, const void *src, size_t n)
{
    assert_may_fault();
    if (!uaddr_range_ok(dst, n))
        return 0;
    kasan_check_read(src, n);
    return n - usercopy((void *)dst.addr, src, n);
}

int copy_in(void *dst, uaddr_t src, size_t n)
{
    assert_may_fault();
    if (!uaddr_range_ok(src, n))
        return -EFAULT;
    return usercopy(dst, (const void *)src.addr, n) ? -EFAULT : 0;
}

int copy_out(uaddr_t dst, const void *src, size_t n)
{
    assert_may_fault();
    if (!uaddr_range_ok(dst, n))
        return -EFAULT;
    return usercopy((void *)dst.addr, src, n) ? -EFAULT : 0;
}

int clear_out(uaddr_t dst, size_t n)
{
    assert_may_fault();
    if (!uaddr_range_ok(dst, n))
        return -EFAULT;
    return userclear((void *)dst.addr, n) ? -EFAULT : 0;
}

/* XSAVE leaves the last 48 bytes of its header as they are, and XRSTOR wants zeros there. */
int fpu_out(uaddr_t area)
{
    assert_may_fault();
    if (!uaddr_range_ok(area, fpu_area_size()))
        return -EFAULT;
    if (!fpu_features())
        return user_fxsave((void *)area.addr, 0) ? -EFAULT : 0;
    int err = clear_out(uaddr_add(area, FPU_LEGACY_BYTES), FPU_HEADER_BYTES);
    return err || user_xsave((void *)area.addr, fpu_features()) ? -EFAULT : 0;
}

int fpu_in(uaddr_t area, bool all)
{
    assert_may_fault();
    if (!uaddr_range_ok(area, all ? fpu_area_size() : FPU_LEGACY_BYTES))
        return -EFAULT;
    if (all && fpu_features())
        return user_xrstor((const void *)area.addr, fpu_features()) ? -EFAULT : 0;
    userregs_reset_fpu();
    return user_fxrstor((const void *)area.addr, 0) ? -EFAULT : 0;
}

ssize_t str_in(char *dst, uaddr_t src, size_t max)
{
    assert_may_fault();
    if (src.addr >= USER_TOP)
        return -EFAULT;
    u64 limit = MIN((u64)max, USER_TOP - src.addr);
    kasan_check_write(dst, limit);
    s64 len = userstr(dst, (const char *)src.addr, limit);
    if (len < 0)
        return -EFAULT;
    if ((u64)len < limit)
        return len;
    return limit < max ? -EFAULT : -ENAMETOOLONG; /* it ran into the end of user space, or of dst */
}

/* vm_fault answers every fault with -EFAULT while ctx.nofault is set, whatever state we are in. */
static u64 usercopy_nofault(void *dst, const void *src, u64 n)
{
    struct ctx *c = ctx_current();
    bool nested = c->nofault;
    c->nofault = true;
    u64 left = usercopy(dst, src, n);
    c->nofault = nested;
    return left;
}

size_t copy_in_nofault(void *dst, uaddr_t src, size_t n)
{
    if (!uaddr_range_ok(src, n))
        return 0;
    kasan_check_write(dst, n);
    return n - usercopy_nofault(dst, (const void *)src.addr, n);
}

size_t copy_out_nofault(uaddr_t dst, const void *src, size_t n)
{
    if (!uaddr_range_ok(dst, n))
        return 0;
    kasan_check_read(src, n);
    return n - usercopy_nofault((void *)dst.addr, src, n);
}

/* Touch one byte, which brings its page in. To make it writable it must be written, and the byte
 * must not change: so the fault handler is asked directly, as if the program had written there. */
static int user_touch(vaddr_t va, bool write)
{
    char byte;
    if (!write)
        return copy_in(&byte, uaddr(va), 1);
    return vm_fault(thread_current()->vmspace, va, PF_WRITE | PF_PRESENT | PF_USER);
}

size_t user_fault_in(uaddr_t p, size_t n, bool write)
{
    if (!uaddr_range_ok(p, n))
        return 0;
    vaddr_t va = p.addr, end = p.addr + n;
    while (va < end) {
        if (user_touch(va, write))
            return va - p.addr;
        va = ALIGN_DOWN(va, PAGE_SIZE) + PAGE_SIZE;
    }
    return n;
}
