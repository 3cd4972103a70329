/* Building and unbuilding signal frames (sigframe.h), as Linux lays them out on x86-64.
 *
 * From the interrupted stack pointer down, the 128 bytes first that leaf functions may use without
 * moving it (System V ABI, "The Stack Frame", red zone):
 *
 *       FPU image      64-byte aligned: XSAVE's area, with a note in FXSAVE's unused bytes of how
 *                      long it is, and a magic number behind it
 *       siginfo        what happened          <- %rsi of the handler
 *       ucontext       registers and mask     <- %rdx
 *       restorer       where it returns to    <- %rsp; as after a call 8 below a multiple of 16
 *
 * Nothing that comes back is trusted. The segments are ours to say, of the flags only those that a
 * program can set by itself are taken, the instruction pointer goes through iretq, which faults on
 * a bad one as the program (x86/entry.S, iret_fault), and XRSTOR checks its own image.
 */
#include "proc/sigframe.h"
#include "abi/errno.h"
#include "sched/thread.h"
#include "sched/userregs.h"
#include "vm/uaccess.h"
#include "x86/fpu.h"
#include "x86/gdt.h"
#include "x86/trapframe.h"

enum { RED_ZONE = 128, FPU_ALIGN = 64, STACK_ALIGN = 16 };
enum { UC_FP_XSTATE = 1, UC_SIGCONTEXT_SS = 2, UC_STRICT_RESTORE_SS = 4 };
enum { FPU_MAGIC1 = 0x46505853, FPU_MAGIC2 = 0x46505845, FPU_NOTE_AT = 464 };
#define RFLAGS_FREE (0xdd5 | RFLAGS_RF | RFLAGS_AC) /* CF PF AF ZF SF TF DF OF, and these */
_Static_assert((RFLAGS_FREE & (RFLAGS_IF | RFLAGS_IOPL | RFLAGS_NT)) == 0, "not for programs");

struct frame {
    u64 restorer;
    struct ucontext uc;
    siginfo_t info;
};
_Static_assert(sizeof(struct frame) == 440, "struct rt_sigframe is part of the ABI");

struct fpu_note {
    u32 magic1, whole_bytes;
    u64 features;
    u32 area_bytes, unused[7];
};
_Static_assert(FPU_NOTE_AT + sizeof(struct fpu_note) == FPU_LEGACY_BYTES, "unused by FXSAVE");

u64 sigframe_size_max(void)
{
    return sizeof(struct frame) + STACK_ALIGN + fpu_area_size() + sizeof(u32) + FPU_ALIGN +
           RED_ZONE;
}

/* ---- the alternate stack ---- */

static bool on_sigstack(const struct sigstack *s, u64 sp)
{
    return s->size && sp > s->base && sp - s->base <= s->size;
}

static u32 sigstack_flags(const struct sigstack *s, u64 sp)
{
    return !s->size ? SS_DISABLE : on_sigstack(s, sp) ? SS_ONSTACK : 0;
}

int sigstack_set(const stack_t *set, stack_t *old, u64 sp)
{
    struct sigstack *s = &thread_current()->sigstack;
    if (old)
        *old = (stack_t){(void *)s->base, (int)sigstack_flags(s, sp), s->size};
    if (!set)
        return 0;
    if (on_sigstack(s, sp))
        return -EPERM;
    if (set->ss_flags == SS_DISABLE) {
        *s = (struct sigstack){0};
        return 0;
    }
    if (set->ss_flags != 0 && set->ss_flags != SS_ONSTACK)
        return -EINVAL;
    if (set->ss_size < MINSIGSTKSZ)
        return -ENOMEM;
    *s = (struct sigstack){(u64)set->ss_sp, set->ss_size};
    return 0;
}

/* ---- out ---- */

static void save_registers(struct sigcontext *sc, const struct trapframe *tf)
{
    const struct thread *t = thread_current();
    *sc = (struct sigcontext){
        .r8 = tf->r8,
        .r9 = tf->r9,
        .r10 = tf->r10,
        .r11 = tf->r11,
        .r12 = tf->r12,
        .r13 = tf->r13,
        .r14 = tf->r14,
        .r15 = tf->r15,
        .rdi = tf->rdi,
        .rsi = tf->rsi,
        .rbp = tf->rbp,
        .rbx = tf->rbx,
        .rdx = tf->rdx,
        .rax = tf->rax,
        .rcx = tf->rcx,
        .rsp = tf->rsp,
        .rip = tf->rip,
        .eflags = tf->rflags,
        .cs = (u16)tf->cs,
        .ss = (u16)tf->ss,
        .err = t->fault.error,
        .trapno = t->fault.vector,
        .cr2 = t->fault.cr2,
    };
}

