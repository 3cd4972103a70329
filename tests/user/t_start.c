/* Catches: a program that starts with rubbish in its registers, an unaligned stack or a wrong
 * picture on it. The test writes a small program of machine code, which looks at itself before any
 * library has run, and sends what it found through its standard output. */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/auxv.h>

#include "ut.h"

/* The program: stores the flags, then all registers, on its stack and writes them; position
 * independent, linked into our constants, never run here. */
__asm__(".section .rodata\n"
        "blob:\n"
        "    pushfq\n"
        "    pushq %rax\n pushq %rbx\n pushq %rcx\n pushq %rdx\n pushq %rsi\n pushq %rdi\n"
        "    pushq %rbp\n pushq %r8\n pushq %r9\n pushq %r10\n pushq %r11\n pushq %r12\n"
        "    pushq %r13\n pushq %r14\n pushq %r15\n"
        "    leaq 128(%rsp), %rax\n" /* the stack pointer as it was */
        "    pushq %rax\n"
        "    movl $1, %eax\n"
        "    movl $1, %edi\n"
        "    movq %rsp, %rsi\n"
        "    movl $1160, %edx\n" /* 17 saved words, and 1 KiB of the stack above them */
        "    syscall\n"
        "    movl $231, %eax\n"
        "    xorl %edi, %edi\n"
        "    syscall\n"
        "blob_end:\n"
        ".text\n");

struct found {
    uint64_t rsp, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax, flags;
    uint64_t stack[128]; /* argc and so on */
};

static void write_program(const char *name)
{
    struct {
        struct elf64_ehdr e;
        struct elf64_phdr p;
        char code[512];
    } file = {.e = {.e_type = ET_EXEC,
                    .e_machine = EM_X86_64,
                    .e_version = EV_CURRENT,
                    .e_phoff = sizeof(struct elf64_ehdr),
                    .e_ehsize = sizeof(struct elf64_ehdr),
                    .e_phentsize = sizeof(struct elf64_phdr),
                    .e_phnum = 1}};
    const char *blob, *blob_end;

    __asm__("leaq blob(%%rip), %0\n leaq blob_end(%%rip), %1" : "=r"(blob), "=r"(blob_end));
    size_t size = (size_t)(blob_end - blob);
    memcpy(file.e.e_ident, "\177ELF\2\1\1", 7);
    memcpy(file.code, blob, size);
    file.e.e_entry = 0x400000 + offsetof(typeof(file), code);
    file.p = (struct elf64_phdr){.p_type = PT_LOAD,
                                 .p_flags = PF_R | PF_X,
                                 .p_vaddr = 0x400000,
                                 .p_filesz = sizeof(file),
                                 .p_memsz = sizeof(file),
                                 .p_align = 4096};
    int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755));
    CHECK_EQ(write(fd, &file, sizeof(file)), sizeof(file));
    close(fd);
}

static void check_registers(const struct found *f)
{
    const uint64_t all[] = {f->r15, f->r14, f->r13, f->r12, f->r11, f->r10, f->r9, f->r8,
                            f->rbp, f->rdi, f->rsi, f->rdx, f->rcx, f->rbx, f->rax};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        CHECK_EQ(all[i], 0);
    CHECK_EQ(f->flags & ~0x10000ul, 0x202);
    CHECK_EQ(f->rsp % 16, 0);
}

/* argc, argv, NULL, envp, NULL, auxv. */
static void check_stack(const struct found *f)
{
    CHECK_EQ(f->stack[0], 3);
    CHECK(f->stack[1] > f->rsp && f->stack[1] < 0x7ffffffff000);
    CHECK(f->stack[2] > f->stack[1] && f->stack[3] > f->stack[2]);
    CHECK_EQ(f->stack[2] - f->stack[1], 2); /* the strings lie one after another: "a", "bb" */
    CHECK_EQ(f->stack[4], 0);
    CHECK(f->stack[5] > f->stack[3]);
    CHECK_EQ(f->stack[6], 0);
    int i = 7;
    uint64_t entry = 0, phnum = 0;
    for (; i < 126 && f->stack[i] != AT_NULL; i += 2) {
        if (f->stack[i] == AT_ENTRY)
            entry = f->stack[i + 1];
        if (f->stack[i] == AT_PHNUM)
            phnum = f->stack[i + 1];
    }
    CHECK(i < 126);
    CHECK_EQ(entry, 0x400000 + 120);
    CHECK_EQ(phnum, 1);
}

int main(void)
{
    struct found f = {0};
    char *argv[] = {"a", "bb", "ccc", NULL}, *envp[2] = {NULL};
    char big[1500] = "E="; /* so that the stack has all that the program sends */
    int fds[2], status;

    memset(big + 2, 'x', sizeof(big) - 3);
    envp[0] = big;
    ut_enter_folder();
    write_program("p");
    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        execve("p", argv, envp);
        _exit(99);
    }
    close(fds[1]);
    size_t n = 0;
    for (ssize_t r; (r = read(fds[0], (char *)&f + n, sizeof(f) - n)) > 0;)
        n += (size_t)r;
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    CHECK_EQ(n, 1160);
    check_registers(&f);
    check_stack(&f);
    close(fds[0]);
    unlink("p");
    ut_leave_folder();
    return ut_result();
}
