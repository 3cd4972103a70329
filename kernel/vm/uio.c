/* uio.c: the one mover behind read, write, readv, writev and every file system.
 *
 * uio_move copies piece by piece, a piece being what is contiguous on both sides, and advances the
 * cursor by exactly what was copied, so that a fault in the middle of the third vector yields an
 * exact short count. */
#include "vm/uio.h"

#include "abi/errno.h"
#include "abi/limits.h"
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "x86/pte.h"

int uio_user_vec(struct uio *uio, const struct iovec *iov, unsigned n, enum uio_dir dir)
{
    if (n > IOV_MAX)
        return -EINVAL;
    size_t total = 0;
    for (unsigned i = 0; i < n; i++) {
        if (iov[i].iov_len > (size_t)S64_MAX - total)
            return -EINVAL;
        total += iov[i].iov_len;
        if (!uaddr_range_ok(uaddr((u64)iov[i].iov_base), iov[i].iov_len))
            return -EFAULT;
    }
    *uio = (struct uio){
        .kind = UIO_USER, .dir = dir, .resid = MIN(total, UIO_MAX), .next = iov, .nnext = n};
    return 0;
}

void uio_kernel(struct uio *uio, void *buf, size_t len, enum uio_dir dir)
{
    *uio = (struct uio){.kind = UIO_KERNEL, .dir = dir, .resid = len, .buf = buf};
}

void uio_pages(struct uio *uio, struct page **pages, size_t off, size_t len, enum uio_dir dir)
{
    *uio = (struct uio){.kind = UIO_PAGES, .dir = dir, .resid = len};
    uio->pages = pages + off / PAGE_SIZE;
    uio->page_off = off % PAGE_SIZE;
}

/* Go to the next vector that is not empty. There is one: resid > 0 counts only bytes of vectors. */
static void uio_next_vector(struct uio *uio)
{
    while (uio->room == 0) {
        ASSERT(uio->nnext > 0);
        uio->base = uaddr((u64)uio->next->iov_base);
        uio->room = uio->next->iov_len;
        uio->next++;
        uio->nnext--;
    }
}

/* How many bytes, at most n, lie in one piece at the cursor, which is moved to it. n <= resid. */
static size_t uio_piece(struct uio *uio, size_t n)
{
    switch (uio->kind) {
    case UIO_USER:
        uio_next_vector(uio);
        return MIN(n, uio->room);
    case UIO_PAGES:
        return MIN(n, (size_t)(PAGE_SIZE - uio->page_off));
    case UIO_KERNEL:
        break;
    }
    return n;
}

/* Step over n bytes of the current piece. */
static void uio_advance(struct uio *uio, size_t n)
{
    uio->resid -= n;
    switch (uio->kind) {
    case UIO_USER:
        uio->base = uaddr_add(uio->base, n);
        uio->room -= n;
        break;
    case UIO_KERNEL:
        uio->buf += n;
        break;
    case UIO_PAGES:
        uio->page_off += n;
        if (uio->page_off == PAGE_SIZE) {
            uio->pages++;
            uio->page_off = 0;
        }
        break;
    }
}

static void *uio_kernel_address(const struct uio *uio)
{
    return uio->kind == UIO_KERNEL ? uio->buf : (char *)page_virt(uio->pages[0]) + uio->page_off;
}

/* Copy one piece between kbuf and the cursor; returns how many bytes of it were copied. */
static size_t copy_piece(struct uio *uio, void *kbuf, size_t n)
{
    if (uio->kind == UIO_USER)
        return uio->dir == UIO_READ ? copy_out_some(uio->base, kbuf, n)
                                    : copy_in_some(kbuf, uio->base, n);
    if (uio->dir == UIO_READ)
        memcpy(uio_kernel_address(uio), kbuf, n);
    else
        memcpy(kbuf, uio_kernel_address(uio), n);
    return n;
}

static size_t copy_piece_nofault(struct uio *uio, void *kbuf, size_t n)
{
    if (uio->kind != UIO_USER)
        return copy_piece(uio, kbuf, n);
    return uio->dir == UIO_READ ? copy_out_nofault(uio->base, kbuf, n)
                                : copy_in_nofault(kbuf, uio->base, n);
}

static size_t zero_piece(struct uio *uio, void *kbuf, size_t n)
{
    if (uio->kind == UIO_USER)
        return clear_out(uio->base, n) ? 0 : n;
    memset(uio_kernel_address(uio), 0, n);
    return n;
}

/* Walk n bytes piece by piece; stops at the first piece that could not be done whole. Returns how
 * many were. */
static ALWAYS_INLINE size_t uio_walk(struct uio *uio, char *kbuf, size_t n,
                                     size_t (*do_piece)(struct uio *, void *, size_t))
{
    size_t done = 0;
    n = MIN(n, uio->resid);
    while (done < n) {
        size_t piece = uio_piece(uio, n - done);
        size_t got = do_piece(uio, kbuf ? kbuf + done : NULL, piece);
        uio_advance(uio, got);
        done += got;
        if (got < piece)
            break;
    }
    return done;
}

static NOINLINE int move_pieces(struct uio *uio, void *kbuf, size_t n)
{
    return uio_walk(uio, kbuf, n, copy_piece) == n ? 0 : -EFAULT;
}

int uio_move(void *kbuf, size_t n, struct uio *uio)
{
    n = MIN(n, uio->resid);
    if (likely(uio->kind == UIO_USER && n <= uio->room)) { /* one piece: most reads and writes */
        size_t done = uio->dir == UIO_READ ? copy_out_some(uio->base, kbuf, n)
                                           : copy_in_some(kbuf, uio->base, n);
        uio->base = uaddr_add(uio->base, done);
        uio->room -= done;
        uio->resid -= done;
        return done == n ? 0 : -EFAULT;
    }
    return move_pieces(uio, kbuf, n);
}

size_t uio_move_nofault(void *kbuf, size_t n, struct uio *uio)
{
    return uio_walk(uio, kbuf, n, copy_piece_nofault);
}

int uio_zero(size_t n, struct uio *uio)
{
    ASSERT(uio->dir == UIO_READ);
    n = MIN(n, uio->resid);
    return uio_walk(uio, NULL, n, zero_piece) == n ? 0 : -EFAULT;
}

static size_t skip_piece(struct uio *uio UNUSED, void *kbuf UNUSED, size_t n)
{
    return n;
}

void uio_skip(struct uio *uio, size_t n)
{
    ASSERT(n <= uio->resid);
    uio_walk(uio, NULL, n, skip_piece);
}

static size_t fault_in_piece(struct uio *uio, void *kbuf UNUSED, size_t n)
{
    return uio->kind == UIO_USER ? user_fault_in(uio->base, n, uio->dir == UIO_READ) : n;
}

size_t uio_fault_in(const struct uio *uio, size_t n)
{
    struct uio ahead = *uio; /* a second cursor: the first stays where it is */
    return uio_walk(&ahead, NULL, n, fault_in_piece);
}
