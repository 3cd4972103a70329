/* fdtable.c: descriptors: finding, handing out, closing.
 *
 * fdtable.h argues why an unshared table is read without its lock. It grows by doubling; the number
 * of open files is bounded by RLIMIT_NOFILE. Files are put only after the lock is dropped, since
 * that may sleep. */
#include "fs/fdtable.h"
#include "debug/assert.h"
#include "fs/names.h"
#include "lib/bitmap.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "sched/thread.h"

static struct files *files_current(void)
{
    return thread_current()->files;
}

/* --- Looking up --- */

struct file *fd_get_any(int fd)
{
    struct files *fs = files_current();
    if (unlikely(!fs))
        return NULL; /* a kernel thread */
    if (likely(!fs->shared))
        return (u32)fd < fs->size ? fs->file[fd] : NULL; /* borrowed from the table */
    return files_peek(fs, fd);
}

struct file *fd_get(int fd)
{
    struct file *f = fd_get_any(fd);
    if (!f || likely(!(f->state & FILE_PATH)))
        return f;
    fd_put(f);
    return NULL;
}

void fd_put(struct file *f)
{
    if (files_current()->shared)
        file_put(f);
}

struct file *files_peek(struct files *fs, int fd)
{
    spin_lock(&fs->lock);
    struct file *f = (u32)fd < fs->size ? fs->file[fd] : NULL;
    if (f)
        file_get(f);
    spin_unlock(&fs->lock);
    return f;
}

int files_next(struct files *fs, int fd)
{
    spin_lock(&fs->lock);
    u32 next = fd < 0 ? 0 : (u32)fd;
    while (next < fs->size && !fs->file[next])
        next++;
    bool found = next < fs->size;
    spin_unlock(&fs->lock);
    return found ? (int)next : -1;
}

/* --- Tables --- */

static struct kmem_cache *files_cache;

struct files *files_create(void)
{
    struct files *fs = kmem_cache_alloc(files_cache);
    if (!fs)
        return NULL;
    *fs = (struct files){.refs = REFCOUNT_INIT(1), .size = FILES_INLINE};
    spin_init(&fs->lock, "fdtable", RANK_FDTABLE);
    fs->file = fs->file_inline;
    fs->used = &fs->used_inline;
    fs->cloexec = &fs->cloexec_inline;
    return fs;
}

/* The three arrays of a bigger table, in one block: first the pointers, then the bitmaps. */
struct arrays {
    u32 size; /* a multiple of 64 */
    struct file **file;
    u64 *used, *cloexec;
};

static bool arrays_alloc(struct arrays *a, u32 size)
{
    size_t words = BITMAP_WORDS(size);
    a->size = size;
    a->file = kcalloc(1, size * sizeof a->file[0] + 2 * words * sizeof(u64));
    if (!a->file)
        return false;
    a->used = (u64 *)(a->file + size);
    a->cloexec = a->used + words;
    return true;
}

static void arrays_fill(struct arrays *a, const struct files *from)
{
    size_t bytes = BITMAP_WORDS(from->size) * sizeof(u64);
    memcpy(a->file, from->file, from->size * sizeof a->file[0]);
    memcpy(a->used, from->used, bytes);
    memcpy(a->cloexec, from->cloexec, bytes);
}

/* Let fs use a; returns the block to be freed (kfree does nothing for NULL). */
static void *arrays_install(struct files *fs, const struct arrays *a)
{
    void *old = fs->file == fs->file_inline ? NULL : fs->file;
    fs->size = a->size;
    fs->file = a->file;
    fs->used = a->used;
    fs->cloexec = a->cloexec;
    return old;
}

/* Make room for descriptor fd. The lock is dropped while memory is found, so somebody else may grow
 * it meanwhile. */
static int grow(struct files *fs, u32 fd)
{
    struct arrays a;
    u32 size = READ_ONCE(fs->size);
    while (size <= fd)
        size *= 2;
    if (!arrays_alloc(&a, size))
        return -ENOMEM;
    void *unused = a.file;
    spin_lock(&fs->lock);
    if (fs->size < a.size) {
        arrays_fill(&a, fs);
        unused = arrays_install(fs, &a);
    }
    spin_unlock(&fs->lock);
    kfree(unused);
    return 0;
}

