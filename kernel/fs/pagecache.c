/* pagecache.c: reading, writing and mapping regular files; all three work on the same pages, those
 * of inode->obj.
 *
 * A reader takes no lock: it looks up the file's size, then a page, pins it and copies. So a
 * program may read into memory that it has mapped from the same file. A writer holds inode->lock,
 * which makes writes whole against each other, and so must not touch the program's memory in a way
 * that could fault: it makes the source present first, copies with faults off, and starts over
 * where that fell short (DESIGN, circle 1). A page that is not in memory is made under inode->lock
 * as well, so that a truncate cannot come in between. */
#include "fs/pagecache.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "vm/vmspace.h"

static u64 pages_for(u64 bytes)
{
    return (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* --- Reading --- */

/* A page that is not in memory: a hole, or on a disk. */
static NOINLINE int read_absent(struct inode *inode, struct uio *uio, u64 pos, size_t n)
{
    struct page *page;
    bool major = false;
    if (inode->sb->flags & SUPER_RESIDENT)
        return uio_zero(n, uio);
    int err = vm_object_fault(&inode->obj, pos >> PAGE_SHIFT, false, &page, &major);
    if (err)
        return err;
    err = uio_move((char *)page_virt(page) + pos % PAGE_SIZE, n, uio);
    page_put(page);
    return err;
}

static inline int read_piece(struct inode *inode, struct uio *uio, u64 pos, size_t n)
{
    struct page *page = vm_object_page(&inode->obj, pos >> PAGE_SHIFT);
    if (unlikely(!page))
        return read_absent(inode, uio, pos, n);
    int err = uio_move((char *)page_virt(page) + pos % PAGE_SIZE, n, uio);
    page_put(page);
    return err;
}

ssize_t pagecache_read(struct file *f, struct uio *uio, u64 *pos)
{
    struct inode *inode = f->inode;
    u64 at = *pos, size = inode_size(inode), had = uio->resid;
    int err = 0;
    if (!(atomic_load_explicit(&f->flags, memory_order_relaxed) & O_NOATIME))
        inode_accessed(inode);
    for (u64 left = at < size ? MIN(had, size - at) : 0; left && !err;) {
        size_t n = MIN(PAGE_SIZE - at % PAGE_SIZE, left);
        err = read_piece(inode, uio, at, n);
        at += n;
        left -= n;
    }
    u64 done = had - uio->resid; /* a piece may have been moved in part */
    *pos += done;
    return done ? (ssize_t)done : err;
}

/* --- Pages that are not in memory --- */

/* Make the page at index, filled. inode->lock is held, so nobody else makes it. The caller gets a
 * reference. */
static int page_make(struct inode *inode, u64 index, bool fill, struct page **out)
{
    int err = inode->ops->reserve(inode, index);
    if (err)
        return err;
    struct page *page = frame_alloc(FRAME_RECLAIM, 0);
    err = page ? 0 : -ENOMEM;
    if (!err && fill)
        err = inode->ops->fill(inode, index, page_virt(page));
    if (!err) {
        *out = page;
        return 0;
    }
    if (page)
        page_put(page);
    inode->ops->unreserve(inode, 1);
    return err;
}

/* Show a page to everybody. */
static int page_attach(struct inode *inode, u64 index, struct page *page)
{
    int err = vm_object_add(&inode->obj, index, page);
    if (err)
        inode->ops->unreserve(inode, 1);
    return err;
}

static int fault_locked(struct inode *inode, u64 index, struct page **out)
{
    *out = vm_object_page(&inode->obj, index);
    if (*out)
        return 0;
    if (index >= pages_for(inode_size(inode)))
        return -EIO;
    int err = page_make(inode, index, true, out);
    if (err)
        return err;
    err = page_attach(inode, index, *out);
    if (err)
        page_put(*out);
    return err;
}

/* pager_ops.fault */
static int inode_fault(struct vm_object *obj, u64 index, bool write, struct page **out, bool *major)
{
    struct inode *inode = container_of(obj, struct inode, obj);
    *major = !(inode->sb->flags & SUPER_RESIDENT);
    mutex_lock(&inode->lock);
    int err = fault_locked(inode, index, out);
    if (!err && write)
        inode_changed(inode);
    mutex_unlock(&inode->lock);
    return err == -ENOSPC ? -EIO : err; /* there is no errno to a load: SIGBUS */
}

static void inode_release(struct vm_object *obj)
{
    struct inode *inode = container_of(obj, struct inode, obj);
    inode->ops->evict(inode);
}

static void inode_describe(struct vm_object *obj, char *buf, size_t len, u64 *dev, u64 *ino)
{
    struct inode *inode = container_of(obj, struct inode, obj);
    *dev = inode->sb->dev;
    *ino = inode->ino;
    mutex_lock(&inode->lock);
    strlcpy(buf, inode->mapped_name ? inode->mapped_name : "", len);
    if (inode->mapped_name && inode->nlink == 0)
        strlcat(buf, " (deleted)", len);
    mutex_unlock(&inode->lock);
}

const struct pager_ops inode_pager_ops = {
    .fault = inode_fault, .release = inode_release, .describe = inode_describe};

/* --- Writing --- */

/* Bytes of the last page behind the file's end can be scribbled on through a mapping. They must be
 * zero when the file grows over them. inode->lock is held. */
static void clear_tail(struct inode *inode, u64 size)
{
    if (size % PAGE_SIZE == 0)
        return;
    struct page *page = vm_object_page(&inode->obj, size >> PAGE_SHIFT);
    if (!page)
        return;
    memset((char *)page_virt(page) + size % PAGE_SIZE, 0, PAGE_SIZE - size % PAGE_SIZE);
    page_put(page);
}

/* The rest of a page whose source ran short half-way: what the file has there. */
static int fill_rest(struct inode *inode, u64 index, char *data, size_t have)
{
    struct page *whole = frame_alloc(FRAME_RECLAIM, 0);
    if (!whole)
        return -ENOMEM;
    int err = inode->ops->fill(inode, index, page_virt(whole));
    if (!err)
        memcpy(data + have, (char *)page_virt(whole) + have, PAGE_SIZE - have);
    page_put(whole);
    return err;
}

/* Into a new page, which is attached only when all of it is valid: a reader may find it at once.
 * Where all of it is overwritten, filling it first would be wasted. Returns the bytes copied. */
static ssize_t write_new_page(struct inode *inode, struct uio *uio, u64 index, size_t off, size_t n)
{
    struct page *page;
    struct uio start = *uio;
    bool whole = n == PAGE_SIZE;
    int err = page_make(inode, index, !whole, &page);
    if (err)
        return err;
    char *data = page_virt(page);
    size_t done = uio_move_nofault(data + off, n, uio);
    if (whole && done > 0 && done < n)
        err = fill_rest(inode, index, data, done);
    if (done == 0 || err)
        inode->ops->unreserve(inode, 1);
    else
        err = page_attach(inode, index, page);
    page_put(page);
    if (err)
        *uio = start; /* nothing was written */
    return err ? err : (ssize_t)done;
}

/* Up to the end of one page. inode->lock is held. Returns the bytes copied, 0 when the source is
 * not present. */
static ssize_t write_piece(struct inode *inode, struct uio *uio, u64 pos, size_t n)
{
    u64 index = pos >> PAGE_SHIFT;
    size_t off = pos % PAGE_SIZE;
    n = MIN(n, PAGE_SIZE - off);
    struct page *page = vm_object_page(&inode->obj, index);
    if (!page)
        return write_new_page(inode, uio, index, off, n);
    size_t done = uio_move_nofault((char *)page_virt(page) + off, n, uio);
    page_put(page);
    return (ssize_t)done;
}

static void size_grow(struct inode *inode, u64 size)
{
    if (size > inode_size(inode))
        atomic_store_explicit(&inode->size, size, memory_order_release); /* matches inode_size */
}

/* Make place in the object for [pos, pos + n). */
static void object_grow(struct inode *inode, u64 pos, size_t n)
{
    u64 old = inode_size(inode);
    if (pos > old)
        clear_tail(inode, old);
    if (pages_for(pos + n) > inode->obj.end)
        vm_object_resize(&inode->obj, pages_for(pos + n));
}

/* As much as can be copied without a fault. inode->lock is held. 0, or an errno. */
static int write_present(struct inode *inode, struct uio *uio, u64 *pos, size_t n)
{
    object_grow(inode, *pos, n);
    while (n) {
        ssize_t done = write_piece(inode, uio, *pos, n);
        if (done <= 0)
            return (int)done;
        *pos += (u64)done;
        n -= (size_t)done;
        size_grow(inode, *pos);
    }
    return 0;
}

/* How many of n bytes at pos the limits allow: 0 and -EFBIG, or at least one. */
static int write_limit(u64 pos, size_t *n)
{
    u64 limit = MIN(limit_current(RLIMIT_FSIZE), FS_MAX_FILE_BYTES);
    if (pos >= limit)
        return -EFBIG;
    *n = MIN(*n, limit - pos);
    return 0;
}

/* One round under the lock. *want: what is still to be written; cut down by the limits. */
static int write_locked(struct file *f, struct uio *uio, u64 *pos, size_t *want)
{
    struct inode *inode = f->inode;
    if (atomic_load_explicit(&f->flags, memory_order_relaxed) & O_APPEND)
        *pos = inode_size(inode);
    int err = write_limit(*pos, want);
    if (err)
        return err;
    size_t before = uio->resid;
    err = write_present(inode, uio, pos, *want);
    *want -= before - uio->resid;
    if (before != uio->resid) {
        inode_drop_setid(inode);
        inode_changed(inode);
    }
    /* the object may have been grown for more than came */
    if (inode->obj.end > pages_for(inode_size(inode)))
        vm_object_resize(&inode->obj, pages_for(inode_size(inode)));
    return err;
}

ssize_t pagecache_write(struct file *f, struct uio *uio, u64 *pos)
{
    size_t before = uio->resid, want = uio->resid;
    int err = 0;
    while (!err && want) {
        if (uio_fault_in(uio, want) == 0) {
            err = -EFAULT;
            break;
        }
        mutex_lock(&f->inode->lock);
        err = write_locked(f, uio, pos, &want);
        mutex_unlock(&f->inode->lock);
    }
    size_t done = before - uio->resid;
    return done ? (ssize_t)done : err;
}

/* --- Size --- */

int pagecache_resize(struct inode *inode, u64 size)
{
    u64 old = inode_size(inode);
    if (size > old) {
        size_t n = 1;
        if (write_limit(size - 1, &n))
            return -EFBIG;
        clear_tail(inode, old);
    }
    u64 npages = inode->obj.nresident;
    atomic_store_explicit(&inode->size, size, memory_order_release); /* matches inode_size */
    vm_object_resize(&inode->obj, pages_for(size));
    if (inode->obj.nresident < npages)
        inode->ops->unreserve(inode, npages - inode->obj.nresident);
    if (size < old)
        clear_tail(inode, size);
    return 0;
}

/* A page that is in memory is data; one that is not is a hole (SUPER_RESIDENT), or must be taken
 * for data. */
static u64 next_page(struct inode *inode, u64 index, u64 end, bool data)
{
    if (!(inode->sb->flags & SUPER_RESIDENT))
        return data ? index : end;
    spin_lock(&inode->obj.lock);
    if (data) {
        u64 found = index;
        index = xa_find(&inode->obj.pages, &found, end) ? found : end;
    } else {
        while (index < end && xa_load(&inode->obj.pages, index))
            index++;
    }
    spin_unlock(&inode->obj.lock);
    return index;
}

s64 pagecache_seek(struct inode *inode, s64 offset, int whence)
{
    u64 size = inode_size(inode);
    if (offset < 0 || (u64)offset >= size)
        return -ENXIO;
    u64 end = pages_for(size), first = (u64)offset >> PAGE_SHIFT;
    u64 page = next_page(inode, first, end, whence == SEEK_DATA);
    if (whence == SEEK_DATA && page >= end)
        return -ENXIO;
    u64 at = page == first ? (u64)offset : page << PAGE_SHIFT;
    return (s64)MIN(at, size);
}

/* --- Mapping --- */

/* /proc/PID/maps shows a name, and a mapping knows only the object: note the name at the first
 * mapping. */
static void note_name(struct file *f)
{
    struct inode *inode = f->inode;
    if (READ_ONCE(inode->mapped_name))
        return;
    char *buf = kmalloc(PATH_MAX), *name, *copy = NULL;
    int len = buf ? path_name(&f->path, buf, PATH_MAX, &name) : -ENOMEM;
    if (len > 0 && inode->nlink > 0 && (copy = kmalloc((size_t)len)))
        memcpy(copy, name, (size_t)len);
    kfree(buf);
    mutex_lock(&inode->lock);
    if (!inode->mapped_name) {
        inode->mapped_name = copy;
        copy = NULL;
    }
    mutex_unlock(&inode->lock);
    kfree(copy);
}

int pagecache_mmap(struct file *f, struct map_request *req)
{
    note_name(f);
    inode_accessed(f->inode);
    req->obj = vm_object_get(&f->inode->obj);
    return 0;
}
