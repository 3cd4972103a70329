/* The end of a thread, and of a process with its last thread.
 *
 * In this order: everything that may sleep is given back while no lock of proc/ is held (DESIGN,
 * circle 5: closing files and dropping the address space descend into fs/ and vm/); then, under
 * the locks and in one step, the thread leaves its process, the children go to process 1, and the
 * process is a zombie that its parent can see. From that moment the parent may free it, so nothing
 * here touches it afterwards.
 */
#include "proc/exit.h"
#include "abi/wait.h"
#include "debug/assert.h"
#include "fs/fdtable.h"
#include "fs/path.h"
#include "lib/string.h"
#include "proc/init.h"
#include "proc/itimer.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "proc/sigqueue.h"
#include "proc/usage.h"
#include "sched/cred.h"
#include "vm/uaccess.h"
#include "vm/vmspace.h"
#include "x86/clock.h"

/* set_tid_address(2): whoever shares our memory may wait for this word to become 0. */
static void clear_child_tid(struct thread *t)
{
    const u32 zero = 0;
    int zero_failed = 0;
    if (t->clear_child_tid && refcount_read(&t->vmspace->refs) > 1)
        zero_failed = copy_out(uaddr(t->clear_child_tid), &zero, sizeof zero);
    (void)zero_failed; /* a bad address is the program's loss */
    t->clear_child_tid = 0;
}

/* Let go of memory, files and directories. The pointers are cleared under p->lock, where /proc
 * reads them. */
static void drop_user_side(struct thread *t, struct process *p)
{
    clear_child_tid(t);
    struct vmspace *vs = t->vmspace;
    struct files *files = t->files;
    struct fsctx *fsctx = t->fsctx;

    spin_lock(&p->lock);
    if (!p->vfork_pending) /* a vfork child's memory is its parent's: not its own use */
        usage_add_vmspace(&p->dead_threads, vs);
    t->vmspace = NULL;
    t->files = NULL;
    t->fsctx = NULL;
    spin_unlock(&p->lock);

    thread_use_pt(NULL);
    vmspace_put(vs);
    process_vfork_release(p);
    files_put(files);
    fsctx_put(fsctx);
}

void process_vfork_release(struct process *p)
{
    if (!p->vfork_pending)
        return;
    WRITE_ONCE(p->vfork_pending, false);
    waitq_wake_all(&p->vfork_wait, 0);
}

siginfo_t process_child_info(struct process *p)
{
    struct cred *cred = process_cred_get(p);
    siginfo_t info = {.si_signo = SIGCHLD, .si_pid = p->pid, .si_uid = cred->uid};
    cred_put(cred);
    if (p->state != P_ZOMBIE) {
        info.si_code = p->stopped ? CLD_STOPPED : CLD_CONTINUED;
        info.si_status = p->stopped ? p->stop_signal : SIGCONT;
    } else if (WIFEXITED(p->wait_status)) {
        info.si_code = CLD_EXITED;
        info.si_status = WEXITSTATUS(p->wait_status);
    } else {
        info.si_code = CLD_KILLED;
        info.si_status = WTERMSIG(p->wait_status);
    }
    struct usage used;
    usage_of_process(p, &used);
    info.si_utime = (clock_t)(used.user_ns / (NS_PER_SEC / USER_HZ));
    info.si_stime = (clock_t)(used.system_ns / (NS_PER_SEC / USER_HZ));
    return info;
}

void process_notify_parent(struct process *p, bool ended)
{
    struct process *parent = p->parent;
    int sig = ended ? p->exit_signal : SIGCHLD;
    if (!ended && parent->action[SIGCHLD].flags & SA_NOCLDSTOP)
        sig = 0;
    if (sig) {
        siginfo_t info = process_child_info(p);
        info.si_signo = sig;
        signal_send_locked(parent, sig, &info);
    }
    waitq_wake_all(&parent->child_wait, 0);
}

/* Does the parent not want to hear of it? Then the zombie is freed at once (sigaction(2),
 * SA_NOCLDWAIT). */
static bool parent_ignores(const struct process *p) REQUIRES(&proc_lock)
{
    const struct ksigaction *act = &p->parent->action[SIGCHLD];
    return p->exit_signal == SIGCHLD && (act->handler == KSIG_IGN || act->flags & SA_NOCLDWAIT);
}

