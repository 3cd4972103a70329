/* Resource limits: what a process starts with. Who enforces one asks limit_current.
 */
#include "abi/limits.h"
#include "sched/cred.h"

/* As Linux's INIT_RLIMITS where a program could notice; the number of processes is what the id
 * space allows. */
enum {
    STACK_SOFT = 8 << 20,
    MEMLOCK_BYTES = 8 << 20,
    SIGPENDING_MAX = 4096,
    MSGQUEUE_BYTES = 819200
};

static void set(struct limits *l, unsigned resource, u64 soft, u64 hard)
{
    l->rlim[resource] = (struct rlimit){.rlim_cur = soft, .rlim_max = hard};
}

void limits_init(struct limits *l)
{
    for (unsigned i = 0; i < RLIM_NLIMITS; i++)
        set(l, i, RLIM_INFINITY, RLIM_INFINITY);
    set(l, RLIMIT_STACK, STACK_SOFT, RLIM_INFINITY);
    set(l, RLIMIT_CORE, 0, RLIM_INFINITY);
    set(l, RLIMIT_NPROC, PID_MAX / 2, PID_MAX);
    set(l, RLIMIT_NOFILE, OPEN_DEFAULT_MAX, NR_OPEN);
    set(l, RLIMIT_MEMLOCK, MEMLOCK_BYTES, MEMLOCK_BYTES);
    set(l, RLIMIT_SIGPENDING, SIGPENDING_MAX, SIGPENDING_MAX);
    set(l, RLIMIT_MSGQUEUE, MSGQUEUE_BYTES, MSGQUEUE_BYTES);
    set(l, RLIMIT_NICE, 0, 0);
    set(l, RLIMIT_RTPRIO, 0, 0);
}
