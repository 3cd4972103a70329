/* uio.h: where bytes go to or come from, so that a file's read and write are written once.
 *
 * A struct uio is a cursor over user buffers, one kernel buffer or a run of frames. UIO_READ fills
 * the target, as read(2) does; UIO_WRITE takes from it, as write(2) does. Whoever serves
 * the request calls uio_move for each piece; the cursor advances and `resid` falls.
 *
 * A uio lives on the stack of one system call and belongs to one thread. */
#pragma once

#include "abi/errno.h"
#include "abi/uio.h"
#include "vm/uaccess.h"

struct page;

/* One call moves at most this many bytes: INT_MAX rounded down to a page, as on Linux. */
#define UIO_MAX 0x7ffff000ul

enum uio_dir { UIO_READ, UIO_WRITE };
enum uio_kind { UIO_USER, UIO_KERNEL, UIO_PAGES };

struct uio {
    enum uio_kind kind;
    enum uio_dir dir;
    size_t resid; /* bytes still to be moved */
    union {
        struct {                      /* UIO_USER */
            uaddr_t base;             /* the next byte ... */
            size_t room;              /* ... and how many follow it in this vector */
            const struct iovec *next; /* the vectors behind it */
            unsigned nnext;
        };
        char *buf; /* UIO_KERNEL: the next byte */
        struct {   /* UIO_PAGES */
            struct page **pages;
            size_t page_off; /* of the next byte in pages[0] */
        };
    };
};

/* One user buffer. 0, -EFAULT (not in user space). len is cut to UIO_MAX. Inline and field by
 * field: nearly every system call that moves bytes comes by. */
MUST_CHECK static inline int uio_user(struct uio *uio, uaddr_t buf, size_t len, enum uio_dir dir)
{
    uio->kind = UIO_USER;
    uio->dir = dir;
    uio->resid = uio->room = MIN(len, UIO_MAX);
    uio->base = buf;
    uio->next = NULL;
    uio->nnext = 0;
    return uaddr_range_ok(buf, uio->resid) ? 0 : -EFAULT;
}
/* Several: iov is a kernel copy of the program's vectors and must outlive the uio.
 * 0, -EINVAL (n over IOV_MAX, the lengths' sum over SSIZE_MAX), -EFAULT. */
MUST_CHECK int uio_user_vec(struct uio *uio, const struct iovec *iov, unsigned n, enum uio_dir dir);
void uio_kernel(struct uio *uio, void *buf, size_t len, enum uio_dir dir);
void uio_pages(struct uio *uio, struct page **pages, size_t off, size_t len, enum uio_dir dir);

/* Move min(n, resid) bytes between kbuf and the target. 0 or -EFAULT; what was moved before the
 * fault is accounted in resid, so that the caller can report a short count. May sleep for user
 * targets: hold no lock of vm, fs or below. */
MUST_CHECK int uio_move(void *kbuf, size_t n, struct uio *uio);
/* The same without sleeping, under locks: returns how many bytes were moved, fewer than min(n,
 * resid) when a page is not present. Then drop the locks, uio_fault_in, retry; a uio_fault_in of 0
 * means -EFAULT. */
MUST_CHECK size_t uio_move_nofault(void *kbuf, size_t n, struct uio *uio);
/* Make the next n bytes of the target present. Returns how many are (at most min(n, resid)). */
MUST_CHECK size_t uio_fault_in(const struct uio *uio, size_t n);
/* UIO_READ: n zero bytes (a hole, /dev/zero). 0 or -EFAULT. */
MUST_CHECK int uio_zero(size_t n, struct uio *uio);
/* Count n bytes as moved (n <= resid). */
void uio_skip(struct uio *uio, size_t n);
