/* Two processes take turns. */
#include <sys/mman.h>

#include "bench.h"

/* Who ran last, how often that changed, and the end of the game; in shared memory. */
struct turns {
    volatile long last, changes, over;
};

static void take_turn(struct turns *t, long me)
{
    if (t->last != me) {
        t->last = me;
        t->changes++;
    }
    sys0(NR_sched_yield);
}

static void yield_child(void *arg)
{
    struct turns *t = arg;
    while (!t->over)
        take_turn(t, 2);
}

/* The time of n switches: yields that a kernel answered by going on with the same process count as
 * time, not as switches. */
static long yield_switch(long n)
{
    struct turns *t = (struct turns *)memory(PAGE, MAP_SHARED);
    long pid = child_start(yield_child, t);
    while (t->changes < 10)
        take_turn(t, 1);
    long from = t->changes, start = ticks();
    while (t->changes < from + n)
        take_turn(t, 1);
    long spent = ticks() - start, switches = t->changes - from;
    t->over = 1;
    child_join(pid);
    memory_free((char *)t, PAGE);
    return spent * n / switches; /* NOLINT(clang-analyzer-core.DivideZero): n or more */
}

struct pipes {
    int there[2], back[2];
};

static void echo_child(void *arg)
{
    struct pipes *p = arg;
    char byte;
    sys1(NR_close, p->there[1]);
    while (sys3(NR_read, p->there[0], (long)&byte, 1) == 1)
        sys3(NR_write, p->back[1], (long)&byte, 1);
}

/* n hand-overs: a byte goes there and back n/2 times. */
static long pipe_hand_over(long n)
{
    struct pipes p;
    char byte = 0;
    must(sys1(NR_pipe, (long)p.there), "pipe");
    must(sys1(NR_pipe, (long)p.back), "pipe");
    long pid = child_start(echo_child, &p);
    long start = ticks();
    for (long i = 0; i < n / 2; i++) {
        sys3(NR_write, p.there[1], (long)&byte, 1);
        sys3(NR_read, p.back[0], (long)&byte, 1);
    }
    long spent = ticks() - start;
    for (int i = 0; i < 2; i++) {
        sys1(NR_close, p.there[1 - i]);
        sys1(NR_close, p.back[i]);
    }
    child_join(pid);
    return spent;
}

const struct bench switch_benches[] = {
    {"yield_switch", yield_switch, 500},
    {"pipe_hand_over", pipe_hand_over, 500},
    {0},
};
