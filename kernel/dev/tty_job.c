/* tty_job.c: job control: whose terminal it is, and which of its process groups is in front.
 *
 * A terminal controls at most one session, a session has at most one controlling terminal, and each
 * side knows the other: session->ctty (proc/, under proc_lock) and tty->session (under tty->lock).
 * Both change together, under tty->lock with proc_lock inside. The session is alive as long as it
 * stands in tty->session, because its leader's exit comes here first. (POSIX, "The Controlling
 * Terminal", "Terminal Access Control")
 */
#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/signal.h"
#include "dev/tty_priv.h"
#include "proc/pgrp.h"
#include "proc/process.h"
#include "proc/signal.h"
#include "sched/cred.h"
#include "sched/wait.h"

void tty_signal(struct tty *tty, u32 events)
{
    if (!tty->pgrp)
        return;
    if (events & LD_INTR)
        signal_send_pgrp(tty->pgrp, SIGINT);
    if (events & LD_QUIT)
        signal_send_pgrp(tty->pgrp, SIGQUIT);
    if (events & LD_SUSP)
        signal_send_pgrp(tty->pgrp, SIGTSTP);
}

static bool is_mine(struct tty *tty)
{
    return session_ctty() == tty;
}

static bool in_foreground(struct tty *tty, const struct pgrp *g)
{
    spin_lock(&tty->lock);
    bool front = tty->pgrp == NULL || tty->pgrp == g;
    spin_unlock(&tty->lock);
    return front;
}

int tty_check_foreground(struct tty *tty, int sig)
{
    struct process *me = process_current();
    if (!me || READ_ONCE(me->pgrp) == READ_ONCE(tty->pgrp))
        return 0; /* the usual case, without a lock; a stale look does no harm */
    if (!is_mine(tty))
        return 0;
    struct pgrp *g = pgrp_current();
    int err = 0;
    if (in_foreground(tty, g)) {
        err = 0; /* or nobody is */
    } else if (signal_is_blocked_or_ignored(sig)) {
        err = sig == SIGTTIN ? -EIO : 0;
    } else if (pgrp_is_orphaned(g)) {
        err = -EIO;
    } else {
        signal_send_pgrp(g, sig);
        err = -EINTR; /* the call starts again once the group is continued */
    }
    pgrp_put(g);
    return err;
}

/* Make the caller's session, whose current group is g, the terminal's. Takes g's reference over if
 * it succeeds, and hands back the former foreground's. */
static int bind(struct tty *tty, struct pgrp *g, bool steal, struct pgrp **old)
{
    int err = 0;
    spin_lock(&tty->lock);
    if (tty->session && !steal)
        err = -EPERM;
    else
        err = session_set_ctty(tty);
    if (!err) {
        if (tty->session && tty->session != g->session)
            session_clear_ctty(tty->session);
        *old = tty->pgrp;
        tty->session = g->session;
        tty->pgrp = g;
    }
    spin_unlock(&tty->lock);
    return err;
}

static bool controls(struct tty *tty, const struct session *s)
{
    spin_lock(&tty->lock);
    bool same = tty->session == s;
    spin_unlock(&tty->lock);
    return same;
}

int tty_set_controlling(struct tty *tty, bool steal)
{
    struct pgrp *g = pgrp_current(), *old = NULL;
    int err = -EPERM;
    if (session_is_leader() && controls(tty, g->session)) {
        pgrp_put(g);
        return 0;
    }
    if (session_is_leader())
        err = bind(tty, g, steal && thread_current()->cred->euid == 0, &old);
    if (err)
        pgrp_put(g);
    if (old)
        pgrp_put(old);
    return err;
}

void tty_adopt(struct tty *tty)
{
    if (process_current() && session_is_leader() && !session_ctty())
        (void)!tty_set_controlling(tty, false); /* it may be another session's: then it stays so */
}

/* Part the terminal from session s. The foreground loses its terminal; `hang_up` the open files
 * too. */
static void part(struct tty *tty, struct session *s, bool hang_up)
{
    spin_lock(&tty->lock);
    if (tty->session != s) {
        spin_unlock(&tty->lock);
        return;
    }
    struct pgrp *front = tty->pgrp;
    tty->session = NULL;
    tty->pgrp = NULL;
    tty->hangups += hang_up;
    if (hang_up)
        ldisc_flush_input(&tty->ld);
    session_clear_ctty(s);
    spin_unlock(&tty->lock);
    if (front) {
        signal_send_pgrp(front, SIGHUP);
        signal_send_pgrp(front, SIGCONT);
        pgrp_put(front);
    }
    if (hang_up) {
        tty_resume(tty);
        waitq_wake_all(&tty->read_wait, POLLIN | POLLHUP);
        waitq_wake_all(&tty->write_wait, POLLOUT | POLLHUP);
    }
}

int tty_give_up(struct tty *tty)
{
    if (!is_mine(tty))
        return -ENOTTY;
    if (!session_is_leader())
        return -EPERM; /* the terminal belongs to the session, not to one process */
    struct pgrp *g = pgrp_current();
    part(tty, g->session, false);
    pgrp_put(g);
    return 0;
}

long tty_get_foreground(struct tty *tty)
{
    if (!is_mine(tty))
        return -ENOTTY;
    spin_lock(&tty->lock);
    pid_t id = tty->pgrp ? tty->pgrp->id : 0;
    spin_unlock(&tty->lock);
    return id;
}

int tty_set_foreground(struct tty *tty, pid_t id)
{
    if (!is_mine(tty))
        return -ENOTTY;
    if (id < 0)
        return -EINVAL;
    struct pgrp *g = pgrp_find(id);
    if (!g)
        return -ESRCH;
    if (!pgrp_in_my_session(g)) {
        pgrp_put(g);
        return -EPERM;
    }
    spin_lock(&tty->lock);
    struct pgrp *old = g;
    if (tty->session == g->session) {
        old = tty->pgrp;
        tty->pgrp = g;
    }
    spin_unlock(&tty->lock);
    if (old)
        pgrp_put(old);
    return 0;
}

long tty_get_session(struct tty *tty)
{
    if (!is_mine(tty))
        return -ENOTTY;
    spin_lock(&tty->lock);
    long id = tty->session ? tty->session->id : -ENOTTY;
    spin_unlock(&tty->lock);
    return id;
}

/* ---- what proc/ asks of a controlling terminal ---- */

static void leader_gone(void *ctty, struct session *s)
{
    part(ctty, s, true);
}

static void info(void *ctty, int *tty_nr, pid_t *foreground)
{
    struct tty *tty = ctty;
    spin_lock(&tty->lock);
    *tty_nr = tty->dev;
    *foreground = tty->pgrp ? tty->pgrp->id : -1;
    spin_unlock(&tty->lock);
}

void tty_job_init(void)
{
    static const struct ctty_ops ops = {.hangup = leader_gone, .info = info};
    ctty_ops_register(&ops);
}
