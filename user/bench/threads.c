/* Threads of one process, and the futex between them. */
#include <sched.h>
#include <sys/mman.h>

#include "bench.h"

#define THREAD_STACK (4 * PAGE)
#define THREAD_FLAGS                                                                               \
    (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |            \
     CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_PRIVATE = 128 };

struct thread {
    void (*fn)(void *arg);
    void *arg;
    volatile int
        tid; /* the kernel clears it, and wakes whoever waits for that, when the thread has ended */
};

static long futex(volatile int *word, int op, int value)
{
    return sys6(NR_futex, (long)word, op, value, 0, 0, 0);
}

/* The new thread starts behind the system call with a stack that holds nothing but its struct
 * thread. */
static long thread_start(struct thread *t, char *stack)
{
    long *top = (long *)(stack + THREAD_STACK) - 2;
    register long r10 asm("r10") = (long)&t->tid, r8 asm("r8") = 0;
    long result;
    *top = (long)t;
    asm volatile("syscall\n\t"
                 "test %%eax, %%eax\n\t"
                 "jnz 1f\n\t"
                 "mov (%%rsp), %%rax\n\t"
                 "mov 8(%%rax), %%rdi\n\t"
                 "call *(%%rax)\n\t"
                 "mov %[exit], %%eax\n\t"
                 "xor %%edi, %%edi\n\t"
                 "syscall\n"
                 "1:"
                 : "=a"(result)
                 : "a"(NR_clone), "D"(THREAD_FLAGS), "S"(top), "d"(&t->tid), "r"(r10),
                   "r"(r8), [exit] "i"(NR_exit)
                 : "rcx", "r11", "memory");
    return result;
}

static void thread_join(struct thread *t)
{
    for (int tid; (tid = t->tid) != 0;)
        futex(&t->tid, FUTEX_WAIT, tid);
}

static void nothing(void *arg)
{
    (void)arg;
}

static long has_futex(void)
{
    int word = 0;
    return futex(&word, FUTEX_WAKE | FUTEX_PRIVATE, 1);
}

static long create_join(long n)
{
    struct thread t = {nothing, NULL, 0};
    long err = has_futex();
    if (err < 0)
        return err;
    char *stack = memory(THREAD_STACK, MAP_PRIVATE);
    long start = ticks();
    for (long i = 0; i < n && err >= 0; i++) {
        err = thread_start(&t, stack);
        if (err >= 0)
            thread_join(&t);
    }
    long spent = ticks() - start;
    memory_free(stack, THREAD_STACK);
    return err < 0 ? err : spent;
}

/* Whose turn it is (0, 1), or 2: the end. */
static void set_turn(volatile int *turn, int value)
{
    *turn = value;
    futex(turn, FUTEX_WAKE | FUTEX_PRIVATE, 1);
}

static void futex_thread(void *arg)
{
    volatile int *turn = arg;
    while (*turn != 2) {
        if (*turn == 1)
            set_turn(turn, 0);
        else
            futex(turn, FUTEX_WAIT | FUTEX_PRIVATE, 0);
    }
}

/* n hand-overs between two threads: each wakes the other, then sleeps. */
static long futex_hand_over(long n)
{
    volatile int turn = 0;
    struct thread t = {futex_thread, (void *)&turn, 0};
    long err = has_futex();
    if (err < 0)
        return err;
    char *stack = memory(THREAD_STACK, MAP_PRIVATE);
    err = thread_start(&t, stack);
    if (err < 0)
        return err;
    long start = ticks();
    for (long i = 0; i < n / 2; i++) {
        set_turn(&turn, 1);
        while (turn == 1)
            futex(&turn, FUTEX_WAIT | FUTEX_PRIVATE, 1);
    }
    long spent = ticks() - start;
    set_turn(&turn, 2);
    thread_join(&t);
    memory_free(stack, THREAD_STACK);
    return spent;
}

const struct bench thread_benches[] = {
    {"thread_create_join", create_join, 50},
    {"futex_hand_over", futex_hand_over, 500},
    {0},
};
