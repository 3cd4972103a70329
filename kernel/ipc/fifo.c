/* fifo.c: how a pipe comes to be and ends: pipe(2), the opening of fifos, the last close, a new
 * size.
 *
 * A pipe belongs to an inode (inode->special), that of a fifo in some file system, or one of its
 * own here. So opening /proc/self/fd/0 of a pipe is the same as opening a fifo. */
#include "abi/poll.h"
#include "debug/panic.h"
#include "fs/mount.h"
#include "ipc/pipe.h"
#include "ipc/pipe_priv.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/cred.h"

static struct kmem_cache *pipe_cache, *inode_cache;
static struct mount *pipe_mount; /* of pipefs; hangs nowhere */
static _Atomic u64 next_ino = 2;

/* --- Pipes --- */

static struct pipe *pipe_alloc(void)
{
    struct pipe *p = kmem_cache_zalloc(pipe_cache);
    if (!p)
        return NULL;
    p->size = PIPE_CAPACITY;
    p->ring = kcalloc(PIPE_CAPACITY / PAGE_SIZE, sizeof p->ring[0]);
    if (!p->ring) {
        kmem_cache_free(pipe_cache, p);
        return NULL;
    }
    mutex_init(&p->lock, "pipe", RANK_PIPE);
    waitq_init(&p->readers, "pipe readers");
    waitq_init(&p->writers, "pipe writers");
    return p;
}

static void pipe_free(struct pipe *p)
{
    for (u32 i = 0; i < p->size / PAGE_SIZE; i++)
        if (p->ring[i])
            page_put(p->ring[i]);
    if (p->spare)
        page_put(p->spare);
    kfree(p->ring);
    kmem_cache_free(pipe_cache, p);
}

/* The inode's pipe, made if need be, with one more file counted. */
static struct pipe *pipe_of(struct inode *inode)
{
    mutex_lock(&inode->lock);
    if (!inode->special)
        inode->special = pipe_alloc();
    struct pipe *p = inode->special;
    if (p)
        p->files++;
    mutex_unlock(&inode->lock);
    return p;
}

static void pipe_leave(struct inode *inode, struct pipe *p)
{
    mutex_lock(&inode->lock);
    bool last = --p->files == 0;
    if (last)
        inode->special = NULL;
    mutex_unlock(&inode->lock);
    if (last)
        pipe_free(p);
}

/* What there is of the other side at the moment at which one is counted in: a partner that comes
 * and goes later is a later opening, however soon it goes. */
struct partner {
    bool there;
    u32 opens; /* ever */
};

static struct partner count_in(struct pipe *p, u32 state)
{
    mutex_lock(&p->lock);
    struct partner partner = {p->nreaders > 0, p->reader_opens};
    if (state & FILE_READ)
        partner = (struct partner){p->nwriters > 0, p->writer_opens};
    if (state & FILE_READ) {
        p->nreaders++;
        p->reader_opens++;
    }
    if (state & FILE_WRITE) {
        p->nwriters++;
        p->writer_opens++;
    }
    mutex_unlock(&p->lock);
    waitq_wake_all(&p->readers, 0); /* those in fifo_open */
    waitq_wake_all(&p->writers, 0);
    return partner;
}

static void count_out(struct pipe *p, u32 state)
{
    mutex_lock(&p->lock);
    bool no_reader = (state & FILE_READ) && --p->nreaders == 0;
    bool no_writer = (state & FILE_WRITE) && --p->nwriters == 0;
    mutex_unlock(&p->lock);
    if (no_writer)
        waitq_wake_all(&p->readers, POLLHUP);
    if (no_reader)
        waitq_wake_all(&p->writers, POLLERR);
}

void pipe_release(struct file *f)
{
    count_out(f->priv, f->state);
    pipe_leave(f->inode, f->priv);
}

/* --- open(2) of a fifo --- */

/* Wait until the other side is there, or has been since. (POSIX, "open": a reader waits for a
 * writer and vice versa.) */
