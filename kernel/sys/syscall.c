/* The system-call gate: a number comes in, a function of the table runs, its result goes back.
 *
 * The table is made from abi/syscalls.def. A handler is called with all six argument registers,
 * whatever it takes: in the C calling convention the caller may pass more than the callee looks
 * at, and a uaddr_t, a struct of one word, travels like that word. So there is no thunk between
 * the gate and a handler.
 */
#include "sys/syscall.h"
#include "abi/errno.h"
#include "abi/lucid.h"
#include "mm/layout.h"
#include "sched/account.h"
#include "sched/thread.h"
#include "sys/trap.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/trapframe.h"
#include "x86/upcall.h"

/* Two ranges of numbers, Linux's and Lucid's own, make one dense table. */
enum { LINUX_CALLS = 512, LUCID_CALLS = 32, NCALLS = LINUX_CALLS + LUCID_CALLS };
#define SLOT(nr) ((nr) < LUCID_SYSCALL_BASE ? (nr) : (nr)-LUCID_SYSCALL_BASE + LINUX_CALLS)

typedef long (*syscall_fn)(u64, u64, u64, u64, u64, u64);

static const struct {
    syscall_fn fn;
    const char *name; /* for gdb (tools/gdb) */
} calls[NCALLS] = {
#define SYSCALL(nr, id, ...) [SLOT(nr)] = {(syscall_fn)(void (*)(void))sys_##id, #id},
#include "abi/syscalls.def"
#undef SYSCALL
};

static ALWAYS_INLINE u64 slot_of(u64 nr)
{
    if (likely(nr < LINUX_CALLS))
        return nr;
    return nr - LUCID_SYSCALL_BASE < LUCID_CALLS ? SLOT(nr) : LINUX_CALLS - 1;
}
_Static_assert(LINUX_CALLS - 1 > 450, "the last slot of Linux's range stands for 'no such call'");

/* sysret takes the return address from %rcx and the flags from %r11, so it can express a frame
 * only if these two hold them still; and with a non-canonical %rcx it faults in ring 0 with the
 * program's stack (Intel SDM vol. 2, "SYSRET"), so the address must be one of user space.
 * Everything else (a restarted call, a new program, a signal frame) goes by iret. */
static ALWAYS_INLINE bool sysret_can_express(const struct trapframe *tf)
{
    return tf->rcx == tf->rip && tf->r11 == tf->rflags && tf->rip < USER_TOP;
}

bool syscall(struct trapframe *tf)
{
    account_enter_kernel();
    this_cpu()->syscalls++; /* one a CPU, or all would fight for a cache line */
    irqs_on();
    u64 nr = tf->rax;
    tf->error = nr; /* proc/signal.h: for a restart */
    syscall_fn fn = calls[slot_of(nr)].fn;
    tf->rax = likely(fn != NULL) ? (u64)fn(tf->rdi, tf->rsi, tf->rdx, tf->r10, tf->r8, tf->r9)
                                 : (u64)-ENOSYS;
    irqs_off();
    struct thread *t = thread_current();
    if (unlikely(t->work))
        exit_work(t, tf);
    account_leave_kernel();
    return sysret_can_express(tf);
}

u64 syscall_count(void)
{
    u64 sum = 0;
    for (unsigned cpu = 0; cpu < ncpus; cpu++)
        sum += READ_ONCE(percpu[cpu].syscalls);
    return sum;
}
