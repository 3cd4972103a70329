/* namespace.c: making and removing names: mkdir, mknod, symlink, link, unlink, rmdir. (rename.c has
 * a file of its own.)
 *
 * All follow one pattern: walk to the directory, lock it, look the last component up (again) under
 * the lock, check, let the file system act, and tell the name cache. References that may be the
 * last are dropped after unlocking. */
#include "fs/mount.h"
#include "fs/names.h"
#include "fs/vfs.h"
#include "fs/walk.h"

/* --- Making --- */

/* May a name be added to dir, which is locked? */
static int may_add(const struct walk *w, const struct inode *dir)
{
    if (dir->nlink == 0)
        return -ENOENT; /* removed meanwhile */
    int err = mount_may_write(w->at.mnt);
    return err ? err : inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

/* What is made: a file, device, directory (target NULL) or a symbolic link. */
struct recipe {
    mode_t mode;
    dev_t rdev;
    const char *target;
};

static int make(struct inode *dir, const struct name *name, const struct recipe *r,
                struct inode **out)
{
    const struct inode_ops *ops = dir->ops;
    if (r->target)
        return ops->symlink ? ops->symlink(dir, name, r->target, out) : -EPERM;
    return ops->create ? ops->create(dir, name, r->mode, r->rdev, out) : -EPERM;
}

/* dir is locked. `seen` is what a look without the lock found. */
static int find_or_make_locked(struct walk *w, struct inode *dir, const struct recipe *r,
                               struct dentry *seen, struct dentry **out, bool *created)
{
    struct inode *inode = NULL;
    int err = 0;
    if (dentry_is_current(seen))
        *out = dentry_get(seen);
    else
        err = dentry_lookup_locked(w->at.dentry, &w->last, out);
    if (err || dentry_inode(*out))
        return err;
    err = may_add(w, dir);
    if (!err)
        err = make(dir, &w->last, r, &inode);
    if (!err) {
        dentry_set_inode(*out, inode);
        *created = true;
    }
    return err;
}

static int find_or_make(struct walk *w, const struct recipe *r, struct dentry **out, bool *created)
{
    struct inode *dir = dentry_inode(w->at.dentry);
    struct dentry *seen;
    *created = false;
    *out = NULL;
    int err =
        dentry_lookup(w->at.dentry, &w->last, &seen); /* without the lock: often it is there */
    if (err)
        return err;
    if (dentry_inode(seen)) {
        *out = seen;
        return 0;
    }
    if (dir->sb->flags & SUPER_DYNAMIC) {
        err = -EPERM;
    } else {
        mutex_lock(&dir->lock);
        err = find_or_make_locked(w, dir, r, seen, out, created);
        mutex_unlock(&dir->lock);
    }
    dentry_put(seen);
    if (err)
        dentry_put(*out);
    return err;
}

static mode_t masked(mode_t mode)
{
    return mode & ~(mode_t)fsctx_current()->umask;
}

int name_create(struct walk *w, mode_t mode, dev_t rdev, struct dentry **d, bool *created)
{
    struct recipe r = {.mode = masked(mode), .rdev = rdev};
    return find_or_make(w, &r, d, created);
}

/* Make it, or say that it is there. */
static int make_new(int dirfd, const struct path *from, const char *name, const struct recipe *r)
{
    struct walk w;
    struct dentry *d;
    bool created;
    int err = walk_begin(&w, dirfd, from, name);
    if (!err && w.kind != WALK_NAME)
        err = -EEXIST;
    if (!err && w.slash && !S_ISDIR(r->mode)) {
        err = dentry_lookup(w.at.dentry, &w.last, &d); /* "name/" asks for a directory */
        if (!err) {
            err = dentry_inode(d) ? -EEXIST : -ENOENT;
            dentry_put(d);
        }
    }
    if (!err) {
        err = find_or_make(&w, r, &d, &created);
        if (!err) {
            dentry_put(d);
            err = created ? 0 : -EEXIST;
        }
    }
    walk_end(&w);
    return err;
}

int name_make(const struct path *at, const char *name, mode_t mode, dev_t rdev)
{
    struct recipe r = {.mode = mode, .rdev = rdev};
    return make_new(AT_FDCWD, at, name, &r);
}

int name_symlink(const struct path *at, const char *name, const char *target)
{
    struct recipe r = {.mode = S_IFLNK | 0777, .target = target};
    return make_new(AT_FDCWD, at, name, &r);
}

int vfs_mkdir(int dirfd, const char *name, mode_t mode)
{
    struct recipe r = {.mode = S_IFDIR | masked(mode & (0777 | S_ISVTX))};
    return make_new(dirfd, NULL, name, &r);
}

int vfs_mknod(int dirfd, const char *name, mode_t mode, dev_t dev)
{
    if (!(mode & S_IFMT))
        mode |= S_IFREG;
    if (S_ISDIR(mode))
        return -EPERM;
    if (!S_ISREG(mode) && !S_ISCHR(mode) && !S_ISBLK(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode))
        return -EINVAL;
    if ((S_ISCHR(mode) || S_ISBLK(mode)) && !fs_is_root())
        return -EPERM;
    struct recipe r = {.mode = (mode & S_IFMT) | masked(mode & 07777), .rdev = dev};
    return make_new(dirfd, NULL, name, &r);
}

int vfs_symlink(const char *target, int dirfd, const char *name)
{
    if (!*target)
        return -ENOENT;
    struct recipe r = {.mode = S_IFLNK | 0777, .target = target};
    return make_new(dirfd, NULL, name, &r);
}

/* --- Linking --- */

static int link_locked(struct walk *w, struct inode *dir, struct inode *inode, struct dentry **d)
{
    int err = dentry_lookup_locked(w->at.dentry, &w->last, d);
    if (!err && dentry_inode(*d))
        err = -EEXIST;
    if (!err)
        err = may_add(w, dir);
    if (err)
        return err;
    if (!dir->ops->link)
        return -EPERM;
    mutex_lock_ranked(&inode->lock, RANK_INODE_CHILD);
    err = inode->nlink == 0 ? -ENOENT : dir->ops->link(dir, &w->last, inode);
    mutex_unlock(&inode->lock);
    if (!err)
        dentry_set_inode(*d, inode_get(inode));
    return err;
}

static int link_to(const struct path *old, struct walk *w)
{
    struct inode *inode = dentry_inode(old->dentry), *dir = dentry_inode(w->at.dentry);
    struct dentry *d = NULL;
    if (w->kind != WALK_NAME)
        return -EEXIST;
    if (w->slash)
        return -ENOENT;
    if (old->mnt != w->at.mnt)
        return -EXDEV;
    if (S_ISDIR(inode->mode))
        return -EPERM;
    mutex_lock(&dir->lock);
    int err = link_locked(w, dir, inode, &d);
    mutex_unlock(&dir->lock);
    dentry_put(d);
    return err;
}

int vfs_link(int olddirfd, const char *oldname, int newdirfd, const char *newname, int flags)
{
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    struct path old;
    unsigned how = (flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0) |
                   (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
    int err = path_lookup(olddirfd, oldname, how, &old);
    if (err)
        return err;
    struct walk w;
    err = walk_begin(&w, newdirfd, NULL, newname);
    if (!err)
        err = link_to(&old, &w);
    walk_end(&w);
    path_put(&old);
    return err;
}

/* --- Removing --- */

/* In a directory with the sticky bit (/tmp) only the owner of the file or of the directory may
 * remove a name. */
int name_may_remove(const struct mount *mnt, const struct inode *dir, const struct inode *inode)
{
    int err = mount_may_write(mnt);
    if (!err)
        err = inode_permission(dir, MAY_WRITE | MAY_EXEC);
    if (!err && (dir->mode & S_ISVTX) && !inode_is_mine(inode) && !inode_is_mine(dir))
        err = -EPERM;
    return err;
}

/* The next two: dir and inode are locked, the directory also so that nobody makes a file in it
 * while it goes. */
static int remove_file(struct inode *dir, const struct name *name, struct inode *inode)
{
    if (S_ISDIR(inode->mode))
        return -EISDIR;
    return dir->ops->unlink ? dir->ops->unlink(dir, name, inode) : -EPERM;
}

static int remove_dir(struct inode *dir, const struct name *name, struct inode *inode)
{
    if (!S_ISDIR(inode->mode))
        return -ENOTDIR;
    return dir->ops->rmdir ? dir->ops->rmdir(dir, name, inode) : -EPERM;
}

typedef int (*remove_fn)(struct inode *dir, const struct name *name, struct inode *inode);

static int remove_locked(struct walk *w, struct inode *dir, remove_fn remove, struct dentry **d,
                         struct inode **gone)
{
    int err = dentry_lookup_locked(w->at.dentry, &w->last, d);
    if (err)
        return err;
    struct inode *inode = dentry_inode(*d);
    if (!inode)
        return -ENOENT;
    if (w->slash && !S_ISDIR(inode->mode))
        return -ENOTDIR;
    err = name_may_remove(w->at.mnt, dir, inode);
    if (!err && dentry_is_mount_point(*d))
        err = -EBUSY;
    if (err)
        return err;
    mutex_lock_ranked(&inode->lock, RANK_INODE_CHILD);
    err = remove(dir, &w->last, inode);
    mutex_unlock(&inode->lock);
    if (!err)
        *gone = dentry_removed(*d);
    return err;
}

static int remove_name(struct walk *w, remove_fn remove)
{
    struct inode *dir = dentry_inode(w->at.dentry), *gone = NULL;
    struct dentry *d = NULL;
    if (dir->sb->flags & SUPER_DYNAMIC)
        return -EPERM;
    mutex_lock(&dir->lock);
    int err = remove_locked(w, dir, remove, &d, &gone);
    mutex_unlock(&dir->lock);
    dentry_put(d);
    inode_put(gone);
    return err;
}

static int unlink_from(int dirfd, const struct path *from, const char *name)
{
    struct walk w;
    int err = walk_begin(&w, dirfd, from, name);
    if (!err)
        err = w.kind == WALK_NAME ? remove_name(&w, remove_file) : -EISDIR;
    walk_end(&w);
    return err;
}

int name_unmake(const struct path *at, const char *name)
{
    return unlink_from(AT_FDCWD, at, name);
}

int vfs_unlink(int dirfd, const char *name)
{
    return unlink_from(dirfd, NULL, name);
}

int vfs_rmdir(int dirfd, const char *name)
{
    static const int errors[] = {
        [WALK_NAME] = 0, [WALK_DOT] = -EINVAL, [WALK_DOTDOT] = -ENOTEMPTY, [WALK_ROOT] = -EBUSY};
    struct walk w;
    int err = walk_begin(&w, dirfd, NULL, name);
    if (!err)
        err = errors[w.kind];
    if (!err)
        err = remove_name(&w, remove_dir);
    walk_end(&w);
    return err;
}