static int wait_for_partner(struct pipe *p, u32 state, struct partner seen)
{
    if (seen.there)
        return 0;
    if (state & FILE_READ)
        return wait_event(&p->readers, WAIT_INTERRUPTIBLE, p->writer_opens != seen.opens);
    return wait_event(&p->writers, WAIT_INTERRUPTIBLE, p->reader_opens != seen.opens);
}

static int open_counted(struct pipe *p, struct file *f, struct partner seen)
{
    bool wait = !(f->flags & O_NONBLOCK);
    if ((f->state & (FILE_READ | FILE_WRITE)) == (FILE_READ | FILE_WRITE))
        return 0; /* its own partner */
    if (f->inode->sb == pipe_mount->sb)
        return 0; /* a pipe by way of /proc/self/fd: its ends are what they are */
    if (!wait && (f->state & FILE_WRITE) && !seen.there)
        return -ENXIO;
    return wait ? wait_for_partner(p, f->state, seen) : 0;
}

/* special_open[SPECIAL_FIFO] */
static int fifo_open(struct inode *inode, struct file *f)
{
    struct pipe *p = pipe_of(inode);
    if (!p)
        return -ENOMEM;
    f->ops = &pipe_ops;
    f->priv = p;
    f->state |= FILE_STREAM;
    struct partner seen = count_in(p, f->state);
    int err = open_counted(p, f, seen);
    if (err) {
        count_out(p, f->state);
        pipe_leave(inode, p);
    }
    return err;
}

/* --- pipe(2) --- */

static void pipe_inode_evict(struct inode *inode)
{
    inode_fini(inode);
    kmem_cache_free(inode_cache, inode);
}

static const struct inode_ops pipe_inode_ops = {.evict = pipe_inode_evict};

static struct inode *pipe_inode(struct super *sb, u64 ino, mode_t mode)
{
    struct inode *inode = kmem_cache_alloc(inode_cache);
    if (inode)
        inode_init(inode, sb, &pipe_inode_ops, ino, mode, NULL);
    return inode;
}

static int open_end(struct inode *inode, struct pipe *p, int flags, struct file **out)
{
    *out = file_alloc(pipe_mount, inode_get(inode), &pipe_ops, flags, p);
    if (!*out)
        return -ENFILE;
    mutex_lock(&inode->lock);
    p->files++;
    mutex_unlock(&inode->lock);
    (*out)->state |= FILE_STREAM;
    (void)count_in(p, (*out)->state);
    return 0;
}

static int open_ends(struct inode *inode, struct pipe *p, int flags, struct file **reader,
                     struct file **writer)
{
    int err = open_end(inode, p, flags | O_RDONLY, reader);
    if (err)
        return err;
    err = open_end(inode, p, flags | O_WRONLY, writer);
    if (err)
        file_put(*reader);
    return err;
}

int pipe_create(int flags, struct file **reader, struct file **writer)
{
    if (flags & ~(O_NONBLOCK | O_CLOEXEC))
        return -EINVAL;
    u64 ino = atomic_fetch_add_explicit(&next_ino, 1, memory_order_relaxed);
    struct inode *inode = pipe_inode(pipe_mount->sb, ino, S_IFIFO | 0600);
    if (!inode)
        return -ENOMEM;
    inode->uid = cred_current()->fsuid;
    inode->gid = cred_current()->fsgid;
    struct pipe *p = pipe_of(inode); /* counted once for us */
    int err = p ? open_ends(inode, p, flags & O_NONBLOCK, reader, writer) : -ENOMEM;
    if (p)
        pipe_leave(inode, p);
    inode_put(inode);
    return err;
}

/* --- F_GETPIPE_SZ, F_SETPIPE_SZ --- */

long pipe_get_size(struct file *f)
{
    return f->ops == &pipe_ops ? (long)((struct pipe *)f->priv)->size : -EBADF;
}

