/* fdtable.h: the descriptors of a process: small numbers that stand for open files.
 *
 * A table that only one thread uses needs no lock and no atomic to look a number up: nobody else
 * can close it meanwhile. `shared` says that this is over; it is set by the owner in
 * clone(CLONE_FILES), when it holds no borrowed file, and never cleared. So fd_get and fd_put of
 * one system call see the same value.
 *
 * Life cycle: files_create or files_fork give one reference; threads that share it hold one each,
 * and a reader in /proc; the last files_put closes everything. */
#pragma once

#include "fs/file.h"
#include "lock/spinlock.h"

enum { FILES_INLINE = 64 }; /* descriptors without another allocation: one word of each bitmap */

/* key: l = lock to write; the only owner reads without it while not shared */
struct files {
    struct refcount refs; /* (a) */
    bool shared;          /* (l) sticky: several threads use it */
    struct spinlock lock;
    u32 size;           /* (l) entries of file[] */
    u32 next_free;      /* (l) no free number below */
    struct file **file; /* (l) NULL: free, or reserved */
    u64 *used;          /* (l) bit: number taken (maybe not installed yet) */
    u64 *cloexec;       /* (l) bit: closed by exec */
    struct file *file_inline[FILES_INLINE];
    u64 used_inline, cloexec_inline;
};

/* NULL: -ENOMEM. */
struct files *files_create(void);
/* A copy for a child: the same open files, flags included. NULL: -ENOMEM. */
struct files *files_fork(struct files *from);
/* One more thread will use it (clone with CLONE_FILES). */
struct files *files_share(struct files *fs);
/* A reference for a reader that only calls files_peek. */
struct files *files_get(struct files *fs);
void files_put(struct files *fs); /* may sleep; no lock held */
/* exec: close what is marked close-on-exec; a table shared with others is replaced by a copy first.
 * -ENOMEM. */
MUST_CHECK int files_exec(struct files **fs);

/* The file behind fd of the running thread, or NULL (-EBADF). Pair with fd_put in the same system
 * call; to keep the file longer take file_get(). fd_get refuses O_PATH files; fd_get_any does not.
 */
struct file *fd_get(int fd);
struct file *fd_get_any(int fd);
void fd_put(struct file *f);

/* Evaluate `call` with the file behind fd as `f`, between fd_get and fd_put: its result, or -EBADF.
 */
#define WITH_FILE(fd, call)     WITH_FILE_BY(fd_get, fd, call)
#define WITH_ANY_FILE(fd, call) WITH_FILE_BY(fd_get_any, fd, call)
#define WITH_FILE_BY(get, fd, call)                                                                \
    ({                                                                                             \
        struct file *f = get(fd);                                                                  \
        long result_ = -EBADF;                                                                     \
        if (f) {                                                                                   \
            result_ = (call);                                                                      \
            fd_put(f);                                                                             \
        }                                                                                          \
        result_;                                                                                   \
    })

/* Reserve the lowest free number >= min: -EMFILE (RLIMIT_NOFILE), -EINVAL (min beyond it), -ENOMEM.
 * Then either install (takes over the reference to f) or release it. */
MUST_CHECK int fd_alloc(int min, bool cloexec);
void fd_install(int fd, struct file *f);
void fd_release(int fd);
/* fd_alloc and fd_install in one: takes over f, which is put on failure. Returns the number or an
 * errno. */
MUST_CHECK int fd_add(struct file *f, int min, bool cloexec);
/* close(2): -EBADF. May sleep. */
MUST_CHECK int fd_close(int fd);
/* dup2(2), dup3(2): -EBADF, -EBUSY. oldfd == newfd is the caller's case. */
MUST_CHECK int fd_dup_to(int oldfd, int newfd, bool cloexec);
/* FD_CLOEXEC: 0 or 1; -EBADF. */
MUST_CHECK int fd_get_cloexec(int fd);
MUST_CHECK int fd_set_cloexec(int fd, bool on);

/* Any process's table, for /proc: the file with a reference, or NULL; the first number >= fd in
 * use, or -1. */
struct file *files_peek(struct files *fs, int fd);
int files_next(struct files *fs, int fd);
