/* uaccess.h: the only road to a program's memory.
 *
 * What a program handed us and nobody has checked is a uaddr_t: a struct of one field, which C
 * refuses to dereference, to add to or to cast. These functions check the range against the end of
 * user space without wrap, open SMAP's gate for the copy alone, and survive a bad address through
 * the exception table (x86/extable.h). Copy once, then check the copy: another thread may change
 * the original at any time.
 *
 * Context of all but the _nofault forms: may sleep (a page may have to come from a disk), so no
 * lock of vm, fs or below may be held (asserted: DESIGN, circle 1). They act on the address space
 * of the running thread. */
#pragma once

#include "lib/types.h"
#include "mm/layout.h"

typedef struct {
    u64 addr;
} uaddr_t;

static inline uaddr_t uaddr(u64 addr)
{
    return (uaddr_t){addr};
}

static inline uaddr_t uaddr_add(uaddr_t p, u64 n)
{
    return (uaddr_t){p.addr + n};
}

static inline bool uaddr_is_null(uaddr_t p)
{
    return p.addr == 0;
}

/* Do n bytes from p lie in user space? Says nothing about whether anything is mapped there. */
static inline bool uaddr_range_ok(uaddr_t p, u64 n)
{
    return n <= USER_TOP && p.addr <= USER_TOP - n;
}

/* Copy n bytes in from a program, or out to it. 0 or -EFAULT; after a failure the destination is
 * undefined (and partly written). n may be 0: then any address is fine. */
MUST_CHECK int copy_in(void *dst, uaddr_t src, size_t n);
MUST_CHECK int copy_out(uaddr_t dst, const void *src, size_t n);
/* Write n zero bytes. 0 or -EFAULT. */
MUST_CHECK int clear_out(uaddr_t dst, size_t n);

/* The running thread's FPU and vector registers to or from a save area of fpu_area_size() bytes,
 * 64-byte aligned. `all` false: x87 and SSE only, the rest becomes zero. 0 or -EFAULT (also for
 * contents that the processor refuses); after a failed load the registers are undefined. */
MUST_CHECK int fpu_out(uaddr_t area);
MUST_CHECK int fpu_in(uaddr_t area, bool all);

/* The same, but the answer is how many bytes were copied, from the first on: for counts that must
 * be exact. */
MUST_CHECK size_t copy_in_some(void *dst, uaddr_t src, size_t n);
MUST_CHECK size_t copy_out_some(uaddr_t dst, const void *src, size_t n);

/* Copy a string of at most max bytes with its NUL. Returns the length without the NUL, -EFAULT, or
 * -ENAMETOOLONG when there is no NUL within max bytes. dst is NUL-terminated on success only. */
MUST_CHECK ssize_t str_in(char *dst, uaddr_t src, size_t max);

/* The same where sleeping is out of question (a spinlock is held; an inode is locked): what is not
 * in memory counts as a fault. On a short count the caller drops its locks, faults the page in
 * (user_fault_in) and tries again. */
MUST_CHECK size_t copy_in_nofault(void *dst, uaddr_t src, size_t n);
MUST_CHECK size_t copy_out_nofault(uaddr_t dst, const void *src, size_t n);

/* Make the pages of [p, p + n) present, writable if `write`. Returns how many bytes from p on are
 * (n: all). They may be gone again at once; hence loops. May sleep, no lock held. */
MUST_CHECK size_t user_fault_in(uaddr_t p, size_t n, bool write);
