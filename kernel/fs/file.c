/* file.c: reading and writing an open file, whatever it is.
 *
 * Each function checks what is common to all files (is it open for that? where does it go on?) and
 * leaves the rest to the file's own table, file_ops. How a file comes to be open is told in open.c;
 * how it is found by a descriptor in fdtable.c. */
#include "fs/file.h"
#include "fs/mount.h"
#include "fs/pagecache.h"
#include "fs/poll.h"
#include "vm/vmspace.h"

/* Two reads at once through one offset would both take the same bytes. So the offset is locked for
 * the whole of a read or write; what has none (a pipe, a terminal) is not, or a reader waiting for
 * input would keep the writer out. Nor is that of a file with a single reference: then one
 * descriptor of one thread leads to it (who shares a table takes references, see fdtable.h), and
 * nobody can dup it but that thread. */
static ALWAYS_INLINE ssize_t at_offset(struct file *f, struct uio *uio,
                                       ssize_t (*op)(struct file *, struct uio *, u64 *))
{
    if ((f->state & FILE_STREAM) || refcount_read(&f->refs) == 1)
        return op(f, uio, &f->pos);
    mutex_lock(&f->pos_lock);
    ssize_t n = op(f, uio, &f->pos);
    mutex_unlock(&f->pos_lock);
    return n;
}

static int may_read(const struct file *f)
{
    if (!(f->state & FILE_READ))
        return -EBADF;
    if (!f->ops->read)
        return S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
    return 0;
}

static int may_write(const struct file *f)
{
    if (!(f->state & FILE_WRITE))
        return -EBADF;
    return f->ops->write ? 0 : -EINVAL;
}

ssize_t file_read(struct file *f, struct uio *uio)
{
    int err = may_read(f);
    return err ? err : at_offset(f, uio, f->ops->read);
}

ssize_t file_write(struct file *f, struct uio *uio)
{
    int err = may_write(f);
    return err ? err : at_offset(f, uio, f->ops->write);
}

/* With an offset of the caller's, nothing is shared and nothing locked. */
static int may_seek_to(const struct file *f, u64 pos)
{
    if (pos > S64_MAX)
        return -EINVAL;
    return f->state & FILE_STREAM ? -ESPIPE : 0;
}

ssize_t file_pread(struct file *f, struct uio *uio, u64 *pos)
{
    int err = may_seek_to(f, *pos);
    if (!err)
        err = may_read(f);
    return err ? err : f->ops->read(f, uio, pos);
}

ssize_t file_pwrite(struct file *f, struct uio *uio, u64 *pos)
{
    int err = may_seek_to(f, *pos);
    if (!err)
        err = may_write(f);
    return err ? err : f->ops->write(f, uio, pos);
}

ssize_t kfile_read(struct file *f, void *buf, size_t len, u64 pos)
{
    struct uio uio;
    uio_kernel(&uio, buf, len, UIO_READ);
    return file_pread(f, &uio, &pos);
}

ssize_t kfile_write(struct file *f, const void *buf, size_t len, u64 pos)
{
    struct uio uio;
    uio_kernel(&uio, (void *)buf, len, UIO_WRITE); /* only read from */
    return file_pwrite(f, &uio, &pos);
}

/* A directory's offset is a cookie and not a place, so SEEK_END makes no sense there, but does no
 * harm. */
static s64 seek_anywhere(struct file *f, s64 offset, int whence)
{
    s64 base = 0;
    switch (whence) {
    case SEEK_SET:
        break;
    case SEEK_CUR:
        base = (s64)f->pos;
        break;
    case SEEK_END:
        base = (s64)inode_size(f->inode);
        break;
    case SEEK_DATA:
    case SEEK_HOLE:
        return pagecache_seek(f->inode, offset, whence);
    default:
        return -EINVAL;
    }
    s64 pos;
    if (__builtin_add_overflow(base, offset, &pos))
        return -EOVERFLOW;
    return pos < 0 ? -EINVAL : pos;
}

s64 file_seek(struct file *f, s64 offset, int whence)
{
    if (f->state & FILE_STREAM)
        return -ESPIPE;
    mutex_lock(&f->pos_lock);
    s64 pos = f->ops->seek ? f->ops->seek(f, offset, whence) : seek_anywhere(f, offset, whence);
    if (pos >= 0)
        f->pos = (u64)pos;
    mutex_unlock(&f->pos_lock);
    return pos;
}

long file_ioctl(struct file *f, unsigned long cmd, uaddr_t arg)
{
    return f->ops->ioctl ? f->ops->ioctl(f, cmd, arg) : -ENOTTY;
}

u32 file_poll(struct file *f, struct poll_table *pt)
{
    return f->ops->poll ? f->ops->poll(f, pt) : POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

/* What a mapping may do follows from how the file was opened. A private mapping only reads the
 * file, whatever it then does to its own copy. */
int file_mmap(struct file *f, struct map_request *req)
{
    if (!(f->state & FILE_READ))
        return -EACCES;
    if (!f->ops->mmap)
        return -ENODEV;
    req->max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
    if ((req->flags & MAP_SHARED) && !(f->state & FILE_WRITE))
        req->max_prot &= ~PROT_WRITE;
    if (f->path.mnt->flags & MS_NOEXEC)
        req->max_prot &= ~PROT_EXEC;
    if (req->prot & ~req->max_prot & PROT_EXEC)
        return -EPERM;
    if (req->prot & ~req->max_prot)
        return -EACCES;
    return f->ops->mmap(f, req);
}

int file_sync(struct file *f, bool data_only)
{
    if (f->state & FILE_STREAM)
        return -EINVAL;
    return f->ops->fsync ? f->ops->fsync(f, data_only) : 0;
}

int file_truncate(struct file *f, s64 size)
{
    if (size < 0 || !(f->state & FILE_WRITE) || !S_ISREG(f->inode->mode))
        return -EINVAL;
    struct setattr attr = {.valid = SET_SIZE, .size = (u64)size};
    return inode_setattr(f->inode, &attr);
}

void file_set_flags(struct file *f, int flags)
{
    const u32 may_change = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | O_ASYNC;
    u32 old = atomic_load_explicit(&f->flags, memory_order_relaxed);
    u32 new;
    do
        new = (old & ~may_change) | ((u32)flags & may_change);
    while (!atomic_compare_exchange_weak_explicit(&f->flags, &old, new, memory_order_relaxed,
                                                  memory_order_relaxed));
}
