/* System calls that make, change and end processes.
 */
#include "abi/errno.h"
#include "abi/prctl.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/time.h"
#include "abi/wait.h"
#include "fs/path.h"
#include "proc/exec.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/pgrp.h"
#include "proc/process.h"
#include "proc/usage.h"
#include "sched/thread.h"
#include "sched/userregs.h"
#include "sys/syscall.h"
#include "x86/clock.h"

/* ---- birth ---- */

/* fork(2), vfork(2), clone(2) */
long sys_fork(void)
{
    const struct clone_args args = {.exit_signal = SIGCHLD};
    return process_fork(&args, thread_current()->user_tf);
}

long sys_vfork(void)
{
    const struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    return process_fork(&args, thread_current()->user_tf);
}

long sys_clone(unsigned long flags, uaddr_t stack, uaddr_t parent_tid, uaddr_t child_tid,
               unsigned long tls)
{
    const struct clone_args args = {
        .flags = flags & ~(unsigned long)CSIGNAL,
        .exit_signal = (int)(flags & CSIGNAL),
        .stack = stack.addr,
        .parent_tid = parent_tid,
        .child_tid = child_tid,
        .tls = tls,
    };
    return process_fork(&args, thread_current()->user_tf);
}

/* execve(2) */
long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp)
{
    struct pathname name;
    long err = pathname_in(&name, path);
    if (err)
        return err;
    err = process_exec(name.s, argv, envp, thread_current()->user_tf);
    pathname_free(&name);
    return err;
}

/* ---- death ---- */

/* _exit(2) ends the calling thread only, exit_group(2) the process. */
long sys_exit(int status)
{
    process_exit_thread(W_EXITCODE(status, 0));
}

long sys_exit_group(int status)
{
    process_exit(W_EXITCODE(status, 0));
}

/* wait4(2) */
long sys_wait4(int pid, uaddr_t status, int options, uaddr_t rusage)
{
    int st;
    struct rusage usage;
    long child = process_wait(pid, options, &st, &usage);
    if (child <= 0)
        return child;
    if (!uaddr_is_null(status) && copy_out(status, &st, sizeof st))
        return -EFAULT;
    if (!uaddr_is_null(rusage) && copy_out(rusage, &usage, sizeof usage))
        return -EFAULT;
    return child;
}

/* waitid(2) */
long sys_waitid(int idtype, int id, uaddr_t infop, int options, uaddr_t rusage)
{
    siginfo_t info;
    struct rusage usage;
    long err = process_waitid(idtype, id, options, &info, &usage);
    if (err)
        return err;
    if (!uaddr_is_null(infop) && copy_out(infop, &info, sizeof info))
        return -EFAULT;
    if (!uaddr_is_null(rusage) && copy_out(rusage, &usage, sizeof usage))
        return -EFAULT;
    return 0;
}

/* ---- numbers ---- */

/* getpid(2), gettid(2), getppid(2) */
long sys_getpid(void)
{
    return process_current()->pid;
}

long sys_gettid(void)
{
    return (long)thread_current()->ctx.id;
}

long sys_getppid(void)
{
    return process_ppid(process_current());
}

/* setpgid(2), getpgid(2), getpgrp(2), setsid(2), getsid(2) */
long sys_setpgid(int pid, int pgid)
{
    if ((pgid ? pgid : pid) < 0)
        return -EINVAL;
    return pid < 0 ? -ESRCH : pgrp_set(pid, pgid);
}

long sys_getpgid(int pid)
{
    return pgrp_get_id(pid);
}

long sys_getpgrp(void)
{
    return pgrp_get_id(0);
}

long sys_setsid(void)
{
    return session_create();
}

long sys_getsid(int pid)
{
    return session_get_id(pid);
}

/* set_tid_address(2): where the thread's end is to be noted. Returns the thread's id. */
long sys_set_tid_address(uaddr_t tidptr)
{
    struct thread *t = thread_current();
    t->clear_child_tid = tidptr.addr;
    return (long)t->ctx.id;
}

/* set_robust_list(2). The list says which locks a dying thread held, to those who share its
 * memory; without threads there is nobody to tell, so it is checked and accepted. */
long sys_set_robust_list(uaddr_t head, unsigned long len)
{
    const unsigned long robust_list_head_size = 24;
    (void)head;
    return len == robust_list_head_size ? 0 : -EINVAL;
}

/* ---- use and limits ---- */

