/* void swtch(u64 *save_rsp, u64 load_rsp): leave one thread's kernel stack for another's.
 *
 * A thread that is not running is six registers and a return address on its own stack, and the
 * stack pointer in struct thread. Everything else the C calling convention lets the callee destroy,
 * so the caller has already saved it.
 *
 *     load_rsp -> r15 r14 r13 r12 rbx rbp  return address   (thread.c lays out the same)
 */
    .cfi_sections .debug_frame
    .text
    .globl swtch
    .balign 16
swtch:
    .cfi_startproc
    pushq %rbp
    .cfi_def_cfa_offset 16
    .cfi_offset %rbp, -16
    pushq %rbx
    .cfi_def_cfa_offset 24
    .cfi_offset %rbx, -24
    pushq %r12
    .cfi_def_cfa_offset 32
    .cfi_offset %r12, -32
    pushq %r13
    .cfi_def_cfa_offset 40
    .cfi_offset %r13, -40
    pushq %r14
    .cfi_def_cfa_offset 48
    .cfi_offset %r14, -48
    pushq %r15
    .cfi_def_cfa_offset 56
    .cfi_offset %r15, -56
    movq %rsp, (%rdi)                   # from here on we are nobody
    movq %rsi, %rsp                     # and now we are the other
    popq %r15
    .cfi_def_cfa_offset 48
    popq %r14
    .cfi_def_cfa_offset 40
    popq %r13
    .cfi_def_cfa_offset 32
    popq %r12
    .cfi_def_cfa_offset 24
    popq %rbx
    .cfi_def_cfa_offset 16
    popq %rbp
    .cfi_def_cfa_offset 8
    ret
    .cfi_endproc

    .section .note.GNU-stack, "", @progbits
