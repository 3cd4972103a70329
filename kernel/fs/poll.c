/* poll.c: poll(2): sleep until one of many files is ready.
 *
 * The first round asks each file and at the same time joins its wait queues; a wake-up on any of
 * them wakes this thread, which asks again. As the queues are joined before the files are asked, no
 * change is missed. */
#include "fs/poll.h"
#include "fs/fdtable.h"
#include "mm/slab.h"
#include "sched/core.h"

enum { ENTRIES_ON_STACK = 4 };

struct poll_entry {
    struct wait_entry wait;
    struct waitq *queue;
    struct poll_entry *next;
};

struct poller {
    struct poll_table table;
    struct poll_entry *entries; /* joined so far */
    unsigned nfirst;
    struct poll_entry first[ENTRIES_ON_STACK];
    bool failed;        /* no memory for an entry */
    _Atomic bool fired; /* a queue was woken since we last began to ask */
};

/* Asking may itself sleep (on a mutex), which uses up the thread's wake token: so a flag of our own
 * remembers. */
static bool fire(struct wait_entry *e, u32 events UNUSED)
{
    struct poller *p = e->arg;
    atomic_store_explicit(&p->fired, true, memory_order_relaxed);
    thread_wake(e->thread);
    return true;
}

static void join(struct poll_table *pt, struct waitq *q)
{
    struct poller *p = container_of(pt, struct poller, table);
    bool on_stack = p->nfirst < ENTRIES_ON_STACK;
    struct poll_entry *e = on_stack ? &p->first[p->nfirst++] : kmalloc(sizeof *e);
    if (!e) {
        p->failed = true;
        return;
    }
    e->queue = q;
    e->next = p->entries;
    p->entries = e;
    e->wait = (struct wait_entry){.fn = fire, .thread = thread_current(), .arg = p};
    waitq_add(q, &e->wait);
}

static void leave_all(struct poller *p)
{
    while (p->entries) {
        struct poll_entry *e = p->entries;
        p->entries = e->next;
        waitq_remove(e->queue, &e->wait);
        if (e < p->first || e >= p->first + ENTRIES_ON_STACK)
            kfree(e);
    }
}

static u32 ask(const struct pollfd *pfd, struct file *f, struct poll_table *pt)
{
    if (pfd->fd < 0)
        return 0;
    if (!f)
        return POLLNVAL;
    return file_poll(f, pt) & ((u32)(u16)pfd->events | POLL_ALWAYS);
}

/* Ask every file. Once one is ready, the others' queues need not be joined any more. */
static unsigned ask_all(struct poller *p, struct pollfd *fds, struct file **files, unsigned n,
                        bool joining)
{
    unsigned ready = 0;
    p->table.queue = joining ? join : NULL;
    for (unsigned i = 0; i < n; i++) {
        fds[i].revents = (short)ask(&fds[i], files[i], &p->table);
        if (fds[i].revents) {
            ready++;
            p->table.queue = NULL;
        }
    }
    return ready;
}

/* A wake sets `fired` and then leaves a token; we clear the token and then look at `fired`, with a
 * full barrier in between: one of the two is seen. */
static int wait_fired(struct poller *p, u64 deadline_ns)
{
    wait_begin();
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&p->fired, memory_order_relaxed))
        return 0;
    return thread_block(WAIT_INTERRUPTIBLE, deadline_ns);
}

static int poll_loop(struct poller *p, struct pollfd *fds, struct file **files, unsigned n,
                     u64 deadline_ns)
{
    bool joining = deadline_ns != POLL_NO_WAIT;
    for (;;) {
        atomic_store_explicit(&p->fired, false, memory_order_seq_cst); /* before asking */
        unsigned ready = ask_all(p, fds, files, n, joining);
        joining = false;
        if (ready || deadline_ns == POLL_NO_WAIT)
            return (int)ready;
        if (p->failed)
            return -ENOMEM;
        int err = wait_fired(p, deadline_ns);
        if (err == -ETIMEDOUT)
            deadline_ns = POLL_NO_WAIT; /* look once more */
        else if (err)
            return err;
    }
}

int poll_files(struct pollfd *fds, unsigned n, u64 deadline_ns)
{
    struct file *few[ENTRIES_ON_STACK], **files = few;
    struct poller p = {.entries = NULL};
    if (n > ENTRIES_ON_STACK && !(files = kcalloc(n, sizeof *files)))
        return -ENOMEM;
    for (unsigned i = 0; i < n; i++)
        files[i] = fds[i].fd < 0 ? NULL : fd_get(fds[i].fd);
    int ready = poll_loop(&p, fds, files, n, deadline_ns);
    leave_all(&p);
    for (unsigned i = 0; i < n; i++)
        if (files[i])
            fd_put(files[i]);
    if (files != few)
        kfree(files);
    return ready;
}
