/* Non-local jumps: the registers that a call preserves, in the order rbx rbp r12 r13 r14 r15 rsp
 * rip. The signal mask is not saved. */
#pragma once

typedef unsigned long jmp_buf[8];

int setjmp(jmp_buf env) __attribute__((returns_twice));
void longjmp(jmp_buf env, int value) __attribute__((noreturn));
