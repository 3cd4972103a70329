/* Every way into the kernel and every way out of it.
 *
 * The obligations that the hardware leaves to us (docs/walks.md tells them as a story,
 * tests/user/t_entry*.c tries each):
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
#include "x86/offsets.h"

    .cfi_sections .debug_frame

/* The one register list. CFI: where a debugger finds each register of whoever was interrupted. */
.macro SAVE_GPRS
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    .cfi_adjust_cfa_offset 15 * 8
    .cfi_rel_offset %rbx, TF_RBX
    .cfi_rel_offset %rbp, TF_RBP
    .cfi_rel_offset %r12, TF_R12
    .cfi_rel_offset %r13, TF_R13
    .cfi_rel_offset %r14, TF_R14
    .cfi_rel_offset %r15, TF_R15
.endm

.macro RESTORE_GPRS
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    .cfi_adjust_cfa_offset -15 * 8
.endm

/* A procedure that begins with a hardware frame on the stack and `words` pushed below it. */
.macro TRAP_CFI words
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_def_cfa %rsp, (5 + \words) * 8
    .cfi_offset %rip, -5 * 8
    .cfi_offset %rsp, -2 * 8
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
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 \
          || vector == 29 || vector == 30)
        pushq $0
    .endif
    pushq $vector
    .if (vector == TRAP_DB || vector == TRAP_NMI || vector == TRAP_DF || vector == TRAP_MC)
        jmp ist_common
    .else
        jmp trap_common
    .endif
    .set vector, vector + 1
    .endr
    .balign 16

/* ---- Interrupts and exceptions --------------------------------------------------------------- */

    .globl trap_common, trap_return, trap_call_return
trap_common:
    TRAP_CFI 2
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
    RESTORE_GPRS
    swapgs
    addq $16, %rsp                      #    vector, error
    jmp iret_insn
3:  RESTORE_GPRS
    addq $16, %rsp
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
    TRAP_CFI 0
    movq $SEL_UCODE, 8(%rsp)
    movq $SEL_UDATA, 32(%rsp)
    pushq $0
    pushq $TRAP_GP
    .cfi_adjust_cfa_offset 16
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
    TRAP_CFI 2
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
    RESTORE_GPRS
    addq $16, %rsp
    iretq

db_from_user:                           # from ring 3 for certain, so swapgs is right
    swapgs
    movq %rsp, %rsi                     # the frame moves to where trap_common would have made it
    movq %gs:PERCPU_KERNEL_RSP, %rdi
    subq $TF_SIZE, %rdi
    movq %rdi, %rsp
    movl $TF_SIZE / 8, %ecx
    rep movsq
    movq %rsp, %rdi
    call trap
    jmp trap_return
    .cfi_endproc

/* ---- System calls ---------------------------------------------------------------------------- */

/* The processor has put the return address in %rcx and the flags in %r11, cleared the flags of
 * SFMASK (IF, TF, DF, AC, NT, IOPL), and switched no stack. */
    .globl syscall_entry, syscall_call_return
    .balign 16
syscall_entry:
    TRAP_CFI 0
    swapgs
    movq %rsp, %gs:PERCPU_USER_RSP      # 1. a stack of our own
    movq %gs:PERCPU_KERNEL_RSP, %rsp
    pushq $SEL_UDATA                    # 2. the frame that an interrupt would have pushed
    pushq %gs:PERCPU_USER_RSP
    pushq %r11
    pushq $SEL_UCODE
    pushq %rcx
    pushq $0
    pushq $TRAP_SYSCALL
    .cfi_def_cfa_offset 7 * 8
    SAVE_GPRS                           # 3.
    movq %rsp, %rdi
    call syscall                        # 4. interrupts are off on return; %al: may sysret be used?
syscall_call_return:
    testb %al, %al
    jz trap_return                      #    no: only iretq can express this frame
    RESTORE_GPRS                        # 5. %rcx, %r11 are rip, rflags: syscall() made sure
    movq TF_RSP - 15 * 8(%rsp), %rsp
    swapgs
    .globl sysret_insn
sysret_insn:
    sysretq
    .cfi_endproc

/* ---- The first instructions of a thread ------------------------------------------------------ */

/* swtch() returns here, on the fresh stack that thread_create laid out. A kernel thread never comes
 * back from thread_start; a user thread does, with its struct trapframe at %rsp. */
    .globl thread_entry
thread_entry:
    .cfi_startproc simple
    .cfi_undefined %rip
    xorl %ebp, %ebp                     # end of backtraces
    call thread_start
    movq %rsp, %rdi
    call user_enter                     # what was asked of it before it ever ran
    jmp trap_return
    .cfi_endproc

    .section .note.GNU-stack, "", @progbits
