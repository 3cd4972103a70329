/* Process groups and sessions.
 *
 * Both are counted, and both live and die under proc_lock: a group with its last member or
 * reference, a session with its last group. An id stays taken while either uses it, because a
 * group's id is the pid of the process that made it.
 */
#include "proc/pgrp.h"
#include "abi/errno.h"
#include "debug/assert.h"
#include "mm/slab.h"
#include "proc/proc_priv.h"
#include "proc/process.h"

static struct rb_root by_id GUARDED_BY(proc_lock) = RB_ROOT_INIT; /* under proc_lock */
static const struct ctty_ops *ctty_ops;

void ctty_ops_register(const struct ctty_ops *ops)
{
    ctty_ops = ops;
}

struct pgrp *pgrp_find_locked(pid_t id)
{
    struct rb_node *n = by_id.node;
    while (n) {
        struct pgrp *g = rb_entry(n, struct pgrp, by_id);
        if (g->id == id)
            return g;
        n = id < g->id ? n->left : n->right;
    }
    return NULL;
}

struct pgrp *pgrp_find(pid_t id)
{
    spin_lock(&proc_lock);
    struct pgrp *g = pgrp_find_locked(id);
    if (g)
        g->refs++;
    spin_unlock(&proc_lock);
    return g;
}

/* Session 0, which process 1 starts in, has a number that no thread can have. */
static void id_hold(pid_t id)
{
    if (id)
        thread_id_hold((u64)id);
}

static void id_drop(pid_t id)
{
    if (id)
        thread_id_drop((u64)id);
}

/* kfree under proc_lock is fine: mm/ is far below. */
static void put_locked(struct pgrp *g) REQUIRES(&proc_lock)
{
    ASSERT(g->refs > 0);
    if (--g->refs > 0)
        return;
    ASSERT(list_empty(&g->members));
    rb_erase(&by_id, &g->by_id);
    id_drop(g->id);
    if (--g->session->ngroups == 0) {
        id_drop(g->session->id);
        kfree(g->session);
    }
    kfree(g);
}

void pgrp_put(struct pgrp *g)
{
    spin_lock(&proc_lock);
    put_locked(g);
    spin_unlock(&proc_lock);
}

struct pgrp *pgrp_current(void)
{
    spin_lock(&proc_lock);
    struct pgrp *g = process_current()->pgrp;
    g->refs++;
    spin_unlock(&proc_lock);
    return g;
}

static bool id_less(const struct rb_node *a, const struct rb_node *b)
{
    return rb_entry(a, struct pgrp, by_id)->id < rb_entry(b, struct pgrp, by_id)->id;
}

struct pgrp *pgrp_alloc(void)
{
    struct pgrp *g = kzalloc(sizeof *g);
    if (g)
        list_init(&g->members);
    return g;
}

struct session *session_alloc(void)
{
    return kzalloc(sizeof(struct session));
}

void pgrp_link(struct pgrp *g, pid_t id, struct session *s)
{
    g->id = id;
    g->session = s;
    id_hold(id);
    if (s->ngroups++ == 0)
        id_hold(s->id);
    rb_insert(&by_id, &g->by_id, id_less);
}

void pgrp_join(struct pgrp *g, struct process *p)
{
    struct pgrp *old = p->pgrp;
    g->refs++;
    list_del(&p->in_pgrp);
    list_add_tail(&g->members, &p->in_pgrp);
    p->pgrp = g;
    if (old)
        put_locked(old);
}

void pgrp_leave(struct process *p)
{
    list_del(&p->in_pgrp);
    put_locked(p->pgrp);
    p->pgrp = NULL;
}

bool pgrp_is_orphaned_locked(const struct pgrp *g, const struct process *without)
{
    const struct process *p;
    list_for_each_entry (p, &g->members, in_pgrp) {
        const struct process *parent = p->parent;
        if (p == without || p->state != P_ALIVE || !parent || !parent->pgrp || parent->pid == 1)
            continue;
        if (parent->pgrp != g && parent->pgrp->session == g->session)
            return false;
    }
    return true;
}

bool pgrp_is_orphaned(const struct pgrp *g)
{
    spin_lock(&proc_lock);
    bool orphaned = pgrp_is_orphaned_locked(g, NULL);
    spin_unlock(&proc_lock);
    return orphaned;
}

bool pgrp_in_my_session(const struct pgrp *g)
{
    spin_lock(&proc_lock);
    bool mine = process_current()->pgrp->session == g->session;
    spin_unlock(&proc_lock);
    return mine;
}

/* ---- the controlling terminal ---- */

int session_set_ctty(void *tty)
{
    struct process *me = process_current();
    spin_lock(&proc_lock);
    struct session *s = me->pgrp->session;
    int err = s->leader == me && (!s->ctty || s->ctty == tty) ? 0 : -EPERM;
    if (!err)
        s->ctty = tty;
    spin_unlock(&proc_lock);
    return err;
}

