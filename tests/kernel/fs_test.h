/* fs_test.h: what the tests of fs/ and ipc/ have in common. They run on a kernel thread, as root,
 * in the root tmpfs; each works in a folder of its own and leaves nothing behind. */
#pragma once

#include "abi/errno.h"
#include "debug/ktest.h"
#include "fs/dentry.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/vfs.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "x86/pte.h"

/* What exists now; compared before and after. */
struct fs_counts {
    u64 inodes, files, dentries;
};

static inline struct fs_counts t_counts(void)
{
    dentry_shrink_all(NULL);
    return (struct fs_counts){inode_count(), file_count(), dentry_count()};
}

/* What a failed test has left in the way goes aside, so that it fails alone. */
static inline void t_clear(const char *dir)
{
    static unsigned n;
    char aside[32];
    if (vfs_chdir("/"))
        return;
    while (vfs_umount(dir, MNT_DETACH) == 0)
        ;
    snprintf(aside, sizeof aside, "/failed%u", n++);
    if (vfs_rename(AT_FDCWD, dir, AT_FDCWD, aside, 0))
        return; /* nothing was there */
}

#define T_BEGIN(dir)                                                                               \
    t_clear(dir);                                                                                  \
    struct fs_counts counts_ = t_counts();                                                         \
    const char *dir_ = (dir);                                                                      \
    KT_EQ(vfs_mkdir(AT_FDCWD, dir_, 0755), 0)
/* The folder must be empty again, and nothing have leaked. */
#define T_END()                                                                                    \
    do {                                                                                           \
        KT_EQ(vfs_rmdir(AT_FDCWD, dir_), 0);                                                       \
        struct fs_counts now_ = t_counts();                                                        \
        KT_EQ(now_.inodes, counts_.inodes);                                                        \
        KT_EQ(now_.files, counts_.files);                                                          \
        KT_EQ(now_.dentries, counts_.dentries);                                                    \
    } while (0)

static inline struct file *t_open(const char *name, int flags)
{
    struct file *f;
    return file_open(AT_FDCWD, name, flags, 0644, &f) ? NULL : f;
}

/* The errno of an open that should fail; 0 if it did not. */
static inline int t_open_error(const char *name, int flags)
{
    struct file *f;
    int err = file_open(AT_FDCWD, name, flags, 0644, &f);
    if (!err)
        file_put(f);
    return err;
}

static inline ssize_t t_read(struct file *f, void *buf, size_t n)
{
    struct uio uio;
    uio_kernel(&uio, buf, n, UIO_READ);
    return file_read(f, &uio);
}

static inline ssize_t t_write(struct file *f, const void *buf, size_t n)
{
    struct uio uio;
    uio_kernel(&uio, (void *)buf, n, UIO_WRITE);
    return file_write(f, &uio);
}

/* A file with that text. */
static inline int t_make(const char *name, const char *text)
{
    struct file *f;
    int err = file_open(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, 0644, &f);
    if (err)
        return err;
    ssize_t n = t_write(f, text, strlen(text));
    file_put(f);
    return n == (ssize_t)strlen(text) ? 0 : -EIO;
}

/* Does the file hold exactly that text? */
static NOINLINE UNUSED bool t_holds(const char *name, const char *text)
{
    char buf[128];
    struct file *f = t_open(name, O_RDONLY);
    if (!f)
        return false;
    ssize_t n = t_read(f, buf, sizeof buf);
    file_put(f);
    return n == (ssize_t)strlen(text) && memcmp(buf, text, (size_t)n) == 0;
}

/* Each of these has a struct stat, and a test calls them often: inlined, it would have them all. */
static NOINLINE UNUSED bool t_exists(const char *name)
{
    struct stat st;
    return vfs_stat(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &st) == 0;
}

static NOINLINE UNUSED u64 t_ino(const char *name)
{
    struct stat st;
    return vfs_stat(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &st) ? 0 : st.st_ino;
}

static NOINLINE UNUSED u64 t_nlink(const char *name)
{
    struct stat st;
    return vfs_stat(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, &st) ? 0 : st.st_nlink;
}

/* Act as user and group `id` until t_be_root. */
static struct cred t_user;
static inline void t_be_user(u32 id)
{
    t_user = (struct cred){.refs = REFCOUNT_INIT(1),
                           .uid = id,
                           .euid = id,
                           .suid = id,
                           .fsuid = id,
                           .gid = id,
                           .egid = id,
                           .sgid = id,
                           .fsgid = id};
    thread_current()->cred = &t_user;
}
static inline void t_be_root(void)
{
    thread_current()->cred = NULL;
}
