/* Pending signals (sigqueue.h).
 */
#include "proc/sigqueue.h"
#include "abi/errno.h"
#include "debug/assert.h"
#include "mm/slab.h"
#include "proc/process.h"

struct sigentry {
    struct list_head node;
    siginfo_t info;
};

static struct kmem_cache *entries;

void sigqueue_init(void)
{
    entries = kmem_cache_create("siginfo", sizeof(struct sigentry), 0, NULL);
    ASSERT(entries);
}

static bool is_pending(const struct sigpending *q, int sig)
{
    return q->set & SIGSET_BIT(sig);
}

/* NULL: no memory, or the limit. */
static struct sigentry *entry_alloc(struct process *p)
{
    if (p->nsiginfos >= READ_ONCE(p->limits.rlim[RLIMIT_SIGPENDING].rlim_cur))
        return NULL;
    struct sigentry *e = kmem_cache_alloc(entries);
    p->nsiginfos += e != NULL;
    return e;
}

static void entry_free(struct process *p, struct sigentry *e)
{
    list_del(&e->node);
    kmem_cache_free(entries, e);
    p->nsiginfos--;
}

int sigqueue_add(struct process *p, struct sigpending *q, int sig, const siginfo_t *info)
{
    bool realtime = sig >= SIGRTMIN;
    if (!realtime && is_pending(q, sig))
        return 0;
    struct sigentry *e = info ? entry_alloc(p) : NULL;
    if (!e && info && realtime && info->si_code != SI_USER)
        return -EAGAIN;
    if (e) {
        e->info = *info;
        list_add_tail(&q->infos, &e->node);
    }
    q->set |= SIGSET_BIT(sig);
    return 0;
}

void sigqueue_take(struct process *p, struct sigpending *q, int sig, siginfo_t *info)
{
    struct sigentry *e, *next, *first = NULL;
    bool more = false;
    list_for_each_entry_safe (e, next, &q->infos, node) {
        if (e->info.si_signo != sig)
            continue;
        more = first;
        if (first)
            break;
        first = e;
    }
    if (!more)
        q->set &= ~SIGSET_BIT(sig);
    if (first) {
        *info = first->info;
        entry_free(p, first);
    } else {
        *info = (siginfo_t){.si_signo = sig, .si_code = SI_KERNEL};
    }
}

void sigqueue_drop(struct process *p, struct sigpending *q, u64 set)
{
    struct sigentry *e, *next;
    if (!(q->set & set))
        return;
    q->set &= ~set;
    list_for_each_entry_safe (e, next, &q->infos, node)
        if (SIGSET_BIT(e->info.si_signo) & set)
            entry_free(p, e);
}