void *session_ctty(void)
{
    struct process *me = process_current();
    if (!me)
        return NULL;
    spin_lock(&proc_lock);
    void *tty = me->pgrp->session->ctty;
    spin_unlock(&proc_lock);
    return tty;
}

void session_tty_info(struct process *p, int *tty_nr, pid_t *foreground)
{
    *tty_nr = 0;
    *foreground = -1;
    spin_lock(&proc_lock);
    void *tty = p->pgrp ? p->pgrp->session->ctty : NULL;
    spin_unlock(&proc_lock);
    if (tty && ctty_ops && ctty_ops->info)
        ctty_ops->info(tty, tty_nr, foreground);
}

void *session_clear_ctty(struct session *s)
{
    spin_lock(&proc_lock);
    if (!s)
        s = process_current()->pgrp->session;
    void *tty = s->ctty;
    s->ctty = NULL;
    spin_unlock(&proc_lock);
    return tty;
}

bool session_is_leader(void)
{
    struct process *me = process_current();
    spin_lock(&proc_lock);
    bool leads = me->pgrp->session->leader == me;
    spin_unlock(&proc_lock);
    return leads;
}

void session_leader_exit(struct process *p)
{
    spin_lock(&proc_lock);
    struct session *s = p->pgrp->session;
    if (s->leader != p) {
        spin_unlock(&proc_lock);
        return;
    }
    s->leader = NULL;
    void *tty = s->ctty;
    spin_unlock(&proc_lock);
    /* p is still a member, so s stays alive during the call. */
    if (tty && ctty_ops)
        ctty_ops->hangup(tty, s);
}

/* ---- system calls ---- */

/* setpgid(2), once proc_lock is held and `fresh` is at hand in case the group is new. Takes *fresh
 * if it uses it. */
static int set_locked(pid_t pid, pid_t pgid, struct pgrp **fresh) REQUIRES(&proc_lock)
{
    struct process *me = process_current();
    struct process *p = pid == me->pid ? me : process_find_locked(pid);
    if (!p || (p != me && p->parent != me))
        return -ESRCH;
    struct session *s = me->pgrp->session;
    if (p->pgrp->session != s || p->pgrp->session->leader == p)
        return -EPERM;
    if (p != me && p->has_execed)
        return -EACCES;
    struct pgrp *g = pgrp_find_locked(pgid);
    if (g && g->session != s)
        return -EPERM;
    if (!g) {
        if (pgid != pid)
            return -EPERM;
        g = *fresh;
        *fresh = NULL;
        pgrp_link(g, pgid, s);
    }
    if (g != p->pgrp)
        pgrp_join(g, p);
    return 0;
}

int pgrp_set(pid_t pid, pid_t pgid)
{
    if (pid == 0)
        pid = process_current()->pid;
    if (pgid == 0)
        pgid = pid;
    if (pgid < 0)
        return -EINVAL;
    struct pgrp *fresh = pgrp_alloc();
    if (!fresh)
        return -ENOMEM;
    spin_lock(&proc_lock);
    int err = set_locked(pid, pgid, &fresh);
    spin_unlock(&proc_lock);
    kfree(fresh);
    return err;
}

/* The ids of a process's group and session. 0 or -ESRCH. */
static int ids_of(pid_t pid, pid_t *pgid, pid_t *sid)
{
    spin_lock(&proc_lock);
    struct process *p = pid == 0 ? process_current() : process_find_locked(pid);
    if (p) {
        *pgid = p->pgrp->id;
        *sid = p->pgrp->session->id;
    }
    spin_unlock(&proc_lock);
    return p ? 0 : -ESRCH;
}

pid_t pgrp_get_id(pid_t pid)
{
    pid_t pgid, sid;
    int err = ids_of(pid, &pgid, &sid);
    return err ? err : pgid;
}

pid_t session_get_id(pid_t pid)
{
    pid_t pgid, sid;
    int err = ids_of(pid, &pgid, &sid);
    return err ? err : sid;
}

pid_t session_create(void)
{
    struct process *me = process_current();
    struct session *s = session_alloc();
    struct pgrp *g = pgrp_alloc();
    pid_t result = s && g ? me->pid : -ENOMEM;
    spin_lock(&proc_lock);
    /* A group with the caller's pid exists: the new one could not be told from it (setsid(2)). */
    if (result > 0 && pgrp_find_locked(me->pid))
        result = -EPERM;
    if (result > 0) {
        s->id = me->pid;
        s->leader = me;
        pgrp_link(g, me->pid, s);
        pgrp_join(g, me);
    }
    spin_unlock(&proc_lock);
    if (result < 0) {
        kfree(s);
        kfree(g);
    }
    return result;
}
