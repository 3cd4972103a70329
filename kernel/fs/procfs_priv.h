/* procfs_priv.h: what the parts of procfs share. procfs.c: the tree of fixed files; procfs_text.c:
 * files of text and links; procfs_pid.c: the folder of a process; procfs_stat.c: what is in that;
 * procfs_info.c: meminfo, stat, cpuinfo ... */
#pragma once

#include "fs/file.h"
#include "fs/mount.h"
#include "fs/procfs.h"

/* A fixed file, link or folder below /proc. */
struct proc_node {
    struct list_head sibling;  /* in its folder's children */
    struct list_head children; /* of a folder, in order of being added */
    const char *name;          /* not terminated: "sys/kernel/pid_max" is cut at the slashes */
    size_t len;
    mode_t mode; /* with type */
    u64 ino;
    procfs_show_fn show; /* a file: its text. A link: its target */
    procfs_store_fn store;
    void *arg;
};

/* An inode of /proc; made anew at each lookup. */
struct proc_inode {
    struct inode vfs;
    struct proc_node *node; /* a fixed one's */
    procfs_show_fn show;    /* a file of text, or a link by name: what prints it ... */
    procfs_store_fn store;
    void *arg;              /* ... and for what */
    pid_t pid;              /* of a process's folder: whose */
    int fd;                 /* PID/fd/N */
    /* A link to a place: the referenced place, or an errno. */
    int (*place)(pid_t pid, int fd, struct path *out);
};

static inline struct proc_inode *proc_inode_of(const struct inode *inode)
{
    return container_of(inode, struct proc_inode, vfs);
}

/* A new inode with one reference. NULL: -ENOMEM. */
struct proc_inode *proc_inode_new(u64 ino, mode_t mode, const struct inode_ops *ops,
                                  const struct file_ops *fops);
void proc_evict(struct inode *inode); /* inode_ops.evict of all */

extern const struct inode_ops proc_file_ops, proc_link_ops, proc_place_ops;
extern const struct file_ops proc_text_fops;

/* Inode numbers: fixed ones count up from 1; those of a process carry its pid. */
static inline u64 proc_pid_ino(pid_t pid, u32 index)
{
    return (u64)pid << 32 | index;
}

/* procfs_pid.c: names in /proc that are numbers, and their offsets in the folder, from
 * PROC_PIDS_POS up. */
enum { PROC_PIDS_POS = 1 << 16 };
int proc_pid_lookup(const struct name *name, struct inode **out);
bool proc_pid_emit(struct dir_sink *sink, u64 *pos);
extern const struct procfs_pid_ops *proc_source; /* NULL before proc_init: no processes */
/* "123" as a number; -1: it is none. */
int proc_parse_number(const struct name *name);

/* procfs_stat.c; arg: the pid */
void proc_show_stat(struct seq *s, void *arg);
void proc_show_status(struct seq *s, void *arg);
void proc_show_statm(struct seq *s, void *arg);
void proc_show_maps(struct seq *s, void *arg);
void proc_show_cmdline(struct seq *s, void *arg);
void proc_show_environ(struct seq *s, void *arg);
void proc_show_comm(struct seq *s, void *arg);
void proc_show_limits(struct seq *s, void *arg);

/* procfs_info.c */
void proc_show_mounts(struct seq *s, void *unused);
void proc_info_init(void);
