/* rename.c: moving a name, the operation with the most cases.
 *
 * Two directories are locked, ancestors first; as moving directories changes who is an ancestor,
 * only one rename between different directories runs at a time (rename_mutex). Then the two inodes,
 * in the order of their addresses. So locks are always taken down the tree, and no two threads wait
 * for each other. */
#include "fs/mount.h"
#include "fs/names.h"
#include "fs/vfs.h"
#include "fs/walk.h"
#include "mm/slab.h"

static struct mutex rename_mutex = MUTEX_INIT(rename_mutex, "rename", RANK_RENAME);

struct rename {
    struct walk from, to;
    struct dentry *old, *new; /* the two names, looked up under the locks */
    unsigned flags;
};

/* How many mutexes these four take depends on their arguments: more than the analysis can
 * follow. */
static void lock_dirs(struct dentry *a, struct dentry *b) NO_THREAD_SAFETY_ANALYSIS
{
    if (a == b) {
        mutex_lock(&dentry_inode(a)->lock);
        return;
    }
    mutex_lock(&rename_mutex);
    if (dentry_is_ancestor(b, a) || (!dentry_is_ancestor(a, b) && b < a)) {
        struct dentry *first = b;
        b = a;
        a = first;
    }
    mutex_lock(&dentry_inode(a)->lock);
    mutex_lock_ranked(&dentry_inode(b)->lock, RANK_INODE_DIR2);
}

static void unlock_dirs(struct dentry *a, struct dentry *b) NO_THREAD_SAFETY_ANALYSIS
{
    mutex_unlock(&dentry_inode(a)->lock);
    if (a == b)
        return;
    mutex_unlock(&dentry_inode(b)->lock);
    mutex_unlock(&rename_mutex);
}

static void lock_inodes(struct inode *a, struct inode *b) NO_THREAD_SAFETY_ANALYSIS
{
    if (b && b < a) {
        struct inode *first = b;
        b = a;
        a = first;
    }
    mutex_lock_ranked(&a->lock, RANK_INODE_CHILD);
    if (b)
        mutex_lock_ranked(&b->lock, RANK_INODE_CHILD2);
}

static void unlock_inodes(struct inode *a, struct inode *b) NO_THREAD_SAFETY_ANALYSIS
{
    mutex_unlock(&a->lock);
    if (b)
        mutex_unlock(&b->lock);
}

/* Neither may a directory come to lie inside itself, nor be replaced by something from inside it.
 */
static int check_shape(const struct rename *r)
{
    struct inode *inode = dentry_inode(r->old), *victim = dentry_inode(r->new);
    bool exchange = r->flags & RENAME_EXCHANGE;
    if (dentry_is_ancestor(r->old, r->to.at.dentry))
        return -EINVAL;
    if (victim && dentry_is_ancestor(r->new, r->from.at.dentry))
        return exchange ? -EINVAL : -ENOTEMPTY;
    if ((r->from.slash || (r->to.slash && !exchange)) && !S_ISDIR(inode->mode))
        return -ENOTDIR;
    if (!victim)
        return 0;
    if (exchange)
        return r->to.slash && !S_ISDIR(victim->mode) ? -ENOTDIR : 0;
    if (S_ISDIR(inode->mode) && !S_ISDIR(victim->mode))
        return -ENOTDIR;
    return !S_ISDIR(inode->mode) && S_ISDIR(victim->mode) ? -EISDIR : 0;
}

/* A directory that changes its parent is written to: its ".." is another one. */
static int may_change_parent(const struct rename *r, const struct inode *inode)
{
    if (r->from.at.dentry == r->to.at.dentry || !S_ISDIR(inode->mode))
        return 0;
    return inode_permission(inode, MAY_WRITE);
}

static int check_rights(const struct rename *r)
{
    struct inode *olddir = dentry_inode(r->from.at.dentry), *newdir = dentry_inode(r->to.at.dentry);
    struct inode *inode = dentry_inode(r->old), *victim = dentry_inode(r->new);
    int err = name_may_remove(r->from.at.mnt, olddir, inode);
    if (!err && victim)
        err = name_may_remove(r->to.at.mnt, newdir, victim);
    else if (!err)
        err = newdir->nlink == 0 ? -ENOENT : inode_permission(newdir, MAY_WRITE | MAY_EXEC);
    if (!err)
        err = may_change_parent(r, inode);
    if (!err && victim && (r->flags & RENAME_EXCHANGE))
        err = may_change_parent(r, victim);
    if (!err && (dentry_is_mount_point(r->old) || dentry_is_mount_point(r->new)))
        err = -EBUSY;
    return err;
}

/* Everything is locked and checked. */
static int rename_do(struct rename *r)
{
    struct inode *olddir = dentry_inode(r->from.at.dentry), *newdir = dentry_inode(r->to.at.dentry);
    struct inode *inode = dentry_inode(r->old), *victim = dentry_inode(r->new);
    if (!olddir->ops->rename)
        return -EPERM;
    lock_inodes(inode, victim);
    int err =
        olddir->ops->rename(olddir, &r->from.last, inode, newdir, &r->to.last, victim, r->flags);
    if (!err) {
        kfree(inode->mapped_name); /* the next mmap notes the new one */
        inode->mapped_name = NULL;
    }
    unlock_inodes(inode, victim);
    if (err)
        return err;
    if (r->flags & RENAME_EXCHANGE)
        dentry_exchanged(r->old, r->new);
    else
        dentry_moved(r->old, r->new);
    return 0;
}

static int rename_locked(struct rename *r)
{
    int err = dentry_lookup_locked(r->from.at.dentry, &r->from.last, &r->old);
    if (err)
        return err;
    if (!dentry_inode(r->old))
        return -ENOENT;
    err = dentry_lookup_locked(r->to.at.dentry, &r->to.last, &r->new);
    if (err)
        return err;
    struct inode *victim = dentry_inode(r->new);
    if (victim && (r->flags & RENAME_NOREPLACE))
        return -EEXIST;
    if (!victim && (r->flags & RENAME_EXCHANGE))
        return -ENOENT;
    err = check_shape(r);
    if (err)
        return err;
    if (victim == dentry_inode(r->old))
        return 0; /* two names of one file: POSIX says to do nothing */
    err = check_rights(r);
    return err ? err : rename_do(r);
}

static int rename_walked(struct rename *r)
{
    struct dentry *olddir = r->from.at.dentry, *newdir = r->to.at.dentry;
    if (r->from.at.mnt != r->to.at.mnt)
        return -EXDEV;
    if (r->from.kind != WALK_NAME || (r->to.kind != WALK_NAME))
        return r->flags & RENAME_NOREPLACE && r->from.kind == WALK_NAME ? -EEXIST : -EBUSY;
    if (olddir->sb->flags & SUPER_DYNAMIC)
        return -EPERM;
    lock_dirs(olddir, newdir);
    int err = rename_locked(r);
    unlock_dirs(olddir, newdir);
    dentry_put(r->old);
    dentry_put(r->new);
    return err;
}

int vfs_rename(int olddirfd, const char *oldname, int newdirfd, const char *newname, unsigned flags)
{
    if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    struct rename r = {.flags = flags};
    int err = walk_begin(&r.from, olddirfd, NULL, oldname);
    if (!err) {
        err = walk_begin(&r.to, newdirfd, NULL, newname);
        if (!err)
            err = rename_walked(&r);
        walk_end(&r.to);
    }
    walk_end(&r.from);
    return err;
}
