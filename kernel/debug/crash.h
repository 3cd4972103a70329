/* Mistakes to order: `crash=NAME` on the command line makes the kernel do, at the end of boot, what
 * it must never do.
 *
 * The tests use it to see that each mistake is caught where it happens and reported as what it is;
 * a student can watch one in gdb.
 */
#pragma once
#include "lib/types.h"

struct crash {
    const char *name;
    void (*fn)(void);
};

/* CRASH(name) { ... } in any file is one more of them. Those that hang rather than crash are in
 * tests/kernel/hang.c. */
#define CRASH(id)                                                                                  \
    static void crash_##id(void);                                                                  \
    static const struct crash crash_entry_##id                                                     \
        __attribute__((used, section(".crashes"), aligned(8))) = {#id, crash_##id};                \
    static void crash_##id(void)

/* The table, gathered by linker.ld. */
extern const struct crash __crashes_start[], __crashes_end[];

/* If the command line says crash=NAME: do it (and do not return, unless the kernel survives, which
 * is reported); an unknown name lists the known ones. On a kernel thread, with interrupts on.
 */
void crash_if_asked(void);
