/* From the loader's 32-bit protected mode to 64-bit C in the higher half.
 *
 * GRUB and QEMU leave us alike: paging off, flat segments, %ebx = where the boot information is.
 * What differs is %eax: multiboot2's magic, or anything (PVH, whose block starts with a magic of
 * its own; kmain looks).
 *
 *   1. remember %eax and %ebx        4. page tables for 4 GiB: identity, direct map, -2 GiB
 *   2. a stack                       5. PAE, long mode, paging on
 *   3. long mode there?              6. jump to 64-bit code, then up to the higher half, then kmain
 *
 * These tables map everything writable and executable: mm/ replaces them with the final ones
 * (mm/pagetable.c).
 */

#include "x86/cfi.inc"

#define KERNEL_BASE   0xffffffff80000000
#define PHYS(sym)     (sym - KERNEL_BASE)
#define PTE_PW        3                 /* present, writable */
#define PTE_PW_2M     0x83              /* and a 2 MiB leaf */
#define DIRECT_SLOT   273               /* PML4 index of DIRECT_BASE (mm/layout.h) */
#define KERNEL_SLOT   511
#define MSR_EFER      0xc0000080
#define MSR_GS_BASE   0xc0000101
#define COM1          0x3f8
#ifdef SAN
#define BOOT_STACK_BYTES 32768          /* KSTACK_SIZE (mm/kmap.h) */
#else
#define BOOT_STACK_BYTES 16384
#endif

    .cfi_sections .debug_frame
    .section .boot.text, "ax"
    .code32
    .globl start
start:
    cli
    cld
    movl %eax, %edi                     # 1. the first two arguments of kmain
    movl %ebx, %esi
    movl $PHYS(boot_stack_top), %esp    # 2.

    movl $0x80000000, %eax              # 3. CPUID: an extended leaf 1 that says "long mode"?
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    btl $29, %edx
    jnc no_long_mode
    movl %edx, %ebp                     #    feature bits, for NX below
    movl %esi, %ebx                     #    (cpuid overwrote %ebx)

    movl $PHYS(boot_pd), %ecx           # 4. four page directories: 2048 leaves of 2 MiB = 4 GiB
    xorl %eax, %eax
1:  movl %eax, %edx
    orl $PTE_PW_2M, %edx
    movl %edx, (%ecx)
    movl $0, 4(%ecx)
    addl $8, %ecx
    addl $0x200000, %eax
    jnc 1b                              #    carry: 4 GiB are done
    movl $PHYS(boot_pd) + PTE_PW, %eax  #    one table for the low slots and the direct map ...
    movl $PHYS(boot_pdpt_low), %ecx
    movl $4, %edx
2:  movl %eax, (%ecx)
    addl $4096, %eax
    addl $8, %ecx
    decl %edx
    jnz 2b
    movl $PHYS(boot_pd) + PTE_PW, PHYS(boot_pdpt_high) + 510 * 8    # ... slot 510: -2 GiB
    movl $PHYS(boot_pdpt_low) + PTE_PW, PHYS(boot_pml4)
    movl $PHYS(boot_pdpt_low) + PTE_PW, PHYS(boot_pml4) + DIRECT_SLOT * 8
    movl $PHYS(boot_pdpt_high) + PTE_PW, PHYS(boot_pml4) + KERNEL_SLOT * 8

    movl %cr4, %eax                     # 5. Intel SDM vol. 3, "Initializing IA-32e Mode"
    orl $0x20, %eax                     #    PAE
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $MSR_EFER, %ecx
    rdmsr
    orl $0x100, %eax                    #    LME
    btl $20, %ebp                       #    NXE, where the CPU has it (x86/cpu.c insists)
    jnc 3f
    orl $0x800, %eax
3:  wrmsr
    movl %cr0, %eax
    orl $0x80010001, %eax               #    PG, WP, PE
    movl %eax, %cr0
    lgdt boot_gdtr                      # 6.
    ljmp $0x08, $start64

no_long_mode:
    movl $no_long_mode_text, %esi
4:  movb (%esi), %al
    testb %al, %al
    jz 6f
    movw $COM1 + 5, %dx
    movb %al, %ah
5:  inb %dx, %al                        #    wait until the transmitter is empty
    testb $0x20, %al
    jz 5b
    movb %ah, %al
    movw $COM1, %dx
    outb %al, %dx
    incl %esi
    jmp 4b
6:  movb $0x11, %al                     #    tell QEMU, where it listens (EXIT_PANIC_CODE)
    movw $0x501, %dx
    outb %al, %dx
7:  hlt
    jmp 7b

    .code64
start64:
    movabsq $start_high, %rax
    jmp *%rax

    .section .boot.rodata, "a"
no_long_mode_text:
    .asciz "Lucid: this processor has no 64-bit mode (CPUID 0x80000001, EDX bit 29)\r\n"
    .balign 8
boot_gdt:
    .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff     # null, 64-bit code, data
boot_gdtr:
    .short boot_gdtr - boot_gdt - 1
    .long boot_gdt

    .section .text
    .code64
    .globl start_high
    FIRST_PROC
start_high:
    movw $0x10, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    xorl %eax, %eax
    movw %ax, %fs
    movw %ax, %gs
    movq $boot_stack_top, %rsp
    movl $MSR_GS_BASE, %ecx             #    this_cpu() works from the first line of C
    movq $percpu, %rdx
    movl %edx, %eax
    shrq $32, %rdx
    wrmsr
    movl %edi, %edi                     #    zero-extend the arguments
    movl %ebx, %esi
    xorl %ebp, %ebp                     #    end of every backtrace
    call kmain
    ud2
    .cfi_endproc

    .section .bss
    .balign 4096
    .globl boot_pml4
boot_pml4:      .skip 4096
boot_pdpt_low:  .skip 4096
boot_pdpt_high: .skip 4096
boot_pd:        .skip 4 * 4096
    .globl boot_stack, boot_stack_top
boot_stack:     .skip BOOT_STACK_BYTES
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
