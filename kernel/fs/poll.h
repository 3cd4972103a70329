/* poll.h: waiting for several files at once.
 *
 * file_ops.poll is the only source of readiness. Called with a table it also joins the wait queues
 * that announce a change, by wait_entry callbacks; so poll(2), select(2) and epoll differ only in
 * their callback. */
#pragma once

#include "abi/poll.h"
#include "sched/wait.h"

struct file;

struct poll_table;
/* What file_ops.poll does with each of its queues: join it, if the caller wants to wait (pt may be
 * NULL). */
typedef void (*poll_queue_fn)(struct poll_table *pt, struct waitq *q);
struct poll_table {
    poll_queue_fn queue; /* NULL: only asks, does not wait */
};

static inline void poll_wait(struct poll_table *pt, struct waitq *q)
{
    if (pt && pt->queue)
        pt->queue(pt, q);
}

enum { POLL_ALWAYS = POLLERR | POLLHUP | POLLNVAL };

enum { POLL_NO_WAIT = 1 }; /* a deadline long gone */
/* poll(2) over n kernel copies: fills revents. Waits until one is ready or deadline_ns (now_ns
 * scale; 0: no limit). Returns how many are ready, -EINTR, -ENOMEM. */
MUST_CHECK int poll_files(struct pollfd *fds, unsigned n, u64 deadline_ns);
