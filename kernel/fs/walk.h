/* walk.h: a path walk in the hands of those who treat the last component specially: open(O_CREAT),
 * mkdir, unlink, rename ... Everybody else uses path_lookup. */
#pragma once

#include "fs/mount.h"
#include "fs/path.h"

enum walk_last {
    WALK_NAME, /* an ordinary name */
    WALK_DOT,
    WALK_DOTDOT,
    WALK_ROOT, /* there is none: the path was "/" */
};

/* Lives on one stack; walk_begin ... walk_end. */
struct walk {
    struct path at;   /* where the walk stands, referenced: the directory of the last component */
    const char *rest; /* what is still to be walked */
    struct name last; /* the last component, not yet walked; points into the path name */
    enum walk_last kind;
    bool slash;      /* a slash follows it: it must be a directory */
    unsigned nlinks; /* symbolic links followed */
    int err;         /* why a find came to nothing */
    char *buf;       /* the rest behind a symbolic link: two halves of PATH_MAX, used in turn */
    unsigned half;
};

/* Start at the root (absolute names), at dirfd or at *from (NULL: use dirfd), and walk to the last
 * component. Always pair with walk_end, also on failure. -ENOENT for "". Further errors:
 * path_lookup. */
MUST_CHECK int walk_begin(struct walk *w, int dirfd, const struct path *from, const char *name);
void walk_end(struct walk *w);
/* Stand at d, an existing child of w->at, instead; takes over its reference. */
static inline void walk_to(struct walk *w, struct dentry *d)
{
    dentry_put(w->at.dentry);
    w->at.dentry = d;
    mount_descend(&w->at);
}
/* Take the last step. A symbolic link is followed if `follow` or a slash says so. 0: w->at is the
 * target; else an errno. */
MUST_CHECK int walk_finish(struct walk *w, bool follow);
/* d, found by the caller as w->last in w->at, is a symbolic link that he wants to follow: walk on
 * to the last component of where it leads. Returns 0, an errno, or 1: it led to a place (w->at),
 * without a last component. */
MUST_CHECK int walk_link(struct walk *w, struct dentry *d);
