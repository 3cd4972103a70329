/* open.c: how a file comes to be open, and how it is closed.
 *
 * Opening is: walk to the place (creating the file if asked to), check rights, make the struct
 * file, and let the file's own table finish. What O_CREAT needs of a directory it shares with mkdir
 * and its kin (namespace.c). */
#include "debug/assert.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/names.h"
#include "fs/walk.h"
#include "lock/percpu_counter.h"
#include "mm/slab.h"

int (*special_open[SPECIAL_COUNT])(struct inode *inode, struct file *file);

static struct kmem_cache *file_cache;
static struct percpu_counter nfiles;

/* --- struct file: made and unmade --- */

static u32 state_of(int flags)
{
    if (flags & O_PATH)
        return FILE_PATH;
    return (flags & O_ACCMODE) == O_RDONLY   ? FILE_READ
           : (flags & O_ACCMODE) == O_WRONLY ? FILE_WRITE
                                             : FILE_READ | FILE_WRITE;
}

static struct file *file_new(const struct path *path, int flags)
{
    struct file *f = kmem_cache_alloc(file_cache);
    if (!f)
        return NULL;
    *f = (struct file){
        .refs = REFCOUNT_INIT(1),
        .flags = (u32)flags & ~(u32)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC),
        .state = state_of(flags),
        .inode = inode_get(dentry_inode(path->dentry)),
        .path = *path,
    };
    path_get(path);
    mutex_init(&f->pos_lock, "file offset", RANK_FILE_POS);
    percpu_counter_add(&nfiles, 1);
    return f;
}

static void file_free(struct file *f)
{
    path_put(&f->path);
    inode_put(f->inode);
    kmem_cache_free(file_cache, f);
    percpu_counter_add(&nfiles, -1);
}

struct file *file_alloc(struct mount *mnt, struct inode *inode, const struct file_ops *ops,
                        int flags, void *priv)
{
    struct path path = {mnt, dentry_root(mnt->sb, inode)};
    if (!path.dentry)
        return NULL;
    struct file *f = file_new(&path, flags);
    dentry_put(path.dentry); /* f has its own */
    if (f) {
        f->ops = ops;
        f->priv = priv;
    }
    return f;
}

u64 file_count(void)
{
    return (u64)percpu_counter_sum(&nfiles);
}

/* --- Writers and programs --- */

/* nwriters counts writers upwards and executions downwards, so that there is never one of each
 * (-ETXTBSY). */
static int count_change(struct inode *inode, s32 step)
{
    s32 n = atomic_load_explicit(&inode->nwriters, memory_order_relaxed);
    do
        if (step > 0 ? n < 0 : n > 0)
            return -ETXTBSY;
    while (!atomic_compare_exchange_weak_explicit(&inode->nwriters, &n, n + step,
                                                  memory_order_relaxed, memory_order_relaxed));
    return 0;
}

static void count_restore(struct inode *inode, s32 step)
{
    atomic_fetch_add_explicit(&inode->nwriters, step, memory_order_relaxed);
}

static bool counts_as_writer(const struct file *f)
{
    return (f->state & FILE_WRITE) && S_ISREG(f->inode->mode);
}

int file_deny_write(struct file *f)
{
    if (f->state & FILE_EXEC)
        return 0;
    int err = count_change(f->inode, -1);
    if (!err)
        f->state |= FILE_EXEC;
    return err;
}

void file_put(struct file *f)
{
    if (!f || !refcount_put(&f->refs))
        return;
    if (f->ops && f->ops->release)
        f->ops->release(f);
    if (counts_as_writer(f))
        count_restore(f->inode, -1);
    if (f->state & FILE_EXEC)
        count_restore(f->inode, 1);
    file_free(f);
}

/* --- open --- */

static int special_index(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFCHR:
        return SPECIAL_CHR;
    case S_IFBLK:
        return SPECIAL_BLK;
    case S_IFIFO:
        return SPECIAL_FIFO;
    default:
        return SPECIAL_SOCK;
    }
}

/* Let the file's own table finish the opening. */
static int open_finish(struct file *f)
{
    struct inode *inode = f->inode;
    f->ops = inode->fops;
    if (f->ops)
        return f->ops->open ? f->ops->open(inode, f) : 0;
    int (*open)(struct inode *, struct file *) = special_open[special_index(inode->mode)];
    return open ? open(inode, f) : -ENXIO;
}

