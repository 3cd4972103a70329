/* file.h: an open file: what a descriptor refers to.
 *
 * It remembers where reading and writing goes on (pos), how it was opened (flags), and which
 * functions do the work (ops). dup and fork share one struct file, hence the offset; two opens of a
 * name make two.
 *
 * Life cycle: file_open (or file_alloc, for pipes and the like) gives one reference; each
 * descriptor holds one, and each system call at work may hold one (fdtable.h); the last file_put
 * calls ops->release and frees it. */
#pragma once

#include "abi/fcntl.h"
#include "abi/unistd.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lock/refcount.h"
#include "vm/uio.h"

struct file;
struct map_request;
struct poll_table;
struct dir_sink;

/* An open table: called with no lock held (but the file's own offset lock). NULL members have the
 * meaning given. */
struct file_ops {
    /* After struct file is filled in; may replace ops and set priv. On failure release is not
     * called. NULL: fine. */
    int (*open)(struct inode *inode, struct file *file);
    /* The last reference is gone. */
    void (*release)(struct file *file);
    /* Move up to uio->resid bytes from or to *pos on, advance *pos, return how many bytes; an errno
     * only if there were none. A stream (FILE_STREAM) ignores pos. NULL: -EINVAL. */
    ssize_t (*read)(struct file *file, struct uio *uio, u64 *pos);
    ssize_t (*write)(struct file *file, struct uio *uio, u64 *pos);
    /* The new offset, or an errno. NULL: -ESPIPE for a stream, else any place in [0, 2^63). */
    s64 (*seek)(struct file *file, s64 offset, int whence);
    /* NULL: -ENOTTY. */
    long (*ioctl)(struct file *file, unsigned long cmd, uaddr_t arg);
    /* Which of POLLIN | POLLOUT | POLLERR | POLLHUP ... hold now; and poll_wait() on every queue
     * that is woken when that changes (poll.h). NULL: always readable and writable. */
    u32 (*poll)(struct file *file, struct poll_table *pt);
    /* Fill req->obj (with a reference) and restrict req->max_prot. NULL: -ENODEV. */
    int (*mmap)(struct file *file, struct map_request *req);
    /* Emit entries from *pos on until dir_emit says stop; leave *pos where to go on. NULL:
     * -ENOTDIR. */
    int (*readdir)(struct file *file, struct dir_sink *sink, u64 *pos);
    int (*fsync)(struct file *file, bool data_only); /* NULL: nothing to do, 0 */
};

enum { /* struct file.state */
       FILE_READ = 1,
       FILE_WRITE = 2,  /* may be read, written */
       FILE_STREAM = 4, /* has no offset: pipes, terminals, sockets */
       FILE_PATH = 8,   /* O_PATH: names a place, nothing else works */
       FILE_EXEC = 16,  /* is being executed: nobody may write it (file_deny_write) */
};

/* key: c = fixed when opened, a = atomic, p = pos_lock */
struct file {
    struct refcount refs;       /* (a) */
    _Atomic u32 flags;          /* (a) O_*: F_SETFL changes O_APPEND, O_NONBLOCK ... */
    u32 state;                  /* (c) FILE_* */
    const struct file_ops *ops; /* (c) */
    struct inode *inode;        /* (c) referenced */
    struct path path;           /* (c) referenced */
    void *priv;                 /* (c) the implementer's */
    struct mutex pos_lock;
    u64 pos; /* (p) */
};

/* open(2): name relative to dirfd, flags and mode as there. 0 and *out with one reference, or any
 * errno of open(2). Does not look at O_CLOEXEC. Sleeps (opening a fifo may wait: -EINTR). */
MUST_CHECK int file_open(int dirfd, const char *name, int flags, mode_t mode, struct file **out);
/* Open what `path` names (no reference is taken over); the caller has checked rights. */
MUST_CHECK int file_open_path(const struct path *path, int flags, struct file **out);
/* A file without a name (pipes, sockets), at a fresh dentry of `mnt`, a mount_internal; the
 * reference to inode is taken over, also on failure. ops->open is not called. NULL: -ENFILE. */
