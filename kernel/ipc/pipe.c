/* pipe.c: bytes through a ring of pages; how it is opened, closed and resized is told in fifo.c.
 *
 * `head` counts the bytes ever written and `tail` those ever read. A page is in the ring while it
 * has bytes to be read. Both sides copy with the pipe's mutex held; it ranks above fs/ and vm/, so
 * a copy may fault.
 *
 * Who is woken: waits are exclusive, so one event wakes one thread. A write to an empty pipe wakes
 * a reader; a write to one that is not empty wakes nobody, as a reader was woken when the first of
 * those bytes came. A read that makes room for PIPE_BUF bytes, where there was less, wakes a
 * writer; so a writer that must wait waits for that much, and is not woken for each byte that is
 * read. Who was woken and leaves something to do wakes the next of his kind, and who gives up
 * waiting passes the wake on (wait.h): none is lost. */
#include "ipc/pipe.h"
#include "abi/poll.h"
#include "abi/termios.h"
#include "fs/poll.h"
#include "ipc/pipe_priv.h"
#include "mm/frame.h"

enum { IN = POLLIN | POLLRDNORM, OUT = POLLOUT | POLLWRNORM };

static struct page **slot_of(const struct pipe *p, u64 byte)
{
    return &p->ring[(byte & (p->size - 1)) >> PAGE_SHIFT];
}

static u64 left_in_page(u64 byte)
{
    return PAGE_SIZE - byte % PAGE_SIZE;
}

/* --- Reading --- */

static void page_give(struct pipe *p, struct page **slot)
{
    if (p->spare)
        page_put(*slot);
    else
        p->spare = *slot;
    *slot = NULL;
}

/* Take up to n bytes. 0 or -EFAULT; tail says how far it came. */
static int take(struct pipe *p, struct uio *uio, u64 n)
{
    u64 tail = p->tail, end = tail + n;
    int err = 0;
    while (!err && tail < end) {
        struct page **slot = slot_of(p, tail);
        size_t had = uio->resid;
        err = uio_move((char *)page_virt(*slot) + tail % PAGE_SIZE,
                       MIN(end - tail, left_in_page(tail)), uio);
        u64 moved = had - uio->resid;
        if (moved && left_in_page(tail) == moved && !pipe_wraps(p, tail))
            page_give(p, slot);
        tail += moved;
    }
    atomic_store_explicit(&p->tail, tail, memory_order_release); /* matches pipe_used */
    return err;
}

static bool may_read(const struct pipe *p)
{
    return pipe_used(p) || atomic_load_explicit(&p->nwriters, memory_order_acquire) == 0;
}

/* What is there, without waiting. -EAGAIN: nothing, but somebody could write. */
static ssize_t read_now(struct pipe *p, struct uio *uio)
{
    size_t before = uio->resid;
    mutex_lock(&p->lock);
    u64 used = pipe_used(p);
    bool was_tight = p->size - used < PIPE_BUF;
    ssize_t err = used ? take(p, uio, MIN(used, before)) : p->nwriters ? -EAGAIN : 0;
    bool wake_writer = was_tight && pipe_room(p) >= PIPE_BUF;
    mutex_unlock(&p->lock);
    if (wake_writer)
        waitq_wake_one(&p->writers, OUT);
    return before == uio->resid ? err : (ssize_t)(before - uio->resid);
}

static bool is_nonblocking(const struct file *f)
{
    return atomic_load_explicit(&f->flags, memory_order_relaxed) & O_NONBLOCK;
}

static ssize_t pipe_read(struct file *f, struct uio *uio, u64 *pos UNUSED)
{
    struct pipe *p = f->priv;
    bool waited = false;
    ssize_t n = uio->resid ? -EAGAIN : 0;
    while (n == -EAGAIN) {
        if (may_read(p)) /* a glance, which spares the mutex when there is nothing */
            n = read_now(p, uio);
        if (n != -EAGAIN || is_nonblocking(f))
            break;
        int err = wait_event_exclusive(&p->readers, WAIT_INTERRUPTIBLE, may_read(p));
        if (err)
            return err;
        waited = true;
    }
    if (waited && pipe_used(p))
        waitq_wake_one(&p->readers, IN); /* the wake was ours, but there is work for one more */
    return n;
}

