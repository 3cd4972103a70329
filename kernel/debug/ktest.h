/* Tests that run inside the kernel: write KTEST(name) { ... } in tests/kernel/, nothing else.
 *
 * They run before process 1 when the command line says `ktest` (or `ktest=PATTERN`), on a thread,
 * and report KTAP on COM2, each line prefixed with the nonce of the command line. A failed check
 * ends the test, not the kernel.
 */
#pragma once
#include "lib/types.h"

struct ktest_run;
struct ktest {
    const char *name;
    void (*fn)(struct ktest_run *);
};
struct ktest_run {
    bool failed, skipped;
    char why[160];
};

#define KTEST(id)                                                                                  \
    static void ktest_##id(struct ktest_run *kt);                                                  \
    static const struct ktest ktest_entry_##id                                                     \
        __attribute__((used, section(".ktests"), aligned(8))) = {#id, ktest_##id};                 \
    static void ktest_##id(struct ktest_run *kt)

void ktest_fail(struct ktest_run *kt, const char *fmt, ...) PRINTF(2, 3);

/* Check a fact; on failure note it and leave the test. Use inside KTEST bodies (or helpers that
 * take kt). */
#define KT_ASSERT(cond)                                                                            \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            ktest_fail(kt, "%s:%d: %s", __FILE__, __LINE__, #cond);                                \
            return;                                                                                \
        }                                                                                          \
    } while (0)
#define KT_EQ(a, b)                                                                                \
    do {                                                                                           \
        u64 a_ = (u64)(a), b_ = (u64)(b);                                                          \
        if (a_ != b_) {                                                                            \
            ktest_fail(kt, "%s:%d: %s is %#lx, %s is %#lx", __FILE__, __LINE__, #a, a_, #b, b_);   \
            return;                                                                                \
        }                                                                                          \
    } while (0)
#define KT_SKIP(reason)                                                                            \
    do {                                                                                           \
        kt->skipped = true;                                                                        \
        ktest_fail(kt, "%s", reason);                                                              \
        return;                                                                                    \
    } while (0)

/* Run all tests whose name contains `pattern` (NULL or "": all). Returns how many failed; 0 tests
 * run counts as 1. */
int ktest_run_all(const char *pattern);

/* The table, gathered by linker.ld. */
extern const struct ktest __ktests_start[], __ktests_end[];
