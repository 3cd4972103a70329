/* void swtch(u64 *save_rsp, u64 load_rsp): leave one thread's kernel stack for another's.
 *
 * A thread that is not running is six registers and a return address on its own stack, and the
 * stack pointer in struct thread. Everything else the C calling convention lets the callee destroy,
 * so the caller has already saved it.
 *
 *     load_rsp -> r15 r14 r13 r12 rbx rbp  return address   (thread.c lays out the same)
 */
#include "x86/cfi.inc"

    .cfi_sections .debug_frame
    .text
    .globl swtch
    .type swtch, @function
    .balign 16
swtch:
    .cfi_startproc
    PUSH %rbp
    PUSH %rbx
    PUSH %r12
    PUSH %r13
    PUSH %r14
    PUSH %r15
    movq %rsp, (%rdi)                   # from here on we are nobody
    movq %rsi, %rsp                     # and now we are the other
    POP %r15
    POP %r14
    POP %r13
    POP %r12
    POP %rbx
    POP %rbp
    ret
    .cfi_endproc
    .size swtch, . - swtch

    .section .note.GNU-stack, "", @progbits
