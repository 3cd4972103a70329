/* path.c: the walk from a path name to a place.
 *
 * A loop over components, not a recursion: a symbolic link's target is put in front of what is left
 * of the name, and the loop goes on. (The whole of it may have PATH_MAX bytes, as in 4.4BSD's
 * namei.) Hits in the name cache take only a bucket's spinlock each. */
#include "fs/path.h"
#include "fs/fdtable.h"
#include "fs/mount.h"
#include "fs/walk.h"
#include "lib/string.h"
#include "mm/slab.h"

static const char *skip_slashes(const char *s)
{
    while (*s == '/')
        s++;
    return s;
}

static enum walk_last kind_of(const char *s, size_t len)
{
    if (len == 0)
        return WALK_ROOT;
    if (len == 1)
        return WALK_DOT;
    return len == 2 && s[1] == '.' ? WALK_DOTDOT : WALK_NAME;
}

/* One test settles it for letters and digits: they have a bit that '/', and so NUL, has not. */
static inline bool ends_component(char c)
{
    return unlikely(!(c & ~'/')) && (c == '/' || c == '\0');
}

/* Split the next component off w->rest, which begins with no slash, and hash it on the way. */
static inline int next_component(struct walk *w)
{
    const char *start = w->rest, *s = start;
    u32 hash = NAME_HASH_START;
    for (; !ends_component(*s); s++)
        hash = name_hash_add(hash, *s);
    size_t len = (size_t)(s - start);
    w->last = (struct name){.s = start, .len = (u32)len, .hash = hash};
    w->slash = *s == '/';
    w->rest = skip_slashes(s);
    w->kind = likely(len && *start != '.') ? WALK_NAME : kind_of(start, len);
    return likely(len <= FS_MAX_NAME) ? 0 : -ENAMETOOLONG;
}

/* What the name cache does not know: ask. */
static NOINLINE struct dentry *find_uncached(struct walk *w)
{
    struct dentry *d;
    w->err = dentry_ask(w->at.dentry, &w->last, &d);
    return w->err ? NULL : d;
}

/* The entry of w->last, which exists; or NULL, and an errno in w->err. */
static inline struct dentry *find_existing(struct walk *w)
{
    struct dentry *d = dentry_find(w->at.dentry, &w->last);
    if (unlikely(!d) && !(d = find_uncached(w)))
        return NULL;
    if (likely(dentry_inode(d)))
        return d;
    dentry_put(d);
    w->err = -ENOENT;
    return NULL;
}

/* May w->at be searched? */
static int may_search(const struct walk *w)
{
    const struct inode *dir = dentry_inode(w->at.dentry);
    if (!S_ISDIR(dir->mode))
        return -ENOTDIR;
    if (likely((dir->mode & 0111) == 0111))
        return 0; /* everybody may: no need to know who asks */
    return inode_permission(dir, MAY_EXEC);
}

static void step_up(struct walk *w)
{
    if (fsctx_is_root(&w->at))
        return;
    if (mount_ascend(&w->at)) {
        struct dentry *parent = dentry_parent(w->at.dentry);
        dentry_put(w->at.dentry);
        w->at.dentry = parent;
        mount_descend(&w->at);
    }
}

/* Put the link's target in front of what is left, and stand where it starts from. */
static int expand_link(struct walk *w, struct inode *inode)
{
    if (!w->buf && !(w->buf = kmalloc(2ul * PATH_MAX)))
        return -ENOMEM;
    /* w->rest may point into the other half */
    char *buf = w->buf + (w->half ^= 1) * (size_t)PATH_MAX;
    ssize_t len = inode->ops->readlink(inode, buf, PATH_MAX);
    if (len < 0)
        return (int)len;
    if (len == 0)
        return -ENOENT;
    size_t rest = strlen(w->rest);
    if ((size_t)len + 1 + rest + 1 > PATH_MAX)
        return -ENAMETOOLONG;
    if (w->slash)
        buf[len++] = '/';
    memcpy(buf + len, w->rest, rest + 1);
    w->rest = skip_slashes(buf);
    if (buf[0] == '/') {
        path_put(&w->at);
        fsctx_root(fsctx_current(), &w->at);
    }
    inode_accessed(inode);
    return 0;
}

/* Follow the link d found in w->at; puts d. Returns 0 (w->rest has what is to be walked) or 1
 * (w->at has jumped). */
