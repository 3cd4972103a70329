/* Leaving: switch the machine off, or start it again.
 */
#pragma once
#include "lib/types.h"

/* Switch off with a status: through QEMU's isa-debug-exit where it is present (QEMU's own status
 * becomes 2 * status + 1), else by ACPI, which cannot pass one on. Halts if neither works. Any
 * context. */
NORETURN void power_off(u8 status);
/* Reset the machine: the ACPI reset register, else the keyboard controller, else a triple fault.
 * RAM keeps its content on most machines, QEMU included. Any context. */
NORETURN void power_reboot(void);