/* Where the youngest bytes share a page with the oldest, they get one of their own: in another ring
 * their places differ. */
static void unwrap(struct pipe *p, struct page **ring, u32 size, struct page **extra)
{
    u64 head = p->head, first = ALIGN_DOWN(head, PAGE_SIZE);
    struct page *shared = p->ring[(first & (p->size - 1)) >> PAGE_SHIFT];
    memcpy(page_virt(*extra), page_virt(shared), head - first);
    ring[(first & (size - 1)) >> PAGE_SHIFT] = *extra;
    *extra = NULL;
}

/* Move the pages to their places in a ring of another size, which has room for them. */
static void ring_replace(struct pipe *p, struct page **ring, u32 size, struct page **extra)
{
    u64 tail = p->tail, head = p->head;
    if (pipe_wraps(p, tail)) {
        unwrap(p, ring, size, extra);
        head = ALIGN_DOWN(head, PAGE_SIZE);
    }
    for (u64 b = ALIGN_DOWN(tail, PAGE_SIZE); b < head; b += PAGE_SIZE) {
        struct page **slot = &p->ring[(b & (p->size - 1)) >> PAGE_SHIFT];
        ring[(b & (size - 1)) >> PAGE_SHIFT] = *slot;
        *slot = NULL;
    }
    for (u32 i = 0; i < p->size / PAGE_SIZE; i++) /* emptied to the last byte, but kept for more */
        if (p->ring[i])
            page_put(p->ring[i]);
    kfree(p->ring);
    p->ring = ring;
    p->size = size;
}

/* The pages that hold bytes now; one more than the bytes need when they begin in the middle of one.
 */
static u64 bytes_of_pages(const struct pipe *p)
{
    u64 tail = p->tail, head = p->head;
    return tail == head ? 0 : ALIGN_UP(head, PAGE_SIZE) - ALIGN_DOWN(tail, PAGE_SIZE);
}

long pipe_set_size(struct file *f, size_t bytes)
{
    struct pipe *p = f->priv;
    u32 size = PAGE_SIZE;
    if (f->ops != &pipe_ops)
        return -EBADF;
    if (bytes > PIPE_MAX_BYTES)
        return bytes > S32_MAX ? -EINVAL : -EPERM;
    while (size < bytes)
        size *= 2;
    struct page **ring = kcalloc(size / PAGE_SIZE, sizeof ring[0]),
                *extra = frame_alloc(FRAME_RECLAIM, 0);
    long result = ring && extra ? (long)size : -ENOMEM;
    mutex_lock(&p->lock);
    if (result > 0 && bytes_of_pages(p) > size)
        result = size == p->size ? (long)size : -EBUSY;
    else if (result > 0) {
        ring_replace(p, ring, size, &extra);
        ring = NULL;
    }
    mutex_unlock(&p->lock);
    if (result > 0)
        waitq_wake_all(&p->writers, POLLOUT | POLLWRNORM);
    kfree(ring);
    if (extra)
        page_put(extra);
    return result;
}

/* --- Boot --- */

void pipe_init(void)
{
    static const struct fs_type pipefs = {.name = "pipe", .flags = SUPER_NODEV};
    static const struct super_ops ops;
    static struct super super;
    pipe_cache = kmem_cache_create("pipe", sizeof(struct pipe), 0, NULL);
    inode_cache = kmem_cache_create("pipe inode", sizeof(struct inode), 0, NULL);
    super_init(&super, &pipefs, &ops, PIPEFS_MAGIC);
    struct inode *root = inode_cache ? pipe_inode(&super, 1, S_IFDIR | 0500) : NULL;
    super.root = root ? dentry_root(&super, root) : NULL;
    pipe_mount = super.root ? mount_internal(&super) : NULL;
    if (!pipe_cache || !pipe_mount)
        panic("no memory for pipes");
    special_open[SPECIAL_FIFO] = fifo_open;
}
