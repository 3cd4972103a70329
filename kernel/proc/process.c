/* Processes: the table and the tree.
 *
 * The table is a red-black tree by pid, so that finding one and walking all in order (ps) are both
 * cheap and nothing is allocated while proc_lock is held. What happens to a process is elsewhere:
 * fork.c, exec.c, exit.c, signal.c.
 */
#include "proc/process.h"
#include "debug/assert.h"
#include "lib/string.h"
#include "fs/fdtable.h"
#include "fs/path.h"
#include "mm/slab.h"
#include "proc/pgrp.h"
#include "proc/itimer.h"
#include "proc/proc_priv.h"
#include "proc/sigqueue.h"
#include "vm/vmspace.h"
#include "x86/clock.h"

struct spinlock proc_lock = SPINLOCK_INIT("proc", RANK_PROC);
static struct rb_root by_pid GUARDED_BY(proc_lock) = RB_ROOT_INIT;
static u64 nprocesses GUARDED_BY(proc_lock);
static _Atomic u64 nforks;
static pid_t last_pid GUARDED_BY(proc_lock); /* given out last */

struct process *process_get(struct process *p)
{
    refcount_get(&p->refs);
    return p;
}

void process_put(struct process *p)
{
    if (!refcount_put(&p->refs))
        return;
    ASSERT(p->state == P_REAPED && p->nthreads == 0 && list_empty(&p->children) && !p->exe);
    sigqueue_drop(p, &p->pending, ~0ull);
    cred_put(p->last_cred);
    kfree(p);
}

static struct process *find_from(pid_t pid) REQUIRES(&proc_lock)
{
    struct process *best = NULL;
    for (struct rb_node *n = by_pid.node; n;) {
        struct process *p = rb_entry(n, struct process, by_pid);
        if (p->pid >= pid)
            best = p;
        n = pid <= p->pid ? n->left : n->right;
    }
    return best;
}

struct process *process_find_locked(pid_t pid)
{
    struct process *p = find_from(pid);
    return p && p->pid == pid ? p : NULL;
}

struct process *process_find(pid_t pid)
{
    spin_lock(&proc_lock);
    struct process *p = process_find_locked(pid);
    if (p)
        process_get(p);
    spin_unlock(&proc_lock);
    return p;
}

struct process *process_find_from(pid_t pid)
{
    spin_lock(&proc_lock);
    struct process *p = find_from(pid);
    if (p)
        process_get(p);
    spin_unlock(&proc_lock);
    return p;
}

struct process *process_of_thread(u64 tid)
{
    struct thread *t = thread_find(tid);
    if (!t)
        return NULL;
    spin_lock(&proc_lock);
    /* One that has left its process is on no list, and its process may be gone. */
    struct process *p = list_empty(&t->in_process) ? NULL : process_get(t->process);
    spin_unlock(&proc_lock);
    thread_put(t);
    return p;
}

struct process *process_next_locked(struct process *p)
{
    struct rb_node *n = p ? rb_next(&p->by_pid) : rb_first(&by_pid);
    return n ? rb_entry(n, struct process, by_pid) : NULL;
}

u64 process_count(void)
{
    return READ_ONCE(nprocesses);
}

u64 process_forks(void)
{
    return atomic_load_explicit(&nforks, memory_order_relaxed);
}

pid_t process_last_pid(void)
{
    return READ_ONCE(last_pid);
}

/* Nobody else sees it yet, so no lock. */
struct process *process_alloc(const struct process *like) NO_THREAD_SAFETY_ANALYSIS
{
    struct process *p = kzalloc(sizeof *p);
    if (!p)
        return NULL;
    refcount_init(&p->refs, 1);
    spin_init(&p->lock, "process", RANK_PROCESS);
    list_init(&p->children);
    list_init(&p->sibling);
    list_init(&p->in_pgrp);
    list_init(&p->threads);
    list_init(&p->pending.infos);
    itimer_init(p);
    waitq_init(&p->stop_wait, "stopped");
    waitq_init(&p->child_wait, "wait4");
    waitq_init(&p->vfork_wait, "vfork");
    p->state = P_REAPED; /* until it is linked */
    p->exit_signal = SIGCHLD;
    p->start_ns = now_ns();
    if (like) {
        memcpy(p->action, like->action, sizeof p->action);
        p->limits = like->limits;
        p->load_bias = like->load_bias;
    } else {
        limits_init(&p->limits);
    }
    return p;
}

