/* fork, vfork, clone: a child process that goes on from the same system call.
 *
 * What is copied and what is shared is clone's business; the three calls differ in flags only.
 * Nobody can see the child before it is whole: it is built on the side, linked into the tree in
 * one step, and only then made runnable.
 */
#include "proc/fork.h"
#include "abi/errno.h"
#include "abi/sched.h"
#include "fs/fdtable.h"
#include "fs/path.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "vm/vmspace.h"
#include "x86/trapframe.h"

/* Flags that a child *process* may have. The others make threads (CLONE_THREAD, CLONE_SIGHAND) or
 * namespaces. */
#define FORK_FLAGS                                                                                 \
    (CLONE_VM | CLONE_VFORK | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SETTLS |              \
     CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_UNTRACED |            \
     CLONE_DETACHED)

static u64 nunborn; /* forks between their check and their link; under proc_lock */

static u64 processes_of(u32 uid) REQUIRES(&proc_lock)
{
    u64 n = 0;
    for (struct process *p = process_next_locked(NULL); p; p = process_next_locked(p)) {
        struct cred *c = process_cred_get(p);
        n += c->uid == uid;
        cred_put(c);
    }
    return n;
}

/* fork(2): "EAGAIN ... the RLIMIT_NPROC soft resource limit". It holds for root too: in a system
 * whose users are mostly root, a limit that spares root would stop no fork bomb. Counting one
 * user's processes is a walk, made only when the count of all of them is beyond the limit. */
static bool may_be_born(const struct process *me, const struct thread *t)
{
    u64 limit = me->limits.rlim[RLIMIT_NPROC].rlim_cur;
    spin_lock(&proc_lock);
    bool may = process_count() + nunborn < limit || processes_of(t->cred->uid) + nunborn < limit;
    nunborn += may;
    spin_unlock(&proc_lock);
    return may;
}

static void not_born(void)
{
    spin_lock(&proc_lock);
    nunborn--;
    spin_unlock(&proc_lock);
}

/* What a child thread is made of, before there is a thread. */
struct parts {
    struct vmspace *vmspace;
    struct files *files;
    struct fsctx *fsctx;
};

static void drop_parts(struct parts *c)
{
    if (c->fsctx)
        fsctx_put(c->fsctx);
    if (c->files)
        files_put(c->files);
    if (c->vmspace)
        vmspace_put(c->vmspace);
}

/* Share or copy, as the flags say. 0 or -ENOMEM; the caller drops what there is. */
static int make_parts(struct parts *c, const struct thread *parent, u64 flags)
{
    if (flags & CLONE_VM)
        c->vmspace = vmspace_get(parent->vmspace);
    else if (vmspace_fork(parent->vmspace, &c->vmspace))
        return -ENOMEM;
    c->files = flags & CLONE_FILES ? files_share(parent->files) : files_fork(parent->files);
    c->fsctx = flags & CLONE_FS ? fsctx_share(parent->fsctx) : fsctx_copy(parent->fsctx);
    return c->files && c->fsctx ? 0 : -ENOMEM;
}

/* The child's thread, which takes over the parts. FPU registers, segment bases, priority and
 * affinity are inherited inside thread_create_user. NULL: no id or no memory is left. */
static struct thread *make_thread(const struct clone_args *args, const struct trapframe *tf,
                                  struct parts *c)
{
    const struct thread *parent = thread_current();
    struct trapframe child_tf = *tf;
    child_tf.rax = 0;
    if (args->stack)
        child_tf.rsp = args->stack;
    struct thread *t = thread_create_user(parent->ctx.name, &child_tf);
    if (!t)
        return NULL;
    if (args->flags & CLONE_SETTLS)
        t->fs_base = args->tls;
    if (args->flags & CLONE_CHILD_CLEARTID)
        t->clear_child_tid = args->child_tid.addr;
    t->sigmask = parent->sigmask;
    if (!(args->flags & CLONE_VM) || args->flags & CLONE_VFORK)
        t->sigstack = parent->sigstack;
    t->cred = cred_get(parent->cred);
    t->vmspace = c->vmspace;
    t->pt = c->vmspace->pt;
    t->files = c->files;
    t->fsctx = c->fsctx;
    return t;
}

/* clone(2) leaves it open whether a bad address fails the call; like Linux, it does not. */
static void store_tids(const struct clone_args *args, struct thread *child)
{
    const u32 tid = (u32)child->ctx.id;
    if (args->flags & CLONE_PARENT_SETTID && copy_out(args->parent_tid, &tid, sizeof tid))
        return;
    if (args->flags & CLONE_CHILD_SETTID &&
        vm_write(child->vmspace, args->child_tid.addr, &tid, sizeof tid) != sizeof tid)
        return;
}

/* Into the tree. A parent that is being killed gives birth to a child that is killed too: else a
 * fork bomb would escape through its children. */
static void link_child(struct process *p, struct thread *t, const struct clone_args *args)
{
    struct process *me = process_current();
    p->vfork_pending = args->flags & CLONE_VFORK;
    p->exe = process_exe_get(me);
    spin_lock(&proc_lock);
    p->exit_signal = args->exit_signal;
    process_link(p, me, me->pgrp, t);
    nunborn--;
    if (READ_ONCE(me->exiting))
        signal_send_locked(p, SIGKILL, NULL);
    spin_unlock(&proc_lock);
}

static int check_flags(const struct clone_args *args)
{
    if (args->flags & ~(u64)FORK_FLAGS || args->exit_signal < 0 || args->exit_signal >= NSIG)
        return -EINVAL;
    if (args->flags & CLONE_SETTLS && args->tls >= USER_TOP)
        return -EPERM;
    return 0;
}

long process_fork(const struct clone_args *args, const struct trapframe *tf)
{
    struct process *me = process_current();
    int err = check_flags(args);
    if (err)
        return err;
    if (!may_be_born(me, thread_current()))
        return -EAGAIN;

    struct parts parts = {0};
    struct thread *t;
    struct process *p = process_alloc(me);
    err = -ENOMEM;
    if (!p)
        goto stay_unborn;
    err = make_parts(&parts, thread_current(), args->flags);
    if (err)
        goto drop;
    err = -EAGAIN;
    t = make_thread(args, tf, &parts);
    if (!t)
        goto drop;

    store_tids(args, t);
    process_get(p); /* ours; the first reference is the table's */
    link_child(p, t, args);
    long pid = p->pid;
    thread_run(t);
    thread_put(t);
    /* Killed while it waits: then the child goes on alone, as on Linux. */
    if (args->flags & CLONE_VFORK)
        (void)wait_event(&p->vfork_wait, WAIT_KILLABLE, !READ_ONCE(p->vfork_pending));
    process_put(p);
    return pid;

drop:
    drop_parts(&parts);
    process_put(p);
stay_unborn:
    not_born();
    return err;
}
