/* A thread: a kernel stack, a saved context and what the scheduler knows of it.
 *
 * Life cycle: thread_create makes it (NEW), thread_run makes it runnable; it runs, blocks and wakes; thread_exit
 * marks it DEAD on its own stack; switch_finish, on the next thread's stack, marks it off its CPU, and the last
 * thread_put frees stack and struct. A typical sequence is
 *     t = thread_create("reaper", reaper_main, NULL); thread_run(t);
 * The pointers to cred, vmspace, files ... belong to higher layers: sched/ stores them and never follows them.
 */
#pragma once
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "lock/spinlock.h"
#include "x86/context.h"
#include "x86/smp.h"

struct cred;
struct limits;
struct vmspace;
struct files;
struct fsctx;
struct process;
struct runq;
struct sched_policy;
struct trapframe;
struct pagetable;

enum tstate { T_NEW, T_RUNNABLE, T_RUNNING, T_BLOCKED, T_DEAD };

/* Bits of thread.work: set by any layer from sched up, consumed only at trap exit in sys/. */
enum { WORK_RESCHED = 1, WORK_SIGNAL = 2, WORK_TIMER = 4, WORK_TRACE = 8, WORK_KILL = 16 };

enum { POLICY_STATE_BYTES = 64 };

/* key: r = lock of the runqueue it belongs to, c = fixed at creation, s = only the thread itself,
 *      a = atomic, p = the process layer's rules (proc/process.h) */
struct thread {
    struct ctx ctx;                 /* (s) first: this_cpu()->current points here */
    u64 rsp;                        /* (r) saved stack pointer while not running */
    enum tstate state;              /* (r) written only in schedule() and thread_wake() */
    bool on_cpu;                    /* (a) its stack is in use; cleared by switch_finish */
    bool wake_token;                /* (r) a wake came since wait_prepare: the next block returns at once */
    u8 wait_mode;                   /* (r) enum wait_mode of the block in progress */
    _Atomic u32 work;               /* (a) WORK_* */
    _Atomic u32 refs;               /* (a) thread_get / thread_put */
    unsigned cpu;                   /* (r) whose runqueue it is on or ran on last */
    cpumask_t allowed;              /* (r) affinity */
    const struct sched_policy *policy;  /* (r) */
    ALIGNED(8) char policy_state[POLICY_STATE_BYTES]; /* (r) the policy's own */
    int nice;                       /* (r) -20 .. 19 */
    u64 slice_start_tsc;            /* (r) when it was switched to, or last charged */
    u64 user_tsc, system_tsc;       /* (s) time in each mode, raw ticks (sched/account) */
    u64 nvcsw, nivcsw;              /* (s) voluntary and involuntary switches */
    u64 start_ns;                   /* (c) */
    u64 fs_base, gs_base;           /* (s) user's segment bases, saved at switch */
    void *fpu;                      /* (c) XSAVE area, NULL for kernel threads */
    struct pagetable *pt;           /* (s) the address space to activate; NULL: keep the previous one */
    struct trapframe *user_tf;      /* (c) top of the kernel stack: the user registers while in the kernel */
    void (*fn)(void *);             /* (c) first function of a kernel thread */
    void *arg;                      /* (c) */
    struct list_head all;           /* thread table lock */

    struct cred *cred;              /* (s) */
    struct limits *limits;          /* (p) */
    struct vmspace *vmspace;        /* (s) */
    struct files *files;            /* (s) */
    struct fsctx *fsctx;            /* (s) cwd, root, umask */
    struct process *process;        /* (c) NULL for kernel threads */
    struct list_head in_process;    /* (p) */
    u64 sigmask, sigpending;        /* (p) proc/signal.h */
    u64 clear_child_tid;       /* (s) set_tid_address */
};

static inline struct thread *thread_current(void)
{
    return (struct thread *)ctx_current();
}

/* A new kernel-stack thread in state NEW that will run fn(arg); NULL: -ENOMEM. Its id is unique and shared with
 * the pid space. One reference belongs to the scheduler until it is dead, one to the caller. May sleep. */
struct thread *thread_create(const char *name, void (*fn)(void *), void *arg);
/* The child of fork: like thread_create, but its first action is to return to user mode with *tf (copied). */
struct thread *thread_create_user(const char *name, const struct trapframe *tf);
/* Make a NEW thread runnable. */
void thread_run(struct thread *t);
/* End the calling thread; higher layers have given back what they own. Does not return. */
NORETURN void thread_exit(void);
struct thread *thread_get(struct thread *t);
void thread_put(struct thread *t);
/* Look up by id; takes a reference. NULL: no such thread. */
struct thread *thread_find(u64 id);
/* Call fn for every thread, under the thread-table lock (a leaf: fn takes no lock). Stops when fn returns false. */
void thread_each(bool (*fn)(struct thread *, void *), void *arg);
u64 thread_count(void);
/* An unused id for a process group or a pid: ids are never reused before the space wraps at PID_MAX. */
void thread_set_name(struct thread *t, const char *name);
