/* procfs.h: /proc: the kernel's tables as text files, in Linux's formats.
 *
 * Any layer adds a file with a function that prints it. What concerns processes is asked of proc/
 * through procfs_pid_ops, since fs/ lies below it: proc/ hands out numbers and references, fs/ does
 * the formats. */
#pragma once

#include "abi/resource.h"
#include "abi/types.h"
#include "fs/seq.h"
#include "lib/types.h"

struct file;
struct files;
struct fsctx;
struct vmspace;

/* Print the whole file; called with no lock held, at each open-and-read from the start. */
typedef void (*procfs_show_fn)(struct seq *s, void *arg);
/* Take what was written (NUL-terminated, newline removed); 0 or an errno. */
typedef int (*procfs_store_fn)(const char *text, void *arg);

/* Add /proc/NAME; name may contain slashes: folders are made ("sys/kernel/pid_max"). Boot time
 * only; name and arg stay the caller's and must last. */
void procfs_add(const char *name, procfs_show_fn show, void *arg);
/* The same with a file that root can write. */
void procfs_add_writable(const char *name, procfs_show_fn show, procfs_store_fn store, void *arg);

/* Add a symbolic link whose target show prints. */
void procfs_add_link(const char *name, procfs_show_fn show, void *arg);

/* What one process shows of itself; times in ns. */
struct proc_info {
    pid_t pid, ppid, pgrp, sid, tpgid;
    int tty_nr; /* device number of the controlling terminal, 0: none */
    char state; /* R S D T Z */
    char comm[16];
    unsigned nthreads;
    int nice, cpu, exit_code;
    u32 uid[4], gid[4]; /* real, effective, saved, file system */
    u64 minflt, majflt, cminflt, cmajflt;
    u64 utime_ns, stime_ns, cutime_ns, cstime_ns, start_ns;
    u64 nvcsw, nivcsw;
    u64 sigpending, shdpending, sigblocked, sigignored, sigcaught;
    u64 rss_limit;
    u32 umask;
};

/* All return references that the caller puts, NULL for a zombie or a kernel thread. Called with no
 * lock held. */
struct procfs_pid_ops {
    pid_t (*next)(pid_t from);                     /* the smallest pid >= from; 0: none */
    pid_t (*self)(void);                           /* of the running process; 0: none */
    int (*info)(pid_t pid, struct proc_info *out); /* 0, -ESRCH */
    struct vmspace *(*vmspace)(pid_t pid);
    struct files *(*files)(pid_t pid);
    struct fsctx *(*fsctx)(pid_t pid);
    struct file *(*exe)(pid_t pid);
    /* Soft and hard limits, RLIM_NLIMITS of them. 0, -ESRCH. */
    int (*limits)(pid_t pid, struct rlimit *out);
    /* How many processes exist, ever existed, and the pid given out last: /proc/stat,
     * /proc/loadavg. */
    void (*totals)(u64 *nprocs, u64 *forks, pid_t *last);
};
void procfs_set_pid_ops(const struct procfs_pid_ops *ops);

void procfs_init(void);
