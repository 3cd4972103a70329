/* Process groups and sessions: who gets the terminal's signals.
 *
 * A group is the processes of one pipeline, a session the groups of one login. Both exist as long
 * as somebody refers to them: a group while it has members (or a terminal points at it as its
 * foreground), a session while it has groups. The controlling terminal belongs to dev/; here it is
 * a pointer that nobody follows.
 */
#pragma once
#include "abi/types.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/types.h"
#include "proc/process.h"

/* All fields under proc_lock; id and session are fixed. */
struct session {
    pid_t id;
    u32 ngroups BY_PROC_LOCK;            /* its reference count */
    struct process *leader BY_PROC_LOCK; /* NULL once the leader has exited */
    void *ctty BY_PROC_LOCK;             /* struct tty *, referenced by dev/ */
};

struct pgrp {
    pid_t id;
    u32 refs BY_PROC_LOCK; /* members, and pgrp_find */
    struct session *session;
    struct list_head members BY_PROC_LOCK; /* process.in_pgrp */
    struct rb_node by_id BY_PROC_LOCK;
};

/* dev/tty fills this in. An open table: called with no lock held. */
struct ctty_ops {
    /* The session's leader has exited, or gave the terminal up: drop the terminal, SIGHUP its
     * foreground. */
    void (*hangup)(void *ctty, struct session *s);
    /* For ps: the terminal's device number and its foreground group. */
    void (*info)(void *ctty, int *tty_nr, pid_t *foreground);
};
void ctty_ops_register(const struct ctty_ops *ops);

/* Make tty the caller's controlling terminal. -EPERM: the caller leads no session, or has a
 * terminal already. The caller of this function has checked that no other session has this tty. */
int session_set_ctty(void *tty);
/* The calling process's terminal; NULL: none. */
void *session_ctty(void);
/* What ctty_ops.info says of p's terminal; zero and -1 if it has none. */
void session_tty_info(struct process *p, int *tty_nr, pid_t *foreground);
/* Forget the terminal of the session s, or of the caller's if NULL; returns what it was. */
void *session_clear_ctty(struct session *s);
/* Is the caller the leader of its session? */
bool session_is_leader(void);

/* The caller's group; a reference. */
struct pgrp *pgrp_current(void);
/* By id; a reference. NULL: no such group. */
struct pgrp *pgrp_find(pid_t id);
void pgrp_put(struct pgrp *g);
/* Is g in the caller's session? */
bool pgrp_in_my_session(const struct pgrp *g);
/* Has g no member whose parent is in another group of the same session (POSIX, "Orphaned Process
 * Group")? Stop signals of the terminal then have no effect, and a background read is an error, as
 * nobody is left to continue it. */
bool pgrp_is_orphaned(const struct pgrp *g);

/* setpgid(2), getpgid(2), setsid(2), getsid(2): a number or a negative errno. 0 means the
 * caller. */
int pgrp_set(pid_t pid, pid_t pgid);
pid_t pgrp_get_id(pid_t pid);
pid_t session_create(void);
pid_t session_get_id(pid_t pid);

/* ---- for proc/ itself ---- */

/* Memory for a group or a session that pgrp_link will make one. NULL: -ENOMEM. */
struct pgrp *pgrp_alloc(void);
struct session *session_alloc(void);
/* Make g known as group `id` of s; it lives from its first member on. */
void pgrp_link(struct pgrp *g, pid_t id, struct session *s) REQUIRES(&proc_lock);
void pgrp_join(struct pgrp *g, struct process *p) REQUIRES(&proc_lock);
void pgrp_leave(struct process *p) REQUIRES(&proc_lock);
/* As pgrp_is_orphaned, as if `without` (NULL: nobody) had left already. */
bool pgrp_is_orphaned_locked(const struct pgrp *g, const struct process *without)
    REQUIRES(&proc_lock);