static int follow(struct walk *w, struct dentry *d)
{
    struct inode *inode = dentry_inode(d);
    int err = -ELOOP;
    if (++w->nlinks > FS_MAX_SYMLINKS) {
        ;
    } else if (inode->ops->follow) {
        struct path to;
        err = inode->ops->follow(inode, &to);
        if (!err) {
            path_put(&w->at);
            w->at = to;
            err = 1;
        }
    } else {
        err = expand_link(w, inode);
    }
    dentry_put(d);
    return err;
}

/* Walk w->last, which is not the last component of the name. */
static inline int step(struct walk *w)
{
    if (unlikely(w->kind != WALK_NAME)) {
        if (w->kind == WALK_DOTDOT)
            step_up(w);
        return 0;
    }
    struct dentry *d = find_existing(w);
    if (!d)
        return w->err;
    if (unlikely(S_ISLNK(dentry_inode(d)->mode))) {
        int err = follow(w, d);
        return err < 0 ? err : 0;
    }
    walk_to(w, d);
    return 0;
}

/* Walk all but the last component of w->rest. */
static int walk_most(struct walk *w)
{
    for (;;) {
        int err = next_component(w);
        if (!err)
            err = may_search(w);
        if (err || *w->rest == '\0')
            return err;
        err = step(w);
        if (err)
            return err;
    }
}

/* Where a name that does not begin with a slash begins. */
static int start_at(int dirfd, struct path *out)
{
    if (dirfd == AT_FDCWD) {
        fsctx_cwd(fsctx_current(), out);
        return 0;
    }
    struct file *f = fd_get_any(dirfd);
    if (!f)
        return -EBADF;
    int err = S_ISDIR(f->inode->mode) ? 0 : -ENOTDIR;
    if (!err) {
        *out = f->path;
        path_get(out);
    }
    fd_put(f);
    return err;
}

int walk_begin(struct walk *w, int dirfd, const struct path *from, const char *name)
{
    w->at = (struct path){NULL, NULL};
    w->rest = skip_slashes(name);
    w->nlinks = w->half = 0;
    w->buf = NULL;
    if (!*name)
        return -ENOENT;
    int err = 0;
    if (*name == '/') {
        fsctx_root(fsctx_current(), &w->at);
    } else if (from) {
        w->at = *from;
        path_get(from);
    } else {
        err = start_at(dirfd, &w->at);
    }
    return err ? err : walk_most(w);
}

void walk_end(struct walk *w)
{
    if (w->at.mnt)
        path_put(&w->at);
    kfree(w->buf);
}

int walk_link(struct walk *w, struct dentry *d)
{
    int err = follow(w, d);
    return err ? err : walk_most(w);
}

int walk_finish(struct walk *w, bool follow_it)
{
    while (likely(w->kind == WALK_NAME)) {
        struct dentry *d = find_existing(w);
        if (!d)
            return w->err;
        if (likely(!S_ISLNK(dentry_inode(d)->mode)) || !(follow_it || w->slash)) {
            walk_to(w, d);
            break;
        }
        int err = walk_link(w, d);
        if (err < 0)
            return err;
        if (err > 0)
            break; /* w->at is the place itself; else there is a new last component */
    }
    if (w->kind == WALK_DOTDOT)
        step_up(w);
    return w->slash && !S_ISDIR(dentry_inode(w->at.dentry)->mode) ? -ENOTDIR : 0;
}

static ALWAYS_INLINE int lookup(int dirfd, const struct path *from, const char *name,
                                unsigned flags, struct path *out)
{
    struct walk w;
    int err = walk_begin(&w, dirfd, from, name);
    if (!err)
        err = walk_finish(&w, flags & LOOKUP_FOLLOW);
    if (!err && (flags & LOOKUP_DIRECTORY) && !S_ISDIR(dentry_inode(w.at.dentry)->mode))
        err = -ENOTDIR;
    if (!err) {
        *out = w.at;
        w.at.mnt = NULL; /* the references are the caller's now */
    }
    walk_end(&w);
    return err;
}

int path_lookup_from(const struct path *at, const char *name, unsigned flags, struct path *out)
{
    return lookup(AT_FDCWD, at, name, flags, out);
}

/* AT_EMPTY_PATH: what dirfd refers to, of whatever type. */
static int lookup_fd(int dirfd, struct path *out)
{
    if (dirfd == AT_FDCWD) {
        fsctx_cwd(fsctx_current(), out);
        return 0;
    }
    struct file *f = fd_get_any(dirfd);
    if (!f)
        return -EBADF;
    *out = f->path;
    path_get(out);
    fd_put(f);
    return 0;
}

int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out)
{
    if (!*name && (flags & LOOKUP_EMPTY))
        return lookup_fd(dirfd, out);
    return lookup(dirfd, NULL, name, flags, out);
}
