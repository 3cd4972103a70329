/* The end: stop every CPU, say why, print registers, backtrace and held locks, leave QEMU.
 */
#pragma once
#include "lib/types.h"

struct trapframe;

NORETURN void panic(const char *fmt, ...) PRINTF(1, 2);
/* The same, with the registers of the trap that led here. */
NORETURN void panic_trap(const struct trapframe *tf, const char *fmt, ...) PRINTF(2, 3);
/* True from the first panic on: other code may cut its work short. */
bool panic_active(void);
/* Read the command line's panic=; once, at boot. */
void panic_init(void);

/* Print every register of a trap to the log. */
void dump_trapframe(const struct trapframe *tf);

/* A function that a panic and a hang report call: held locks, run queues, last events. It takes no
 * lock. */
struct dump_hook {
    const char *name;
    void (*fn)(void);
    struct dump_hook *next;
};
void dump_register(struct dump_hook *h);
/* Call every dump function. */
void dump_all(void);
