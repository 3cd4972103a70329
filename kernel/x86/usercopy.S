/* The instructions that touch a program's memory: every one that may fault has an entry in the
 * exception table.
 *
 * stac opens SMAP's gate and clac shuts it. A fault in between is taken with the gate shut (entry.S
 * does clac), and iretq brings AC back with the other flags, so a copy may sleep in the middle.
 *
 * rep movsq rather than rep movsb: an emulator moves eight bytes where it would move one, and for
 * what we copy no processor is slower with it. When it faults, %rcx still counts the words that are
 * left and %rsi, %rdi stand at the first of them; we go on by bytes from there, so that the count
 * that we return is exact even where the buffer ends in the middle of a word. These functions call
 * nothing and keep no frame: a backtrace shows their caller. */

    .cfi_sections .debug_frame
    .text

/* Without SMAP, stac and clac are undefined instructions. */
.macro GATE insn
    testb $1, cpu_has_smap(%rip)
    jz 77f
    \insn
77:
.endm

/* If the instruction at `from` faults for good, continue at `to`. */
.macro FIXUP from, to
    .pushsection .extable, "a"
    .balign 4
    .long \from - .
    .long \to - .
    .popsection
.endm

/* u64 usercopy(void *dst %rdi, const void *src %rsi, u64 n %rdx) */
    .globl usercopy
    .type usercopy, @function
    .balign 16
usercopy:
    .cfi_startproc
    GATE stac
    movq %rdx, %rcx
    shrq $3, %rcx
    andl $7, %edx
1:  rep movsq
    movl %edx, %ecx
2:  rep movsb
3:  GATE clac                       # %rcx: bytes left, 0 if all went well
    movq %rcx, %rax
    ret
4:  leaq (%rdx,%rcx,8), %rcx        # words left * 8 + the tail
    jmp 2b
    FIXUP 1b, 4b
    FIXUP 2b, 3b
    .cfi_endproc
    .size usercopy, . - usercopy

/* u64 userclear(void *dst %rdi, u64 n %rsi) */
    .globl userclear
    .type userclear, @function
    .balign 16
userclear:
    .cfi_startproc
    GATE stac
    xorl %eax, %eax
    movq %rsi, %rcx
    shrq $3, %rcx
    andl $7, %esi
1:  rep stosq
    movl %esi, %ecx
2:  rep stosb
3:  GATE clac
    movq %rcx, %rax
    ret
4:  leaq (%rsi,%rcx,8), %rcx
    jmp 2b
    FIXUP 1b, 4b
    FIXUP 2b, 3b
    .cfi_endproc
    .size userclear, . - userclear

/* s64 userstr(char *dst %rdi, const char *src %rsi, u64 max %rdx)
 *
 * Eight bytes at a time while they fit: (w - 0x01..01) & ~w & 0x80..80 is zero exactly if no byte
 * of w is, and its lowest set bit lies in the first zero byte (Hacker's Delight, "Find First
 * 0-Byte"). A word that cannot be read may begin with the NUL that ends the string, so a fault
 * there goes on by bytes. */
    .globl userstr
    .type userstr, @function
    .balign 16
userstr:
    .cfi_startproc
    GATE stac
    movq $0x0101010101010101, %r8
    movq $0x8080808080808080, %r9
    movq %rdx, %r10                 # max, to compute the length from what is left in %rdx
    jmp 2f
1:  movq (%rsi), %rax
    movq %rax, %rcx
    movq %rax, %r11
    movq %rax, (%rdi)
    subq %r8, %rcx
    notq %r11
    andq %r9, %r11
    andq %r11, %rcx
    jnz 6f
    addq $8, %rsi
    addq $8, %rdi
    subq $8, %rdx
2:  cmpq $8, %rdx
    jae 1b
3:  testq %rdx, %rdx                # by bytes: the last few, or across a fault
    jz 5f
4:  movb (%rsi), %al
    movb %al, (%rdi)
    testb %al, %al
    jz 5f
    incq %rsi
    incq %rdi
    decq %rdx
    jmp 3b
5:  movq %r10, %rax
    subq %rdx, %rax
    jmp 8f
6:  bsfq %rcx, %rcx                 # bit 7 of the first zero byte
    shrl $3, %ecx
    movq %r10, %rax
    subq %rdx, %rax
    addq %rcx, %rax
    jmp 8f
7:  movq $-1, %rax
8:  GATE clac
    ret
    FIXUP 1b, 3b
    FIXUP 4b, 7b
    .cfi_endproc
    .size userstr, . - userstr

/* The registers that the kernel does not use, saved to or loaded from user memory (a signal frame):
 * u64 NAME(void *area %rdi, u64 features %rsi). 0, or 1 after a fault: the memory is not there, or
 * holds what the processor refuses (Intel SDM vol. 1, "XRSTOR", "Exceptions"). */
.macro FPU_ACCESS name, insn
    .globl \name
    .type \name, @function
    .balign 16
\name:
    .cfi_startproc
    GATE stac
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
1:  \insn (%rdi)
    xorl %eax, %eax
2:  GATE clac
    ret
3:  movl $1, %eax
    jmp 2b
    FIXUP 1b, 3b
    .cfi_endproc
    .size \name, . - \name
.endm
    FPU_ACCESS user_xsave, xsave64
    FPU_ACCESS user_xrstor, xrstor64
    FPU_ACCESS user_fxsave, fxsave64
    FPU_ACCESS user_fxrstor, fxrstor64

    .section .note.GNU-stack, "", @progbits