static const struct file_ops no_ops; /* O_PATH */

int file_open_path(const struct path *path, int flags, struct file **out)
{
    struct file *f = file_new(path, flags);
    if (!f)
        return -ENFILE;
    int err = 0;
    if (flags & O_PATH)
        f->ops = &no_ops;
    else if (counts_as_writer(f))
        err = count_change(f->inode, 1);
    if (!err && !f->ops) {
        err = open_finish(f);
        if (err && counts_as_writer(f))
            count_restore(f->inode, -1);
    }
    if (err)
        file_free(f);
    else
        *out = f;
    return err;
}

/* Rights that follow from the flags, for a file that was there already. */
static int check_rights(const struct path *p, int flags)
{
    const struct inode *inode = dentry_inode(p->dentry);
    u32 state = state_of(flags);
    unsigned may = (state & FILE_READ ? MAY_READ : 0) |
                   (state & FILE_WRITE || flags & O_TRUNC ? MAY_WRITE : 0);
    bool is_device = S_ISCHR(inode->mode) || S_ISBLK(inode->mode);
    if (S_ISDIR(inode->mode) && ((may & MAY_WRITE) || flags & O_CREAT))
        return -EISDIR;
    if (is_device && (p->mnt->flags & MS_NODEV))
        return -EACCES;
    if ((may & MAY_WRITE) && S_ISREG(inode->mode) && mount_may_write(p->mnt))
        return -EROFS;
    if ((flags & O_NOATIME) && !inode_is_mine(inode))
        return -EPERM;
    return inode_permission(inode, may);
}

/* Walk the last component and create it if it is missing. */
static int find_or_create(struct walk *w, int flags, mode_t mode, bool *created)
{
    for (;;) {
        struct dentry *d;
        if (w->kind != WALK_NAME)
            return -EISDIR;
        if (w->slash)
            return -EISDIR;
        int err = name_create(w, S_IFREG | (mode & 07777), 0, &d, created);
        if (err)
            return err;
        if (*created || !S_ISLNK(dentry_inode(d)->mode)) {
            walk_to(w, d);
            return !*created && (flags & O_EXCL) ? -EEXIST : 0;
        }
        if (flags & (O_EXCL | O_NOFOLLOW)) {
            dentry_put(d);
            return flags & O_EXCL ? -EEXIST : -ELOOP;
        }
        err = walk_link(w, d);
        if (err)
            return err < 0 ? err : 0;
    }
}

static int open_at(struct walk *w, int flags, bool created, struct file **out)
{
    const struct inode *inode = dentry_inode(w->at.dentry);
    if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
        return -ENOTDIR;
    if (S_ISLNK(inode->mode) && !(flags & O_PATH))
        return -ELOOP; /* O_NOFOLLOW */
    int err = created || (flags & O_PATH) ? 0 : check_rights(&w->at, flags);
    if (!err)
        err = file_open_path(&w->at, flags, out);
    if (err || !(flags & O_TRUNC) || created || !S_ISREG(inode->mode))
        return err;
    struct setattr attr = {.valid = SET_SIZE, .size = 0};
    err = inode_setattr((*out)->inode, &attr);
    if (err)
        file_put(*out);
    return err;
}

int file_open(int dirfd, const char *name, int flags, mode_t mode, struct file **out)
{
    struct walk w;
    bool created = false;
    if ((flags & O_ACCMODE) == O_ACCMODE || (flags & O_TMPFILE) == O_TMPFILE)
        return flags & O_DIRECTORY ? -EOPNOTSUPP : -EINVAL;
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
        return -EINVAL;
    int err = walk_begin(&w, dirfd, NULL, name);
    if (!err)
        err = flags & O_CREAT ? find_or_create(&w, flags, mode, &created)
                              : walk_finish(&w, !(flags & O_NOFOLLOW));
    if (!err)
        err = open_at(&w, flags, created, out);
    walk_end(&w);
    return err;
}

void file_init(void)
{
    file_cache = kmem_cache_create("file", sizeof(struct file), 0, NULL);
    if (!file_cache)
        panic("no memory for open files");
}
