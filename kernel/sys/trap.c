/* What happens when something interrupts: exceptions, device interrupts, the timer.
 *
 * entry.S calls trap() with interrupts off and a complete struct trapframe. The order is always the
 * same: account the time, handle by the table, and on the way out do what was asked for meanwhile.
 * A handler never switches threads itself; it sets WORK_RESCHED, and the exit below is the only
 * place that preempts. That is what makes "the kernel is preemptible wherever no spinlock is held"
 * true: interrupts are off under a spinlock, so no trap can exit there.
 */
#include "sys/trap.h"
#include "abi/errno.h"
#include "abi/signal.h"
#include "debug/assert.h"
#include "debug/dump.h"
#include "debug/kasan.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "mm/kmap.h"
#include "mm/layout.h"
#include "proc/signal.h"
#include "sched/account.h"
#include "sched/core.h"
#include "sched/timer.h"
#include "vm/fault.h"
#include "x86/apic.h"
#include "x86/extable.h"
#include "x86/irq.h"
#include "x86/percpu.h"
#include "x86/upcall.h"

/* ---- exceptions ---- */

/* An exception that the kernel itself caused: at an instruction that is known to fault it has
 * somewhere to go on. */
static void kernel_exception(struct trapframe *tf, u64 cr2)
{
    u64 fixup = extable_fixup(tf->rip);
    if (fixup) {
        tf->rip = fixup;
        return;
    }
    kasan_explain_fault(tf, cr2);
    if (tf->vector == TRAP_PF)
        panic_trap(tf, "kernel page fault: %s at %#lx",
                   tf->error & PF_FETCH   ? "execute"
                   : tf->error & PF_WRITE ? "write"
                                          : "read",
                   cr2);
    panic_trap(tf, "%s in the kernel", trap_name(tf->vector));
}

static const char *access_name(u64 error)
{
    return error & PF_FETCH ? "execute at" : error & PF_WRITE ? "write to" : "read of";
}

static void user_segfault(struct trapframe *tf, u64 va, int err)
{
    char why[64], what[128];
    if (err == -ENOMEM)
        return; /* this process was chosen to die: exit_work finds WORK_KILL */
    vm_describe_fault(thread_current()->vmspace, va, tf->error, why, sizeof why);
    snprintf(what, sizeof what, "%s: %s 0x%lx (%s)", err == -EIO ? "bus error" : "segfault",
             access_name(tf->error), va, why);
    const siginfo_t info = {.si_signo = err == -EIO ? SIGBUS : SIGSEGV,
                            .si_code = err == -EIO      ? BUS_ADRERR
                                       : err == -EACCES ? SEGV_ACCERR
                                                        : SEGV_MAPERR,
                            .si_addr = (void *)va};
    signal_fault(tf, &info, va, what);
}

/* CR2 is read before interrupts go on: a second fault would overwrite it. The kernel itself may
 * fault on user memory only at the instructions of usercopy.S, which the extable lists: anywhere
 * else a user address is a stray pointer, and SMAP catches it even where the program has a page.
 * With nofault set (the caller holds a spinlock) vm_fault refuses at once. */
static void page_fault(struct trapframe *tf)
{
    u64 va = read_cr2();
    bool user = tf_from_user(tf);
    if (tf->rflags & RFLAGS_IF)
        irqs_on();
    int err = -EFAULT;
    if (user || (va < USER_TOP && extable_fixup(tf->rip)))
        err = vm_fault(thread_current()->vmspace, va, tf->error);
    if (err && user)
        user_segfault(tf, va, err);
    else if (err)
        kernel_exception(tf, va);
    irqs_off();
}

/* What a program gets for each exception it can raise (signal(7); Intel SDM vol. 3, "Exception and
 * Interrupt Reference"). */
static const struct {
    u8 signal;
    u8 code; /* si_code; si_addr is the instruction, unless the code is SI_KERNEL */
    const char *what;
} user_exceptions[32] = {
    [TRAP_DE] = {SIGFPE, FPE_INTDIV, "divide error"},
    [TRAP_DB] = {SIGTRAP, TRAP_TRACE, "debug trap"},
    [TRAP_BP] = {SIGTRAP, SI_KERNEL, "breakpoint"},
    [TRAP_OF] = {SIGSEGV, SI_KERNEL, "overflow trap"},
    [TRAP_BR] = {SIGSEGV, SI_KERNEL, "bound range exceeded"},
    [TRAP_UD] = {SIGILL, ILL_ILLOPN, "illegal instruction"},
    [TRAP_NM] = {SIGFPE, SI_KERNEL, "no FPU"},
    [TRAP_TS] = {SIGSEGV, SI_KERNEL, "invalid TSS"},
    [TRAP_NP] = {SIGBUS, SI_KERNEL, "segment not present"},
    [TRAP_SS] = {SIGBUS, SI_KERNEL, "stack segment fault (non-canonical stack address?)"},
    [TRAP_GP] = {SIGSEGV, SI_KERNEL,
                 "general protection (privileged instruction or non-canonical address?)"},
    [TRAP_MF] = {SIGFPE, FPE_FLTINV, "x87 floating-point error"},
    [TRAP_AC] = {SIGBUS, BUS_ADRALN, "misaligned access with alignment checking on"},
    [TRAP_XM] = {SIGFPE, FPE_FLTINV, "SIMD floating-point error"},
    [TRAP_CP] = {SIGSEGV, SI_KERNEL, "control-flow violation"},
};