/* Numbers that are reserved but not installed (another thread is in open) are not inherited. */
static void inherit(struct files *fs, struct files *from) REQUIRES(&from->lock)
{
    size_t fd;
    bitmap_for_each_set (fd, from->used, from->size) {
        if (!from->file[fd])
            continue;
        fs->file[fd] = file_get(from->file[fd]);
        bitmap_set(fs->used, fd);
        if (bitmap_test(from->cloexec, fd))
            bitmap_set(fs->cloexec, fd);
    }
}

struct files *files_fork(struct files *from)
{
    struct files *fs = files_create();
    while (fs) {
        spin_lock(&from->lock);
        u32 need = from->size;
        if (need <= fs->size)
            inherit(fs, from);
        spin_unlock(&from->lock);
        if (need <= fs->size)
            return fs;
        if (grow(fs, need - 1)) {
            files_put(fs);
            return NULL;
        }
    }
    return NULL;
}

struct files *files_share(struct files *fs)
{
    spin_lock(&fs->lock);
    fs->shared = true;
    spin_unlock(&fs->lock);
    return files_get(fs);
}

struct files *files_get(struct files *fs)
{
    refcount_get(&fs->refs);
    return fs;
}

void files_put(struct files *fs)
{
    if (!fs || !refcount_put(&fs->refs))
        return;
    size_t fd;
    bitmap_for_each_set (fd, fs->used, fs->size)
        file_put(fs->file[fd]);
    if (fs->file != fs->file_inline)
        kfree(fs->file);
    kmem_cache_free(files_cache, fs);
}

int files_exec(struct files **fsp)
{
    struct files *fs = *fsp;
    if (fs->shared) {
        struct files *own = files_fork(fs);
        if (!own)
            return -ENOMEM;
        *fsp = own;
        files_put(fs);
        fs = own;
    }
    size_t fd = 0; /* nobody else uses the table: it cannot change between the look and the lock */
    while ((fd = bitmap_next_set(fs->cloexec, fs->size, fd)) < fs->size) {
        spin_lock(&fs->lock);
        struct file *f = fs->file[fd];
        fs->file[fd] = NULL;
        bitmap_clear(fs->used, fd);
        bitmap_clear(fs->cloexec, fd);
        fs->next_free = MIN(fs->next_free, (u32)fd);
        spin_unlock(&fs->lock);
        file_put(f);
    }
    return 0;
}

/* --- Handing out --- */

/* The lowest free number >= min, reserved; or the table's size when it is full. */
static u32 take_number(struct files *fs, u32 min, bool cloexec) REQUIRES(&fs->lock)
{
    u32 fd = (u32)bitmap_next_clear(fs->used, fs->size, MAX(min, fs->next_free));
    if (fd >= fs->size)
        return fs->size;
    bitmap_set(fs->used, fd);
    if (cloexec)
        bitmap_set(fs->cloexec, fd);
    if (min <= fs->next_free)
        fs->next_free = fd + 1;
    return fd;
}

static void give_number(struct files *fs, u32 fd) REQUIRES(&fs->lock)
{
    fs->file[fd] = NULL;
    bitmap_clear(fs->used, fd);
    bitmap_clear(fs->cloexec, fd);
    fs->next_free = MIN(fs->next_free, fd);
}

/* The lowest free number >= min, for f; or only reserved, if f is NULL. */
static int hand_out(struct files *fs, int min, bool cloexec, struct file *f)
{
    u64 limit = MIN(limit_current(RLIMIT_NOFILE), (u64)FS_MAX_FD);
    if (min < 0 || (u64)min >= limit)
        return -EINVAL;
    for (;;) {
        spin_lock(&fs->lock);
        u32 size = fs->size;
        u32 fd = (u32)min < size ? take_number(fs, (u32)min, cloexec) : size;
        bool beyond = fd < size && fd >= limit;
        if (beyond)
            give_number(fs, fd);
        else if (fd < size)
            fs->file[fd] = f;
        spin_unlock(&fs->lock);
        if (beyond || (fd == size && size >= limit))
            return -EMFILE;
        if (fd < size)
            return (int)fd;
        int err = grow(fs, MAX(size, (u32)min));
        if (err)
            return err;
    }
}

