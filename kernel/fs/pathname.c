/* pathname.c: from a place back to its name, and names on their way in from a program. */
#include "fs/mount.h"
#include "fs/path.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/slab.h"

/* Text that grows to the left, from the end of a buffer. */
struct backwards {
    char *buf;
    size_t room; /* free bytes before the text */
    bool full;
};

static void prepend(struct backwards *b, const char *s, size_t len)
{
    if (len > b->room) {
        b->full = true;
        return;
    }
    b->room -= len;
    memcpy(b->buf + b->room, s, len);
}

static void prepend_component(struct backwards *b, const struct dentry *d)
{
    size_t len = dentry_name_prepend(d, b->buf, b->room);
    if (len > b->room) {
        b->full = true;
        return;
    }
    b->room -= len;
    prepend(b, "/", 1);
}

/* Climb from *at, putting names in front, until the process's root or the top of all mounts. True:
 * it was the root. */
static bool climb(struct backwards *b, struct path *at)
{
    while (!b->full && !fsctx_is_root(at)) {
        if (at->dentry == at->mnt->root) {
            if (!mount_ascend(at))
                return false;
            continue; /* the mount point may be the root, or have a name */
        }
        prepend_component(b, at->dentry);
        struct dentry *parent = dentry_parent(at->dentry);
        bool top = parent == at->dentry;
        dentry_put(at->dentry);
        at->dentry = parent;
        if (top)
            return false; /* a dentry of a mount that hangs nowhere */
    }
    return !b->full;
}

/* "pipe:[4711]" */
static int anonymous_name(const struct path *p, char *buf, size_t size, char **out)
{
    const struct inode *inode = dentry_inode(p->dentry);
    int len = snprintf(buf, size, "%s:[%lu]", p->mnt->sb->type->name, inode->ino);
    *out = buf;
    return (size_t)len < size ? len + 1 : -ENAMETOOLONG;
}

static bool is_anonymous(const struct path *p)
{
    return p->dentry->len == 0 && p->dentry != p->mnt->root && p->dentry->parent == p->dentry;
}

int path_name(const struct path *p, char *buf, size_t size, char **out)
{
    if (is_anonymous(p))
        return anonymous_name(p, buf, size, out);
    struct backwards b = {.buf = buf, .room = size};
    prepend(&b, "", 1);
    if (dentry_is_gone(p->dentry))
        prepend(&b, " (deleted)", strlen(" (deleted)"));
    struct path at = *p;
    size_t end = b.room;
    path_get(&at);
    bool reached = climb(&b, &at);
    path_put(&at);
    if (b.room == end)
        prepend(&b, "/", 1);
    if (!reached && !b.full)
        prepend(&b, "(unreachable)", strlen("(unreachable)"));
    *out = buf + b.room;
    return b.full ? -ENAMETOOLONG : (int)(size - b.room);
}

int path_getcwd(char *buf, size_t size, char **out)
{
    struct path cwd;
    fsctx_cwd(fsctx_current(), &cwd);
    int len = dentry_is_gone(cwd.dentry) ? -ENOENT : path_name(&cwd, buf, size, out);
    path_put(&cwd);
    return len == -ENAMETOOLONG ? -ERANGE : len;
}

int pathname_in(struct pathname *pn, uaddr_t name)
{
    pn->s = pn->room;
    ssize_t len = str_in(pn->room, name, sizeof pn->room);
    if (len != -ENAMETOOLONG)
        return len < 0 ? (int)len : 0;
    pn->s = kmalloc(PATH_MAX);
    if (!pn->s)
        return -ENOMEM;
    len = str_in(pn->s, name, PATH_MAX);
    if (len < 0)
        kfree(pn->s);
    return len < 0 ? (int)len : 0;
}
