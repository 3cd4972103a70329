/* dentry.h: the name cache: (directory, name) -> inode, so that a path seldom asks a file system.
 *
 * A *negative* dentry remembers that there is no such name. Entries hang in one hash table by
 * parent and name, and the table itself holds a reference to each: an entry in use has more than
 * one. Who looks an entry up gets his reference under the bucket's lock; so an entry found there
 * with exactly one reference is nobody's, and can be dropped. The table is also its own clock
 * (second chance): when it is full, or memory is short, a hand sweeps the buckets, clears `used`
 * marks and drops entries that nobody used since its last round.
 *
 * Life cycle: dentry_lookup makes it (hashed, positive or negative); users take and put references;
 * create turns a negative one positive; unlink makes it negative again if nobody else has it, and
 * else unhashes it, so that an open file keeps its old name; the last dentry_put of an unhashed one
 * frees it and lets go of parent and inode. */
#pragma once

#include "fs/inode.h"
#include "lock/refcount.h"

struct mount;

/* key: h = lock of its hash bucket, t = dentry_tree_lock, d = parent inode's lock, c = fixed at
 * creation, a = atomic. Two letters: either to read, both to write. */
struct dentry {
    struct refcount refs;         /* (a) the table's, each child's, each user's */
    u32 hash;                     /* (h+t) of the name */
    struct dentry *next;          /* (h) in its bucket */
    bool hashed;                  /* (h) */
    bool used;                    /* (h) found since the hand came by */
    struct mount *_Atomic mounts; /* (a) what is mounted here: a chain, see mount.h */
    struct dentry *parent;        /* (t+d) referenced; a root's is itself */
    struct inode *_Atomic inode; /* (d to write, a to read) NULL: negative. Never changes back while
                                    somebody has it */
    struct super *sb;            /* (c) */
    u32 len;                     /* (h+t+d) */
    char *name;                  /* (h+t+d) NUL-terminated; short or allocated */
    char short_name[FS_DENTRY_INLINE];
};

static inline struct inode *dentry_inode(const struct dentry *d)
{
    return atomic_load_explicit(&d->inode, memory_order_acquire); /* matches dentry_set_inode */
}

/* Is something mounted here, for whoever comes by the right mount? */
static inline bool dentry_is_mount_point(const struct dentry *d)
{
    return atomic_load_explicit(&d->mounts, memory_order_acquire); /* matches mount_attach */
}

/* FNV-1a, a byte at a time, so that a walk hashes a component while it looks for its end. */
#define NAME_HASH_START 0x811c9dc5u
static inline u32 name_hash_add(u32 hash, char c)
{
    return (hash ^ (u8)c) * 0x01000193u;
}
u32 name_hash(const char *s, size_t len);

static inline struct dentry *dentry_get(struct dentry *d)
{
    refcount_get(&d->refs);
    return d;
}
void dentry_free(struct dentry *d); /* dentry_put's last reference */
/* May sleep; no lock of vm or fs held. NULL does nothing. */
static inline void dentry_put(struct dentry *d)
{
    if (d && refcount_put(&d->refs))
        dentry_free(d);
}

/* The root dentry of a file system, with a reference; takes over the caller's to inode. NULL:
 * -ENOMEM (inode is put). */
struct dentry *dentry_root(struct super *sb, struct inode *inode);
/* The cached entry of that name with a reference, or NULL. */
struct dentry *dentry_find(struct dentry *parent, const struct name *name);
/* The same, but asks the file system what is not cached. Needs parent's inode->lock, except on a
 * SUPER_DYNAMIC file system. *out may be negative. 0 or what inode_ops.lookup said, -ENOMEM. */
MUST_CHECK int dentry_lookup_locked(struct dentry *parent, const struct name *name,
                                    struct dentry **out);
/* The same, taking the lock if it must: dentry_find, and what it does not find is asked for. */
MUST_CHECK int dentry_ask(struct dentry *parent, const struct name *name, struct dentry **out);
MUST_CHECK static inline int dentry_lookup(struct dentry *parent, const struct name *name,
                                           struct dentry **out)
{
    *out = dentry_find(parent, name);
    return likely(*out) ? 0 : dentry_ask(parent, name, out);
}

/* Is d, which the caller has found and holds, still what its name means? The parent's inode->lock
 * is held: names change only under it, and the hand does not take what somebody holds. */
static inline bool dentry_is_current(const struct dentry *d)
{
    return d->hashed;
}
/* A name came to be: takes over the reference to inode. The parent's inode->lock is held (also for
 * the next three). */
void dentry_set_inode(struct dentry *d, struct inode *inode);
/* The name is gone. Returns an inode for the caller to put after unlocking, or NULL. */
MUST_CHECK struct inode *dentry_removed(struct dentry *d);
/* d takes the name and parent of `to` (negative, or a victim), which leaves the table; both parents
 * locked. */
void dentry_moved(struct dentry *d, struct dentry *to);
void dentry_exchanged(struct dentry *a, struct dentry *b);

/* The parent, with a reference. */
struct dentry *dentry_parent(struct dentry *d);
/* Is a the same as d or above it? */
bool dentry_is_ancestor(struct dentry *a, struct dentry *d);
/* Copy the name to the end of buf[0, room) if it fits. Returns its length. */
size_t dentry_name_prepend(const struct dentry *d, char *buf, size_t room);
/* Was this name removed while somebody (the caller) still has it? */
bool dentry_is_gone(const struct dentry *d);
/* Drop up to n entries that nobody uses; returns how many. Takes no sleeping lock, may free inodes
 * (sleeps). */
u64 dentry_shrink(u64 n);
/* Drop every unused entry of sb (NULL: of all): unmount, leak checks. */
void dentry_shrink_all(struct super *sb);
u64 dentry_count(void);
void dentry_init(void);
