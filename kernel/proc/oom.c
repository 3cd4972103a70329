/* Who dies when memory runs out: the process that has most of it.
 */
#include "lib/klog.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "vm/oom.h"
#include "vm/vmspace.h"

/* Frames that p has, 0 for a process that has let go of its memory; *dying says that it is about
 * to. Page tables count: a program can fill memory with those alone. */
static u64 size_of(struct process *p, bool *dying)
{
    spin_lock(&p->lock);
    const struct thread *t = list_first_entry(&p->threads, struct thread, in_process);
    u64 size = t && t->vmspace ? vmspace_footprint(t->vmspace) : 0;
    *dying = p->exiting && size > 0;
    spin_unlock(&p->lock);
    return size;
}

/* Process 1 is spared: its end would be the machine's. */
static bool kill_largest(void)
{
    enum { KIB_PER_PAGE = 4 };
    struct process *victim = NULL;
    u64 most = 0;
    bool dying = false;
    spin_lock(&proc_lock);
    for (struct process *p = process_next_locked(NULL); p && !dying; p = process_next_locked(p)) {
        u64 size = size_of(p, &dying);
        if (p->pid != 1 && size > most) {
            most = size;
            victim = p;
        }
    }
    if (victim && !dying) {
        process_get(victim);
        signal_send_locked(victim, SIGKILL, NULL);
    }
    spin_unlock(&proc_lock);
    if (dying || !victim)
        return dying;
    char comm[CTX_NAME_LEN];
    process_comm(victim, comm, sizeof comm);
    klog("out of memory: killed %s[%d], which had %lu KiB", comm, victim->pid, most * KIB_PER_PAGE);
    process_put(victim);
    return true;
}

const struct oom_ops proc_oom_ops = {.kill_largest = kill_largest};
