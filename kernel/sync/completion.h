/* Completions: "tell me when it is done", once or several times. May live on the waiter's stack.
 */
#pragma once
#include "sched/wait.h"

struct completion {
    u32 done; /* (wait.lock) completions that nobody has waited for yet */
    struct waitq wait;
};
#define COMPLETION_INIT(c, cname)                                                                  \
    {                                                                                              \
        .wait = WAITQ_INIT((c).wait, cname)                                                        \
    }
void completion_init(struct completion *c, const char *name);

/* One more is done; one waiter may go. When the waiter returns, c is no longer used here, so that
 * it may be freed. Any context but NMI. */
void complete(struct completion *c);
/* Everybody may go, now and later. */
void complete_all(struct completion *c);
/* Wait for a completion and use it up. 0, -EINTR by mode, -ETIMEDOUT after deadline_ns (0: no
 * limit). After an error somebody may still complete c: it must stay. */
int completion_wait(struct completion *c, enum wait_mode mode, u64 deadline_ns);
