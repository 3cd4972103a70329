/* Catches: a system call, an interrupt or a fault that changes a register, and flags that leak into
 * the kernel: it must work with the direction, alignment-check, nested-task and trap flags set by
 * the program, and with a stack pointer that leads nowhere. */
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "ut.h"

#define FLAG_TF (1ul << 8)
#define FLAG_DF (1ul << 10)
#define FLAG_NT (1ul << 14)
#define FLAG_AC (1ul << 18)

/* All registers but rsp, before and after, in this order. */
struct regs {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
};

/* Loads the registers from *in, makes the system call in rax, and stores them in *out; returns the
 * flags after it. In assembly, since it needs every register there is. */
uint64_t call_with(const struct regs *in, struct regs *out, uint64_t flags);
__asm__(".text\n"
        "call_with:\n"
        "    pushq %rbx\n pushq %rbp\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
        "    pushq %rsi\n"
        "    pushq %rdx\n"
        "    movq 0(%rdi), %rax\n movq 8(%rdi), %rbx\n movq 16(%rdi), %rcx\n"
        "    movq 24(%rdi), %rdx\n movq 32(%rdi), %rsi\n movq 48(%rdi), %rbp\n"
        "    movq 56(%rdi), %r8\n movq 64(%rdi), %r9\n movq 72(%rdi), %r10\n"
        "    movq 80(%rdi), %r11\n movq 88(%rdi), %r12\n movq 96(%rdi), %r13\n"
        "    movq 104(%rdi), %r14\n movq 112(%rdi), %r15\n movq 40(%rdi), %rdi\n"
        "    popfq\n"
        "    syscall\n"
        "call_with_return:\n"
        "    pushfq\n"
        "    pushq %rdi\n"
        "    movq 16(%rsp), %rdi\n"
        "    movq %rax, 0(%rdi)\n movq %rbx, 8(%rdi)\n movq %rcx, 16(%rdi)\n"
        "    movq %rdx, 24(%rdi)\n movq %rsi, 32(%rdi)\n movq %rbp, 48(%rdi)\n"
        "    movq %r8, 56(%rdi)\n movq %r9, 64(%rdi)\n movq %r10, 72(%rdi)\n"
        "    movq %r11, 80(%rdi)\n movq %r12, 88(%rdi)\n movq %r13, 96(%rdi)\n"
        "    movq %r14, 104(%rdi)\n movq %r15, 112(%rdi)\n"
        "    popq %rax\n movq %rax, 40(%rdi)\n"
        "    popq %rax\n"
        "    pushq $2\n popfq\n" /* for the C code: all flags clear */
        "    popq %rsi\n"
        "    popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbp\n popq %rbx\n"
        "    ret\n");

static void preserved(void)
{
    struct regs in, out;
    uint64_t *words = (uint64_t *)&in;

    for (size_t i = 0; i < sizeof(in) / 8; i++)
        words[i] = 0x1111111111111111 * (i + 1) ^ 0xdead;
    for (int round = 0; round < 1000; round++) {
        in.rax = round % 2 ? 39 : 24; /* getpid, sched_yield */
        uint64_t flags = call_with(&in, &out, 0x246);
        CHECK_EQ(out.rax, round % 2 ? getpid() : 0);
        CHECK_EQ(flags & FLAG_DF, 0);
        out.rax = in.rax;
        CHECK_EQ(out.r11 & ~0x10000ul, 0x246); /* the flags, as the CPU saved them */
        CHECK((out.rcx >> 32) == 0);           /* the return address */
        out.r11 = in.r11;
        out.rcx = in.rcx;
        CHECK(memcmp(&in, &out, sizeof(in)) == 0);
        if (ut_failures)
            return;
    }
}

/* Whoever follows frame pointers from inside the kernel comes to the program's at the end. */
static void with_frame_pointer(uint64_t rbp)
{
    /* umask, getpgrp, dup, sysinfo, kill(0, 0), fcntl(0, F_GETFD), munmap of nothing */
    static const struct regs calls[] = {
        {.rax = 95, .rdi = 022},
        {.rax = 111},
        {.rax = 32, .rdi = 99},
        {.rax = 99, .rdi = 1},
        {.rax = 62},
        {.rax = 72, .rsi = 1},
        {.rax = 24},
        {.rax = 11, .rdi = 0x10000000, .rsi = 4096},
    };
    struct regs out;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        struct regs in = calls[i];
        in.rbp = rbp;
        call_with(&in, &out, 0x202);
        CHECK_EQ(out.rbp, rbp);
    }
}

/* The kernel copies memory whatever the flags were, and gives them back. */
static int with_flags(void *arg)
{
    uint64_t set = (uint64_t)(uintptr_t)arg;
    char from[4096], to[4096];
    int fds[2];
    struct regs in = {0}, out;

    for (int i = 0; i < 4096; i++)
        from[i] = (char)(i * 13);
    memset(to, 0, sizeof(to));
    CHECK_OK(pipe(fds));
    in.rax = 1;
    in.rdi = (uint64_t)fds[1];
    in.rsi = (uintptr_t)from;
    in.rdx = 4096;
    uint64_t flags = call_with(&in, &out, 0x202 | set);
    CHECK_EQ(out.rax, 4096);
    CHECK_EQ(flags & set, set);
    in.rax = 0;
    in.rdi = (uint64_t)fds[0];
    in.rsi = (uintptr_t)to;
    call_with(&in, &out, 0x202 | set);
    CHECK_EQ(out.rax, 4096);
    CHECK(memcmp(from, to, 4096) == 0);
    /* A fault while the flag is set: the page comes, the flag stays. */
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t after;
    __asm__ volatile("pushq %2\n popfq\n movb $1, (%1)\n pushfq\n popq %0\n pushq $2\n popfq"
                     : "=r"(after)
                     : "r"(p), "r"(0x202 | set)
                     : "memory", "cc");
    CHECK_EQ(after & set, set);
    return 0;
}

