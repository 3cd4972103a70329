/* A thread: a kernel stack, a saved context and what the scheduler knows of it.
 *
 * Life cycle: thread_create makes it (NEW), thread_run makes it runnable; it runs, blocks and
 * wakes; thread_exit marks it DEAD on its own stack; switch_finish, on the next thread's stack,
 * marks it off its CPU, and the last thread_put frees stack and struct. A typical sequence is
 *
 *     t = thread_create("reaper", reaper_main, NULL);
 *     thread_run(t);
 *     thread_put(t);
 *
 * The pointers to cred, vmspace, files ... belong to higher layers: sched/ keeps and never follows
 * them.
 */
#pragma once
#include "lib/list.h"
#include "lock/refcount.h"
#include "lock/spinlock.h"
#include "sched/sigstate.h"
#include "x86/context.h"
#include "x86/smp.h"

struct cred;
struct limits;
struct vmspace;
struct files;
struct fsctx;
struct process;
struct sched_policy;
struct trapframe;
struct pagetable;
struct waitq;

/* NEW -> RUNNABLE <-> RUNNING -> BLOCKED -> RUNNABLE ...; RUNNING -> DEAD. MOVING: on its way to
 * another CPU's queue, because it may no longer run where it was; nobody but sched/ sees it for
 * long. */
enum tstate { T_NEW, T_RUNNABLE, T_RUNNING, T_BLOCKED, T_MOVING, T_DEAD };

/* Bits of thread.work: set by any layer from sched up, consumed only at trap exit in sys/. */
enum { WORK_RESCHED = 1, WORK_SIGNAL = 2, WORK_TIMER = 4, WORK_TRACE = 8, WORK_KILL = 16 };

enum { POLICY_STATE_BYTES = 64 };
/* Thread ids, which are pids too, are 1 .. PID_MAX - 1. */
enum { PID_MAX = 32768, PID_INIT = 1 };

/* key: r = lock of the runqueue it belongs to, c = fixed at creation, s = only the thread itself,
 *      a = atomic, p = the process layer's rules (proc/process.h) */
struct thread {
    struct ctx ctx;    /* (s) first: this_cpu()->current points here */
    u64 rsp;           /* (r) saved stack pointer while not running */
    enum tstate state; /* (r) */
    bool on_cpu;       /* (r) its stack is in use; cleared by switch_finish */
    bool wake_token;   /* (r) a wake came since wait_begin: the next block returns at once */
    u8 wait_mode;      /* (s) enum wait_mode of the block in progress */
    const struct waitq *waits_on;      /* (s) the queue that it joined last, for reports */
    _Atomic u32 work;                  /* (a) WORK_* */
    struct refcount refs;              /* (a) */
    unsigned cpu;                      /* (r) whose runqueue it is on or ran on last */
    cpumask_t allowed;                 /* (r) affinity */
    const struct sched_policy *policy; /* (r) */
    ALIGNED(8) char policy_state[POLICY_STATE_BYTES]; /* (r) the policy's own */
    int nice;                                         /* (r) -20 .. 19 */
    u64 ran_from_ns;           /* (r) since when it runs, or was last charged for running: so, of
                                  one that does not run, since when it does not */
    u64 user_tsc, system_tsc;  /* (r) time in each mode up to its last switch (account.h) */
    u64 nvcsw, nivcsw;         /* (r) voluntary and involuntary switches */
    u64 start_ns;              /* (c) */
    u64 fs_base, gs_base;      /* (s) user's segment bases, saved at switch (userregs.h) */
    void *fpu;                 /* (s) save area of user registers, NULL: no user side */
    struct pagetable *pt;      /* (s) address space to activate; NULL: any (thread_use_pt) */
    struct trapframe *user_tf; /* (s) top of the kernel stack: the user's registers while in the
                                  kernel; NULL: no user side */
    void (*fn)(void *);        /* (c) first function of a kernel thread */
    void *arg;                 /* (c) */
    struct list_head dead;     /* reaper's lock: freed as soon as somebody gets to it */

    struct cred *cred;           /* (s) */
    struct limits *limits;       /* (p) */
    struct vmspace *vmspace;     /* (s) */
    struct files *files;         /* (s) */
    struct fsctx *fsctx;         /* (s) cwd, root, umask */
    struct process *process;     /* (c) NULL for kernel threads */
    struct list_head in_process; /* (p) */
    u64 sigmask;                 /* (p) proc/signal.h; only the thread itself writes */
    u64 sigwait;                 /* (p) sigtimedwait(2) sleeps until one of these comes */
    struct sigpending pending;   /* (p) */
    u64 sigmask_after;           /* (s) sigsuspend(2): the mask that holds after it ... */
    bool has_mask_after;         /* (s) ... until signal_work has put it back */
    struct sigstack sigstack;    /* (s) */
    struct fault_report fault;   /* (s) */
    u64 clear_child_tid;         /* (s) set_tid_address */
    u64 restart_deadline_ns;     /* (s) when a sleep that a signal cut short ends (proc/signal.h) */
};

static inline struct thread *thread_current(void)
{
    return (struct thread *)ctx_current();
}

/* A new kernel thread in state NEW that will run fn(arg). If fn returns, the thread ends, or, where
 * thread_add_user_side was called meanwhile, goes to user mode with *user_tf. One reference belongs
 * to the scheduler until it is dead, one to the caller. May sleep. NULL: -ENOMEM, or -EAGAIN: no id
 * is left. */
MUST_CHECK struct thread *thread_create(const char *name, void (*fn)(void *), void *arg);
/* The same for the thread that becomes process 1. Once. */
MUST_CHECK struct thread *thread_create_init(void (*fn)(void *), void *arg);
/* The child of fork: its first action is to return to user mode with *tf (copied), the caller's FPU
 * registers and segment bases. */
MUST_CHECK struct thread *thread_create_user(const char *name, const struct trapframe *tf);
/* Give the running kernel thread a zeroed user_tf, fresh FPU registers and bases, for exec to fill
 * in; a thread that has a user side is reset. 0 or -ENOMEM. */
MUST_CHECK int thread_add_user_side(void);

/* Make a NEW thread runnable. */
void thread_run(struct thread *t);
/* End the calling thread; higher layers have given back what they own. */
NORETURN void thread_exit(void);
struct thread *thread_get(struct thread *t);
/* Any context but NMI; the last reference may be handed to the reaper to free. NULL is fine. */
void thread_put(struct thread *t);

/* Look up by id; takes a reference. NULL: no such thread, or it has ended. */
struct thread *thread_find(u64 id);
/* The first thread whose id is at least *id, with a reference; *id becomes its id. NULL: none. For
 * listings that start again where they stopped. */
struct thread *thread_find_from(u64 *id);
/* Call fn for every thread in the order of ids, under the table's lock (RANK_THREADS); stops when
 * fn returns false. */
void thread_each(bool (*fn)(struct thread *, void *), void *arg);
u64 thread_count(void);
/* Wait until all threads that are ending have ended, and free those that nobody refers to. */
void thread_reap_all(void);
void thread_set_name(struct thread *t, const char *name);

/* Ids are handed out in turn and not reused before the space wraps at PID_MAX; a thread holds its
 * own until it is freed. Who else goes by a number (a process, a process group, a session) holds it
 * too, so that no newcomer gets it. The id must be held already by someone. Any context but NMI. */
void thread_id_hold(u64 id);
void thread_id_drop(u64 id);

/* Run in pt from now on (NULL: no address space of one's own, and this CPU leaves the one that is
 * active, so that it can be destroyed). For exec and exit. */
void thread_use_pt(struct pagetable *pt);