static void exception(struct trapframe *tf, void *arg)
{
    (void)arg;
    if (!tf_from_user(tf)) {
        kernel_exception(tf, 0);
        return;
    }
    irqs_on();
    int sig = user_exceptions[tf->vector].signal, code = user_exceptions[tf->vector].code;
    const siginfo_t info = {.si_signo = sig ? sig : SIGSEGV,
                            .si_code = sig ? code : SI_KERNEL,
                            .si_addr = sig && code != SI_KERNEL ? (void *)tf->rip : NULL};
    signal_fault(tf, &info, 0, sig ? user_exceptions[tf->vector].what : trap_name(tf->vector));
    irqs_off();
}

/* ---- interrupts ---- */

/* A kernel message that was logged where the console could not be waited for is shown on the way
 * out of the tick. */
static void timer_trap(void *arg)
{
    (void)arg;
    timer_interrupt();
    if (klog_pending())
        thread_current()->work |= WORK_TIMER;
}

static void irq(struct trapframe *tf, struct trap_slot *slot, bool from_user)
{
    struct percpu *cpu = this_cpu();
    account_enter_irq(from_user);
    cpu->in_irq = true;
    slot->fn(tf, slot->arg);
    cpu->in_irq = false;
    apic_eoi();
    account_leave_irq();
}

/* ---- the way in and out ---- */

void trap(struct trapframe *tf)
{
    struct thread *t = thread_current();
    struct trap_slot *slot = trap_slot(tf->vector);
    bool from_user = tf_from_user(tf);

    if (from_user)
        account_enter_kernel();
    trap_count(tf->vector);
    if (tf->vector == TRAP_PF)
        page_fault(tf);
    else if (slot->is_irq)
        irq(tf, slot, from_user);
    else if (slot->fn)
        slot->fn(tf, slot->arg);
    else
        klog_warn("unexpected interrupt, vector %lu", tf->vector);

    if (from_user) {
        if (t->work)
            exit_work(t, tf);
        account_leave_kernel();
    } else if ((tf->rflags & RFLAGS_IF) && sched_should_preempt(t)) {
        sched_preempt(); /* preempts the kernel itself */
    }
}

/* A signal that came before a new thread's first instruction must not wait for its next trap: a
 * thread that computes alone on its CPU may never take one. */
void user_enter(struct trapframe *tf)
{
    struct thread *t = thread_current();
    irqs_off();
    if (t->work)
        exit_work(t, tf);
    account_leave_kernel();
}

/* Each round may sleep, so look again with interrupts off: what arrives after the last look raises
 * an interrupt, and that brings us here again. */
void exit_work(struct thread *t, struct trapframe *tf)
{
    while (t->work) {
        irqs_on();
        if (t->work & WORK_TIMER) {
            t->work &= ~WORK_TIMER;
            klog_drain();
        }
        if (t->work & WORK_RESCHED)
            sched_preempt();
        if (t->work & (WORK_SIGNAL | WORK_KILL))
            signal_work(tf);
        irqs_off();
    }
}

/* ---- on a stack of their own: no lock, no fault, no sleep ---- */

static void double_fault(struct trapframe *tf)
{
    const struct ctx *c = ctx_current();
    if (kstack_is_guard(read_cr2())) /* the page fault that could not be delivered */
        panic_trap(tf, "kernel stack overflow in thread %lu (%s)", c->id, c->name);
    panic_trap(tf, "double fault");
}

void trap_ist(struct trapframe *tf)
{
    trap_count(tf->vector);
    switch (tf->vector) {
    case TRAP_DF:
        double_fault(tf);
        break;
    case TRAP_NMI:
        dump_nmi(tf);
        break;
    case TRAP_DB:
        /* The program set a trap that went off inside the entry path (a data breakpoint on `mov
         * ss`, then syscall): it is the program's, and nothing of ours is wrong. */
        break;
    default:
        panic_trap(tf, "%s", trap_name(tf->vector));
    }
}

static void must_register(int err)
{
    ASSERT(err == 0);
}

void trap_init(void)
{
    for (unsigned v = 0; v < VEC_IRQ_BASE; v++)
        if (v != TRAP_PF && v != TRAP_NMI && v != TRAP_DF && v != TRAP_MC)
            must_register(trap_register(v, exception, NULL, NULL));
    must_register(irq_register(VEC_TIMER, timer_trap, NULL, "timer"));
}