static bool pid_less(const struct rb_node *a, const struct rb_node *b)
{
    return rb_entry(a, struct process, by_pid)->pid < rb_entry(b, struct process, by_pid)->pid;
}

void process_set_parent(struct process *p, struct process *parent)
{
    p->parent = parent;
    atomic_store_explicit(&p->ppid, parent->pid, memory_order_relaxed);
    list_add_tail(&parent->children, &p->sibling);
}

void process_link(struct process *p, struct process *parent, struct pgrp *g, struct thread *t)
{
    p->pid = (pid_t)t->ctx.id;
    thread_id_hold(t->ctx.id); /* until it is reaped */
    if (parent)
        process_set_parent(p, parent);
    rb_insert(&by_pid, &p->by_pid, pid_less);
    nprocesses++;
    last_pid = p->pid;
    atomic_fetch_add_explicit(&nforks, 1, memory_order_relaxed);
    pgrp_join(g, p);

    spin_lock(&p->lock);
    p->state = P_ALIVE;
    list_add_tail(&p->threads, &t->in_process);
    p->nthreads = 1;
    t->process = p;
    t->limits = &p->limits;
    spin_unlock(&p->lock);
}

void process_unlink(struct process *p)
{
    ASSERT(p->nthreads == 0);
    list_del(&p->sibling);
    rb_erase(&by_pid, &p->by_pid);
    nprocesses--;
    thread_id_drop((u64)p->pid);
    pgrp_leave(p);
    p->state = P_REAPED;
}

/* The common part of the readers below. */
static struct thread *first_thread(struct process *p) REQUIRES(&p->lock)
{
    return list_first_entry(&p->threads, struct thread, in_process);
}

struct thread *process_thread_get(struct process *p)
{
    spin_lock(&p->lock);
    struct thread *t = first_thread(p);
    if (t)
        thread_get(t);
    spin_unlock(&p->lock);
    return t;
}

void process_comm(struct process *p, char *buf, size_t len)
{
    spin_lock(&p->lock);
    const struct thread *t = first_thread(p);
    strlcpy(buf, t ? t->ctx.name : p->last_comm, len);
    spin_unlock(&p->lock);
}

struct vmspace *process_vmspace_get(struct process *p)
{
    spin_lock(&p->lock);
    const struct thread *t = first_thread(p);
    struct vmspace *vs = t && t->vmspace ? vmspace_get(t->vmspace) : NULL;
    spin_unlock(&p->lock);
    return vs;
}

struct files *process_files_get(struct process *p)
{
    spin_lock(&p->lock);
    const struct thread *t = first_thread(p);
    struct files *files = t && t->files ? files_get(t->files) : NULL;
    spin_unlock(&p->lock);
    return files;
}

struct fsctx *process_fsctx_get(struct process *p)
{
    spin_lock(&p->lock);
    const struct thread *t = first_thread(p);
    struct fsctx *ctx = t && t->fsctx ? fsctx_get(t->fsctx) : NULL;
    spin_unlock(&p->lock);
    return ctx;
}

struct file *process_exe_get(struct process *p)
{
    spin_lock(&p->lock);
    struct file *exe = p->exe ? file_get(p->exe) : NULL;
    spin_unlock(&p->lock);
    return exe;
}

struct cred *process_cred_get(struct process *p)
{
    spin_lock(&p->lock);
    const struct thread *t = first_thread(p);
    struct cred *c = cred_get(t ? t->cred : p->last_cred);
    spin_unlock(&p->lock);
    return c;
}

bool process_may_control(struct process *p)
{
    const struct cred *me = thread_current()->cred;
    struct cred *its = process_cred_get(p);
    bool may = me->euid == 0 || me->euid == its->uid || me->euid == its->euid;
    cred_put(its);
    return may;
}
