/* Signals that were sent and not yet taken: a set, and for those that say more than their number a
 * queue of what they say.
 *
 * A standard signal is pending once, however often it is sent, and keeps what the first sender
 * said; a real-time signal (SIGRTMIN and above) is queued each time (signal(7), "Queueing and
 * delivery semantics for standard signals"). Everything here is called under process.lock.
 */
#pragma once
#include "abi/signal.h"
#include "sched/thread.h"

struct process;

/* Boot. */
void sigqueue_init(void);
/* Note that sig is pending in q, which is p's or one of p's threads'. info NULL: the kernel sent
 * it, and says no more. 0; -EAGAIN: a real-time signal with information that cannot be kept (no
 * memory, RLIMIT_SIGPENDING), and then nothing is noted. A standard signal is always noted. */
int sigqueue_add(struct process *p, struct sigpending *q, int sig, const siginfo_t *info);
/* Take the first sig, which is pending, out of q. */
void sigqueue_take(struct process *p, struct sigpending *q, int sig, siginfo_t *info);
/* Forget what is pending of a set. */
void sigqueue_drop(struct process *p, struct sigpending *q, u64 set);
