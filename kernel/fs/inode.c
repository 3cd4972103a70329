/* inode.c: what all inodes have in common, whatever file system they are of: birth and death,
 * times, rights.
 *
 * The names of a directory are inode_ops' business, the pages of a file pagecache.c's. */
#include "fs/inode.h"
#include "debug/assert.h"
#include "fs/mount.h"
#include "fs/pagecache.h"
#include "lock/percpu_counter.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "x86/clock.h"
#include "x86/pte.h"

static struct percpu_counter ninodes;

s64 time_now_ns(void)
{
    return (s64)(clock_boot_epoch_s() * NS_PER_SEC + now_ns());
}

void inode_init(struct inode *inode, struct super *sb, const struct inode_ops *ops, u64 ino,
                mode_t mode, const struct inode *dir)
{
    *inode = (struct inode){.ops = ops, .sb = sb, .ino = ino, .mode = mode, .nlink = 1};
    vm_object_init(&inode->obj, &inode_pager_ops, 0);
    mutex_init(&inode->lock, "inode", RANK_INODE);
    refcount_get(&sb->refs);
    if (dir) {
        const struct cred *c = cred_current();
        inode->uid = c->fsuid;
        inode->gid = c->fsgid;
        if (dir->mode &
            S_ISGID) { /* a folder of a group: what is made in it belongs to the group */
            inode->gid = dir->gid;
            if (S_ISDIR(mode))
                inode->mode |= S_ISGID;
        }
    }
    inode->atime_ns = inode->mtime_ns = inode->ctime_ns = time_now_ns();
    percpu_counter_add(&ninodes, 1);
}

void inode_fini(struct inode *inode)
{
    ASSERT(inode->obj.nresident == 0 && !inode->special);
    kfree(inode->mapped_name);
    percpu_counter_add(&ninodes, -1);
    super_put(inode->sb);
}

u64 inode_count(void)
{
    return (u64)percpu_counter_sum(&ninodes);
}

void inode_changed(struct inode *inode)
{
    inode->mtime_ns = inode->ctime_ns = time_now_ns();
}

static bool in_group(const struct cred *c, gid_t primary, gid_t gid)
{
    if (primary == gid)
        return true;
    for (u32 i = 0; i < c->ngroups; i++)
        if (c->groups[i] == gid)
            return true;
    return false;
}

/* The owner's bits hold for the owner, the group's for the group, the last ones for everybody else:
 * the first class that fits decides, even if a later one would allow more (POSIX, "File Access
 * Permissions"). */
static int permission(const struct inode *inode, unsigned may, const struct cred *c, uid_t uid,
                      gid_t gid)
{
    mode_t mode = inode->mode;
    if ((may & MAY_WRITE) && (inode->sb->flags & SUPER_RDONLY) &&
        (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
        return -EROFS;
    if (uid == 0) {
        /* root may do everything, but a file that nobody may execute is no program */
        if ((may & MAY_EXEC) && !S_ISDIR(mode) && !(mode & 0111))
            return -EACCES;
        return 0;
    }
    unsigned bits = uid == inode->uid ? mode >> 6 : in_group(c, gid, inode->gid) ? mode >> 3 : mode;
    return (bits & may) == may ? 0 : -EACCES;
}

int inode_permission(const struct inode *inode, unsigned may)
{
    const struct cred *c = cred_current();
    return permission(inode, may, c, c->fsuid, c->fsgid);
}

int inode_permission_real(const struct inode *inode, unsigned may)
{
    const struct cred *c = cred_current();
    return permission(inode, may, c, c->uid, c->gid);
}

bool inode_is_mine(const struct inode *inode)
{
    const struct cred *c = cred_current();
    return c->fsuid == 0 || c->fsuid == inode->uid;
}

bool fs_is_root(void)
{
    return cred_current()->fsuid == 0;
}

bool inode_in_my_group(gid_t gid)
{
    const struct cred *c = cred_current();
    return c->fsuid == 0 || in_group(c, c->fsgid, gid);
}

/* A change of owner or content by someone else than root takes the set-id bits away: they vouch for
 * a program that is no longer the same. */
static mode_t without_setid(mode_t mode)
{
    if (S_ISDIR(mode))
        return mode;
    if (mode & S_IXGRP)
        mode &= ~(mode_t)S_ISGID;
    return mode & ~(mode_t)S_ISUID;
}

void inode_drop_setid(struct inode *inode)
{
    if ((inode->mode & (S_ISUID | S_ISGID)) && cred_current()->fsuid != 0)
        inode->mode = without_setid(inode->mode);
}

static int setattr_locked(struct inode *inode, const struct setattr *attr)
{
    int err = inode->ops->setattr ? inode->ops->setattr(inode, attr) : 0;
    if (err)
        return err;
    if (attr->valid & SET_SIZE) {
        err = pagecache_resize(inode, attr->size);
        if (err)
            return err;
        inode_drop_setid(inode);
        inode->mtime_ns = time_now_ns();
    }
    if (attr->valid & (SET_UID | SET_GID))
        inode->mode = without_setid(inode->mode);
    if (attr->valid & SET_UID)
        inode->uid = attr->uid;
    if (attr->valid & SET_GID)
        inode->gid = attr->gid;
    if (attr->valid & SET_MODE)
        inode->mode = (inode->mode & S_IFMT) | (attr->mode & ~(mode_t)S_IFMT);
    if (attr->valid & SET_ATIME)
        WRITE_ONCE(inode->atime_ns, attr->atime_ns);
    if (attr->valid & SET_MTIME)
        inode->mtime_ns = attr->mtime_ns;
    inode->ctime_ns = time_now_ns();
    return 0;
}

int inode_setattr(struct inode *inode, const struct setattr *attr)
{
    mutex_lock(&inode->lock);
    int err = setattr_locked(inode, attr);
    mutex_unlock(&inode->lock);
    return err;
}

static struct timespec timespec_of(s64 ns)
{
    s64 sec = ns / (s64)NS_PER_SEC, rest = ns % (s64)NS_PER_SEC;
    if (rest < 0) { /* before 1970: tv_nsec counts upwards all the same */
        rest += NS_PER_SEC;
        sec--;
    }
    return (struct timespec){.tv_sec = sec, .tv_nsec = rest};
}

void inode_stat(const struct inode *inode, struct stat *out)
{
    *out = (struct stat){
        .st_dev = inode->sb->dev,
        .st_ino = inode->ino,
        .st_mode = inode->mode,
        .st_nlink = inode->nlink,
        .st_uid = inode->uid,
        .st_gid = inode->gid,
        .st_rdev = inode->rdev,
        .st_size = (s64)inode_size(inode),
        .st_blksize = PAGE_SIZE,
        .st_blocks = (s64)(inode->nblocks * (PAGE_SIZE / 512)),
        .st_atim = timespec_of(inode->atime_ns),
        .st_mtim = timespec_of(inode->mtime_ns),
        .st_ctim = timespec_of(inode->ctime_ns),
    };
}
