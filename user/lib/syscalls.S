/* One stub for every line of abi/syscalls.def.
 *
 * A C call passes its arguments in rdi rsi rdx rcx r8 r9; a system call in rdi rsi rdx r10 r8
 * r9, because the syscall instruction overwrites rcx (with the return address) and r11 (with the
 * flags). So a stub moves rcx to r10, loads the number, and afterwards turns a result in [-4095,
 * -1] into -1 and errno.
 *
 * The calls named below have C functions of another shape, elsewhere in this library: their
 * stubs get the prefix sys_. vfork has its own stub. */
#include "abi/errno.h"

    .cfi_sections .debug_frame

#define brk               sys_brk
#define getcwd            sys_getcwd
#define clock_nanosleep   sys_clock_nanosleep
#define clone             sys_clone
#define exit              sys_exit
#define exit_group        _exit
#define faccessat         sys_faccessat
#define fchmodat          sys_fchmodat
#define getcpu            sys_getcpu
#define newfstatat        fstatat
#define pread64           pread
#define pwrite64          pwrite
#define reboot            sys_reboot
#define rt_sigaction      sys_rt_sigaction
#define rt_sigprocmask    sys_rt_sigprocmask
#define rt_sigreturn      sys_rt_sigreturn
#define sched_getaffinity sys_sched_getaffinity
#define syslog            klogctl
#define vfork             sys_vfork

#define SYSCALL(nr, name, ...)                                                                     \
    .section .text.name, "ax", @progbits;                                                          \
    .globl name;                                                                                   \
    .type name, @function;                                                                         \
    name: .cfi_startproc;                                                                          \
    movl  $nr, %eax;                                                                               \
    jmp   do_syscall;                                                                              \
    .cfi_endproc;                                                                                  \
    .size name, . - name;

#include "abi/syscalls.def"

#undef clone
#undef vfork

    .text
    .type   do_syscall, @function
do_syscall:
    .cfi_startproc
    movq    %rcx, %r10
    syscall
result:
    cmpq    $-MAX_ERRNO, %rax
    jae     1f                      # unsigned: as a number it lies at the very top
    ret
1:  negl    %eax
    pushq   %rax                    # aligns the stack for the call, too
    .cfi_adjust_cfa_offset 8
    call    __errno_location
    popq    %rcx
    .cfi_adjust_cfa_offset -8
    movl    %ecx, (%rax)
    movq    $-1, %rax
    ret
    .cfi_endproc
    .size   do_syscall, . - do_syscall

/* Where a signal handler returns to, the stack pointer at the struct ucontext (abi/ucontext.h) of
 * whoever was interrupted: there a debugger goes on. The nop is for it too, because it looks up a
 * return address by the instruction before. */
#define MCONTEXT(n) (40 + 8 * (n))      /* the n-th word of uc_mcontext */
    .globl  __restore_rt
    .type   __restore_rt, @function
    .cfi_startproc simple
    .cfi_signal_frame
    .cfi_def_cfa %rsp, 0
    .cfi_offset %r8, MCONTEXT(0)
    .cfi_offset %r9, MCONTEXT(1)
    .cfi_offset %r10, MCONTEXT(2)
    .cfi_offset %r11, MCONTEXT(3)
    .cfi_offset %r12, MCONTEXT(4)
    .cfi_offset %r13, MCONTEXT(5)
    .cfi_offset %r14, MCONTEXT(6)
    .cfi_offset %r15, MCONTEXT(7)
    .cfi_offset %rdi, MCONTEXT(8)
    .cfi_offset %rsi, MCONTEXT(9)
    .cfi_offset %rbp, MCONTEXT(10)
    .cfi_offset %rbx, MCONTEXT(11)
    .cfi_offset %rdx, MCONTEXT(12)
    .cfi_offset %rax, MCONTEXT(13)
    .cfi_offset %rcx, MCONTEXT(14)
    .cfi_offset %rsp, MCONTEXT(15)
    .cfi_offset %rip, MCONTEXT(16)
    nop
__restore_rt:
    movl    $15, %eax               # rt_sigreturn
    syscall
    .cfi_endproc
    .size   __restore_rt, . - __restore_rt

/* The child of vfork runs on its parent's stack, and what it calls overwrites the return address
 * there before the parent goes on. So the address waits in rdx, which the kernel preserves in
 * both. */
    .globl  vfork
    .type   vfork, @function
vfork:
    .cfi_startproc
    popq    %rdx
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rdx
    movl    $58, %eax
    syscall
    pushq   %rdx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rip, 0
    jmp     result
    .cfi_endproc
    .size   vfork, . - vfork

/* long syscall(long nr, a1 ... a6): any call by its number; the sixth argument lies on the
 * stack. */
    .globl  syscall
    .type   syscall, @function
syscall:
    .cfi_startproc
    movq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    movq    %r8, %r10
    movq    %r9, %r8
    movq    8(%rsp), %r9
    syscall
    jmp     result
    .cfi_endproc
    .size   syscall, . - syscall

/* int clone(fn = rdi, stack_top = rsi, flags = edx, arg = rcx). The child starts on an empty
 * stack: fn and arg are put there for it to pop. */
    .globl  clone
    .type   clone, @function
clone:
    .cfi_startproc
    andq    $-16, %rsi
    subq    $16, %rsi
    movq    %rdi, (%rsi)            # fn
    movq    %rcx, 8(%rsi)           # arg
    movl    %edx, %edi              # flags
    xorl    %edx, %edx              # no parent_tid, child_tid, tls
    xorl    %r10d, %r10d
    xorl    %r8d, %r8d
    movl    $56, %eax
    syscall
    testq   %rax, %rax
    jnz     result
    .cfi_undefined %rip
    xorl    %ebp, %ebp              # the child
    popq    %rax
    popq    %rdi
    call    *%rax
    movl    %eax, %edi
    movl    $60, %eax               # exit: ends this thread only
    syscall
    ud2
    .cfi_endproc
    .size   clone, . - clone

    .section .note.GNU-stack, "", @progbits
