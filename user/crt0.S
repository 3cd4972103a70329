/* The first instructions of every program.
 *
 * execve(2) leaves the stack as the System V ABI says ("Initial Stack and Register State"):
 *
 *     rsp -> argc                    16-byte aligned
 *            argv[0] ... argv[argc-1], NULL
 *            envp[0] ..., NULL
 *            auxiliary vector: pairs (type, value), ended by AT_NULL
 *
 * and rdx 0, as on Linux for a static program: there is no function to register with atexit.
 */
    .cfi_sections .debug_frame
    .text
    .globl  _start
    .type   _start, @function
_start:
    .cfi_startproc
    .cfi_undefined %rip             # nobody called us
    xorl    %ebp, %ebp              # 1. the outermost frame: a backtrace ends here
    movq    %rsp, %rdi              # 2. argument: where argc lies
    andq    $-16, %rsp              # 3. the kernel aligned it already; another loader may not
    call    __libc_start            # 4. does not return
    ud2
    .cfi_endproc
    .size   _start, . - _start

    .section .note.GNU-stack, "", @progbits
