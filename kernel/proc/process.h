/* A process: what its threads share, and its place in the tree, a process group and a session.
 *
 * A thread (sched/thread.h) is what runs; a process owns what a program thinks of as "itself": a pid, limits, signal
 * actions, children, an exit status. The pid is the thread id of its first thread, so both come from one number space.
 * Address space, descriptors and working directory hang off each thread; today's processes have one thread each,
 * and whatever is shared by several is reached through `threads`.
 *
 * Life cycle: process_fork makes it (or init_start, once), linked into the tree and the table with its first thread;
 * ALIVE until its last thread has left; then ZOMBIE, holding nothing but its numbers, until its parent's wait4 takes
 * the status and unlinks it; freed with the last reference. Whoever found it by process_find holds a reference.
 */
#pragma once
#include "abi/resource.h"
#include "abi/signal.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "lock/spinlock.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sched/wait.h"

struct file;
struct pgrp;

enum pstate { P_ALIVE, P_ZOMBIE, P_REAPED };

/* What a process (or its dead children) has used. Times in TSC ticks, converted when read. */
struct usage {
    u64 user_tsc, system_tsc;
    u64 nvcsw, nivcsw;
    u64 minflt, majflt;
    u64 maxrss_pages;
};

/* Where the arguments and the environment lie on the initial stack, for /proc. */
struct arg_range {
    u64 arg_start, arg_end, env_start, env_end;
};

/* key: t = proc_lock, p = process.lock, c = fixed at creation, a = atomic, s = only its own threads write.
 *      Two letters: either to read, both to write. */
struct process {
    pid_t pid;                      /* (c) */
    _Atomic u32 refs;               /* (a) */
    struct spinlock lock;
    struct rb_node by_pid;          /* (t) */

    struct process *parent;         /* (t) never NULL but for process 1 */
    struct list_head children;      /* (t) by sibling */
    struct list_head sibling;       /* (t) */
    struct pgrp *pgrp;              /* (t) */
    struct list_head in_pgrp;       /* (t) */
    bool has_execed;                /* (s) setpgid by the parent is over */

    struct list_head threads;       /* (t+p) by thread.in_process */
    unsigned nthreads;              /* (t+p) */
    enum pstate state;              /* (t+p) */
    bool exiting;                   /* (p) exit_group or a fatal signal: every thread leaves */
    int wait_status;                /* (t+p) as wait4 reports it; valid once exiting */
    int exit_signal;                /* (c) what the parent gets; SIGCHLD but for odd clones */

    bool stopped;                   /* (p) */
    int stop_signal;                /* (p) */
    bool report_stop, report_cont;  /* (t+p) a change that wait4 has not yet reported */
    struct waitq stop_wait;         /* its threads sleep here while stopped */
    struct waitq child_wait;        /* its threads sleep here in wait4 */

    bool vfork_pending;             /* (a) the parent sleeps in vfork until exec or exit */
    struct waitq vfork_wait;

    struct ksigaction action[NSIG]; /* (p) by signal number; 0 unused */
    u64 sigpending;                 /* (p) sent to the process as a whole */

    struct limits limits;           /* words, read without a lock */
    struct usage dead_threads;      /* (p) */
    struct usage dead_children;     /* (t) */
    struct file *exe;               /* (p) the program's file */
    struct arg_range args;          /* (p) */
    u64 start_ns;                   /* (c) */
};

/* The tree, the table, groups and sessions. Rank PROC.2; process.lock is PROC.1. */
extern struct spinlock proc_lock;

/* NULL in a kernel thread. */
static inline struct process *process_current(void)
{
    return thread_current()->process;
}

/* By pid, zombies included; takes a reference. NULL: -ESRCH. */
struct process *process_find(pid_t pid);
/* The process with the smallest pid >= pid; takes a reference. NULL: none. For walks that hold no lock between. */
struct process *process_find_from(pid_t pid);
struct process *process_get(struct process *p);
void process_put(struct process *p);
/* Processes in the table, zombies included. */
u64 process_count(void);
u64 process_forks(void);            /* since boot */
/* The first thread that still lives, with a reference; NULL: it is a zombie. */
struct thread *process_thread_get(struct process *p);
pid_t process_ppid(struct process *p);
/* May the caller signal, trace or change the priority of p's user? (kill(2), "Permissions") */
bool process_may_signal(const struct process *p, int sig);
/* Name of the process, as ps shows it: the first thread's. */
void process_comm(struct process *p, char *buf, size_t len);

/* --- for proc/ itself ---------------------------------------------------------------------------- */

/* A process with no thread, not yet visible. NULL: -ENOMEM. `like`: whose actions, limits and program it inherits. */
struct process *process_alloc(const struct process *like);
/* Make p visible with its first thread: pid, tree, group. The caller holds proc_lock. */
void process_link(struct process *p, struct process *parent, struct pgrp *g, struct thread *t) REQUIRES(proc_lock);
/* A zombie leaves the table, the tree and its group. */
void process_unlink(struct process *p) REQUIRES(proc_lock);
/* Boot: the table's locks. */
void proc_init(void);
