/* Backtraces by frame pointer (backtrace.h).
 *
 * Every function keeps %rbp (-fno-omit-frame-pointer), so a frame is two words: the caller's %rbp,
 * and the address to return to. When that address lies in the entry code, the words above are a
 * struct trapframe: print the trap and go on with what it interrupted, on whatever stack that was.
 */
#include "debug/backtrace.h"
#include "debug/dump.h"
#include "debug/ksym.h"
#include "lib/klog.h"
#include "x86/entry.h"
#include "x86/irq.h"
#include "x86/percpu.h"
#include "x86/sections.h"
#include "x86/trapframe.h"

enum { MAX_FRAMES = 48 };

struct frame {
    u64 rbp, ret;
};

struct walk {
    const struct ctx *owner;
    u64 rip, rbp;
};

static bool within(u64 a, u64 lo, u64 hi, size_t len)
{
    return a >= lo && a < hi && hi - a >= len;
}

static bool within_ist(u64 a, size_t len)
{
    for (unsigned cpu = 0; cpu < ncpus; cpu++) {
        u64 ist = (u64)percpu[cpu].ist_stacks;
        if (within(a, ist, ist + IST_BYTES, len))
            return true;
    }
    return false;
}

/* May `len` bytes at address a be read as part of this chain? The owner may be dying on another
 * CPU, and its stack with it. */
static bool readable(const struct ctx *owner, u64 a, size_t len)
{
    return a % 8 == 0 &&
           (within(a, owner->stack_lo, owner->stack_hi, len) ||
            within(a, (u64)boot_stack, (u64)boot_stack_top, len) || within_ist(a, len)) &&
           dump_readable((const void *)a, len);
}

static bool is_entry(u64 ret)
{
    return ret == (u64)trap_call_return || ret == (u64)trap_ist_return ||
           ret == (u64)syscall_call_return;
}

/* The caller's frame into w; false at the end of the chain. *tf is set if the caller is the entry
 * code. */
static bool step(struct walk *w, const struct trapframe **tf)
{
    *tf = NULL;
    if (!readable(w->owner, w->rbp, sizeof(struct frame)))
        return false;
    const struct frame *f = (const void *)w->rbp;
    const struct trapframe *t = (const void *)(f + 1);
    if (is_entry(f->ret) && readable(w->owner, (u64)t, sizeof *t)) {
        *tf = t;
        w->rip = t->rip;
        w->rbp = t->rbp;
        return true;
    }
    w->rip = f->ret;
    w->rbp = f->rbp;
    return w->rip != 0;
}

void backtrace_print(const struct ctx *owner, u64 rip, u64 rbp)
{
    struct walk w = {owner, rip, rbp};
    const struct trapframe *tf = NULL;
    char name[80];
    for (int i = 0; i < MAX_FRAMES; i++) {
        /* A return address points behind its call, which may be the next function's first byte. */
        u64 inside = i == 0 || tf ? w.rip : w.rip - 1;
        klog_at(KLOG_CRIT, "  %016lx %s", w.rip, ksym_format(inside, name, sizeof name));
        if (!step(&w, &tf))
            return;
        if (!tf)
            continue;
        klog_at(KLOG_CRIT, "  --- %s, error %#lx ---", trap_name(tf->vector), tf->error);
        if (tf_from_user(tf)) {
            klog_at(KLOG_CRIT, "  %016lx (user)", tf->rip);
            return;
        }
    }
}

void backtrace_here(void)
{
    backtrace_print(ctx_current(), (u64)__builtin_return_address(0),
                    *(u64 *)__builtin_frame_address(0));
}

unsigned backtrace_collect(const struct ctx *owner, u64 rbp, u64 *out, unsigned max)
{
    struct walk w = {owner, 0, rbp};
    const struct trapframe *tf;
    unsigned n = 0;
    while (n < max && step(&w, &tf)) {
        out[n++] = w.rip;
        if (tf && tf_from_user(tf))
            break;
    }
    return n;
}
