/* readdir.c: directories as a program reads them (getdents64), and copying from file to file inside
 * the kernel. */
#include "abi/dirent.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "x86/pte.h"

/* Records collect in a kernel page, as the directory is locked meanwhile (DESIGN, circle 1). */
struct dir_sink {
    char *buf;
    size_t used, room;
    bool full; /* there was an entry that did not fit */
};

bool dir_emit(struct dir_sink *sink, const char *name, size_t len, u64 ino, mode_t type, u64 next)
{
    size_t reclen = ALIGN_UP(offsetof(struct linux_dirent64, d_name) + len + 1, sizeof(u64));
    sink->full = sink->room - sink->used < reclen;
    if (sink->full)
        return false;
    struct linux_dirent64 *d = (struct linux_dirent64 *)(sink->buf + sink->used);
    d->d_ino = ino;
    d->d_off = (s64)next;
    d->d_reclen = (unsigned short)reclen;
    d->d_type = IFTODT(type);
    memcpy(d->d_name, name, len);
    memset(d->d_name + len, 0, reclen - offsetof(struct linux_dirent64, d_name) - len);
    sink->used += reclen;
    return true;
}

bool dir_emit_dots(struct file *f, struct dir_sink *sink, u64 *pos)
{
    if (*pos == 0) {
        if (!dir_emit(sink, ".", 1, f->inode->ino, S_IFDIR, 1))
            return false;
        *pos = 1;
    }
    if (*pos == 1) {
        struct dentry *parent = dentry_parent(f->path.dentry);
        u64 ino = dentry_inode(parent)->ino;
        dentry_put(parent); /* not the last: its child holds it */
        if (!dir_emit(sink, "..", 2, ino, S_IFDIR, 2))
            return false;
        *pos = 2;
    }
    return true;
}

/* One page of records. Returns its bytes, 0 at the end. */
static ssize_t read_page(struct file *f, struct uio *uio, char *page)
{
    struct dir_sink sink = {.buf = page, .room = MIN(uio->resid, PAGE_SIZE)};
    u64 pos = f->pos;
    int err = f->ops->readdir(f, &sink, &pos);
    if (!err && sink.used == 0 && sink.full)
        err = -EINVAL; /* not even one fits */
    if (!err)
        err = uio_move(page, sink.used, uio);
    if (err)
        return err;
    f->pos = pos;
    return (ssize_t)sink.used;
}

static ssize_t read_pages(struct file *f, struct uio *uio, char *page)
{
    ssize_t done = 0, n;
    do {
        n = read_page(f, uio, page);
        if (n > 0)
            done += n;
    } while (n > 0 && uio->resid >= PAGE_SIZE);
    return done ? done : n;
}

ssize_t file_readdir(struct file *f, struct uio *uio)
{
    if (!f->ops->readdir)
        return -ENOTDIR;
    if (!(f->state & FILE_READ))
        return -EBADF;
    if (f->inode->nlink == 0)
        return -ENOENT;
    char *page = kmalloc(PAGE_SIZE);
    if (!page)
        return -ENOMEM;
    mutex_lock(&f->pos_lock);
    ssize_t n = read_pages(f, uio, page);
    mutex_unlock(&f->pos_lock);
    kfree(page);
    return n;
}

/* --- sendfile(2) --- */

/* One bufferful: read at *in_pos, or at in's offset, and write all of it. Returns the bytes
 * written. */
static ssize_t send_some(struct file *out, struct file *in, u64 *in_pos, char *buf, size_t n)
{
    struct uio uio;
    uio_kernel(&uio, buf, n, UIO_READ);
    ssize_t got = in_pos ? file_pread(in, &uio, in_pos) : file_read(in, &uio);
    if (got <= 0)
        return got;
    uio_kernel(&uio, buf, (size_t)got, UIO_WRITE);
    ssize_t put = file_write(out, &uio);
    ssize_t lost = got - MAX(put, (ssize_t)0); /* read, but not taken: step back */
    if (in_pos)
        *in_pos -= (u64)lost;
    else if (lost && file_seek(in, -lost, SEEK_CUR) < 0)
        return -EIO;
    return put;
}

ssize_t file_send(struct file *out, struct file *in, u64 *in_pos, size_t count)
{
    if (!(in->state & FILE_READ) || !(out->state & FILE_WRITE))
        return -EBADF;
    if ((in->state & FILE_STREAM) || !S_ISREG(in->inode->mode) || !in->ops->read ||
        !out->ops->write)
        return -EINVAL;
    char *buf = kmalloc(PAGE_SIZE);
    if (!buf)
        return -ENOMEM;
    size_t done = 0;
    ssize_t n = 0;
    while (done < count) {
        size_t want = MIN(count - done, PAGE_SIZE);
        n = send_some(out, in, in_pos, buf, want);
        if (n <= 0)
            break;
        done += (size_t)n;
        if ((size_t)n < want)
            break;
    }
    kfree(buf);
    return done ? (ssize_t)done : n;
}
