/* What the files of proc/ share among themselves.
 */
#pragma once
#include "lock/rank.h"
#include "proc/process.h"

/* Lock ranks of proc/, from the outside in. A process's lock is never taken under another's. */
enum {
    RANK_ITIMER = RANK(PROC, 4),   /* setting interval timers (sleeps) */
    RANK_CPULIMIT = RANK(PROC, 3), /* starting the watcher of CPU time (sleeps) */
    RANK_PROC = RANK(PROC, 2),     /* the tree of processes, groups and sessions */
    RANK_PROCESS = RANK(PROC, 1),  /* process.lock */
};

/* Process 1, which adopts orphans; fixed from init_start on. */
extern struct process *init_process;

struct process *process_find_locked(pid_t pid) REQUIRES(&proc_lock);
/* In order of pids; NULL: from the start. */
struct process *process_next_locked(struct process *p) REQUIRES(&proc_lock);
struct pgrp *pgrp_find_locked(pid_t id) REQUIRES(&proc_lock);

/* What SIGCHLD and waitid(2) tell of a child (sigaction(2), "The siginfo_t argument to a
 * SA_SIGINFO handler"): how it ended, or that it stopped or goes on. */
siginfo_t process_child_info(struct process *p) REQUIRES(&proc_lock);
/* p stopped, goes on, or (ended) is a zombie: signal its parent and wake the parent's wait4. */
void process_notify_parent(struct process *p, bool ended) REQUIRES(&proc_lock);

/* A process in vfork's debt to its parent has got an address space of its own, or is gone. */
void process_vfork_release(struct process *p);

/* Signals, between the sender's half (signal.c) and the receiver's (sigwork.c). */
bool signal_is_ignored(const struct process *p, int sig) REQUIRES(&p->lock);
/* Make t look at its work (WORK_SIGNAL, WORK_KILL) soon, wherever it is. */
void signal_kick(struct thread *t, u32 work);
/* WORK_SIGNAL says whether t has something to do; after a change of masks or pending sets. */
void signal_recalc(struct thread *t, struct process *p) REQUIRES(&p->lock);
/* Forget what is pending of set, for p and each of its threads. */
void signal_drop_pending(struct process *p, u64 set) REQUIRES(&p->lock);
#define SIGSET_STOP                                                                                \
    (SIGSET_BIT(SIGSTOP) | SIGSET_BIT(SIGTSTP) | SIGSET_BIT(SIGTTIN) | SIGSET_BIT(SIGTTOU))
#define SIGSET_NO_MASK (SIGSET_BIT(SIGKILL) | SIGSET_BIT(SIGSTOP))

/* Send what p's CPU timers say. Returns how much CPU time the next signal is away, or
 * CPU_TIMER_NONE. */
u64 itimer_check_cpu(struct process *p);
/* Somebody has limited or timed his CPU time: see to it from now on. 0 or -ENOMEM. Sleeps. */
int cpulimit_start(void);

/* Called by the last thread of a session's leader, no lock held. */
void session_leader_exit(struct process *p);

/* For proc_init: the tables of vm/oom.h and fs/procfs.h. */
struct oom_ops;
struct procfs_pid_ops;
extern const struct oom_ops proc_oom_ops;
extern const struct procfs_pid_ops proc_pid_ops;
