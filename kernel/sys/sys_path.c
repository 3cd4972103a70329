/* System calls on names: make, remove, move, ask, change.
 *
 * Most exist twice, as name(path) and nameat(dirfd, path): both are one line here, above one
 * function that copies the name in.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "abi/unistd.h"
#include "fs/fdtable.h"
#include "fs/path.h"
#include "fs/vfs.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sys/syscall.h"

/* Copy the name at `user` in, evaluate `call` with it as `name`, free it. */
#define WITH_NAME(user, call)                                                                      \
    ({                                                                                             \
        struct pathname pn_;                                                                       \
        long result_ = pathname_in(&pn_, (user));                                                  \
        if (!result_) {                                                                            \
            const char *name = pn_.s;                                                              \
            result_ = (call);                                                                      \
            pathname_free(&pn_);                                                                   \
        }                                                                                          \
        result_;                                                                                   \
    })

/* ---- asking ---- */

/* stat(2), lstat(2), newfstatat(2) */
static long stat_at(int dirfd, uaddr_t path, uaddr_t st, int flags)
{
    struct stat buf;
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
        return -EINVAL;
    long err = WITH_NAME(path, vfs_stat(dirfd, name, flags, &buf));
    return err ? err : copy_out(st, &buf, sizeof buf);
}

long sys_stat(uaddr_t path, uaddr_t st)
{
    return stat_at(AT_FDCWD, path, st, 0);
}

