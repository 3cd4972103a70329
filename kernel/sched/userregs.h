/* The user registers that a trap does not save, because the kernel does not use them: FPU and
 * vector state, and the bases of the fs and gs segments (a program's thread-local storage). They
 * change hands at a context switch.
 */
#pragma once
#include "lib/types.h"

struct thread;

/* Save prev's and load next's, for those of the two that have a user side. Interrupts off. */
void userregs_switch(struct thread *prev, struct thread *next);
/* Fork: give child, which has an area, the caller's registers as they are now. */
void userregs_copy(struct thread *child);
/* Exec: the running thread's registers become those of a fresh program. */
void userregs_reset(void);
/* The same of FPU and vector registers alone. */
void userregs_reset_fpu(void);
/* arch_prctl(2): the running thread's bases. The caller has checked that base is a user address. */
void userregs_set_fs(u64 base);
void userregs_set_gs(u64 base);
u64 userregs_get_fs(void);
u64 userregs_get_gs(void);
