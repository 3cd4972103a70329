/* Where the assembly calls up: declared here, defined in sys/ and main.c (DESIGN: "where control
 * goes up"). */
#pragma once
#include "lib/types.h"

struct trapframe;
struct bootinfo;

/* Every interrupt and exception except those on IST stacks; interrupts are off. (sys/trap.c) */
void trap(struct trapframe *tf);
/* NMI, #DB, #MC, #DF: on an IST stack, takes no lock and no fault. (sys/trap.c) */
void trap_ist(struct trapframe *tf);
/* The syscall instruction; interrupts are off. Returns true if sysret may be used, false for iret.
 * (sys/syscall.c) */
bool syscall(struct trapframe *tf);
/* First code of a new thread: switch_finish, then its function. (sched/switch.c) */
void thread_start(void);
/* A thread goes to user mode for the first time; its registers there are *tf. Interrupts are off on
 * return. (sys/trap.c) */
void user_enter(struct trapframe *tf);
/* The boot CPU, on its final stack, with paging on. (main.c) */
void kmain(u32 magic, u64 info_pa);
/* Every other CPU, once it is in long mode on its own stack. (main.c) */
void ap_main(u32 cpu);
