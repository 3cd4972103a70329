/* shim.h: what a host test needs besides the kernel code that it tests: KTAP output, a random
 * generator with a seed, and a panic() that ends the test instead of a machine. Include it once a
 * test, after the kernel's headers.
 *
 *     TEST(rbtree_insert) { CHECK(rb_empty(&root)); ... }
 *     int main(void) { return run_tests(); }
 *
 * SEED=n in the environment repeats a run; every run prints its seed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "lib/types.h"

/* ---- tests ---- */

struct host_test {
    const char *name;
    void (*fn)(void);
};

static struct host_test host_tests[64];
static int host_ntests;
static jmp_buf host_abort;   /* leave the test that runs */
static jmp_buf *host_expect; /* where a panic that is wanted goes */

#define TEST(id)                                                                                   \
    static void test_##id(void);                                                                   \
    __attribute__((constructor)) static void add_##id(void)                                        \
    {                                                                                              \
        host_tests[host_ntests++] = (struct host_test){#id, test_##id};                            \
    }                                                                                              \
    static void test_##id(void)

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                                    \
            longjmp(host_abort, 1);                                                                \
        }                                                                                          \
    } while (0)

#define CHECK_EQ(a, b)                                                                             \
    do {                                                                                           \
        unsigned long long _a = (unsigned long long)(a), _b = (unsigned long long)(b);             \
        if (_a != _b) {                                                                            \
            printf("# %s:%d: %s is %#llx, %s is %#llx\n", __FILE__, __LINE__, #a, _a, #b, _b);     \
            longjmp(host_abort, 1);                                                                \
        }                                                                                          \
    } while (0)

/* The statement must panic. */
#define CHECK_PANICS(statement)                                                                    \
    do {                                                                                           \
        jmp_buf _here;                                                                             \
        host_expect = &_here;                                                                      \
        if (setjmp(_here) == 0) {                                                                  \
            statement;                                                                             \
            host_expect = NULL;                                                                    \
            printf("# %s:%d: no panic in: %s\n", __FILE__, __LINE__, #statement);                  \
            longjmp(host_abort, 1);                                                                \
        }                                                                                          \
        host_expect = NULL;                                                                        \
    } while (0)

/* ---- random numbers: xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators") ---- */

static u64 host_seed, host_random;

static inline u64 rnd(void)
{
    host_random ^= host_random >> 12;
    host_random ^= host_random << 25;
    host_random ^= host_random >> 27;
    return host_random * 0x2545f4914f6cdd1dul;
}

/* 0 <= result < n */
static inline u64 rnd_below(u64 n)
{
    return rnd() % n;
}

static inline int run_tests(void)
{
    const char *seed = getenv("SEED");
    volatile int failed = 0;

    host_seed = seed ? strtoul(seed, NULL, 0) : 1;
    printf("KTAP version 1\n# seed %lu\n1..%d\n", host_seed, host_ntests);
    for (volatile int i = 0; i < host_ntests; i++) {
        host_random = host_seed * 0x9e3779b97f4a7c15ul + 1;
        bool ok = setjmp(host_abort) == 0;
        if (ok)
            host_tests[i].fn();
        failed += !ok;
        printf("%sok %d %s\n", ok ? "" : "not ", i + 1, host_tests[i].name);
        fflush(stdout);
    }
    return failed != 0;
}

/* ---- the kernel's way out ---- */

void panic(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

void panic(const char *fmt, ...)
{
    if (host_expect)
        longjmp(*host_expect, 1);
    va_list ap;
    va_start(ap, fmt);
    printf("# panic: ");
    vprintf(fmt, ap);
    printf("\n");
    va_end(ap);
    longjmp(host_abort, 1);
}
