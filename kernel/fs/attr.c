/* attr.c: asking about files and changing what is written on them: stat, access, chmod, chown,
 * utimens, truncate; and moving about: chdir, chroot. */
#include "abi/time.h"
#include "fs/mount.h"
#include "fs/vfs.h"
#include "x86/clock.h"
#include "x86/pte.h"

static int lookup(int dirfd, const char *name, int flags, int allowed, struct path *out)
{
    if (flags & ~allowed)
        return -EINVAL;
    unsigned how = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
                   (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
    return path_lookup(dirfd, name, how, out);
}

/* --- Asking --- */

int vfs_stat(int dirfd, const char *name, int flags, struct stat *out)
{
    struct path p;
    int err = lookup(dirfd, name, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT, &p);
    if (err)
        return err;
    inode_stat(dentry_inode(p.dentry), out);
    path_put(&p);
    return 0;
}

int file_stat(struct file *f, struct stat *out)
{
    inode_stat(f->inode, out);
    return 0;
}

static void statfs_of(const struct path *p, struct statfs *out)
{
    static const struct {
        unsigned mount, statfs;
    } flag[] = {{MS_RDONLY, ST_RDONLY},
                {MS_NOSUID, ST_NOSUID},
                {MS_NODEV, ST_NODEV},
                {MS_NOEXEC, ST_NOEXEC}};
    struct super *sb = p->mnt->sb;
    *out = (struct statfs){.f_bsize = PAGE_SIZE, .f_frsize = PAGE_SIZE, .f_namelen = FS_MAX_NAME};
    if (sb->ops->statfs)
        sb->ops->statfs(sb, out);
    out->f_type = sb->magic;
    out->f_fsid[0] = (int)sb->dev;
    out->f_flags = ST_VALID | (sb->flags & SUPER_RDONLY ? ST_RDONLY : 0);
    for (size_t i = 0; i < ARRAY_SIZE(flag); i++)
        if (p->mnt->flags & flag[i].mount)
            out->f_flags |= flag[i].statfs;
}

int vfs_statfs(const char *name, struct statfs *out)
{
    struct path p;
    int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &p);
    if (err)
        return err;
    statfs_of(&p, out);
    path_put(&p);
    return 0;
}

int file_statfs(struct file *f, struct statfs *out)
{
    statfs_of(&f->path, out);
    return 0;
}

int vfs_access(int dirfd, const char *name, int mode, int flags)
{
    struct path p;
    if (mode & ~(R_OK | W_OK | X_OK))
        return -EINVAL;
    int err = lookup(dirfd, name, flags & ~AT_EACCESS, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &p);
    if (err)
        return err;
    const struct inode *inode = dentry_inode(p.dentry);
    if (mode == F_OK)
        err = 0;
    else if (flags & AT_EACCESS)
        err = inode_permission(inode, (unsigned)mode);
    else
        err = inode_permission_real(inode, (unsigned)mode);
    if (!err && (mode & W_OK) && (S_ISREG(inode->mode) || S_ISDIR(inode->mode)))
        err = mount_may_write(p.mnt);
    if (!err && (mode & X_OK) && S_ISREG(inode->mode) && (p.mnt->flags & MS_NOEXEC))
        err = -EACCES;
    path_put(&p);
    return err;
}

ssize_t vfs_readlink(int dirfd, const char *name, char *buf, size_t size)
{
    struct path p;
    int err = path_lookup(dirfd, name, *name ? 0 : LOOKUP_EMPTY, &p);
    if (err)
        return err;
    struct inode *inode = dentry_inode(p.dentry);
    ssize_t len = *name ? -EINVAL : -ENOENT;
    if (S_ISLNK(inode->mode)) {
        len = inode->ops->readlink(inode, buf, size);
        inode_accessed(inode);
    }
    path_put(&p);
    return len;
}

/* --- Changing: each rule acts on a path, and is reached by name or by descriptor --- */

static int chmod_path(const struct path *p, mode_t mode)
{
    struct inode *inode = dentry_inode(p->dentry);
    int err = mount_may_write(p->mnt);
    if (err)
        return err;
    if (S_ISLNK(inode->mode))
        return -EOPNOTSUPP;
    if (!inode_is_mine(inode))
        return -EPERM;
    struct setattr attr = {.valid = SET_MODE, .mode = mode & 07777};
    if (!S_ISDIR(inode->mode) && !inode_in_my_group(inode->gid))
        attr.mode &= ~(mode_t)S_ISGID;
    return inode_setattr(inode, &attr);
}

/* Only root gives files away; an owner may hand one to another of his groups. */
static int chown_path(const struct path *p, uid_t uid, gid_t gid)
{
    struct inode *inode = dentry_inode(p->dentry);
    int err = mount_may_write(p->mnt);
    if (err)
        return err;
    struct setattr attr = {.uid = uid, .gid = gid};
    if (uid != (uid_t)-1) {
        if (!fs_is_root() && !(inode_is_mine(inode) && uid == inode->uid))
            return -EPERM;
        attr.valid |= SET_UID;
    }
    if (gid != (gid_t)-1) {
        if (!fs_is_root() && !(inode_is_mine(inode) && inode_in_my_group(gid)))
            return -EPERM;
        attr.valid |= SET_GID;
    }
    return attr.valid ? inode_setattr(inode, &attr) : 0;
}

