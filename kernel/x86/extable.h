/* extable.h: where the kernel may fault, and where it goes on if the fault cannot be answered.
 *
 * A user copy may touch an address that a program made up. Each instruction that does so has an
 * entry, collected by the linker into `.extable`, that names the place to continue at. The trap
 * handler asks only after vm_fault has given up; a faulting instruction without an entry is a bug
 * of the kernel and panics. */
#pragma once

#include "lib/types.h"

/* Both relative to the field itself, so that an entry takes 8 bytes. */
struct extable_entry {
    s32 insn;
    s32 fixup;
};
extern const struct extable_entry __extable_start[], __extable_end[]; /* linker.ld */

/* The address at which to continue after an unanswerable fault at rip; 0: there is none. Any
 * context. */
u64 extable_fixup(u64 rip);