/* A zombie has (maybe a new) parent. */
static void announce_zombie(struct process *p) REQUIRES(&proc_lock)
{
    bool forget = parent_ignores(p);
    process_notify_parent(p, true);
    if (!forget)
        return;
    process_unlink(p);
    process_put(p);
}

/* A stopped group that nobody is left to continue is told so (POSIX, _exit(), "Consequences of
 * Process Termination"). `without`: is about to leave. */
static void hang_up_if_orphaned(struct pgrp *g, const struct process *without) REQUIRES(&proc_lock)
{
    bool any_stopped = false;
    const struct process *p;
    list_for_each_entry (p, &g->members, in_pgrp)
        any_stopped |= p != without && p->stopped;
    if (!any_stopped || !pgrp_is_orphaned_locked(g, without))
        return;
    signal_send_pgrp_locked(g, SIGHUP);
    signal_send_pgrp_locked(g, SIGCONT);
}

/* Is p's parent, in another group of the session, what keeps (or helps to keep) p's group from
 * being orphaned? A group that was orphaned before is told nothing when one more of it ends. */
static bool is_kept_by(const struct process *p, const struct process *parent) REQUIRES(&proc_lock)
{
    return p->pgrp != parent->pgrp && p->pgrp->session == parent->pgrp->session;
}

static void give_children_to_init(struct process *p) REQUIRES(&proc_lock)
{
    struct process *child, *next;
    list_for_each_entry_safe (child, next, &p->children, sibling) {
        list_del(&child->sibling);
        process_set_parent(child, init_process);
        child->exit_signal = SIGCHLD;
        if (child->state == P_ZOMBIE)
            announce_zombie(child);
        else if (is_kept_by(child, p))
            hang_up_if_orphaned(child->pgrp, p);
    }
}

/* The last thread has left p; the caller runs on its stack. */
static void end_process(struct thread *t, struct process *p, int wait_status)
{
    session_leader_exit(p);
    itimer_stop(p);
    spin_lock(&p->lock);
    struct file *exe = p->exe;
    p->exe = NULL;
    spin_unlock(&p->lock);
    if (exe)
        file_put(exe);

    spin_lock(&proc_lock);
    give_children_to_init(p);
    if (is_kept_by(p, p->parent))
        hang_up_if_orphaned(p->pgrp, p);
    spin_lock(&p->lock);
    p->wait_status = wait_status;
    p->state = P_ZOMBIE;
    p->report_stop = p->report_cont = false;
    spin_unlock(&p->lock);
    t->process = NULL;
    t->limits = NULL;
    announce_zombie(p);
    spin_unlock(&proc_lock);
}

/* Take t off its process's list, and its credentials from it: what is left to do, the kernel does.
 * Returns true if it was the last; then the zombie keeps them: it still belongs to somebody. */
static bool leave_process(struct thread *t, struct process *p)
{
    struct cred *cred = t->cred;
    spin_lock(&proc_lock);
    spin_lock(&p->lock);
    usage_add_thread(&p->dead_threads, t);
    strlcpy(p->last_comm, t->ctx.name, sizeof p->last_comm);
    list_del(&t->in_process);
    sigqueue_drop(p, &t->pending, ~0ull);
    t->cred = NULL;
    bool last = --p->nthreads == 0;
    if (last) {
        p->last_cred = cred;
    } else {
        t->process = NULL;
        t->limits = NULL;
    }
    spin_unlock(&p->lock);
    spin_unlock(&proc_lock);
    if (!last)
        cred_put(cred);
    return last;
}

void process_exit_thread(int wait_status)
{
    struct thread *t = thread_current();
    struct process *p = t->process;
    ASSERT(p && p->state == P_ALIVE);
    assert_no_spinlock();
    if (p->pid == 1 && p->nthreads == 1)
        init_ended(wait_status);
    drop_user_side(t, p);
    if (leave_process(t, p))
        end_process(t, p, wait_status);
    thread_exit();
}

void process_exit(int wait_status)
{
    struct process *p = process_current();
    spin_lock(&p->lock);
    if (!p->exiting) {
        p->exiting = true;
        p->wait_status = wait_status;
        if (p->nthreads > 1)
            signal_kill_threads(p);
    }
    wait_status = p->wait_status; /* of two that end a process the first wins */
    spin_unlock(&p->lock);
    process_exit_thread(wait_status);
}