/* One of the two times into *ns. Returns 1: set it; 0: leave it; -EINVAL. */
static int time_wanted(const struct timespec *t, s64 now, s64 *ns)
{
    if (!t || t->tv_nsec == UTIME_NOW) {
        *ns = now;
        return 1;
    }
    if (t->tv_nsec == UTIME_OMIT)
        return 0;
    if (t->tv_nsec < 0 || t->tv_nsec >= (long)NS_PER_SEC)
        return -EINVAL;
    if (__builtin_mul_overflow(t->tv_sec, (s64)NS_PER_SEC, ns) ||
        __builtin_add_overflow(*ns, t->tv_nsec, ns))
        *ns = t->tv_sec < 0 ? S64_MIN : S64_MAX; /* beyond the years 1677 to 2262 */
    return 1;
}

static int utimens_path(const struct path *p, const struct timespec times[2])
{
    struct inode *inode = dentry_inode(p->dentry);
    struct setattr attr = {0};
    s64 now = time_now_ns();
    int a = time_wanted(times ? &times[0] : NULL, now, &attr.atime_ns);
    int m = time_wanted(times ? &times[1] : NULL, now, &attr.mtime_ns);
    if (a < 0 || m < 0)
        return -EINVAL;
    if (!a && !m)
        return 0;
    int err = mount_may_write(p->mnt);
    if (err)
        return err;
    bool both_now = !times || (times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW);
    if (!inode_is_mine(inode)) { /* who may write a file may also have written it now */
        err = both_now ? inode_permission(inode, MAY_WRITE) : -EPERM;
        if (err)
            return err;
    }
    attr.valid = (a ? SET_ATIME : 0) | (m ? SET_MTIME : 0);
    return inode_setattr(inode, &attr);
}

int file_chmod(struct file *f, mode_t mode)
{
    return chmod_path(&f->path, mode);
}

int file_chown(struct file *f, uid_t uid, gid_t gid)
{
    return chown_path(&f->path, uid, gid);
}

int file_utimens(struct file *f, const struct timespec times[2])
{
    return utimens_path(&f->path, times);
}

int vfs_chmod(int dirfd, const char *name, mode_t mode, int flags)
{
    struct path p;
    int err = lookup(dirfd, name, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &p);
    if (err)
        return err;
    err = chmod_path(&p, mode);
    path_put(&p);
    return err;
}

int vfs_chown(int dirfd, const char *name, uid_t uid, gid_t gid, int flags)
{
    struct path p;
    int err = lookup(dirfd, name, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &p);
    if (err)
        return err;
    err = chown_path(&p, uid, gid);
    path_put(&p);
    return err;
}

int vfs_utimens(int dirfd, const char *name, const struct timespec times[2], int flags)
{
    struct path p;
    int err = lookup(dirfd, name, flags, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &p);
    if (err)
        return err;
    err = utimens_path(&p, times);
    path_put(&p);
    return err;
}

static int truncate_path(const struct path *p, s64 size)
{
    struct inode *inode = dentry_inode(p->dentry);
    if (S_ISDIR(inode->mode))
        return -EISDIR;
    if (!S_ISREG(inode->mode))
        return -EINVAL;
    int err = mount_may_write(p->mnt);
    if (!err)
        err = inode_permission(inode, MAY_WRITE);
    if (!err && atomic_load_explicit(&inode->nwriters, memory_order_relaxed) < 0)
        err = -ETXTBSY;
    struct setattr attr = {.valid = SET_SIZE, .size = (u64)size};
    return err ? err : inode_setattr(inode, &attr);
}

int vfs_truncate(const char *name, s64 size)
{
    struct path p;
    if (size < 0)
        return -EINVAL;
    int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW, &p);
    if (err)
        return err;
    err = truncate_path(&p, size);
    path_put(&p);
    return err;
}

/* --- Moving about --- */

static int enter(const struct path *p, void (*set)(const struct path *))
{
    const struct inode *dir = dentry_inode(p->dentry);
    int err = S_ISDIR(dir->mode) ? inode_permission(dir, MAY_EXEC) : -ENOTDIR;
    if (!err)
        set(p);
    return err;
}

static int enter_name(const char *name, void (*set)(const struct path *))
{
    struct path p;
    int err = path_lookup(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);
    if (err)
        return err;
    err = enter(&p, set);
    path_put(&p);
    return err;
}

int vfs_chdir(const char *name)
{
    return enter_name(name, fsctx_set_cwd);
}

int file_chdir(struct file *f)
{
    return enter(&f->path, fsctx_set_cwd);
}

int vfs_chroot(const char *name)
{
    if (!fs_is_root())
        return -EPERM;
    return enter_name(name, fsctx_set_root);
}
