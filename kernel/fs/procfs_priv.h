/* procfs_priv.h: what the files of procfs share: nodes and how files of text are opened. */
#pragma once

#include "fs/file.h"
#include "fs/mount.h"
#include "fs/procfs.h"

/* Numbers of the inodes: the tree of fixed files counts from PROC_ROOT_INO up; those of a process are made of its pid. */
enum { PROC_ROOT_INO = 1, PROC_FIXED_INO = 2 };
#define PROC_PID_INO(pid, index) ((u64)(pid) << 24 | (index))

/* An inode of /proc. Made at each lookup. */
struct proc_inode {
    struct inode vfs;
    struct proc_node *node;         /* a fixed file or folder */
    pid_t pid;                      /* else: of that process ... */
    int fd;                         /* ... and this descriptor of it */
    procfs_show_fn show;            /* a file of text: what prints it, and for what */
    void *arg;
    bool (*target)(pid_t pid, int fd, struct path *out); /* a link to a place (referenced); false: gone */
};

static inline struct proc_inode *proc_inode_of(const struct inode *inode)
{
    return container_of(inode, struct proc_inode, vfs);
}

/* NULL: -ENOMEM. */
struct proc_inode *proc_inode_new(u64 ino, mode_t mode, const struct inode_ops *ops, const struct file_ops *fops);
void proc_evict(struct inode *inode);

extern struct super procfs_super;
extern const struct file_ops proc_text_fops;        /* a file made by show(seq, arg) */
extern const struct inode_ops proc_plain_ops;       /* of one: nothing but evict */

/* procfs_pid.c */
extern const struct procfs_pid_ops *proc_pid_ops;
int proc_pid_lookup(const struct name *name, struct inode **out);
bool proc_pid_emit(struct dir_sink *sink, u64 *pos); /* offsets from PROC_PIDS_POS up */
enum { PROC_PIDS_POS = 1 << 16 };
/* procfs_info.c */
void proc_info_init(void);
