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
/* The same, if it is another CPU that panics: then this one is to stop. */
bool panic_elsewhere(void);
/* Read the command line's panic=; once, at boot. */
void panic_init(void);

/* Print every register of a trap to the log. */
void dump_trapframe(const struct trapframe *tf);
