/* The context switch itself and the first instructions of a thread: assembly that sched/switch.c
 * calls.
 */
#pragma once
#include "lib/types.h"

/* Save the callee-saved registers on this stack and its pointer in *save_rsp, then continue on the
 * stack at load_rsp as whoever saved there. Interrupts off. Returns when someone switches back. */
void swtch(u64 *save_rsp, u64 load_rsp);
/* Where the first swtch to a new thread returns to: calls thread_start, then leaves through the
 * trap return path. */
void thread_entry(void);

/* What swtch pops, in order of addresses: thread_create fills one in below the trapframe. */
struct swtch_frame {
    u64 r15, r14, r13, r12, rbx, rbp, rip;
};
