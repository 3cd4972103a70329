/* How every CPU but the first wakes up: in real mode, at a page below 1 MiB, with nothing.
 *
 * smp.c copies [ap_trampoline, ap_trampoline_end) to SMP_TRAMPOLINE_PA and sends INIT and STARTUP
 * (Intel SDM vol. 3, "Multiple-Processor (MP) Initialization"). In short it is the boot CPU's way:
 *
 *   1. real mode: a GDT, protected mode        3. 64-bit: up to the higher half
 *   2. 32-bit: the boot page tables (which     4. the final page tables and control registers,
 *      still map this page to itself), PAE,       stack, %gs, ap_main
 *      long mode, paging
 *
 * Steps 1-3 run at their physical address, so they name labels relative to the start of the page.
 */

#include "x86/cfi.inc"

#define KERNEL_BASE     0xffffffff80000000
#define PHYS(sym)       (sym - KERNEL_BASE)
#define TRAMPOLINE_PA   0x8000              /* SMP_TRAMPOLINE_PA */
#define AT(label)       (label - ap_trampoline + TRAMPOLINE_PA)
#define MSR_EFER        0xc0000080
#define MSR_GS_BASE     0xc0000101
/* struct ap_boot (x86/smp_priv.h) */
#define AP_CR0 0
#define AP_CR3 8
#define AP_CR4 16
#define AP_STACK 24
#define AP_PERCPU 32
#define AP_CPU 40

    .cfi_sections .debug_frame
    .section .rodata
    .balign 16
    .globl ap_trampoline, ap_trampoline_end
ap_trampoline:
    .code16
    cli                                     # 1. %cs:%ip = TRAMPOLINE_PA / 16 : 0
    cld
    xorw %ax, %ax
    movw %ax, %ds
    lgdtl AT(ap_gdtr)
    movl %cr0, %eax
    orl $1, %eax                            #    PE
    movl %eax, %cr0
    ljmpl $0x08, $AT(ap_protected)

    .code32
ap_protected:
    movw $0x18, %ax                         # 2.
    movw %ax, %ds
    movl $0x20, %eax                        #    CR4: PAE
    movl %eax, %cr4
    movl $PHYS(boot_pml4), %eax
    movl %eax, %cr3
    movl $0x80000001, %eax                  #    NX, where the CPU has it: the final tables use it
    cpuid
    movl %edx, %ebp
    movl $MSR_EFER, %ecx
    rdmsr
    orl $0x100, %eax                        #    LME
    btl $20, %ebp
    jnc 1f
    orl $0x800, %eax                        #    NXE
1:  wrmsr
    movl $0x80010011, %eax                  #    CR0: PG, WP, ET, PE (and no cache-disable bits)
    movl %eax, %cr0
    ljmpl $0x10, $AT(ap_long)

    .code64
ap_long:
    movabsq $ap_high, %rax                  # 3.
    jmp *%rax

    .balign 8
ap_gdt:
    .quad 0
    .quad 0x00cf9a000000ffff                # 0x08: 32-bit code
    .quad 0x00af9a000000ffff                # 0x10: 64-bit code
    .quad 0x00cf92000000ffff                # 0x18: data
ap_gdtr:
    .short ap_gdtr - ap_gdt - 1
    .long AT(ap_gdt)
ap_trampoline_end:

    .section .text
    .code64
    FIRST_PROC
ap_high:
    xorl %eax, %eax                         # 4. null data segments will do in ring 0
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw %ax, %fs
    movw %ax, %gs
    leaq ap_boot(%rip), %rsi
    movq AP_CR3(%rsi), %rax
    movq %rax, %cr3
    movq AP_CR4(%rsi), %rax
    movq %rax, %cr4
    movq AP_CR0(%rsi), %rax
    movq %rax, %cr0
    movq AP_STACK(%rsi), %rsp
    movl $MSR_GS_BASE, %ecx
    movl AP_PERCPU(%rsi), %eax
    movl AP_PERCPU + 4(%rsi), %edx
    wrmsr
    movl AP_CPU(%rsi), %edi
    xorl %ebp, %ebp                         #    end of every backtrace
    call ap_main
    ud2
    .cfi_endproc

    .section .note.GNU-stack, "", @progbits
