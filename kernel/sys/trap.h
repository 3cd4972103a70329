/* The way out of the kernel, shared by traps and system calls.
 */
#pragma once
#include "sched/thread.h"
#include "x86/trapframe.h"

/* Do what was asked for while the thread was in the kernel (signals, a switch) until nothing is
 * left. Interrupts are off on entry and on return. Called only when t->work is not 0: callers test
 * that first. */
void exit_work(struct thread *t, struct trapframe *tf);
/* Install the handlers of the processor's exceptions and the IPIs in the trap table. */
void trap_init(void);
