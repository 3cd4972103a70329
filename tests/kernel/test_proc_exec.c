/* What execve and the crash line do with files and strings, without a process: the arguments'
 * buffer, and a reader of symbol tables that gets damaged ones. */
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "debug/ktest.h"
#include "fs/file.h"
#include "fs/vfs.h"
#include "lib/fmt.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/exec_priv.h"
#include "proc/usym.h"

/* Is the n-th string of args `want`? */
static bool arg_is(const struct exec_args *args, u32 n, const char *want)
{
    const char *s = args->buf;
    while (n-- > 0)
        s += strlen(s) + 1;
    return strcmp(s, want) == 0;
}

/* Catches: a script's arguments in the wrong order, an environment that is lost when argv grows. */
KTEST(exec_args_replace)
{
    const char *const argv[] = {"script", "a", "b", NULL}, *const envp[] = {"X=1", "Y=2", NULL};
    const char *const front[] = {"/bin/sh", "-e", "/tmp/script"};
    struct exec_args args;
    KT_EQ(exec_args_copy_kernel(&args, argv, envp), 0);
    KT_EQ(exec_args_replace_first(&args, front, 3), 0);
    KT_EQ(args.argc, 5);
    KT_EQ(args.envc, 2);
    KT_ASSERT(arg_is(&args, 0, "/bin/sh") && arg_is(&args, 1, "-e") &&
              arg_is(&args, 2, "/tmp/script"));
    KT_ASSERT(arg_is(&args, 3, "a") && arg_is(&args, 4, "b") && arg_is(&args, 5, "X=1"));
    KT_ASSERT(strcmp(args.buf + args.env_start, "X=1") == 0 && arg_is(&args, 6, "Y=2"));
    exec_args_free(&args);
}

/* Catches: a buffer that is not grown, or not bounded; a program without argv[0]. */
KTEST(exec_args_limits)
{
    const char *const none[] = {NULL};
    struct exec_args args;
    KT_EQ(exec_args_copy_kernel(&args, none, none), 0);
    KT_EQ(args.argc, 1);
    KT_ASSERT(arg_is(&args, 0, ""));
    size_t size = 100000;
    char *big = kmalloc(size);
    KT_ASSERT(big);
    memset(big, 'x', size - 1);
    big[size - 1] = '\0';
    const char *const one[] = {big};
    int err = 0;
    unsigned n = 0;
    for (; !err && n < 1000; n++) { /* each turn leaves one more behind */
        const char *const more[] = {"a", big};
        err = exec_args_replace_first(&args, n ? more : one, n ? 2 : 1);
    }
    KT_EQ(err, -E2BIG);
    KT_ASSERT(args.used <= args.limit && args.used + size >= args.limit - 16 * n);
    kfree(big);
    exec_args_free(&args);
}

/* ---- symbols ---- */

enum { NSYMS = 300, TEXT = 0x401000 };
#define ELF_NAME "/ktest_usym"

/* A file with sections: null, symtab, strtab. Function i, "fn<i>", covers [TEXT + 16 i, + 16). */
struct image {
    struct elf64_ehdr eh;
    struct elf64_shdr sh[3];
    struct elf64_sym sym[NSYMS];
    char str[NSYMS * 8];
};

static void build(struct image *im)
{
    memset(im, 0, sizeof *im);
    memcpy(im->eh.e_ident, ELF_MAGIC, 4);
    im->eh.e_shoff = offsetof(struct image, sh);
    im->eh.e_shentsize = sizeof im->sh[0];
    im->eh.e_shnum = 3;
    im->sh[1] = (struct elf64_shdr){.sh_type = SHT_SYMTAB,
                                    .sh_link = 2,
                                    .sh_size = sizeof im->sym,
                                    .sh_offset = offsetof(struct image, sym),
                                    .sh_entsize = sizeof im->sym[0]};
    im->sh[2] = (struct elf64_shdr){
        .sh_type = SHT_STRTAB, .sh_size = sizeof im->str, .sh_offset = offsetof(struct image, str)};
    u32 at = 1;
    for (u32 i = 0; i < NSYMS; i++) {
        im->sym[i] = (struct elf64_sym){.st_name = at,
                                        .st_info = STT_FUNC,
                                        .st_shndx = 1,
                                        .st_value = TEXT + 16 * i,
                                        .st_size = 16};
        at += (u32)scnprintf(im->str + at, 8, "fn%u", i) + 1;
    }
}

static bool store(const struct image *im)
{
    struct file *f;
    if (file_open(AT_FDCWD, ELF_NAME, O_CREAT | O_TRUNC | O_WRONLY, 0600, &f))
        return false;
    bool ok = kfile_write(f, im, sizeof *im, 0) == sizeof *im;
    file_put(f);
    return ok;
}

static bool lookup(u64 addr, char *buf, size_t len)
{
    struct file *f;
    if (file_open(AT_FDCWD, ELF_NAME, O_RDONLY, 0, &f))
        return false;
    bool found = usym_lookup(f, addr, buf, len);
    file_put(f);
    return found;
}

/* Catches: a wrong function, an address outside of all that gets a name. */
KTEST(usym_finds_functions)
{
    char name[64];
    struct image *im = kmalloc(sizeof *im);
    KT_ASSERT(im);
    build(im);
    KT_ASSERT(store(im));
    KT_ASSERT(lookup(TEXT, name, sizeof name) && strcmp(name, "fn0+0x0") == 0);
    KT_ASSERT(lookup(TEXT + 16 * 299 + 15, name, sizeof name) && strcmp(name, "fn299+0xf") == 0);
    KT_ASSERT(!lookup(TEXT - 1, name, sizeof name));
    KT_ASSERT(!lookup(TEXT + 16 * NSYMS, name, sizeof name));
    KT_ASSERT(!lookup(0, name, sizeof name) && !lookup(~0ul, name, sizeof name));
    kfree(im);
    KT_EQ(vfs_unlink(AT_FDCWD, ELF_NAME), 0);
}

/* Catches: a damaged file that the kernel trusts. Any answer is right as long as there is one. */
KTEST(usym_survives_damage)
{
    char name[64];
    struct image *im = kmalloc(sizeof *im);
    KT_ASSERT(im);
    for (u64 round = 0; round < 200; round++) {
        build(im);
        u64 *words = (u64 *)im;
        size_t headers = offsetof(struct image, sym[4]) / sizeof *words;
        for (u64 i = 0; i <= round % 3; i++) {
            u64 r = hash_mix(round, i);
            words[r % headers] = r & 64 ? hash_mix(r, 7) : words[r % headers] + (r >> 32 & 0xffff);
        }
        KT_ASSERT(store(im));
        (void)lookup(TEXT + 17 * round, name, sizeof name);
    }
    kfree(im);
    KT_EQ(vfs_unlink(AT_FDCWD, ELF_NAME), 0);
}
