/* System calls on file systems as a whole.
 */
#include "abi/errno.h"
#include "abi/mount.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "mm/slab.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sys/syscall.h"

/* The strings of mount(2), each of which may be NULL. */
struct mount_strings {
    char source[256], type[64], options[1024];
};

static int optional_string(char *dst, uaddr_t src, size_t size)
{
    dst[0] = '\0';
    ssize_t n = uaddr_is_null(src) ? 0 : str_in(dst, src, size);
    return n < 0 ? (int)n : 0;
}

/* mount(2). The top half of `flags` may hold a magic number of the time before Linux 2.4; it is
 * ignored. */
long sys_mount(uaddr_t source, uaddr_t target, uaddr_t fstype, unsigned long flags, uaddr_t data)
{
    const unsigned long magic = 0xffff0000, magic_value = 0xc0ed0000;
    if (thread_current()->cred->euid != 0)
        return -EPERM;
    if ((flags & magic) == magic_value)
        flags &= ~magic;
    struct pathname where;
    struct mount_strings *s = kmalloc(sizeof *s);
    if (!s)
        return -ENOMEM;
    long err = optional_string(s->source, source, sizeof s->source);
    if (!err)
        err = optional_string(s->type, fstype, sizeof s->type);
    if (!err)
        err = optional_string(s->options, data, sizeof s->options);
    if (!err)
        err = pathname_in(&where, target);
    if (!err) {
        err = vfs_mount(s->source, where.s, s->type, flags, s->options);
        pathname_free(&where);
    }
    kfree(s);
    return err;
}

/* umount2(2) */
long sys_umount2(uaddr_t target, int flags)
{
    if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
        return -EINVAL;
    if (thread_current()->cred->euid != 0)
        return -EPERM;
    struct pathname where;
    long err = pathname_in(&where, target);
    if (err)
        return err;
    err = vfs_umount(where.s, flags);
    pathname_free(&where);
    return err;
}

/* sync(2) */
long sys_sync(void)
{
    vfs_sync();
    return 0;
}
