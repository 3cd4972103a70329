/* Catches: a forged signal frame that gives a program a privilege, a register or a panic that it
 * must not have; frames that do not fit; flags that leak into or out of a handler; handlers that
 * nest in the wrong order. What an honest handler sees is tests/linux/signals.c's business. */
#include <stdint.h>
#include <sys/mman.h>

#include "ut.h"

enum { SELECTORS_KERNEL = 8, FLAG_IF = 1 << 9, FLAG_IOPL = 3 << 12, FLAG_NT = 1 << 14 };
enum { FLAG_DF = 1 << 10, MXCSR_AT = 24, XSAVE_HEADER_AT = 512, NOT_CANONICAL_BIT = 63 };
#define KERNEL_TEXT 0xffffffff80100000ul

static void (*forge)(ucontext_t *uc);
static volatile int caught;

static void forger(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)info;
    caught++;
    forge(context);
}

/* Return from a handler that has changed its frame. */
static void return_through(void (*how)(ucontext_t *))
{
    struct sigaction act = {.sa_sigaction = forger, .sa_flags = SA_SIGINFO};

    forge = how;
    CHECK_OK(sigaction(SIGUSR1, &act, NULL));
    CHECK_OK(raise(SIGUSR1));
}

static uint64_t flags(void)
{
    uint64_t f;
    asm volatile("pushfq; popq %0" : "=r"(f));
    return f;
}

/* ---- what is not taken from a frame ---- */

static void kernel_selectors(ucontext_t *uc)
{
    uc->uc_mcontext.cs = SELECTORS_KERNEL;
    uc->uc_mcontext.ss = SELECTORS_KERNEL * 2;
}

static void all_flags(ucontext_t *uc)
{
    uc->uc_mcontext.eflags = (uc->uc_mcontext.eflags | FLAG_IOPL | FLAG_NT) & ~(uint64_t)FLAG_IF;
}

static int harmless(void *arg)
{
    uint16_t cs;

    (void)arg;
    return_through(kernel_selectors);
    asm volatile("mov %%cs, %0" : "=r"(cs));
    CHECK_EQ(cs & 3, 3);
    return_through(all_flags);
    CHECK_EQ(flags() & (FLAG_IF | FLAG_IOPL | FLAG_NT), FLAG_IF);
    CHECK_EQ(caught, 2);
    return ut_failures;
}

/* ---- what ends the program ---- */

static void rip_in_kernel(ucontext_t *uc)
{
    uc->uc_mcontext.rip = KERNEL_TEXT;
}

static void rip_not_canonical(ucontext_t *uc)
{
    uc->uc_mcontext.rip |= 1ul << NOT_CANONICAL_BIT;
}

static void rip_null(ucontext_t *uc)
{
    uc->uc_mcontext.rip = 0;
}

static void rsp_in_kernel(ucontext_t *uc)
{
    uc->uc_mcontext.rsp = KERNEL_TEXT;
}

static void fpstate_in_kernel(ucontext_t *uc)
{
    uc->uc_mcontext.fpstate = KERNEL_TEXT & ~63ul;
}

static void fpstate_misaligned(ucontext_t *uc)
{
    uc->uc_mcontext.fpstate += 4;
}

static void fpstate_unmapped(ucontext_t *uc)
{
    uc->uc_mcontext.fpstate = 4096;
}

static void mxcsr_reserved(ucontext_t *uc)
{
    *(uint32_t *)(uc->uc_mcontext.fpstate + MXCSR_AT) = 0xffffffff;
}

static void header_reserved(ucontext_t *uc)
{
    memset((char *)uc->uc_mcontext.fpstate + XSAVE_HEADER_AT, 0xff, 64);
}

static int deadly(void *how)
{
    return_through((void (*)(ucontext_t *))how);
    return 1;
}

static int return_without_frame(void *sp)
{
    asm volatile("mov %0, %%rsp; mov $15, %%eax; syscall; ud2" : : "r"(sp) : "memory");
    return 1;
}

static void count(int sig)
{
    (void)sig;
    caught++;
}

/* Without a restorer there is nothing that the handler could return through. */
static int no_restorer(void *arg)
{
    struct ksigaction act = {.handler = (uint64_t)count};

    (void)arg;
    CHECK_OK(syscall(13, SIGUSR1, &act, NULL, sizeof(sigset_t)));
    raise(SIGUSR1);
    return 1;
}

static int stack_gone(void *arg)
{
    (void)arg;
    signal(SIGUSR1, count);
    asm volatile("xor %%esp, %%esp; mov $200, %%eax; syscall; ud2" /* tkill */
                 :
                 : "D"(gettid()), "S"(SIGUSR1)
                 : "memory");
    return 1;
}

