/* The forbidden acts. FAULT makes a function of one statement. */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults.h"

#define KERNEL_TEXT  0xffffffff80100000ul /* where the kernel's own code lies */
#define NONCANONICAL 0x0000800000000000ul /* bits 63..47 differ: no such address */

#define FAULT(name, statement)                                                                     \
    static int name(void)                                                                          \
    {                                                                                              \
        statement;                                                                                 \
        return 0;                                                                                  \
    }

#define INSTRUCTION(name, code)                                                                    \
    FAULT(name, __asm__ volatile(code : : : "rax", "rcx", "rdx", "memory"))

static char writable[64] = {(char)0xc3}; /* a ret instruction, in data */

/* An address that the compiler knows nothing about. */
static volatile char *at(unsigned long address)
{
    __asm__("" : "+r"(address));
    return (volatile char *)address;
}

static void jump(unsigned long address)
{
    __asm__ volatile("call *%0" : : "r"(address) : "memory");
}

static void *map(int prot)
{
    return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

FAULT(null_write, *at(0) = 1)
FAULT(null_read, (void)*at(8))
FAULT(null_call, jump(0))
FAULT(kernel_read, (void)*at(KERNEL_TEXT))
FAULT(kernel_write, *at(KERNEL_TEXT) = 1)
FAULT(kernel_jump, jump(KERNEL_TEXT))
FAULT(noncanonical, (void)*at(NONCANONICAL))
FAULT(noncanonical_jump, jump(NONCANONICAL))
FAULT(text_write, *at((unsigned long)jump) = 1)
FAULT(const_write, *at((unsigned long)"constant") = 1)
FAULT(data_exec, jump((unsigned long)writable))
FAULT(protected, (void)*at((unsigned long)map(PROT_NONE)))
INSTRUCTION(do_cli, "cli")
INSTRUCTION(do_hlt, "hlt")
INSTRUCTION(do_cr3, "movq %%rax, %%cr3")
INSTRUCTION(do_in, "inb $0x60, %%al")
INSTRUCTION(do_out, "outb %%al, $0x80")
INSTRUCTION(do_wrmsr, "wrmsr")
INSTRUCTION(do_segment, "movw $0x10, %%ax\n movw %%ax, %%ss")
INSTRUCTION(do_gate, "int $14")
INSTRUCTION(do_int3, "int3")
INSTRUCTION(do_ud2, "ud2")

static int stack_exec(void)
{
    volatile char code[16] = {(char)0xc3};

    jump((unsigned long)code);
    return 0;
}

/* Frames of 4 KiB until the stack meets its limit; n is never 0. */
static int fill_stack(int n)
{
    volatile char frame[4096];

    frame[n & 4095] = 1;
    /* NOLINTNEXTLINE(clang-analyzer-core.*): any value will do */
    return n == 0 ? 0 : fill_stack(n + 1) + frame[1];
}

FAULT(stack_overflow, fill_stack(1))

static int unmapped(void)
{
    char *p = map(PROT_READ | PROT_WRITE);

    munmap(p, 4096);
    (void)*at((unsigned long)p);
    return 0;
}

static int past_the_end(void)
{
    char name[] = "/tmp/faults-XXXXXX";
    int fd = mkstemp(name);
    char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

    unlink(name);
    (void)*at((unsigned long)p);
    return 0;
}

static int divide(void)
{
    int zero = 0;

    __asm__ volatile("divl %0" : "+r"(zero) : : "eax", "edx");
    return 0;
}

/* With EFLAGS.AC set. */
static int misaligned(void)
{
    __asm__ volatile("pushfq\n orq $0x40000, (%%rsp)\n popfq\n"
                     "movl 1(%0), %%eax\n"
                     "pushfq\n andq $~0x40000, (%%rsp)\n popfq"
                     :
                     : "r"(writable)
                     : "eax", "memory", "cc");
    return 0;
}

static int error_of(long result)
{
    return result < 0 ? errno : 0;
}

static int pointer(void)
{
    return error_of(write(1, (void *)8, 4));
}

static int kernel_pointer(void)
{
    return error_of(write(1, (void *)KERNEL_TEXT, 4));
}

static int no_call(void)
{
    return error_of(syscall(9999));
}

static int write_exec(void)
{
    return error_of((long)map(PROT_READ | PROT_WRITE | PROT_EXEC));
}

const struct fault faults[] = {
    {"null", "write to address 0", null_write, SIGSEGV, 0, 0},
    {"null-read", "read a member of a null structure", null_read, SIGSEGV, 0, 0},
    {"null-call", "call a null function", null_call, SIGSEGV, 0, 0},
    {"kernel", "read the kernel's memory", kernel_read, SIGSEGV, 0, 0},
    {"kernel-write", "write to the kernel's memory", kernel_write, SIGSEGV, 0, 0},
    {"kernel-jump", "jump into the kernel", kernel_jump, SIGSEGV, 0, 0},
    {"noncanonical", "read an address that cannot exist", noncanonical, SIGSEGV, 0, 0},
    {"wild-jump", "jump to an address that cannot exist", noncanonical_jump, SIGSEGV, 0, 0},
    {"text", "write to the program's code", text_write, SIGSEGV, 0, 0},
    {"const", "write to a constant", const_write, SIGSEGV, 0, 0},
    {"data-exec", "execute data", data_exec, SIGSEGV, 0, 0},
    {"stack-exec", "execute the stack", stack_exec, SIGSEGV, 0, 0},
    {"stack", "overflow the stack", stack_overflow, SIGSEGV, 0, 0},
    {"unmapped", "read memory that was given back", unmapped, SIGSEGV, 0, 0},
    {"protected", "read memory mapped without rights", protected, SIGSEGV, 0, 0},
    {"bus", "read a mapped file behind its end", past_the_end, SIGBUS, 0, 0},
    {"divide", "divide by zero", divide, SIGFPE, 0, 0},
    {"align", "a misaligned read with alignment checks", misaligned, SIGBUS, 0, 1},
    {"cli", "switch interrupts off", do_cli, SIGSEGV, 0, 0},
    {"hlt", "halt the CPU", do_hlt, SIGSEGV, 0, 0},
    {"cr3", "install another page table", do_cr3, SIGSEGV, 0, 0},
    {"in", "read the keyboard's port", do_in, SIGSEGV, 0, 0},
    {"out", "write to a port", do_out, SIGSEGV, 0, 0},
    {"wrmsr", "write a model-specific register", do_wrmsr, SIGSEGV, 0, 0},
    {"segment", "load the kernel's stack segment", do_segment, SIGSEGV, 0, 0},
    {"gate", "raise the page-fault exception by int", do_gate, SIGSEGV, 0, 0},
    {"int3", "a breakpoint without a debugger", do_int3, SIGTRAP, 0, 0},
    {"ud2", "an instruction that does not exist", do_ud2, SIGILL, 0, 0},
    {"pointer", "a bad pointer to a system call", pointer, 0, EFAULT, 0},
    {"kernel-pointer", "a kernel pointer to a system call", kernel_pointer, 0, EFAULT, 0},
    {"call", "a system call that does not exist", no_call, 0, ENOSYS, 0},
    {"write-exec", "memory both writable and executable", write_exec, 0, EACCES, 0},
    {0},
};
