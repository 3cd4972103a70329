/* System calls on who a process is (credentials(7)).
 *
 * A struct cred is never changed once it is a thread's: a call makes a changed copy and puts it in
 * its place. Each change is one function on the copy; the rules are those of the manual pages.
 */
#include "abi/errno.h"
#include "proc/process.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sys/syscall.h"

enum { UNCHANGED = -1 }; /* as an id: leave it as it is */

static const struct cred *me(void)
{
    return thread_current()->cred;
}

/* getuid(2), getgid(2) and their like */
long sys_getuid(void)
{
    return me()->uid;
}

long sys_geteuid(void)
{
    return me()->euid;
}

long sys_getgid(void)
{
    return me()->gid;
}

long sys_getegid(void)
{
    return me()->egid;
}

static long three_out(u32 a, u32 b, u32 c, uaddr_t pa, uaddr_t pb, uaddr_t pc)
{
    if (copy_out(pa, &a, sizeof a) || copy_out(pb, &b, sizeof b) || copy_out(pc, &c, sizeof c))
        return -EFAULT;
    return 0;
}

/* getresuid(2) */
long sys_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
    return three_out(me()->uid, me()->euid, me()->suid, ruid, euid, suid);
}

long sys_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
    return three_out(me()->gid, me()->egid, me()->sgid, rgid, egid, sgid);
}

/* ---- changing ---- */

/* A set of real, effective and saved ids, of users or of groups: the rules are the same for
 * both. */
struct ids {
    u32 real, effective, saved;
};

/* setresuid(2): an unprivileged process may set each of the three to any of the three. */
static int change(struct ids *ids, u32 real, u32 effective, u32 saved)
{
    const struct ids old = *ids;
    const u32 want[] = {real, effective, saved};
    for (unsigned i = 0; i < 3; i++) {
        u32 id = want[i];
        if (id != (u32)UNCHANGED && id != old.real && id != old.effective && id != old.saved &&
            me()->euid != 0)
            return -EPERM;
    }
    if (real != (u32)UNCHANGED)
        ids->real = real;
    if (effective != (u32)UNCHANGED)
        ids->effective = effective;
    if (saved != (u32)UNCHANGED)
        ids->saved = saved;
    return 0;
}

/* Others read the pointer under the process's lock (proc/process.h). */
static void cred_install(struct cred *c)
{
    struct thread *t = thread_current();
    struct cred *old = t->cred;
    spin_lock(&t->process->lock);
    t->cred = c;
    spin_unlock(&t->process->lock);
    cred_put(old);
}

static long change_users(u32 real, u32 effective, u32 saved)
{
    struct ids ids = {me()->uid, me()->euid, me()->suid};
    int err = change(&ids, real, effective, saved);
    struct cred *c = err ? NULL : cred_clone(me());
    if (err || !c)
        return err ? err : -ENOMEM;
    c->uid = ids.real;
    c->euid = c->fsuid = ids.effective;
    c->suid = ids.saved;
    cred_install(c);
    return 0;
}

static long change_groups(u32 real, u32 effective, u32 saved)
{
    struct ids ids = {me()->gid, me()->egid, me()->sgid};
    int err = change(&ids, real, effective, saved);
    struct cred *c = err ? NULL : cred_clone(me());
    if (err || !c)
        return err ? err : -ENOMEM;
    c->gid = ids.real;
    c->egid = c->fsgid = ids.effective;
    c->sgid = ids.saved;
    cred_install(c);
    return 0;
}

/* setuid(2): for root all three, for others the effective one. */
long sys_setuid(unsigned int uid)
{
    bool root = me()->euid == 0;
    if (uid == (u32)UNCHANGED)
        return -EINVAL;
    return change_users(root ? uid : (u32)UNCHANGED, uid, root ? uid : (u32)UNCHANGED);
}

long sys_setgid(unsigned int gid)
{
    bool root = me()->euid == 0;
    if (gid == (u32)UNCHANGED)
        return -EINVAL;
    return change_groups(root ? gid : (u32)UNCHANGED, gid, root ? gid : (u32)UNCHANGED);
}

/* setreuid(2): the saved id follows the effective one if the real one is set, or the effective to
 * something else than the real. */
long sys_setreuid(unsigned int ruid, unsigned int euid)
{
    bool save = ruid != (u32)UNCHANGED || (euid != (u32)UNCHANGED && euid != me()->uid);
    u32 effective = euid == (u32)UNCHANGED ? me()->euid : euid;
    return change_users(ruid, euid, save ? effective : (u32)UNCHANGED);
}

long sys_setregid(unsigned int rgid, unsigned int egid)
{
    bool save = rgid != (u32)UNCHANGED || (egid != (u32)UNCHANGED && egid != me()->gid);
    u32 effective = egid == (u32)UNCHANGED ? me()->egid : egid;
    return change_groups(rgid, egid, save ? effective : (u32)UNCHANGED);
}

/* setresuid(2), setresgid(2) */
long sys_setresuid(unsigned int ruid, unsigned int euid, unsigned int suid)
{
    return change_users(ruid, euid, suid);
}

long sys_setresgid(unsigned int rgid, unsigned int egid, unsigned int sgid)
{
    return change_groups(rgid, egid, sgid);
}

/* ---- supplementary groups ---- */

/* getgroups(2): size 0 asks how many there are. */
long sys_getgroups(int size, uaddr_t list)
{
    u32 n = me()->ngroups;
    if (size < 0 || (size > 0 && (u32)size < n))
        return -EINVAL;
    if (size > 0 && copy_out(list, me()->groups, n * sizeof(u32)))
        return -EFAULT;
    return n;
}

/* setgroups(2). -EINVAL beyond what a cred has room for. */
long sys_setgroups(int size, uaddr_t list)
{
    if (me()->euid != 0)
        return -EPERM;
    if (size < 0 || size > CRED_GROUPS)
        return -EINVAL;
    struct cred *c = cred_clone(me());
    if (!c)
        return -ENOMEM;
    if (copy_in(c->groups, list, (u32)size * sizeof(u32))) {
        cred_put(c);
        return -EFAULT;
    }
    c->ngroups = (u32)size;
    cred_install(c);
    return 0;
}
