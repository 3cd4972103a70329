/* The end: stop every CPU, say why, print registers, backtrace and held locks, leave QEMU.
 */
#pragma once
#include "lib/types.h"

struct trapframe;

enum exit_code { EXIT_SUCCESS_CODE = 0x10, EXIT_PANIC_CODE = 0x11, EXIT_INIT_FAILED_CODE = 0x12 };

NORETURN void panic(const char *fmt, ...) PRINTF(1, 2);
/* The same, with the registers of the trap that led here. */
NORETURN void panic_trap(const struct trapframe *tf, const char *fmt, ...) PRINTF(2, 3);
/* True from the first panic on: other code may cut its work short. */
bool panic_active(void);
/* Add a dump function that a panic and the hang report call (held locks, last trace events, run queues).
 * It must take no lock. `arg`-less on purpose: static state only. */
struct dump_hook {
    const char *name;
    void (*fn)(void);
    struct dump_hook *next;
};
void dump_register(struct dump_hook *h);
/* Call every dump function, each at most once if it faults itself. */
void dump_all(void);
