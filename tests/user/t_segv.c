/* Catches: a wrong access that goes unpunished, or ends the process by another signal than its own;
 * writable memory that can be executed; a stack that does not grow, or grows without end. */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "ut.h"

#define PAGE 4096

static char data_ret[16] = {(char)0xc3};

static int read_it(void *p)
{
    return *(volatile char *)p & 0;
}

static int write_it(void *p)
{
    *(volatile char *)p = 1;
    return 0;
}

static int call_it(void *p)
{
    ((void (*)(void))(uintptr_t)p)();
    return 0;
}

static void addresses(void)
{
    static const uintptr_t bad[] = {
        0,
        8,
        0xfff,
        0x1000,
        0x7ffffffff000,     /* the first that no program may map */
        0x7fffffffffff,     /* the last canonical user address */
        0x800000000000,     /* not canonical */
        0xffff7fffffffffff, /* not canonical */
        0xffff800000000000, /* the kernel's first */
        0xffffffff80000000,
        0xffffffffffffffff,
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_SIGNAL(ut_child(read_it, ut_pointer(bad[i])), SIGSEGV);
        CHECK_SIGNAL(ut_child(write_it, ut_pointer(bad[i])), SIGSEGV);
        CHECK_SIGNAL(ut_child(call_it, ut_pointer(bad[i])), SIGSEGV);
    }
}

static void no_execution(void)
{
    char stack_ret[16] = {(char)0xc3};
    char *heap = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    heap[0] = (char)0xc3;
    CHECK_SIGNAL(ut_child(call_it, data_ret), SIGSEGV);
    CHECK_SIGNAL(ut_child(call_it, stack_ret), SIGSEGV);
    CHECK_SIGNAL(ut_child(call_it, heap), SIGSEGV);
    CHECK_OK(mprotect(heap, PAGE, PROT_READ | PROT_EXEC)); /* how a compiler in memory works */
    CHECK_EXIT(ut_child(call_it, heap), 0);
    CHECK_SIGNAL(ut_child(write_it, heap), SIGSEGV);
    CHECK_SIGNAL(ut_child(write_it, (void *)(uintptr_t)call_it), SIGSEGV);
    munmap(heap, PAGE);
}

/* n frames of a page; the frame is still needed after the call, so that none is reused. */
static int fill_stack(int n)
{
    volatile char frame[PAGE];

    frame[n % PAGE] = (char)n;
    int rest = n <= 1 ? 0 : fill_stack(n - 1);
    __asm__ volatile("" : : "r"(frame) : "memory");
    return rest;
}

static int grow(void *pages)
{
    return fill_stack((int)(intptr_t)pages);
}

static int grow_limited(void *pages)
{
    struct rlimit limit = {256 << 10, 256 << 10};

    setrlimit(RLIMIT_STACK, &limit);
    return grow(pages);
}

/* A jump far below the stack pointer is a growing stack, too (Linux since 4.20), within the limit.
 */
static int far_below(void *arg)
{
    volatile char *here = ut_pointer((unsigned long)&arg);

    here[-1000000] = 1;
    return here[-900000];
}

static void stack(void)
{
    CHECK_EXIT(ut_child(grow, (void *)1500), 0); /* of 8 MiB */
    CHECK_SIGNAL(ut_child(grow, (void *)1000000), SIGSEGV);
    CHECK_EXIT(ut_child(grow_limited, (void *)30), 0);
    CHECK_SIGNAL(ut_child(grow_limited, (void *)100), SIGSEGV);
    CHECK_EXIT(ut_child(far_below, NULL), 0);
}

static int divide(void *zero)
{
    return 10 / *(volatile int *)zero; /* NOLINT(clang-analyzer-core.DivideZero): the test */
}

static int undefined(void *arg)
{
    (void)arg;
    __asm__ volatile("ud2");
    return 0;
}

static int breakpoint(void *arg)
{
    (void)arg;
    __asm__ volatile("int3");
    return 0;
}

static int privileged(void *arg)
{
    (void)arg;
    __asm__ volatile("cli");
    return 0;
}

/* A fatal fault cannot be ignored away. */
static int ignored(void *p)
{
    signal(SIGSEGV, SIG_IGN);
    return read_it(p);
}

static void other_exceptions(void)
{
    static int zero;

    CHECK_SIGNAL(ut_child(divide, &zero), SIGFPE);
    CHECK_SIGNAL(ut_child(undefined, NULL), SIGILL);
    CHECK_SIGNAL(ut_child(breakpoint, NULL), SIGTRAP);
    CHECK_SIGNAL(ut_child(privileged, NULL), SIGSEGV);
    CHECK_SIGNAL(ut_child(ignored, ut_pointer(0)), SIGSEGV);
}

int main(void)
{
    addresses();
    no_execution();
    stack();
    other_exceptions();
    return ut_result();
}
