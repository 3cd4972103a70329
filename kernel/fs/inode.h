/* inode.h: a file as such: its type, rights, owner, times and bytes; what a name leads to.
 *
 * A file system embeds struct inode in a struct of its own (tmpfs_inode, ...), fills it by
 * inode_init and answers through three tables: inode_ops (names and attributes), file_ops (what an
 * open file of it can do) and pager_ops (its pages).
 *
 * The bytes of a regular file are the pages of `obj`; read, write, mmap and exec meet there
 * (fs/pagecache.c). The inode and its object share one reference count, so a mapping keeps its file
 * alive, and no second count exists that could disagree.
 *
 * Life cycle: inode_init gives one reference. A cached name (dentry), an open file and a mapping
 * hold one each, and a file system in memory holds one for each link. The last inode_put frees the
 * pages, then calls ops->evict, which frees the disk space of an inode without links, and the
 * memory. A typical sequence is create: inode_init (the entry's reference), inode_get for the
 * dentry; unlink: entry and dentry drop theirs, but the file lives on in whoever has it open;
 * close: the last inode_put, evict. */
#pragma once

#include <stdatomic.h>
#include "abi/stat.h"
#include "fs/inode_ops.h"
#include "fs/limits.h"
#include "lib/types.h"
#include "sync/mutex.h"
#include "vm/object.h"

struct file_ops;
struct inode;
struct path;
struct super;

/* The pager of every inode: asks inode_ops.fill (pagecache.c). */
extern const struct pager_ops inode_pager_ops;

/* key: i = lock, c = fixed at creation, a = atomic */
struct inode {
    struct vm_object obj;            /* its pages, and the reference count of both */
    struct mutex lock;               /* a directory's names; writers of size and bytes */
    const struct inode_ops *ops;     /* (c) */
    const struct file_ops *fops;     /* (c) what open gives; NULL: special_open of its type */
    struct super *sb;                /* (c) */
    u64 ino;                         /* (c) */
    mode_t mode;                     /* (i) the type is fixed */
    uid_t uid;                       /* (i) */
    gid_t gid;                       /* (i) */
    u32 nlink;                       /* (i) 0: removed; nothing can be made in such a directory */
    dev_t rdev;                      /* (c) device nodes */
    _Atomic u64 size;                /* (i to write, a to read) bytes */
    s64 atime_ns;                    /* (a) since 1970, as the next two */
    s64 mtime_ns, ctime_ns;          /* (i) */
    u64 nblocks;                     /* (i) pages of 4 KiB that it occupies */
    _Atomic s32 nwriters;            /* (a) > 0: so many writers; < 0: so many run it (-ETXTBSY) */
    char *mapped_name;               /* (i) path of the first mapping, for maps; or NULL */
    void *special;                   /* (i) special_open's: the pipe of a fifo */
};

/* Fill in a fresh inode: one reference, nlink 1, times now; owner and group as a file that the
 * running thread creates in `dir` gets them (NULL: root's). mode with type. */
void inode_init(struct inode *inode, struct super *sb, const struct inode_ops *ops, u64 ino,
                mode_t mode, const struct inode *dir);

/* Bytes. A reader that sees a size sees the pages below it. */
static inline u64 inode_size(const struct inode *inode)
{
    return atomic_load_explicit(&inode->size,
                                memory_order_acquire); /* matches pagecache.c's stores */
}

static inline struct inode *inode_get(struct inode *inode)
{
    vm_object_get(&inode->obj);
    return inode;
}
/* May sleep; no lock of vm or fs held. NULL does nothing. */
static inline void inode_put(struct inode *inode)
{
    if (inode)
        vm_object_put(&inode->obj);
}

enum { MAY_EXEC = 1, MAY_WRITE = 2, MAY_READ = 4 };
/* May the running thread (by its file-system ids) do that with inode? 0, -EACCES, -EROFS.
 * `by_real_ids`: for access(2). */
MUST_CHECK int inode_permission(const struct inode *inode, unsigned may);
MUST_CHECK int inode_permission_real(const struct inode *inode, unsigned may);
/* Does the running thread own it (or is it root)? Is it in that group (or is it root)? */
bool inode_is_mine(const struct inode *inode);
bool inode_in_my_group(gid_t gid);
bool fs_is_root(void); /* does it act as root? */
/* The content changes: unless root does it, the set-id bits go. inode->lock held. */
void inode_drop_setid(struct inode *inode);

/* Change attributes as chmod, chown, utimens and truncate do, with their permission rules already
 * checked. Takes inode->lock. */
MUST_CHECK int inode_setattr(struct inode *inode, const struct setattr *attr);
void inode_stat(const struct inode *inode, struct stat *out);
/* Wall-clock time, ns since 1970. */
s64 time_now_ns(void);
/* Note a change of the content (mtime and ctime). inode->lock held. */
void inode_changed(struct inode *inode);
/* An access time on every read would turn reading into writing. Linux's default, "relatime": note
 * a read only if none was noted since the last change. (Without its other half, once a day: that
 * would cost each read a look at the clock.) */
static inline void inode_accessed(struct inode *inode)
{
    s64 atime = READ_ONCE(inode->atime_ns);
    if (unlikely(atime <= READ_ONCE(inode->mtime_ns) || atime <= READ_ONCE(inode->ctime_ns)))
        WRITE_ONCE(inode->atime_ns, time_now_ns());
}

/* Give up what inode_init made; evict calls it before it frees the memory. */
void inode_fini(struct inode *inode);

u64 inode_count(void); /* that exist now, for leak checks */
