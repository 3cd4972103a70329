/* tmpfs_priv.h: what tmpfs.c (files, limits, mounting) and tmpfs_dir.c (names) share. */
#pragma once

#include "fs/inode.h"
#include "fs/mount.h"
#include "lib/rbtree.h"

/* A name in a directory, in a tree by `key`: the name's hash, and below it a number that tells
 * names of equal hash apart. The key is also the offset that getdents64 shows. It never changes
 * while the entry lives, so an offset stays good whatever comes and goes around it. (ext4 orders
 * its big directories by hash for the same reason.) */
struct tmpfs_entry {
    struct rb_node node;       /* in dir->names */
    u64 key;
    struct tmpfs_inode *inode; /* one reference, one link */
    u32 len;
    char name[];
};
enum { KEY_TWIN_BITS = 20 }; /* names of one hash in one directory: 2^20, then -ENOSPC */

struct tmpfs_inode {
    struct inode vfs;
    union {
        struct rb_root names; /* (vfs.lock) a directory: its entries */
        char *target;         /* (fixed) a symbolic link; allocated */
    };
    struct tmpfs_inode *next_dead; /* while a whole tree is torn down */
};

/* key: s = lock (a spinlock), c = fixed at mount */
struct tmpfs {
    struct super super;
    struct spinlock lock;
    u64 max_pages, pages;     /* (c), (s) */
    u64 max_inodes, inodes;   /* (c), (s) */
    u64 next_ino;             /* (s) */
    struct tmpfs_inode *root; /* (c) referenced */
};

static inline struct tmpfs *tmpfs_of(const struct super *sb)
{
    return container_of(sb, struct tmpfs, super);
}
static inline struct tmpfs_inode *tmpfs_inode_of(const struct inode *inode)
{
    return container_of(inode, struct tmpfs_inode, vfs);
}

/* A new inode with one reference and nlink 1 (a directory: 2). NULL: -ENOSPC (nr_inodes) or
 * -ENOMEM, in *err. */
struct tmpfs_inode *tmpfs_inode_new(struct tmpfs *fs, const struct inode *dir, mode_t mode,
                                    dev_t rdev, int *err);
/* Remove every name below root, and let go of the inodes. Nobody can look any of them up. */
void tmpfs_free_tree(struct tmpfs_inode *root);

/* inode_ops.evict of all of them. */
void tmpfs_evict(struct inode *inode);

extern const struct inode_ops tmpfs_dir_ops, tmpfs_file_ops, tmpfs_link_ops;
extern const struct file_ops tmpfs_dir_fops;