/* The FPU image at `area`, and what says how long it is. */
static int save_fpu(u64 area)
{
    if (!fpu_features())
        return fpu_out(uaddr(area));
    const u32 magic2 = FPU_MAGIC2;
    const struct fpu_note note = {.magic1 = FPU_MAGIC1,
                                  .whole_bytes = (u32)(fpu_area_size() + sizeof magic2),
                                  .features = fpu_features(),
                                  .area_bytes = (u32)fpu_area_size()};
    if (fpu_out(uaddr(area)) || copy_out(uaddr(area + FPU_NOTE_AT), &note, sizeof note))
        return -EFAULT;
    return copy_out(uaddr(area + fpu_area_size()), &magic2, sizeof magic2);
}

/* Where the frame's stack ends: the interrupted one, or the top of the alternate one. */
static u64 choose_stack(const struct trapframe *tf, const struct ksigaction *act)
{
    const struct sigstack *s = &thread_current()->sigstack;
    if (act->flags & SA_ONSTACK && s->size && !on_sigstack(s, tf->rsp))
        return s->base + s->size;
    return tf->rsp - RED_ZONE;
}

int sigframe_push(struct trapframe *tf, const struct caught *c, u64 mask)
{
    const struct thread *t = thread_current();
    const struct sigstack *s = &t->sigstack;
    u64 sp = choose_stack(tf, &c->act);
    u64 area = ALIGN_DOWN(sp - fpu_area_size() - sizeof(u32), FPU_ALIGN);
    u64 at = ALIGN_DOWN(area - sizeof(struct frame), STACK_ALIGN) - sizeof(u64);
    if (on_sigstack(s, sp) && !on_sigstack(s, at))
        return -EFAULT; /* it does not fit */
    if (!(c->act.flags & SA_RESTORER))
        return -EFAULT; /* there is no code of ours in the program to return through */

    struct frame f = {.restorer = c->act.restorer, .info = c->info};
    f.uc.uc_flags =
        (fpu_features() ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
    f.uc.uc_stack = (stack_t){(void *)s->base, (int)sigstack_flags(s, tf->rsp), s->size};
    f.uc.uc_sigmask.bits = mask;
    save_registers(&f.uc.uc_mcontext, tf);
    f.uc.uc_mcontext.oldmask = mask;
    f.uc.uc_mcontext.fpstate = area;
    if (save_fpu(area) || copy_out(uaddr(at), &f, sizeof f))
        return -EFAULT;

    tf->rdi = (u64)c->info.si_signo;
    tf->rsi = at + offsetof(struct frame, info);
    tf->rdx = at + offsetof(struct frame, uc);
    tf->rax = 0;
    tf->rip = c->act.handler;
    tf->rsp = at;
    tf->rflags &= ~(u64)(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
    tf->cs = SEL_UCODE;
    tf->ss = SEL_UDATA;
    return 0;
}

/* ---- and back ---- */

/* Is the image at `area` one of ours, whole? A program may have put there what an older one
 * would: FXSAVE's 512 bytes. */
static bool is_whole(u64 area)
{
    struct fpu_note note;
    u32 magic2;
    return fpu_features() && !copy_in(&note, uaddr(area + FPU_NOTE_AT), sizeof note) &&
           note.magic1 == FPU_MAGIC1 && note.area_bytes == fpu_area_size() &&
           !copy_in(&magic2, uaddr(area + fpu_area_size()), sizeof magic2) && magic2 == FPU_MAGIC2;
}

static int restore_fpu(u64 area)
{
    if (area)
        return fpu_in(uaddr(area), is_whole(area));
    userregs_reset_fpu();
    return 0;
}

static void restore_registers(struct trapframe *tf, const struct sigcontext *sc)
{
    tf->r8 = sc->r8;
    tf->r9 = sc->r9;
    tf->r10 = sc->r10;
    tf->r11 = sc->r11;
    tf->r12 = sc->r12;
    tf->r13 = sc->r13;
    tf->r14 = sc->r14;
    tf->r15 = sc->r15;
    tf->rdi = sc->rdi;
    tf->rsi = sc->rsi;
    tf->rbp = sc->rbp;
    tf->rbx = sc->rbx;
    tf->rdx = sc->rdx;
    tf->rax = sc->rax;
    tf->rcx = sc->rcx;
    tf->rsp = sc->rsp;
    tf->rip = sc->rip;
    tf->rflags = (tf->rflags & ~(u64)RFLAGS_FREE) | (sc->eflags & RFLAGS_FREE);
    tf->cs = SEL_UCODE;
    tf->ss = SEL_UDATA;
}

int sigframe_pop(struct trapframe *tf, u64 *mask)
{
    struct ucontext uc; /* its address is on the stack where `restorer` was popped */
    if (copy_in(&uc, uaddr(tf->rsp), sizeof uc) || restore_fpu(uc.uc_mcontext.fpstate))
        return -EFAULT;
    restore_registers(tf, &uc.uc_mcontext);
    (void)sigstack_set(&uc.uc_stack, NULL, tf->rsp); /* as Linux: a bad one changes nothing */
    *mask = uc.uc_sigmask.bits;
    return 0;
}
