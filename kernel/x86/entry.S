/* Every way into the kernel and every way out of it.
 *
 * The obligations that the hardware leaves to us (docs/walks.md walks through here;
 * tests/user/t_regs.c, t_faults.c and tests/kernel/test_x86_trap.c try them):
 *   - the direction flag may be set: C wants it clear                     -> cld (syscall: SFMASK)
 *   - AC may be set, which would lift SMAP                                -> clac (syscall: SFMASK)
 *   - from ring 3, %gs is the program's                                   -> swapgs, once each way
 *   - NMI, #MC, #DB, #DF may strike between `syscall` and swapgs -> IST stacks that know their CPU
 *   - iretq itself may fault, with the program's %gs already loaded       -> iret_fault below
 *   - sysret to a non-canonical address would fault in ring 0  -> syscall() asks for iret instead
 *
 * The stack at each call into C (struct trapframe, from %rsp upwards; 22 words, so %rsp is 16-byte
 * aligned):
 *
 *       +168  ss       \
 *       +160  rsp       |  by the processor; by hand for syscall
 *       +152  rflags    |
 *       +144  cs        |
 *       +136  rip      /
 *       +128  error       by the processor for some vectors, else 0
 *       +120  vector      by the stub
 *         0-  rdi ... r15 by SAVE_GPRS
 */
#include "x86/cfi.inc"
#include "x86/offsets.h"

    .cfi_sections .debug_frame

/* The one register list. */
.macro SAVE_GPRS
    PUSH %rdi
    PUSH %rsi
    PUSH %rdx
    PUSH %rcx
    PUSH %rax
    PUSH %r8
    PUSH %r9
    PUSH %r10
    PUSH %r11
    PUSH %rbx
    PUSH %rbp
    PUSH %r12
    PUSH %r13
    PUSH %r14
    PUSH %r15
.endm

.macro RESTORE_GPRS
    POP %r15
    POP %r14
    POP %r13
    POP %r12
    POP %rbp
    POP %rbx
    POP %r11
    POP %r10
    POP %r9
    POP %r8
    POP %rax
    POP %rcx
    POP %rdx
    POP %rsi
    POP %rdi
.endm

/* Without SMAP, clac is an undefined instruction. */
.macro CLEAR_AC
    testb $1, cpu_has_smap(%rip)
    jz 77f
    clac
77:
.endm

    .section .text.entry, "ax"

/* ---- The 256 stubs: 16 bytes each, so that idt.c computes their addresses -------------------- */

    .globl trap_stubs
    .balign 16
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    /* 8, 10-14, 17, 21, 29, 30: the processor pushes an error code (Intel SDM vol. 3, "Exception
     * and Interrupt Reference"); for all others push 0, so that the frames are alike. */
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 \
          || vector == 29 || vector == 30
        TRAP_PROC 1
    .else
        TRAP_PROC 0
        PUSH_WORD $0
    .endif
    PUSH_WORD $vector
    .if (vector == TRAP_DB || vector == TRAP_NMI || vector == TRAP_DF || vector == TRAP_MC)
        jmp ist_common
    .else
        jmp trap_common
    .endif
    .cfi_endproc
    .set vector, vector + 1
    .endr
    .balign 16

/* ---- Interrupts and exceptions --------------------------------------------------------------- */

    .globl trap_common, trap_return, trap_call_return
trap_common:
    TRAP_PROC 2
    cld                                 # 1. flags as C wants them
    CLEAR_AC
    testb $3, TF_CS - 15 * 8(%rsp)      # 2. from ring 3? then %gs is the program's
    jz 1f
    swapgs
    jmp 2f
1:  cmpq $iret_insn, TF_RIP - 15 * 8(%rsp)  #  or by our own iretq, %gs already changed
    jne 2f
    swapgs
2:  SAVE_GPRS                           # 3. struct trapframe is now complete (picture above)
    movq %rsp, %rdi                     # 4. argument: struct trapframe *
    call trap                           #    %rsp is 16-byte aligned (SysV ABI, "The Stack Frame")
trap_call_return:
trap_return:                            # 5. interrupts are off; trap() has done all exit work
    testb $3, TF_CS(%rsp)
    jz 3f
    .cfi_remember_state
    RESTORE_GPRS
    swapgs
    addq $16, %rsp                      #    vector, error
    .cfi_adjust_cfa_offset -16
    jmp iret_insn
3:  .cfi_restore_state
    RESTORE_GPRS
    addq $16, %rsp
    .cfi_adjust_cfa_offset -16
    .globl iret_insn
iret_insn:
    iretq
    .cfi_endproc

/* iretq refused the frame (a selector or an address that the program set up). trap_common has
 * swapped %gs back, and the #GP handler has sent us here through the extable: %rsp points at the
 * five words of the refused frame, and the general registers are the program's. Make of it a #GP of
 * the program. */
    .globl iret_fault
