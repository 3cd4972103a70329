/* System calls on open files: read, write and what else takes a descriptor.
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/poll.h"
#include "fs/vfs.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "sys/syscall.h"
#include "vm/uio.h"
#include "x86/clock.h"

/* Two writes that fail come with a signal (write(2): EPIPE, EFBIG). */
static ssize_t write_result(ssize_t n)
{
    if (unlikely(n == -EPIPE))
        signal_send_thread(thread_current(), SIGPIPE);
    else if (unlikely(n == -EFBIG))
        signal_send_thread(thread_current(), SIGXFSZ);
    return n;
}

/* read(2) */
long sys_read(int fd, uaddr_t buf, unsigned long count)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct uio uio;
    ssize_t n = uio_user(&uio, buf, count, UIO_READ);
    if (!n)
        n = file_read(f, &uio);
    fd_put(f);
    return n;
}

/* write(2) */
long sys_write(int fd, uaddr_t buf, unsigned long count)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct uio uio;
    ssize_t n = uio_user(&uio, buf, count, UIO_WRITE);
    if (!n)
        n = file_write(f, &uio);
    fd_put(f);
    return write_result(n);
}

/* pread(2) */
long sys_pread64(int fd, uaddr_t buf, unsigned long count, long offset)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct uio uio;
    u64 pos = (u64)offset;
    ssize_t n = uio_user(&uio, buf, count, UIO_READ);
    if (!n)
        n = file_pread(f, &uio, &pos);
    fd_put(f);
    return n;
}

/* pwrite(2) */
long sys_pwrite64(int fd, uaddr_t buf, unsigned long count, long offset)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct uio uio;
    u64 pos = (u64)offset;
    ssize_t n = uio_user(&uio, buf, count, UIO_WRITE);
    if (!n)
        n = file_pwrite(f, &uio, &pos);
    fd_put(f);
    return write_result(n);
}

/* readv(2), writev(2): the vectors are copied once; a few fit on the stack. */
enum { IOV_INLINE = 8 };

static ssize_t vector_io(struct file *f, uaddr_t iov, int n, enum uio_dir dir)
{
    struct iovec few[IOV_INLINE], *vec = few;
    struct uio uio;
    if (n < 0 || n > IOV_MAX)
        return -EINVAL;
    if (n > IOV_INLINE && !(vec = kmalloc((size_t)n * sizeof *vec)))
        return -ENOMEM;
    ssize_t result = copy_in(vec, iov, (size_t)n * sizeof *vec);
    if (!result)
        result = uio_user_vec(&uio, vec, (unsigned)n, dir);
    if (!result)
        result = dir == UIO_READ ? file_read(f, &uio) : file_write(f, &uio);
    if (vec != few)
        kfree(vec);
    return result;
}

long sys_readv(int fd, uaddr_t iov, int iovcnt)
{
    return WITH_FILE(fd, vector_io(f, iov, iovcnt, UIO_READ));
}

long sys_writev(int fd, uaddr_t iov, int iovcnt)
{
    return write_result(WITH_FILE(fd, vector_io(f, iov, iovcnt, UIO_WRITE)));
}

/* sendfile(2) */
long sys_sendfile(int out_fd, int in_fd, uaddr_t offset, unsigned long count)
{
    s64 pos = 0;
    int err = uaddr_is_null(offset) ? 0 : copy_in(&pos, offset, sizeof pos);
    if (err)
        return err;
    if (pos < 0)
        return -EINVAL;
    struct file *in = fd_get(in_fd);
    if (!in)
        return -EBADF;
    struct file *out = fd_get(out_fd);
    ssize_t n = -EBADF;
    if (out) {
        u64 in_pos = (u64)pos;
        n = file_send(out, in, uaddr_is_null(offset) ? NULL : &in_pos, count);
        if (n >= 0 && !uaddr_is_null(offset) && copy_out(offset, &in_pos, sizeof in_pos))
            n = -EFAULT;
        fd_put(out);
    }
    fd_put(in);
    return write_result(n);
}

/* close(2) */
long sys_close(int fd)
{
    return fd_close(fd);
}

/* lseek(2) */
long sys_lseek(int fd, long offset, int whence)
{
    return WITH_FILE(fd, file_seek(f, offset, whence));
}

/* fstat(2) */
long sys_fstat(int fd, uaddr_t st)
{
    struct stat buf;
    long err = WITH_ANY_FILE(fd, file_stat(f, &buf));
    return err ? err : copy_out(st, &buf, sizeof buf);
}

/* fstatfs(2) */
long sys_fstatfs(int fd, uaddr_t buf)
{
    struct statfs st;
    long err = WITH_ANY_FILE(fd, file_statfs(f, &st));
    return err ? err : copy_out(buf, &st, sizeof st);
}

/* ioctl(2) */
long sys_ioctl(int fd, unsigned long request, uaddr_t arg)
{
    return WITH_FILE(fd, file_ioctl(f, request, arg));
}

/* getdents64(2) */
long sys_getdents64(int fd, uaddr_t dirp, unsigned long count)
{
    struct file *f = fd_get(fd);
    if (!f)
        return -EBADF;
    struct uio uio;
    ssize_t n = uio_user(&uio, dirp, count, UIO_READ);
    if (!n)
        n = file_readdir(f, &uio);
    fd_put(f);
    return n;
}

/* fsync(2), fdatasync(2) */
long sys_fsync(int fd)
{
    return WITH_FILE(fd, file_sync(f, false));
}

long sys_fdatasync(int fd)
{
    return WITH_FILE(fd, file_sync(f, true));
}

/* ftruncate(2) */
long sys_ftruncate(int fd, long length)
{
    if (length < 0)
        return -EINVAL;
    return write_result(WITH_FILE(fd, file_truncate(f, length)));
}

/* fchmod(2) */
long sys_fchmod(int fd, unsigned int mode)
{
    return WITH_FILE(fd, file_chmod(f, mode));
}

/* fchown(2) */
long sys_fchown(int fd, unsigned int uid, unsigned int gid)
{
    return WITH_FILE(fd, file_chown(f, uid, gid));
}

/* fchdir(2) */
long sys_fchdir(int fd)
{
    return WITH_ANY_FILE(fd, file_chdir(f));
}

/* poll(2) */
long sys_poll(uaddr_t fds, unsigned long nfds, int timeout_ms)
{
    enum { POLL_INLINE = 16 };
    struct pollfd few[POLL_INLINE], *set = few;
    if (nfds > limit_current(RLIMIT_NOFILE) || nfds > NR_OPEN)
        return -EINVAL;
    if (nfds > POLL_INLINE && !(set = kmalloc(nfds * sizeof *set)))
        return -ENOMEM;

    struct thread *t = thread_current();
    u64 deadline = t->restart_deadline_ns; /* stopped and continued: the rest of the time */
    t->restart_deadline_ns = 0;
    if (timeout_ms == 0)
        deadline = 1;
    else if (timeout_ms > 0 && !deadline)
        deadline = now_ns() + (u64)timeout_ms * NS_PER_MS;
    else if (timeout_ms < 0)
        deadline = 0;

    long n = copy_in(set, fds, nfds * sizeof *set);
    if (!n)
        n = poll_files(set, (unsigned)nfds, deadline);
    if (n == -EINTR)
        t->restart_deadline_ns = deadline;
    else if (n >= 0 && copy_out(fds, set, nfds * sizeof *set))
        n = -EFAULT;
    if (set != few)
        kfree(set);
    return n;
}
