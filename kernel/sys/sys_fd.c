/* System calls on descriptors themselves: where the numbers come from, and what is remembered of
 * them.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/path.h"
#include "ipc/pipe.h"
#include "sched/cred.h"
#include "sys/syscall.h"

static long open_at(int dirfd, uaddr_t path, int flags, unsigned int mode)
{
    struct pathname name;
    int err = pathname_in(&name, path);
    if (err)
        return err;
    struct file *f;
    err = file_open(dirfd, name.s, flags, mode, &f);
    pathname_free(&name);
    return err ? err : fd_add(f, 0, flags & O_CLOEXEC);
}

/* open(2), openat(2), creat(2) */
long sys_open(uaddr_t path, int flags, unsigned int mode)
{
    return open_at(AT_FDCWD, path, flags, mode);
}

long sys_openat(int dirfd, uaddr_t path, int flags, unsigned int mode)
{
    return open_at(dirfd, path, flags, mode);
}

long sys_creat(uaddr_t path, unsigned int mode)
{
    return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* pipe2(2). The numbers are reserved before the files are installed: if the program cannot be told
 * of them, nothing remains. */
static long make_pipe(uaddr_t fds, int flags)
{
    struct file *end[2];
    int fd[2], err;
    if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    err = pipe_create(flags & ~O_CLOEXEC, &end[0], &end[1]);
    if (err)
        return err;
    err = fd[0] = fd_alloc(0, flags & O_CLOEXEC);
    if (err < 0)
        goto put_files;
    err = fd[1] = fd_alloc(0, flags & O_CLOEXEC);
    if (err < 0)
        goto release_first;
    err = copy_out(fds, fd, sizeof fd);
    if (err)
        goto release_second;
    fd_install(fd[0], end[0]);
    fd_install(fd[1], end[1]);
    return 0;

release_second:
    fd_release(fd[1]);
release_first:
    fd_release(fd[0]);
put_files:
    file_put(end[0]);
    file_put(end[1]);
    return err;
}

long sys_pipe(uaddr_t fds)
{
    return make_pipe(fds, 0);
}

long sys_pipe2(uaddr_t fds, int flags)
{
    return make_pipe(fds, flags);
}

/* A further descriptor, at least `min`, for what fd refers to. */
static long dup_from(int fd, int min, bool cloexec)
{
    struct file *f = fd_get_any(fd);
    if (!f)
        return -EBADF;
    file_get(f);
    fd_put(f);
    return fd_add(f, min, cloexec);
}

/* dup(2), dup2(2), dup3(2) */
long sys_dup(int fd)
{
    return dup_from(fd, 0, false);
}

long sys_dup2(int oldfd, int newfd)
{
    if (oldfd == newfd)
        return fd_get_cloexec(oldfd) < 0 ? -EBADF : newfd;
    return fd_dup_to(oldfd, newfd, false);
}

long sys_dup3(int oldfd, int newfd, int flags)
{
    if (oldfd == newfd || flags & ~O_CLOEXEC)
        return -EINVAL;
    return fd_dup_to(oldfd, newfd, flags & O_CLOEXEC);
}

/* The commands that concern the open file. */
static long file_fcntl(struct file *f, int cmd, unsigned long arg)
{
    if (f->state & FILE_PATH && cmd != F_GETFL)
        return -EBADF;
    switch (cmd) {
    case F_GETFL:
        return (long)atomic_load_explicit(&f->flags, memory_order_relaxed);
    case F_SETFL:
        file_set_flags(f, (int)arg);
        return 0;
    case F_GETPIPE_SZ:
        return pipe_get_size(f);
    case F_SETPIPE_SZ:
        return arg > S32_MAX ? -EINVAL : pipe_set_size(f, arg);
    default:
        return -EINVAL;
    }
}

/* fcntl(2) */
long sys_fcntl(int fd, int cmd, unsigned long arg)
{
    switch (cmd) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return arg >= limit_current(RLIMIT_NOFILE) ? -EINVAL
                                                   : dup_from(fd, (int)arg, cmd == F_DUPFD_CLOEXEC);
    case F_GETFD:
        return fd_get_cloexec(fd);
    case F_SETFD:
        return fd_set_cloexec(fd, arg & FD_CLOEXEC);
    default:
        break;
    }
    return WITH_ANY_FILE(fd, file_fcntl(f, cmd, arg));
}
