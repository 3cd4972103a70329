/* Catches: program files that must be refused and are not, or bring the kernel down: cut, bent and
 * overlapping headers, each a variation of a file that works. */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>

#include "ut.h"

/* mov $231, %eax; mov $7, %edi; syscall: exit_group(7) */
static const unsigned char code[] = {0xb8, 231, 0, 0, 0, 0xbf, 7, 0, 0, 0, 0x0f, 0x05};

static struct program {
    struct elf64_ehdr e;
    struct elf64_phdr p[3];
    unsigned char code[64];
} good;

static void make_good(void)
{
    good.e = (struct elf64_ehdr){.e_type = ET_EXEC,
                                 .e_machine = EM_X86_64,
                                 .e_version = EV_CURRENT,
                                 .e_entry = 0x400000 + offsetof(struct program, code),
                                 .e_phoff = offsetof(struct program, p),
                                 .e_ehsize = sizeof(struct elf64_ehdr),
                                 .e_phentsize = sizeof(struct elf64_phdr),
                                 .e_phnum = 3};
    memcpy(good.e.e_ident, "\177ELF\2\1\1", 7);
    good.p[0] = (struct elf64_phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_X,
                                    .p_vaddr = 0x400000,
                                    .p_filesz = sizeof(good),
                                    .p_memsz = sizeof(good),
                                    .p_align = 4096};
    good.p[1] = (struct elf64_phdr){.p_type = PT_LOAD,
                                    .p_flags = PF_R | PF_W,
                                    .p_offset = 0,
                                    .p_vaddr = 0x402000,
                                    .p_filesz = 16,
                                    .p_memsz = 0x3000,
                                    .p_align = 4096};
    good.p[2] = (struct elf64_phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
    memcpy(good.code, code, sizeof(code));
}

/* Write the first `size` bytes of p and run them; what came of it: the exit status, 128 + signal,
 * or minus the error of execve. */
static int run(const struct program *p, size_t size)
{
    int fds[2], status, err = 0;
    int fd = (int)CHECK_OK(open("p", O_WRONLY | O_CREAT | O_TRUNC, 0755));

    CHECK_EQ(write(fd, p, size), size);
    close(fd);
    CHECK_OK(pipe2(fds, O_CLOEXEC));
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"p", NULL};
        execve("p", argv, environ);
        err = errno;
        write(fds[1], &err, sizeof(err));
        _exit(0);
    }
    close(fds[1]);
    bool failed = read(fds[0], &err, sizeof(err)) == sizeof(err);
    close(fds[0]);
    waitpid(pid, &status, 0);
    return failed ? -err : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        struct program p = good;                                                                   \
        change;                                                                                    \
        CHECK_EQ(run(&p, sizeof(p)), -ENOEXEC);                                                    \
    } while (0)

/* What may end in any way, but must end, and not the machine. */
#define HARMLESS(change)                                                                           \
    do {                                                                                           \
        struct program p = good;                                                                   \
        change;                                                                                    \
        int result = run(&p, sizeof(p));                                                           \
        CHECK(result<0 || result == 7 || result> 128);                                             \
    } while (0)

int main(void)
{
    ut_enter_folder();
    make_good();
    CHECK_EQ(run(&good, sizeof(good)), 7);
    CHECK_EQ(run(&good, 20), -ENOEXEC);
    CHECK_EQ(run(&good, 63), -ENOEXEC);
    REFUSED(p.e.e_ident[0] = 'x');
    REFUSED(p.e.e_machine = 3); /* a 32-bit PC */
    REFUSED(p.e.e_type = ET_REL);
    REFUSED(p.e.e_phentsize = 32);
    REFUSED(p.e.e_phnum = 0);
    HARMLESS(p.e.e_phnum = 0xffff);
    HARMLESS(p.e.e_phoff = 1ul << 62);
    HARMLESS(p.e.e_phoff = ~0ul);
    HARMLESS(p.e.e_entry = 0);
    HARMLESS(p.e.e_entry = 0xffffffff80100000);
    HARMLESS(p.e.e_entry = 0x800000000000);
    HARMLESS(p.p[1].p_vaddr = 0xffff800000000000);
    HARMLESS(p.p[1].p_vaddr = 0xfffffffffffff000);
    HARMLESS(p.p[1].p_vaddr = 0x7ffffffff000);
    HARMLESS(p.p[1].p_memsz = ~0ul);
    HARMLESS(p.p[1].p_memsz = 1ul << 47);
    HARMLESS(p.p[1].p_memsz = 4); /* less than p_filesz */
    HARMLESS(p.p[1].p_filesz = 1ul << 40; p.p[1].p_memsz = 1ul << 40);
    HARMLESS(p.p[1].p_offset = 1ul << 63);
    HARMLESS(p.p[1].p_offset = 5);       /* does not fit p_vaddr */
    HARMLESS(p.p[1].p_vaddr = 0x400000); /* over the code */
    HARMLESS(p.p[1].p_vaddr = 0);
    HARMLESS(p.p[0].p_flags = 0);
    HARMLESS(p.p[0].p_flags = PF_R | PF_W | PF_X);
    HARMLESS(p.p[0].p_type = PT_NULL);
    HARMLESS(p.p[2].p_type = PT_INTERP; p.p[2].p_filesz = 10);
    HARMLESS(p.p[2].p_type = PT_TLS; p.p[2].p_memsz = ~0ul);
    unlink("p");
    ut_leave_folder();
    return ut_result();
}