static void deaths(void)
{
    CHECK_SIGNAL(ut_child(deadly, (void *)rip_in_kernel), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)rip_not_canonical), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)rip_null), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)fpstate_in_kernel), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)fpstate_misaligned), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)fpstate_unmapped), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)header_reserved), SIGSEGV);
    CHECK_SIGNAL(ut_child(deadly, (void *)rsp_in_kernel), SIGSEGV);
    CHECK_SIGNAL(ut_child(return_without_frame, NULL), SIGSEGV);
    CHECK_SIGNAL(ut_child(return_without_frame, (void *)KERNEL_TEXT), SIGSEGV);
    CHECK_SIGNAL(ut_child(no_restorer, NULL), SIGSEGV);
    CHECK_SIGNAL(ut_child(stack_gone, NULL), SIGSEGV);
}

/* ---- what is restored ---- */

static void no_fpstate(ucontext_t *uc)
{
    uc->uc_mcontext.fpstate = 0;
}

/* A frame without FPU state gives the registers of a fresh program. */
static int fresh_fpu(void *arg)
{
    uint64_t x = 42;

    (void)arg;
    struct sigaction act = {.sa_sigaction = forger, .sa_flags = SA_SIGINFO};
    forge = no_fpstate;
    CHECK_OK(sigaction(SIGUSR1, &act, NULL));
    asm volatile("movq %0, %%xmm3; syscall; movq %%xmm3, %0" /* tkill(gettid, SIGUSR1) */
                 : "+r"(x)
                 : "a"(200), "D"(gettid()), "S"(SIGUSR1)
                 : "rcx", "r11", "xmm3", "memory");
    CHECK_EQ(x, 0);
    return ut_failures;
}

static volatile uint64_t flags_in_handler;

static void note_flags(int sig)
{
    (void)sig;
    flags_in_handler = flags();
}

/* The direction flag is clear in a handler, and as it was after it. */
static int direction(void *arg)
{
    uint64_t after;

    (void)arg;
    signal(SIGUSR1, note_flags);
    asm volatile("std; mov $200, %%eax; syscall; pushfq; popq %0; cld"
                 : "=r"(after)
                 : "D"(gettid()), "S"(SIGUSR1)
                 : "rax", "rcx", "r11", "memory");
    CHECK_EQ(flags_in_handler & FLAG_DF, 0);
    CHECK_EQ(after & FLAG_DF, FLAG_DF);
    return ut_failures;
}

static int order[4], norder;

static void note_order(int sig)
{
    if (norder < 4)
        order[norder++] = sig;
}

/* Both become deliverable at once: the frame of the lower one is made first, so the handler of the
 * higher one runs first, and returns into it. SA_NODEFER lets a signal interrupt its own. */
static void raise_again(int sig)
{
    if (++caught < 3)
        raise(sig);
}

static int nesting(void *arg)
{
    sigset_t both, none;

    (void)arg;
    sigemptyset(&none);
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    signal(SIGUSR1, note_order);
    signal(SIGUSR2, note_order);
    sigprocmask(SIG_BLOCK, &both, NULL);
    raise(SIGUSR2);
    raise(SIGUSR1);
    sigprocmask(SIG_SETMASK, &none, NULL);
    CHECK_EQ(norder, 2);
    CHECK_EQ(order[0], SIGUSR2);
    CHECK_EQ(order[1], SIGUSR1);

    struct sigaction act = {.sa_handler = raise_again, .sa_flags = SA_NODEFER};
    CHECK_OK(sigaction(SIGUSR1, &act, NULL));
    raise(SIGUSR1);
    CHECK_EQ(caught, 3);
    return ut_failures;
}

/* A frame that does not fit on the alternate stack is not written beside it. */
static int small_stack(void *arg)
{
    static char room[3 * MINSIGSTKSZ];
    stack_t stack = {.ss_sp = room + MINSIGSTKSZ, .ss_size = MINSIGSTKSZ};
    struct sigaction act = {.sa_handler = count, .sa_flags = SA_ONSTACK};

    (void)arg;
    CHECK_OK(sigaltstack(&stack, NULL));
    CHECK_OK(sigaction(SIGUSR1, &act, NULL));
    raise(SIGUSR1);
    for (int i = 0; i < MINSIGSTKSZ; i++)
        CHECK(room[i] == 0 && room[2 * MINSIGSTKSZ + i] == 0);
    return ut_failures;
}

int main(void)
{
    CHECK_EXIT(ut_child(harmless, NULL), 0);
    deaths();
    /* A processor refuses this image (Intel SDM vol. 1, "XRSTOR"); QEMU's emulation takes it. */
    int status = ut_child(deadly, (void *)mxcsr_reserved);
    CHECK(WEXITSTATUS(status) == 1 || WTERMSIG(status) == SIGSEGV);
    CHECK_EXIT(ut_child(fresh_fpu, NULL), 0);
    CHECK_EXIT(ut_child(direction, NULL), 0);
    CHECK_EXIT(ut_child(nesting, NULL), 0);
    CHECK_EXIT(ut_child(small_stack, NULL), 0);
    return ut_result();
}