/* getrusage(2) */
long sys_getrusage(int who, uaddr_t usage)
{
    struct usage u = {0};
    struct rusage out;
    switch (who) {
    case RUSAGE_SELF:
        usage_of_process(process_current(), &u);
        break;
    case RUSAGE_CHILDREN:
        usage_of_children(process_current(), &u);
        break;
    case RUSAGE_THREAD:
        usage_add_thread(&u, thread_current());
        break;
    default:
        return -EINVAL;
    }
    usage_to_rusage(&u, &out);
    return copy_out(usage, &out, sizeof out);
}

/* times(2): ticks of 1/USER_HZ since boot; the struct is optional. */
long sys_times(uaddr_t buf)
{
    const u64 tick_ns = NS_PER_SEC / USER_HZ;
    if (!uaddr_is_null(buf)) {
        struct usage self, children;
        usage_of_process(process_current(), &self);
        usage_of_children(process_current(), &children);
        const struct tms out = {
            .tms_utime = (clock_t)(self.user_ns / tick_ns),
            .tms_stime = (clock_t)(self.system_ns / tick_ns),
            .tms_cutime = (clock_t)(children.user_ns / tick_ns),
            .tms_cstime = (clock_t)(children.system_ns / tick_ns),
        };
        if (copy_out(buf, &out, sizeof out))
            return -EFAULT;
    }
    return (long)(now_ns() / tick_ns);
}

/* prlimit(2), getrlimit(2), setrlimit(2) */
static long limit_call(struct process *p, unsigned resource, uaddr_t set, uaddr_t old)
{
    struct rlimit new_limit, old_limit;
    bool setting = !uaddr_is_null(set);
    int err = setting ? copy_in(&new_limit, set, sizeof new_limit) : 0;
    if (!err)
        err = limit_set(p, resource, setting ? &new_limit : NULL, &old_limit);
    if (!err && !uaddr_is_null(old))
        err = copy_out(old, &old_limit, sizeof old_limit);
    return err;
}

long sys_prlimit64(int pid, unsigned int resource, uaddr_t new_limit, uaddr_t old_limit)
{
    struct process *me = process_current();
    if (pid == 0 || pid == me->pid)
        return limit_call(me, resource, new_limit, old_limit);
    struct process *p = process_find(pid);
    if (!p)
        return -ESRCH;
    long err = process_may_control(p) ? limit_call(p, resource, new_limit, old_limit) : -EPERM;
    process_put(p);
    return err;
}

long sys_getrlimit(unsigned int resource, uaddr_t limit)
{
    struct rlimit old;
    int err = limit_set(process_current(), resource, NULL, &old);
    return err ? err : copy_out(limit, &old, sizeof old);
}

long sys_setrlimit(unsigned int resource, uaddr_t limit)
{
    struct rlimit new_limit;
    int err = copy_in(&new_limit, limit, sizeof new_limit);
    return err ? err : limit_set(process_current(), resource, &new_limit, NULL);
}

/* ---- odds and ends of a process ---- */

static long set_name(uaddr_t from)
{
    char name[TASK_COMM_LEN];
    ssize_t len = str_in(name, from, sizeof name);
    if (len == -ENAMETOOLONG) { /* is cut */
        if (copy_in(name, from, sizeof name))
            return -EFAULT;
        name[sizeof name - 1] = '\0';
    } else if (len < 0) {
        return len;
    }
    thread_set_name(thread_current(), name);
    return 0;
}

/* prctl(2) */
long sys_prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
               unsigned long arg5)
{
    (void)arg3, (void)arg4, (void)arg5;
    switch (option) {
    case PR_SET_NAME:
        return set_name(uaddr(arg2));
    case PR_GET_NAME:
        return copy_out(uaddr(arg2), thread_current()->ctx.name, TASK_COMM_LEN);
    case PR_GET_DUMPABLE:
        return 0; /* no core is ever dumped */
    default:
        return -EINVAL;
    }
}

/* arch_prctl(2): the segment bases, which live in the CPU while the thread runs. */
long sys_arch_prctl(int code, unsigned long addr)
{
    u64 value;
    switch (code) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
        if (addr >= USER_TOP)
            return -EPERM;
        if (code == ARCH_SET_FS)
            userregs_set_fs(addr);
        else
            userregs_set_gs(addr);
        return 0;
    case ARCH_GET_FS:
    case ARCH_GET_GS:
        value = code == ARCH_GET_FS ? userregs_get_fs() : userregs_get_gs();
        return copy_out(uaddr(addr), &value, sizeof value);
    default:
        return -EINVAL;
    }
}
