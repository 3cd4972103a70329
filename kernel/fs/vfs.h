/* vfs.h: what system calls do to names: make, remove, move, ask.
 *
 * Each takes kernel strings, relative to a dirfd (AT_FDCWD: the working directory), acts for the
 * running thread (its credentials, umask and root) and returns 0 or the errno of the manual page.
 * All sleep; no lock held. */
#pragma once

#include "abi/fcntl.h"
#include "fs/file.h"
#include "fs/path.h"

struct statfs;
struct timespec;

/* mkdir(2), mknod(2) (regular, fifo, device, socket; devices are root's), symlink(2). mode is
 * masked by umask. */
MUST_CHECK int vfs_mkdir(int dirfd, const char *name, mode_t mode);
MUST_CHECK int vfs_mknod(int dirfd, const char *name, mode_t mode, dev_t dev);
MUST_CHECK int vfs_symlink(const char *target, int dirfd, const char *name);
/* flags: AT_SYMLINK_FOLLOW, AT_EMPTY_PATH. */
MUST_CHECK int vfs_link(int olddirfd, const char *oldname, int newdirfd, const char *newname,
                        int flags);
MUST_CHECK int vfs_unlink(int dirfd, const char *name);
MUST_CHECK int vfs_rmdir(int dirfd, const char *name);
/* flags: RENAME_NOREPLACE, RENAME_EXCHANGE. */
MUST_CHECK int vfs_rename(int olddirfd, const char *oldname, int newdirfd, const char *newname,
                          unsigned flags);
/* Returns the length, cut to size; -EINVAL: no symbolic link. */
MUST_CHECK ssize_t vfs_readlink(int dirfd, const char *name, char *buf, size_t size);

/* flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_NO_AUTOMOUNT. */
MUST_CHECK int vfs_stat(int dirfd, const char *name, int flags, struct stat *out);
MUST_CHECK int file_stat(struct file *f, struct stat *out);
MUST_CHECK int vfs_statfs(const char *name, struct statfs *out);
MUST_CHECK int file_statfs(struct file *f, struct statfs *out);
/* mode: R_OK | W_OK | X_OK or F_OK; flags: AT_EACCESS, AT_SYMLINK_NOFOLLOW. */
MUST_CHECK int vfs_access(int dirfd, const char *name, int mode, int flags);

/* flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH. -1 as uid or gid leaves it. */
MUST_CHECK int vfs_chmod(int dirfd, const char *name, mode_t mode, int flags);
MUST_CHECK int file_chmod(struct file *f, mode_t mode);
MUST_CHECK int vfs_chown(int dirfd, const char *name, uid_t uid, gid_t gid, int flags);
MUST_CHECK int file_chown(struct file *f, uid_t uid, gid_t gid);
/* times: two, or NULL for now; UTIME_NOW and UTIME_OMIT are known. */
MUST_CHECK int vfs_utimens(int dirfd, const char *name, const struct timespec times[2], int flags);
MUST_CHECK int file_utimens(struct file *f, const struct timespec times[2]);
MUST_CHECK int vfs_truncate(const char *name, s64 size);

MUST_CHECK int vfs_chdir(const char *name);
MUST_CHECK int file_chdir(struct file *f);
MUST_CHECK int vfs_chroot(const char *name);

/* Boot: caches, tmpfs as root, devfs and procfs known. */
void fs_init(void);