iret_fault:
    TRAP_PROC 0
    movq $SEL_UCODE, 8(%rsp)
    movq $SEL_UDATA, 32(%rsp)
    PUSH_WORD $0
    PUSH_WORD $TRAP_GP
    SAVE_GPRS
    movq %rsp, %rdi
    call trap
    jmp trap_return
    .cfi_endproc

    .section .extable, "a"
    .balign 4
    .long iret_insn - .
    .long iret_fault - .
    .section .text.entry, "ax"

/* ---- NMI, #DB, #MC, #DF: on a stack of their own, at any instruction ------------------------- */

/* They may interrupt ring 0 while %gs is still or already the program's, and with FSGSBASE a
 * program may have any value there, so nothing can be concluded from it. The word above the frame,
 * at the top of each IST stack, is this CPU's struct percpu (gdt.c put it there). Save GS_BASE,
 * load ours, put the old one back: right whatever it was. */
ist_common:
    TRAP_PROC 2
    cld
    CLEAR_AC
    SAVE_GPRS
    cmpl $TRAP_DB, TF_VECTOR(%rsp)      #    a program's single step: a signal, on its stack
    jne 1f
    testb $3, TF_CS(%rsp)
    jnz db_from_user
1:  movl $MSR_GS_BASE, %ecx             # 1. what %gs was, in registers that C preserves
    rdmsr
    movl %eax, %r12d
    movl %edx, %r13d
    movl TF_SIZE(%rsp), %eax            # 2. what it must be
    movl TF_SIZE + 4(%rsp), %edx
    wrmsr
    movq %rsp, %rdi
    call trap_ist
    .globl trap_ist_return
trap_ist_return:
    movl $MSR_GS_BASE, %ecx             # 3. as it was
    movl %r12d, %eax
    movl %r13d, %edx
    wrmsr
    .cfi_remember_state
    RESTORE_GPRS
    addq $16, %rsp
    .cfi_adjust_cfa_offset -16
    iretq

db_from_user:                           # from ring 3 for certain, so swapgs is right
    .cfi_restore_state
    swapgs
    movq %rsp, %rsi                     # the frame moves to where trap_common would have made it
    movq %gs:PERCPU_KERNEL_RSP, %rdi
    subq $TF_SIZE, %rdi
    movl $TF_SIZE / 8, %ecx
    rep movsq
    leaq -TF_SIZE(%rdi), %rsp
    movq %rsp, %rdi
    call trap
    jmp trap_return
    .cfi_endproc

/* ---- System calls ---------------------------------------------------------------------------- */

/* The program's stack pointer is in place, and its %rip and flags are where `syscall` puts them. */
.macro AT_SYSCALL
    .cfi_def_cfa %rsp, 0
    .cfi_restore %rsp
    .cfi_restore CFI_CS
    .cfi_register %rip, %rcx
    .cfi_register CFI_RFLAGS, %r11
.endm

/* The processor has put the return address in %rcx and the flags in %r11, cleared the flags of
 * SFMASK (IF, TF, DF, AC, NT, IOPL), and switched no stack. */
    .globl syscall_entry, syscall_call_return
    .balign 16
syscall_entry:
    .cfi_startproc simple
    .cfi_signal_frame
    AT_SYSCALL
    swapgs
    movq %rsp, %gs:PERCPU_USER_RSP      # 1. a stack of our own
    movq %gs:PERCPU_KERNEL_RSP, %rsp
                                        #    (a debugger takes it for the program's until ...
    PUSH_WORD $SEL_UDATA                # 2. the frame that an interrupt would have pushed
    PUSH_WORD %gs:PERCPU_USER_RSP       #    ... here: it cannot look behind %gs)
    .cfi_rel_offset %rsp, 0
    PUSH_WORD %r11
    .cfi_rel_offset CFI_RFLAGS, 0
    PUSH_WORD $SEL_UCODE
    .cfi_rel_offset CFI_CS, 0
    PUSH_WORD %rcx
    .cfi_rel_offset %rip, 0
    PUSH_WORD $0
    PUSH_WORD $TRAP_SYSCALL
    SAVE_GPRS                           # 3.
    movq %rsp, %rdi
    call syscall                        # 4. interrupts are off on return; %al: may sysret be used?
syscall_call_return:
    testb %al, %al
    jz trap_return                      #    no: only iretq can express this frame
    RESTORE_GPRS                        # 5. %rcx, %r11 are rip, rflags: syscall() made sure
    movq TF_RSP - 15 * 8(%rsp), %rsp
    AT_SYSCALL
    swapgs
    .globl sysret_insn
sysret_insn:
    sysretq
    .cfi_endproc

/* ---- The first instructions of a thread ------------------------------------------------------ */

/* swtch() returns here, on the fresh stack that thread_create laid out. A kernel thread never comes
 * back from thread_start; a user thread does, with its struct trapframe at %rsp. */
    .globl thread_entry
    FIRST_PROC
thread_entry:
    xorl %ebp, %ebp                     # end of backtraces
    call thread_start
    movq %rsp, %rdi
    call user_enter                     # what was asked of it before it ever ran
    jmp trap_return
    .cfi_endproc

    .section .note.GNU-stack, "", @progbits
