/* A process: what its threads share, and its place in the tree, a process group and a session.
 *
 * A thread (sched/thread.h) is what runs; a process owns what a program thinks of as "itself": a
 * pid, limits, signal actions, children, an exit status. The pid is the thread id of its first
 * thread, so both come from one number space. Address space, descriptors and working directory
 * hang off each thread; today's processes have one thread each, and whatever is shared by several
 * is reached through `threads`.
 *
 * Life cycle: process_fork makes it (or init_start, once), linked into the tree and the table with
 * its first thread; ALIVE until its last thread has left; then ZOMBIE, holding nothing but its
 * numbers, until its parent's wait4 takes the status and unlinks it; freed with the last
 * reference. Whoever found it by process_find holds a reference.
 */
#pragma once
#include "abi/resource.h"
#include "abi/signal.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "lock/refcount.h"
#include "lock/spinlock.h"
#include "proc/itimer.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sched/timer.h"
#include "sched/wait.h"

struct file;
struct pgrp;

enum pstate { P_ALIVE, P_ZOMBIE, P_REAPED };

/* What a process (or its dead children) has used. */
struct usage {
    u64 user_ns, system_ns;
    u64 nvcsw, nivcsw;
    u64 minflt, majflt;
    u64 maxrss_pages;
};

/* The tree, the table, groups and sessions. Rank PROC.2; process.lock is PROC.1. */
extern struct spinlock proc_lock;
#define BY_PROC_LOCK GUARDED_BY(proc_lock)

/* key: t = proc_lock, p = process.lock, c = fixed at creation, a = atomic, s = only its own
 * threads write. Two letters: either to read, both to write. */
struct process {
    pid_t pid;            /* (c) */
    struct refcount refs; /* (a) */
    struct spinlock lock;
    struct rb_node by_pid BY_PROC_LOCK; /* (t) */

    struct process *parent BY_PROC_LOCK; /* (t) never NULL but for process 1 */
    _Atomic pid_t ppid; /* (t) its pid, 0 for process 1; getppid reads it without a lock */
    struct list_head children BY_PROC_LOCK; /* (t) by sibling */
    struct list_head sibling BY_PROC_LOCK;  /* (t) */
    struct pgrp *pgrp BY_PROC_LOCK;         /* (t) */
    struct list_head in_pgrp BY_PROC_LOCK;  /* (t) */
    bool has_execed BY_PROC_LOCK;           /* (t) setpgid by the parent is over */

    struct list_head threads;     /* (t+p) by thread.in_process */
    unsigned nthreads;            /* (t+p) */
    enum pstate state;            /* (t+p) */
    bool exiting;                 /* (p) exit_group or a fatal signal: every thread leaves */
    int wait_status;              /* (t+p) as wait4 reports it; valid once exiting */
    int exit_signal BY_PROC_LOCK; /* (t) what the parent gets; SIGCHLD but for odd clones */

    bool stopped;                  /* (p) */
    int stop_signal;               /* (p) */
    bool report_stop, report_cont; /* (t+p) a change that wait4 has not yet reported */
    struct waitq stop_wait;        /* its threads sleep here while stopped */
    struct waitq child_wait;       /* its threads sleep here in wait4 */

    bool vfork_pending; /* (a) the parent sleeps in vfork until exec or exit */
    struct waitq vfork_wait;

    struct ksigaction action[NSIG]; /* (p) by signal number; 0 unused */
    struct sigpending pending;      /* (p) sent to the process as a whole */
    unsigned nsiginfos;             /* (p) queued with information, here and for its threads */

    struct limits limits;                    /* words, read without a lock */
    struct usage dead_threads;               /* (p) */
    struct usage dead_children BY_PROC_LOCK; /* (t) */
    struct timer itimer_real;                /* under itimer.c's lock */
    u64 itimer_real_interval_ns;             /* the same */
    struct cpu_timer cpu_timers[CPU_TIMERS]; /* (p) ITIMER_VIRTUAL, ITIMER_PROF */
    char last_comm[CTX_NAME_LEN];            /* (p) a zombie's name ... */
    struct cred *last_cred;                  /* (p) ... and whose it is; NULL while it lives */
    struct file *exe;                        /* (p) the program's file */
    u64 load_bias;                           /* (p) what a static-PIE's addresses were shifted by */
    u64 start_ns;                            /* (c) */
};

/* NULL in a kernel thread. */
static inline struct process *process_current(void)
{
    return thread_current()->process;
}

/* By pid, zombies included; takes a reference. NULL: -ESRCH. */
struct process *process_find(pid_t pid);
/* The process with the smallest pid >= pid; takes a reference. NULL: none. For walks that hold no
 * lock between. */
struct process *process_find_from(pid_t pid);
/* The process that the thread of that id belongs to, with a reference. NULL: no such thread, or a
 * kernel thread. */
struct process *process_of_thread(u64 tid);
struct process *process_get(struct process *p);
void process_put(struct process *p);
/* Processes in the table, zombies included. */
u64 process_count(void);
u64 process_forks(void);      /* since boot */
pid_t process_last_pid(void); /* the pid given out last */
/* The first thread that still lives, with a reference; NULL: it is a zombie. */
struct thread *process_thread_get(struct process *p);
/* The parent's pid as it is at this moment; 0: process 1. */
static inline pid_t process_ppid(const struct process *p)
{
    return atomic_load_explicit(&p->ppid, memory_order_relaxed);
}
/* May the caller change p's priority, affinity and limits: is it root, or p's user?
 * (setpriority(2), prlimit(2)) */
bool process_may_control(struct process *p);
/* References to what a process's first thread has, for readers in other threads; NULL for a
 * zombie. (The pointers in struct thread are replaced under process.lock by their own thread.) */
struct vmspace *process_vmspace_get(struct process *p);
struct files *process_files_get(struct process *p);
struct fsctx *process_fsctx_get(struct process *p);
struct file *process_exe_get(struct process *p);
/* Name of the process, as ps shows it: the first thread's; a zombie keeps it. */
void process_comm(struct process *p, char *buf, size_t len);
/* Who it acts for, with a reference. */
struct cred *process_cred_get(struct process *p);

/* ---- for proc/ itself ---- */

/* Make p a child of parent; it is nobody's now. */
void process_set_parent(struct process *p, struct process *parent) REQUIRES(&proc_lock);
/* A process with no thread, not yet visible. NULL: -ENOMEM. `like`: whose actions, limits and
 * program it inherits. */
struct process *process_alloc(const struct process *like);
/* Make p visible with its first thread: pid, tree, group. The caller holds proc_lock. */
void process_link(struct process *p, struct process *parent, struct pgrp *g, struct thread *t)
    REQUIRES(&proc_lock);
/* A zombie leaves the table, the tree and its group. */
void process_unlink(struct process *p) REQUIRES(&proc_lock);
/* Boot: the kinds of executables, and the hooks that vm/ and fs/ have for this layer. */
void proc_init(void);
