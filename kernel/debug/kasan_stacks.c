/* Call chains for the sanitizers: who allocated, who freed (sanitizer.h).
 *
 * Few places allocate, many times: so a chain is kept once, in a hash table that only grows, and an
 * object remembers two handles of four bytes. A return address in kernel text fits into four bytes
 * as well, since the image lies in the last 2 GiB. */
#include <stdatomic.h>
#include "debug/backtrace.h"
#include "debug/kasan_priv.h"
#include "debug/ksym.h"
#include "lib/hash.h"
#include "x86/cpu.h"
#include "x86/percpu.h"
#include "x86/sections.h"

enum {
    DEPTH = 15,    /* with the count, 64 bytes a chain */
    INNERMOST = 1, /* what belongs to the allocator's hook, not to its caller */
    CHAINS = 4096,
    PROBES = 32, /* places that are tried before a chain is given up */
};

struct chain {
    u32 n; /* 0: nothing here yet */
    u32 at[DEPTH];
};

static struct chain chains[CHAINS]; /* (busy) */
static atomic_flag busy = ATOMIC_FLAG_INIT;

static bool same(const struct chain *a, const struct chain *b)
{
    return a->n == b->n && plain_memcmp(a->at, b->at, a->n * sizeof a->at[0]) == 0;
}

static u32 hash(const struct chain *c)
{
    u64 h = c->n;
    for (u32 i = 0; i < c->n; i++)
        h = hash_mix(h, c->at[i]);
    return (u32)h % CHAINS;
}

/* The place of c, where it is or where it goes; CHAINS when there is none. */
static u32 place(const struct chain *c)
{
    u32 first = hash(c);
    for (u32 i = 0; i < PROBES; i++) {
        u32 at = (first + i) % CHAINS;
        if (chains[at].n == 0 || same(&chains[at], c))
            return at;
    }
    return CHAINS;
}

u32 san_stack_save(void)
{
    u64 full[DEPTH + INNERMOST];
    struct chain c;
    unsigned n =
        backtrace_collect(ctx_current(), (u64)__builtin_frame_address(0), full, DEPTH + INNERMOST);
    c.n = n > INNERMOST ? n - INNERMOST : 0;
    if (c.n == 0)
        return 0;
    for (u32 i = 0; i < c.n; i++)
        c.at[i] = (u32)full[INNERMOST + i];

    bool irqs = irqs_save();
    while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire))
        cpu_pause();
    u32 at = place(&c);
    if (at < CHAINS && chains[at].n == 0)
        chains[at] = c;
    atomic_flag_clear_explicit(&busy, memory_order_release);
    irqs_restore(irqs);
    return at < CHAINS ? at + 1 : 0;
}

void san_stack_print(u32 handle)
{
    char name[80];
    if (handle == 0 || handle > CHAINS)
        return;
    const struct chain *c = &chains[handle - 1];
    for (u32 i = 0; i < c->n; i++) {
        u64 ret = 0xffffffff00000000ul | c->at[i];
        san_line("    %016lx %s", ret, ksym_format(ret - 1, name, sizeof name));
    }
}