long sys_lstat(uaddr_t path, uaddr_t st)
{
    return stat_at(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

long sys_newfstatat(int dirfd, uaddr_t path, uaddr_t st, int flags)
{
    return stat_at(dirfd, path, st, flags);
}

/* statfs(2) */
long sys_statfs(uaddr_t path, uaddr_t buf)
{
    struct statfs st;
    long err = WITH_NAME(path, vfs_statfs(name, &st));
    return err ? err : copy_out(buf, &st, sizeof st);
}

/* access(2), faccessat(2), faccessat2(2) */
static long access_at(int dirfd, uaddr_t path, int mode, int flags)
{
    if (mode & ~(R_OK | W_OK | X_OK) || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return WITH_NAME(path, vfs_access(dirfd, name, mode, flags));
}

long sys_access(uaddr_t path, int mode)
{
    return access_at(AT_FDCWD, path, mode, 0);
}

long sys_faccessat(int dirfd, uaddr_t path, int mode)
{
    return access_at(dirfd, path, mode, 0);
}

long sys_faccessat2(int dirfd, uaddr_t path, int mode, int flags)
{
    return access_at(dirfd, path, mode, flags);
}

/* readlink(2) */
static long readlink_at(int dirfd, uaddr_t path, uaddr_t buf, unsigned long size)
{
    if ((int)size <= 0) /* an int in the C prototype of Linux's call */
        return -EINVAL;
    size = MIN(size, (unsigned long)PATH_MAX);
    char *target = kmalloc(size);
    if (!target)
        return -ENOMEM;
    long n = WITH_NAME(path, vfs_readlink(dirfd, name, target, size));
    if (n > 0 && copy_out(buf, target, (size_t)n))
        n = -EFAULT;
    kfree(target);
    return n;
}

long sys_readlink(uaddr_t path, uaddr_t buf, unsigned long size)
{
    return readlink_at(AT_FDCWD, path, buf, size);
}

long sys_readlinkat(int dirfd, uaddr_t path, uaddr_t buf, unsigned long size)
{
    return readlink_at(dirfd, path, buf, size);
}

/* getcwd(2): the system call returns the length, with the NUL. */
long sys_getcwd(uaddr_t buf, unsigned long size)
{
    char *room = kmalloc(PATH_MAX), *cwd;
    if (!room)
        return -ENOMEM;
    int n = path_getcwd(room, PATH_MAX, &cwd);
    if (n > 0 && (unsigned long)n > size)
        n = -ERANGE;
    if (n > 0 && copy_out(buf, cwd, (size_t)n))
        n = -EFAULT;
    kfree(room);
    return n;
}

/* ---- making and removing ---- */

/* mkdir(2) */
long sys_mkdir(uaddr_t path, unsigned int mode)
{
    return WITH_NAME(path, vfs_mkdir(AT_FDCWD, name, mode));
}

long sys_mkdirat(int dirfd, uaddr_t path, unsigned int mode)
{
    return WITH_NAME(path, vfs_mkdir(dirfd, name, mode));
}

/* mknod(2) */
long sys_mknod(uaddr_t path, unsigned int mode, unsigned long dev)
{
    return WITH_NAME(path, vfs_mknod(AT_FDCWD, name, mode, dev));
}

long sys_mknodat(int dirfd, uaddr_t path, unsigned int mode, unsigned long dev)
{
    return WITH_NAME(path, vfs_mknod(dirfd, name, mode, dev));
}

/* unlink(2), rmdir(2) */
long sys_unlink(uaddr_t path)
{
    return WITH_NAME(path, vfs_unlink(AT_FDCWD, name));
}

long sys_rmdir(uaddr_t path)
{
    return WITH_NAME(path, vfs_rmdir(AT_FDCWD, name));
}

long sys_unlinkat(int dirfd, uaddr_t path, int flags)
{
    if (flags & ~AT_REMOVEDIR)
        return -EINVAL;
    return WITH_NAME(path, flags ? vfs_rmdir(dirfd, name) : vfs_unlink(dirfd, name));
}

/* symlink(2) */
static long symlink_at(uaddr_t target, int dirfd, uaddr_t path)
{
    struct pathname to;
    int err = pathname_in(&to, target);
    if (err)
        return err;
    long result = WITH_NAME(path, vfs_symlink(to.s, dirfd, name));
    pathname_free(&to);
    return result;
}

long sys_symlink(uaddr_t target, uaddr_t path)
{
    return symlink_at(target, AT_FDCWD, path);
}

long sys_symlinkat(uaddr_t target, int dirfd, uaddr_t path)
{
    return symlink_at(target, dirfd, path);
}

/* link(2) */
static long link_at(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath, int flags)
{
    struct pathname old;
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    int err = pathname_in(&old, oldpath);
    if (err)
        return err;
    long result = WITH_NAME(newpath, vfs_link(olddirfd, old.s, newdirfd, name, flags));
    pathname_free(&old);
    return result;
}

long sys_link(uaddr_t oldpath, uaddr_t newpath)
{
    return link_at(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

long sys_linkat(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath, int flags)
{
    return link_at(olddirfd, oldpath, newdirfd, newpath, flags);
}

/* rename(2) */
static long rename_at(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath, int flags)
{
    struct pathname old;
    if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
        flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    int err = pathname_in(&old, oldpath);
    if (err)
        return err;
    long result = WITH_NAME(newpath, vfs_rename(olddirfd, old.s, newdirfd, name, (unsigned)flags));
    pathname_free(&old);
    return result;
}

long sys_rename(uaddr_t oldpath, uaddr_t newpath)
{
    return rename_at(AT_FDCWD, oldpath, AT_FDCWD, newpath, 0);
}

long sys_renameat(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath)
{
    return rename_at(olddirfd, oldpath, newdirfd, newpath, 0);
}

long sys_renameat2(int olddirfd, uaddr_t oldpath, int newdirfd, uaddr_t newpath, int flags)
{
    return rename_at(olddirfd, oldpath, newdirfd, newpath, flags);
}

/* ---- changing ---- */

/* chmod(2) */
long sys_chmod(uaddr_t path, unsigned int mode)
{
    return WITH_NAME(path, vfs_chmod(AT_FDCWD, name, mode, 0));
}

long sys_fchmodat(int dirfd, uaddr_t path, unsigned int mode)
{
    return WITH_NAME(path, vfs_chmod(dirfd, name, mode, 0));
}

/* chown(2) */
long sys_chown(uaddr_t path, unsigned int uid, unsigned int gid)
{
    return WITH_NAME(path, vfs_chown(AT_FDCWD, name, uid, gid, 0));
}

long sys_lchown(uaddr_t path, unsigned int uid, unsigned int gid)
{
    return WITH_NAME(path, vfs_chown(AT_FDCWD, name, uid, gid, AT_SYMLINK_NOFOLLOW));
}

long sys_fchownat(int dirfd, uaddr_t path, unsigned int uid, unsigned int gid, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    return WITH_NAME(path, vfs_chown(dirfd, name, uid, gid, flags));
}

/* truncate(2) */
long sys_truncate(uaddr_t path, long length)
{
    if (length < 0)
        return -EINVAL;
    return WITH_NAME(path, vfs_truncate(name, length));
}

/* utimensat(2): without a path it is about dirfd itself, which is how futimens(3) is made. */
long sys_utimensat(int dirfd, uaddr_t path, uaddr_t times, int flags)
{
    struct timespec ts[2], *set = NULL;
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (!uaddr_is_null(times)) {
        int err = copy_in(ts, times, sizeof ts);
        if (err)
            return err;
        set = ts;
    }
    if (!uaddr_is_null(path) || dirfd == AT_FDCWD)
        return WITH_NAME(path, vfs_utimens(dirfd, name, set, flags));
    if (flags)
        return -EINVAL;
    return WITH_FILE(dirfd, file_utimens(f, set));
}

/* chdir(2), chroot(2), umask(2) */
long sys_chdir(uaddr_t path)
{
    return WITH_NAME(path, vfs_chdir(name));
}

long sys_chroot(uaddr_t path)
{
    if (thread_current()->cred->euid != 0)
        return -EPERM;
    return WITH_NAME(path, vfs_chroot(name));
}

long sys_umask(unsigned int mask)
{
    return fsctx_umask(mask & 0777);
}