/* The trap flag: the trap after the system call is the program's, and ends it; the kernel does not
 * step itself. */
static int with_trap_flag(void *arg)
{
    struct regs in = {.rax = 39}, out;

    (void)arg;
    call_with(&in, &out, 0x202 | FLAG_TF);
    return 0;
}

/* rsp is anything: the kernel must not use it. */
static int with_stack(void *arg)
{
    long result;

    __asm__ volatile("movq %%rsp, %%rbx\n"
                     "movq %1, %%rsp\n"
                     "movl $39, %%eax\n"
                     "syscall\n"
                     "movl $300000, %%ecx\n" /* long enough for an interrupt or two */
                     "1: decl %%ecx\n jnz 1b\n"
                     "movq %%rbx, %%rsp\n"
                     : "=a"(result)
                     : "r"(arg)
                     : "rbx", "rcx", "r11", "memory", "cc");
    CHECK_EQ(result, getpid());
    return 0;
}

/* A fault with a useless stack is a clean end. */
static int fault_with_stack(void *arg)
{
    __asm__ volatile("movq %0, %%rsp\n pushq %%rax\n ud2" : : "r"(arg) : "memory");
    return 0;
}

static int call_near_the_top(void *arg)
{
    unsigned char *p = mmap(ut_pointer(0x7fffffffe000), 4096, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

    (void)arg;
    if (p == MAP_FAILED)
        return 77;  /* something is there already: the stack */
    p[4094] = 0x0f; /* syscall, as the last instruction below the end of user space */
    p[4095] = 0x05;
    mprotect(p, 4096, PROT_READ | PROT_EXEC);
    ((long (*)(void))(uintptr_t)(p + 4094))();
    return 0;
}

static void odd_returns(void)
{
    int status = ut_child(call_near_the_top, NULL);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 77)
        CHECK_SIGNAL(status, SIGSEGV);
    CHECK_ERR(mmap(ut_pointer(0x7ffffffff000), 4096, PROT_READ,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
              ENOMEM); /* a syscall at its end would return to what is not canonical */
}

/* With FSGSBASE a program may point GS at the kernel: no trap may be fooled by that. */
static int kernel_gs(void *arg)
{
    __asm__ volatile("wrgsbase %0" : : "r"(0xffffffff80000000ul));
    for (int i = 0; i < 50; i++)
        getppid();
    for (volatile int i = 0; i < 3000000; i++) /* interrupts */
        ;
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0] = 1; /* a fault */
    munmap(p, 4096);
    unsigned long base;
    __asm__ volatile("rdgsbase %0" : "=r"(base));
    CHECK_EQ(base, 0xffffffff80000000ul);
    if (arg)
        __asm__ volatile("pushfq\n orq $0x100, (%%rsp)\n popfq\n nop" ::: "memory", "cc");
    return 0;
}

/* A return from a signal that never came: what lies on the stack is no frame. */
static int stray_sigreturn(void *arg)
{
    uint64_t rubbish[128];

    memset(rubbish, (int)(uintptr_t)arg, sizeof(rubbish));
    __asm__ volatile("movq %0, %%rsp\n movl $15, %%eax\n syscall" : : "r"(rubbish) : "memory");
    return 0;
}

int main(void)
{
    static const uintptr_t flags[] = {FLAG_DF, FLAG_AC, FLAG_NT, FLAG_DF | FLAG_AC | FLAG_NT};
    static const uintptr_t stacks[] = {0,
                                       1,
                                       0x7ffff001,
                                       0x800000000000,
                                       0xffff800000000000,
                                       0xffffffff80100000,
                                       0xffffffffffffffff};

    preserved();
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
        with_frame_pointer(stacks[i]);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        CHECK_EXIT(ut_child(with_flags, ut_pointer(flags[i])), 0);
    CHECK_SIGNAL(ut_child(with_trap_flag, NULL), SIGTRAP);
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
        CHECK_EXIT(ut_child(with_stack, ut_pointer(stacks[i])), 0);
        int status = ut_child(fault_with_stack, ut_pointer(stacks[i]));
        CHECK(WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS));
    }
    odd_returns();
    CHECK_SIGNAL(ut_child(stray_sigreturn, ut_pointer(0)), SIGSEGV);
    CHECK_SIGNAL(ut_child(stray_sigreturn, ut_pointer(0xff)), SIGSEGV);
    CHECK_SIGNAL(ut_child(stray_sigreturn, ut_pointer(0x80)), SIGSEGV);
    if (getauxval(AT_HWCAP2) & 2) {
        CHECK_EXIT(ut_child(kernel_gs, NULL), 0);
        CHECK_SIGNAL(ut_child(kernel_gs, ut_pointer(1)), SIGTRAP);
    }
    return ut_result();
}
