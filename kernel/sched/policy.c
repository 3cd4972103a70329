/* The table of policies: a linker section to which each policy_*.c adds its row (policy.h).
 */
#include "sched/policy.h"
#include "debug/assert.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "sched/runq_priv.h"

const struct sched_policy *sched_classes[CLASS_COUNT];

const struct sched_policy *sched_policy_at(unsigned i)
{
    return __sched_policies_start + i < __sched_policies_end ? __sched_policies_start[i] : NULL;
}

const struct sched_policy *sched_policy_find(const char *name)
{
    const struct sched_policy *p;
    for (unsigned i = 0; (p = sched_policy_at(i)); i++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

/* Of the normal class one is chosen; a policy of a class above is used if it is there. */
void sched_policy_init(void)
{
    const struct sched_policy *p;
    for (unsigned i = 0; (p = sched_policy_at(i)); i++)
        sched_classes[p->class] = p;

    char name[16];
    p = NULL;
    if (cmdline_get("sched", name, sizeof name)) {
        p = sched_policy_find(name);
        if (!p || p->class != CLASS_NORMAL)
            klog_warn("sched=%s: no such policy, using rr", name);
        else
            klog("sched: %s", name);
    }
    sched_classes[CLASS_NORMAL] = p && p->class == CLASS_NORMAL ? p : sched_policy_find("rr");
    sched_classes[CLASS_IDLE] = &policy_idle;
    ASSERT(sched_classes[CLASS_NORMAL]);
}
