/* mount.h: file systems and the tree that mounts make of them.
 *
 * A *super* is one instance of a file system; a *mount* makes (a subtree of) it visible at a place.
 * A path is therefore a pair: a bind mount shows the same dentry at two places.
 *
 * Life cycle. A super lives from fs_type.mount to the end of its last mount, and its memory until
 * the last inode is gone. A mount is made attached to the tree, with one reference of the tree's;
 * each path (cwd, open file, walk) and each child mount hold one more. umount(2) takes it out when
 * only the tree's is left (else -EBUSY; MNT_DETACH: takes it out anyway, and the last path ends
 * it). */
#pragma once

#include "abi/mount.h"
#include "abi/statfs.h"
#include "fs/dentry.h"
#include "fs/path.h"

enum { /* super.flags */
       SUPER_RDONLY = 1,
       SUPER_DYNAMIC =
           2, /* names come and go by themselves (procfs): not cached, lookup without locks */
       SUPER_RESIDENT =
           4,           /* pages are never evicted (tmpfs): one that is not in memory is a hole */
       SUPER_NODEV = 8, /* (a mount shows no source) */
};

struct seq;

struct super_ops {
    /* *out is zeroed before; type, id and flags are filled in after. */
    void (*statfs)(struct super *sb, struct statfs *out);
    /* ",size=4096k" in /proc/mounts; or NULL. */
    void (*show_options)(struct super *sb, struct seq *s);
    /* The last mount is gone, with the name cache's entries: drop the inodes that the file system
     * itself holds. */
    void (*unmount)(struct super *sb);
    /* The last inode is gone as well (a mapping may outlive the mount): free it. */
    void (*release)(struct super *sb);
    int (*sync)(struct super *sb); /* or NULL */
};

/* key: c = fixed at creation, m = mount mutex */
struct super {
    const struct fs_type *type;  /* (c) */
    const struct super_ops *ops; /* (c) */
    unsigned flags;              /* (m) SUPER_* */
    u32 magic;                   /* (c) for statfs */
    dev_t dev;                   /* (c) st_dev of its files; super_init */
    struct dentry *root;         /* (c) referenced */
    struct refcount refs;        /* (a) its mounts together, and each inode */
    u32 nmounts;                 /* (m) */
};

/* A kind of file system. mount parses `options` ("a=1,b"; may be NULL), makes a super (super_init)
 * with its root dentry, and returns it in *out. 0, -EINVAL (options), -ENODEV, -ENOMEM, ... Open:
 * called with no lock held. */
struct fs_type {
    const char *name;
    int (*mount)(const char *source, const char *options, struct super **out);
    unsigned flags; /* SUPER_NODEV: "nodev" in /proc/filesystems */
    struct fs_type *next;
};
/* Boot time only. */
void fs_register(struct fs_type *type);
/* The kinds, in order of registration; NULL ends it. */
const struct fs_type *fs_type_next(const struct fs_type *type);
/* Fill in a new super: one reference, a device number of its own. */
void super_init(struct super *sb, const struct fs_type *type, const struct super_ops *ops,
                u32 magic);
void super_put(struct super *sb);

/* key: c = fixed at creation, m = mount mutex, p = point_lock (spin), a = atomic; two letters
 * as usual */
struct mount {
    struct refcount refs;    /* (a) */
    struct super *sb;        /* (c) */
    struct dentry *root;     /* (c) referenced: what is shown */
    struct mount *parent;    /* (m+p) referenced; NULL: the root mount, or detached */
    struct dentry *point;    /* (m+p) on which dentry of the parent, referenced */
    unsigned flags;          /* (m) MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC */
    bool attached;           /* (m+p) */
    char source[64];         /* (c) "none", "/dev/vda" */
    struct list_head in_all; /* (m) every attached mount, oldest first: /proc/mounts */
    struct mount *beside;    /* (p) another one on the same point, of another parent */
};

static inline struct mount *mount_get(struct mount *m)
{
    refcount_get(&m->refs);
    return m;
}
void mount_free(struct mount *m); /* mount_put's last reference */
/* May sleep; no lock held. NULL does nothing. */
static inline void mount_put(struct mount *m)
{
    if (m && refcount_put(&m->refs))
        mount_free(m);
}

static inline void path_get(const struct path *p)
{
    mount_get(p->mnt);
    dentry_get(p->dentry);
}
/* May sleep; no lock held. {NULL, NULL} does nothing, and is what is left. */
static inline void path_put(struct path *p)
{
    dentry_put(p->dentry);
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the path has a reference, which it cannot see */
    mount_put(p->mnt);
    *p = (struct path){NULL, NULL};
}

/* While something is mounted on *p, step into it. */
void mount_enter(struct path *p);
static inline void mount_descend(struct path *p)
{
    if (unlikely(dentry_is_mount_point(p->dentry)))
        mount_enter(p);
}
/* If *p is the root of a mount, step out to its mount point (as often as needed). False: at the
 * very top. */
bool mount_ascend(struct path *p);
/* -EROFS if the file system or this mount of it may not be changed. */
MUST_CHECK int mount_may_write(const struct mount *m);

/* mount(2) and umount2(2), with kernel strings; only for root (checked by sys). 0; -ENODEV (no such
 * type), -EBUSY, -ENOTDIR, -EINVAL, and what the walk and the file system said. MS_BIND and
 * MS_REMOUNT are known. */
MUST_CHECK int vfs_mount(const char *source, const char *target, const char *type,
                         unsigned long flags, const char *options);
MUST_CHECK int vfs_umount(const char *target, int flags);
/* A mount that hangs nowhere, for files without a name (pipes). NULL: -ENOMEM. */
struct mount *mount_internal(struct super *sb);
/* Boot: mount `type` as the root of everything; panics if it cannot. */
void mount_root(const char *type, const char *options);
/* Call fn for each attached mount with a path to its root; in order, without holding a lock. */
void mount_each(void (*fn)(const struct path *root, void *arg), void *arg);
/* sync(2). */
void vfs_sync(void);
