/* names.h: what open(O_CREAT) has in common with mkdir, mknod and symlink. */
#pragma once

#include "fs/dentry.h"

struct mount;
struct path;
struct walk;

/* Look w's last component up, and if it does not exist make a file of the type in mode (the running
 * process's umask is applied here). *d is referenced and exists; *created tells which case it was.
 * Errors of mkdir(2). */
MUST_CHECK int name_create(struct walk *w, mode_t mode, dev_t rdev, struct dentry **d,
                           bool *created);
/* For the kernel itself: make a file of the type in mode (no umask) at a path relative to *at; and
 * remove one. */
MUST_CHECK int name_make(const struct path *at, const char *name, mode_t mode, dev_t rdev);
MUST_CHECK int name_symlink(const struct path *at, const char *name, const char *target);
MUST_CHECK int name_unmake(const struct path *at, const char *name);
/* May the running thread take the name of `inode` out of dir? 0, -EROFS, -EACCES, -EPERM (sticky
 * bit). */
MUST_CHECK int name_may_remove(const struct mount *mnt, const struct inode *dir,
                               const struct inode *inode);
/* Boot: caches of struct file and struct files. */
void file_init(void);
void files_init(void);
