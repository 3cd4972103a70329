/* inode_ops.h: what a file system answers for its inodes: names, attributes, pages. */
#pragma once

#include "abi/stat.h"
#include "lib/types.h"

struct inode;
struct path;

/* One component of a path name; not NUL-terminated. */
struct name {
    const char *s;
    u32 len;  /* 1 .. NAME_MAX */
    u32 hash; /* name_hash(s, len) */
};

enum { /* struct setattr.valid */
       SET_MODE = 1,
       SET_UID = 2,
       SET_GID = 4,
       SET_ATIME = 8,
       SET_MTIME = 16,
       SET_SIZE = 32,
};
struct setattr {
    unsigned valid;
    mode_t mode; /* permission bits only */
    uid_t uid;
    gid_t gid;
    s64 atime_ns, mtime_ns;
    u64 size;
};

/* A nested table: whatever changes or searches a directory is called with dir->lock held, so
 * implementers take only locks of fs/ below RANK_INODE. `name` is valid during the call. NULL where
 * a type has no such operation (a directory without create: -EPERM). The caller has checked types,
 * permissions and the read-only flag. */
struct inode_ops {
    /* The inode of that name with a reference; -ENOENT. On a SUPER_DYNAMIC file system: called with
     * no lock held. */
    int (*lookup)(struct inode *dir, const struct name *name, struct inode **out);
    /* A new file of the type in mode (all but symbolic links), with a reference for the caller. The
     * name is free. -ENOSPC, -ENOMEM, -EMLINK (too many directories). */
    int (*create)(struct inode *dir, const struct name *name, mode_t mode, dev_t rdev,
                  struct inode **out);
    int (*symlink)(struct inode *dir, const struct name *name, const char *target,
                   struct inode **out);
    int (*link)(struct inode *dir, const struct name *name, struct inode *inode);
    int (*unlink)(struct inode *dir, const struct name *name, struct inode *inode);
    /* inode->lock is held too. -ENOTEMPTY. */
    int (*rmdir)(struct inode *dir, const struct name *name, struct inode *inode);
    /* Move `inode` to a new name; victim (or NULL) has that name now, and loses it, or with
     * RENAME_EXCHANGE gets the old one. Both directories (and a victim directory) are locked.
     * -ENOTEMPTY (victim). */
    int (*rename)(struct inode *olddir, const struct name *oldname, struct inode *inode,
                  struct inode *newdir, const struct name *newname, struct inode *victim,
                  unsigned flags);
    /* The target into buf, not terminated; returns its length, cut to size. No lock held. */
    ssize_t (*readlink)(struct inode *inode, char *buf, size_t size);
    /* After the generic part has been checked, before it is stored in *inode; NULL: nothing more to
     * do. inode->lock held. */
    int (*setattr)(struct inode *inode, const struct setattr *attr);
    /* Room for one page that a write or a fault is about to add at a hole: -ENOSPC. Counts it in
     * nblocks. */
    int (*reserve)(struct inode *inode, u64 index);
    /* npages pages are not there (any more): a truncate, or a write that failed. Both hold
     * inode->lock. NULL: no pages. */
    void (*unreserve)(struct inode *inode, u64 npages);
    /* What the file has at that page, into the frame at `page`. inode->lock is held. -EIO. */
    int (*fill)(struct inode *inode, u64 index, void *page);
    /* A link that leads to a place and not to a name (/proc/PID/fd/3): *out is referenced. NULL: an
     * ordinary one. */
    int (*follow)(struct inode *inode, struct path *out);
    /* The last reference is gone and obj's pages are freed: free *inode. May sleep. */
    void (*evict)(struct inode *inode);
};
