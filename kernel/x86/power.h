/* Leaving: switch the machine off, or start it again.
 */
#pragma once
#include "lib/types.h"

/* How a run ended, for whoever started QEMU: its exit status is 33, 35 or 37. */
enum power_status { POWER_SUCCESS = 0x10, POWER_PANIC = 0x11, POWER_INIT_FAILED = 0x12 };

/* Switch off with a status: through QEMU's isa-debug-exit where it is present (QEMU's own status
 * becomes 2 * status + 1), else by ACPI, which cannot pass one on. Halts if neither works. Any
 * context. */
NORETURN void power_off(u8 status);
/* Reset the machine: the ACPI reset register, else the keyboard controller, else a triple fault.
 * RAM keeps its content on most machines, QEMU included. Any context. */
NORETURN void power_reboot(void);
/* What either of them does first, once, the act registered last before the others. In any context,
 * panic included. The struct stays the caller's, and in place. */
struct last_act {
    void (*fn)(void);
    struct last_act *next;
};
void power_register_last_act(struct last_act *act);