struct file *file_alloc(struct mount *mnt, struct inode *inode, const struct file_ops *ops,
                        int flags, void *priv);
/* Let nobody open it for writing until f is closed (exec). -ETXTBSY: somebody has. */
MUST_CHECK int file_deny_write(struct file *f);

static inline struct file *file_get(struct file *f)
{
    refcount_get(&f->refs);
    return f;
}
/* May sleep; no lock of vm or fs held. */
void file_put(struct file *f);

/* read(2), write(2) at the file's offset, which moves. -EBADF (not open for that), -EISDIR,
 * -EINVAL, -EAGAIN, -EINTR, -EFAULT, -EIO, -ENOSPC, -EFBIG, -EPIPE (sys raises SIGPIPE; for -EFBIG
 * SIGXFSZ). */
MUST_CHECK ssize_t file_read(struct file *f, struct uio *uio);
MUST_CHECK ssize_t file_write(struct file *f, struct uio *uio);
/* pread(2), pwrite(2): at *pos, which moves; the file's own offset stays. Also -ESPIPE (streams)
 * and -EINVAL (*pos over S64_MAX). */
MUST_CHECK ssize_t file_pread(struct file *f, struct uio *uio, u64 *pos);
MUST_CHECK ssize_t file_pwrite(struct file *f, struct uio *uio, u64 *pos);
/* For the kernel itself (exec, initrd): len bytes at pos; fewer only at the end. */
MUST_CHECK ssize_t kfile_read(struct file *f, void *buf, size_t len, u64 pos);
MUST_CHECK ssize_t kfile_write(struct file *f, const void *buf, size_t len, u64 pos);

MUST_CHECK s64 file_seek(struct file *f, s64 offset, int whence);
MUST_CHECK long file_ioctl(struct file *f, unsigned long cmd, uaddr_t arg);
u32 file_poll(struct file *f, struct poll_table *pt);
/* Check the file's mode against req (-EACCES, -ENODEV, -EBADF) and let it fill in obj and max_prot.
 */
MUST_CHECK int file_mmap(struct file *f, struct map_request *req);
MUST_CHECK int file_sync(struct file *f, bool data_only);
MUST_CHECK int file_truncate(struct file *f, s64 size);
/* getdents64(2): whole linux_dirent64 records into uio. Returns bytes, 0 at the end, -ENOTDIR,
 * -EINVAL (no room for one). */
MUST_CHECK ssize_t file_readdir(struct file *f, struct uio *uio);
/* Copy up to count bytes between two files inside the kernel. in_pos NULL: at in's offset. Returns
 * bytes or an errno. */
MUST_CHECK ssize_t file_send(struct file *out, struct file *in, u64 *in_pos, size_t count);
/* F_SETFL: changes O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME, O_ASYNC and nothing else. */
void file_set_flags(struct file *f, int flags);

/* readdir's other end. next: the offset behind this entry. False: no room, leave *pos before it. */
bool dir_emit(struct dir_sink *sink, const char *name, size_t len, u64 ino, mode_t type, u64 next);

/* Emit "." (offset 0) and ".." (1) if *pos is at them; entries then begin at 2. False: no room. */
bool dir_emit_dots(struct file *f, struct dir_sink *sink, u64 *pos);

/* What opening a node that is no file of its own does: a row a type, filled in by whoever
 * implements it (a table of DESIGN's "where control goes up"; open: called with no lock held). Like
 * file_ops.open. -ENXIO while empty. */
enum special { SPECIAL_CHR, SPECIAL_BLK, SPECIAL_FIFO, SPECIAL_SOCK, SPECIAL_COUNT };
extern int (*special_open[SPECIAL_COUNT])(struct inode *inode, struct file *file);

u64 file_count(void); /* open now, for leak checks */