int fd_alloc(int min, bool cloexec)
{
    return hand_out(files_current(), min, cloexec, NULL);
}

void fd_install(int fd, struct file *f)
{
    struct files *fs = files_current();
    spin_lock(&fs->lock);
    ASSERT((u32)fd < fs->size && !fs->file[fd] && bitmap_test(fs->used, (u32)fd));
    fs->file[fd] = f;
    spin_unlock(&fs->lock);
}

void fd_release(int fd)
{
    struct files *fs = files_current();
    spin_lock(&fs->lock);
    ASSERT((u32)fd < fs->size && !fs->file[fd]);
    give_number(fs, (u32)fd);
    spin_unlock(&fs->lock);
}

int fd_add(struct file *f, int min, bool cloexec)
{
    int fd = hand_out(files_current(), min, cloexec, f);
    if (fd < 0)
        file_put(f);
    return fd;
}

int fd_close(int fd)
{
    struct files *fs = files_current();
    spin_lock(&fs->lock);
    struct file *f = (u32)fd < fs->size ? fs->file[fd] : NULL;
    if (f)
        give_number(fs, (u32)fd);
    spin_unlock(&fs->lock);
    if (!f)
        return -EBADF;
    file_put(f);
    return 0;
}

/* Put f at newfd and return what was there. *busy: another thread's open has reserved that number.
 */
static struct file *put_at(struct files *fs, u32 newfd, struct file *f, bool cloexec, bool *busy)
    REQUIRES(&fs->lock)
{
    struct file *old = fs->file[newfd];
    *busy = !old && bitmap_test(fs->used, newfd);
    if (*busy)
        return NULL;
    fs->file[newfd] = f;
    bitmap_set(fs->used, newfd);
    if (cloexec)
        bitmap_set(fs->cloexec, newfd);
    else
        bitmap_clear(fs->cloexec, newfd);
    return old;
}

int fd_dup_to(int oldfd, int newfd, bool cloexec)
{
    struct files *fs = files_current();
    if (newfd < 0 || (u64)newfd >= MIN(limit_current(RLIMIT_NOFILE), (u64)FS_MAX_FD))
        return -EBADF;
    struct file *f = files_peek(fs, oldfd);
    if (!f)
        return -EBADF;
    if ((u32)newfd >= READ_ONCE(fs->size) && grow(fs, (u32)newfd)) {
        file_put(f);
        return -ENOMEM;
    }
    bool busy;
    spin_lock(&fs->lock);
    struct file *old = put_at(fs, (u32)newfd, f, cloexec, &busy);
    spin_unlock(&fs->lock);
    file_put(busy ? f : old);
    return busy ? -EBUSY : newfd;
}

int fd_get_cloexec(int fd)
{
    struct files *fs = files_current();
    spin_lock(&fs->lock);
    bool open = (u32)fd < fs->size && fs->file[fd];
    int on = open && bitmap_test(fs->cloexec, (u32)fd);
    spin_unlock(&fs->lock);
    return open ? on : -EBADF;
}

int fd_set_cloexec(int fd, bool on)
{
    struct files *fs = files_current();
    spin_lock(&fs->lock);
    bool open = (u32)fd < fs->size && fs->file[fd];
    if (open && on)
        bitmap_set(fs->cloexec, (u32)fd);
    else if (open)
        bitmap_clear(fs->cloexec, (u32)fd);
    spin_unlock(&fs->lock);
    return open ? 0 : -EBADF;
}

void files_init(void)
{
    files_cache = kmem_cache_create("files", sizeof(struct files), 0, NULL);
    if (!files_cache)
        panic("no memory for descriptor tables");
}
