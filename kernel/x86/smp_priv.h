/* What smp.c and boot/ap.S tell each other. Only one CPU starts at a time, so there is one of it.
 */
#pragma once
#include "lib/types.h"

/* Where the trampoline ends up is linked in (SMP_TRAMPOLINE_PA); offsets in struct ap_boot are
 * spelt in ap.S. */
extern const char ap_trampoline[], ap_trampoline_end[];

struct ap_boot {
    u64 cr0, cr3, cr4; /* the boot CPU's: the final page tables and the features in use */
    u64 stack_top;
    u64 percpu; /* for GS_BASE: this_cpu() works from the first line of C */
    u64 cpu;
};
_Static_assert(offsetof(struct ap_boot, stack_top) == 24, "boot/ap.S");
_Static_assert(offsetof(struct ap_boot, cpu) == 40, "boot/ap.S");
extern struct ap_boot ap_boot;
