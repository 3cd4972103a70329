/* path.h: path names, from a string to a mount and a dentry.
 *
 * A walk goes component by component through the name cache and takes no lock on hits. It checks
 * search permission at each directory, follows symbolic links (at most 40), crosses mounts
 * downwards on arrival and upwards on "..", and never leaves the root of the running process. */
#pragma once

#include "fs/limits.h"
#include "lib/types.h"
#include "lock/refcount.h"
#include "lock/spinlock.h"
#include "mm/slab.h"
#include "vm/uaccess.h"

struct dentry;
struct inode;
struct mount;

struct path {
    struct mount *mnt; /* both referenced where a path is stored or returned */
    struct dentry *dentry;
};

/* path_get and path_put are in mount.h. */
static inline bool path_equal(const struct path *a, const struct path *b)
{
    return a->mnt == b->mnt && a->dentry == b->dentry;
}

/* Where a process stands. Threads may share one; fork copies. A kernel thread without one uses
 * init_fsctx. key: l = lock (the owner reads without it while not shared), a = atomic */
struct fsctx {
    struct refcount refs; /* (a) */
    bool shared;          /* (l) sticky: several threads use it (see fdtable.h) */
    struct spinlock lock;
    struct path cwd, root; /* (l) */
    u32 umask;             /* (l) */
};
extern struct fsctx init_fsctx;
/* A copy of `from` (NULL: of init_fsctx) with one reference. NULL: -ENOMEM. */
struct fsctx *fsctx_copy(struct fsctx *from);
/* One more thread will use it (clone with CLONE_FS). */
struct fsctx *fsctx_share(struct fsctx *ctx);
/* A reference for a reader in /proc. */
struct fsctx *fsctx_get(struct fsctx *ctx);
void fsctx_put(struct fsctx *ctx); /* may sleep */
struct fsctx *fsctx_current(void);
u32 fsctx_umask(u32 mask); /* set; returns the old one */
/* Is p the running process's root? */
bool fsctx_is_root(const struct path *p);
/* Move the running thread's working directory or root to p (takes its own references). */
void fsctx_set_cwd(const struct path *p);
void fsctx_set_root(const struct path *p);
/* Copies with references, of any process's context (locks it). */
void fsctx_cwd(struct fsctx *ctx, struct path *out);
void fsctx_root(struct fsctx *ctx, struct path *out);

enum {
    LOOKUP_FOLLOW = 1,    /* a symbolic link as the last component is followed */
    LOOKUP_DIRECTORY = 2, /* the result must be a directory: -ENOTDIR */
    LOOKUP_EMPTY = 4,     /* "" means dirfd itself (AT_EMPTY_PATH) */
};
/* Find name, relative to dirfd (AT_FDCWD: the working directory). *out is referenced and exists
 * (never negative). -ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -EBADF (dirfd), -ENOMEM,
 * -EIO. Sleeps, no lock held. */
MUST_CHECK int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out);
/* The same with an explicit directory (NULL: the working directory). */
MUST_CHECK int path_lookup_from(const struct path *at, const char *name, unsigned flags,
                                struct path *out);

/* The name of p as seen from the running process's root into buf (size bytes, NUL-terminated); *out
 * points at its beginning inside buf. " (deleted)" is appended if it has no name any more. Returns
 * the length with the NUL, -ENAMETOOLONG, or, when p lies outside of the root: the name with
 * "(unreachable)" before it. */
MUST_CHECK int path_name(const struct path *p, char *buf, size_t size, char **out);
/* getcwd(2): the same for the working directory; -ENOENT if it was removed, -ERANGE. Returns the
 * length with the NUL. */
MUST_CHECK int path_getcwd(char *buf, size_t size, char **out);

/* A path name on its way in from a program. Short names (nearly all) stay in the struct. */
enum { PATHNAME_INLINE = 120 };
struct pathname {
    char *s;
    char room[PATHNAME_INLINE];
};
/* 0, -EFAULT, -ENAMETOOLONG, -ENOMEM. Pair with pathname_free on success. An empty name is the
 * callers' business. */
MUST_CHECK int pathname_in(struct pathname *pn, uaddr_t name);
static inline void pathname_free(struct pathname *pn)
{
    if (unlikely(pn->s != pn->room))
        kfree(pn->s);
}