/* --- Writing --- */

static bool page_take(struct pipe *p, struct page **slot)
{
    *slot = p->spare;
    p->spare = NULL;
    if (!*slot)
        *slot = frame_alloc(FRAME_RECLAIM, 0);
    return *slot;
}

/* Add n bytes, for which there is room. Readers see none of them before all are there: so a write
 * of PIPE_BUF bytes comes whole, or not at all. 0, -EFAULT, -ENOMEM. */
static int put(struct pipe *p, struct uio *uio, u64 n)
{
    u64 head = p->head, end = head + n;
    while (head < end) {
        struct page **slot = slot_of(p, head);
        u64 piece = MIN(end - head, left_in_page(head));
        if (!*slot && !page_take(p, slot))
            return -ENOMEM;
        int err = uio_move((char *)page_virt(*slot) + head % PAGE_SIZE, piece, uio);
        if (err)
            return err;
        head += piece;
    }
    atomic_store_explicit(&p->head, head, memory_order_release); /* matches pipe_used */
    return 0;
}

static bool may_write(const struct pipe *p)
{
    return pipe_room(p) >= PIPE_BUF ||
           atomic_load_explicit(&p->nreaders, memory_order_acquire) == 0;
}

/* As much as fits, at least `least` bytes, without waiting. 0; -EAGAIN: there is more to write than
 * room. */
static int write_now(struct pipe *p, struct uio *uio, u64 least)
{
    struct uio start = *uio;
    mutex_lock(&p->lock);
    u64 used = pipe_used(p), room = p->size - used;
    int err = !p->nreaders ? -EPIPE : room < least ? -EAGAIN : put(p, uio, MIN(room, uio->resid));
    mutex_unlock(&p->lock);
    if (err)
        *uio = start; /* what was copied before a fault was not shown to anybody */
    else if (used == 0)
        waitq_wake_one(&p->readers, IN);
    return err ? err : uio->resid ? -EAGAIN : 0;
}

static ssize_t pipe_write(struct file *f, struct uio *uio, u64 *pos UNUSED)
{
    struct pipe *p = f->priv;
    size_t before = uio->resid;
    u64 least = before <= PIPE_BUF ? before : 1;
    bool waited = false;
    int err = before ? -EAGAIN : 0;
    while (err == -EAGAIN) {
        err = write_now(p, uio, least);
        if (err != -EAGAIN || is_nonblocking(f))
            break;
        err = wait_event_exclusive(&p->writers, WAIT_INTERRUPTIBLE, may_write(p));
        waited = !err;
        if (!err)
            err = -EAGAIN; /* try again */
    }
    if (waited && pipe_room(p) >= PIPE_BUF)
        waitq_wake_one(&p->writers, OUT); /* as in pipe_read */
    size_t done = before - uio->resid;
    return done ? (ssize_t)done : err;
}

/* --- Asking --- */

static u32 pipe_poll(struct file *f, struct poll_table *pt)
{
    struct pipe *p = f->priv;
    u32 ready = 0;
    if (f->state & FILE_READ) {
        poll_wait(pt, &p->readers);
        ready |= pipe_used(p) ? IN : 0;
        ready |= p->nwriters == 0 && p->writer_opens ? POLLHUP : 0;
    }
    if (f->state & FILE_WRITE) {
        poll_wait(pt, &p->writers);
        ready |= pipe_room(p) >= PIPE_BUF ? OUT : 0;
        ready |= p->nreaders == 0 ? POLLERR : 0;
    }
    return ready;
}

static long pipe_ioctl(struct file *f, unsigned long cmd, uaddr_t arg)
{
    if (cmd != FIONREAD)
        return -ENOTTY;
    int used = (int)pipe_used(f->priv);
    return copy_out(arg, &used, sizeof used);
}

const struct file_ops pipe_ops = {
    .release = pipe_release,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
};
