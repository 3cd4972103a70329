/* Symbols of a user program, read from its ELF file when it crashes.
 *
 * Two passes over the symbol table in pieces of a page: no table is ever held in memory. The file
 * may be damaged or hostile; each offset and count is checked against the file's size, and the
 * work is bounded by USYM_MAX_SYMBOLS.
 */
#include "proc/usym.h"
#include "abi/elf.h"
#include "fs/file.h"
#include "lib/checked.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/slab.h"

enum {
    USYM_MAX_SECTIONS = 256,
    USYM_MAX_SYMBOLS = 65536, /* a static glibc program has about 2,000 */
    USYM_CHUNK = 128,         /* symbols read at a time */
    USYM_NAME = 64,
};

static bool read_exact(struct file *f, void *buf, size_t len, u64 pos)
{
    return kfile_read(f, buf, len, pos) == (ssize_t)len;
}

static bool read_section(struct file *f, const struct elf64_ehdr *eh, u32 index,
                         struct elf64_shdr *out)
{
    if (index >= eh->e_shnum || index >= USYM_MAX_SECTIONS)
        return false;
    u64 pos;
    return !add_overflows(eh->e_shoff, index * sizeof *out, &pos) &&
           read_exact(f, out, sizeof *out, pos);
}

static bool find_symtab(struct file *f, const struct elf64_ehdr *eh, struct elf64_shdr *symtab)
{
    for (u32 i = 0; i < eh->e_shnum && i < USYM_MAX_SECTIONS; i++) {
        if (!read_section(f, eh, i, symtab))
            return false;
        if (symtab->sh_type == SHT_SYMTAB && symtab->sh_entsize == sizeof(struct elf64_sym))
            return true;
    }
    return false;
}

/* The function that contains addr, else (assembly gives no size) the last one that begins at or
 * before it. */
static void consider(const struct elf64_sym *sym, u64 addr, struct elf64_sym *best)
{
    if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || sym->st_value > addr)
        return;
    if (sym->st_size && addr - sym->st_value >= sym->st_size)
        return;
    if (best->st_name == 0 || sym->st_value > best->st_value)
        *best = *sym;
}

static bool find_symbol(struct file *f, const struct elf64_shdr *symtab, u64 addr,
                        struct elf64_sym *best)
{
    u64 count = symtab->sh_size / sizeof(struct elf64_sym);
    if (count > USYM_MAX_SYMBOLS)
        return false;
    struct elf64_sym *chunk = kmalloc(USYM_CHUNK * sizeof *chunk);
    if (!chunk)
        return false;
    memset(best, 0, sizeof *best);
    for (u64 i = 0; i < count; i += USYM_CHUNK) {
        size_t n = MIN(count - i, (u64)USYM_CHUNK);
        u64 pos;
        if (add_overflows(symtab->sh_offset, i * sizeof *chunk, &pos) ||
            !read_exact(f, chunk, n * sizeof *chunk, pos))
            break;
        for (size_t k = 0; k < n; k++)
            consider(&chunk[k], addr, best);
    }
    kfree(chunk);
    return best->st_name != 0;
}

static bool read_name(struct file *f, const struct elf64_shdr *strtab, u32 offset, char *name)
{
    u64 pos;
    if (strtab->sh_type != SHT_STRTAB || offset >= strtab->sh_size ||
        add_overflows(strtab->sh_offset, offset, &pos))
        return false;
    size_t len = MIN(strtab->sh_size - offset, (u64)USYM_NAME - 1);
    ssize_t n = kfile_read(f, name, len, pos);
    if (n <= 0)
        return false;
    name[n] = '\0';
    for (char *c = name; *c; c++) { /* it goes to the console: no control characters */
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
    return name[0] != '\0';
}

bool usym_lookup(struct file *f, u64 addr, char *buf, size_t len)
{
    struct elf64_ehdr eh;
    struct elf64_shdr symtab, strtab;
    struct elf64_sym sym;
    char name[USYM_NAME];
    if (!read_exact(f, &eh, sizeof eh, 0) || memcmp(eh.e_ident, ELF_MAGIC, 4) != 0 ||
        eh.e_shentsize != sizeof symtab)
        return false;
    if (!find_symtab(f, &eh, &symtab) || !find_symbol(f, &symtab, addr, &sym) ||
        !read_section(f, &eh, symtab.sh_link, &strtab) || !read_name(f, &strtab, sym.st_name, name))
        return false;
    scnprintf(buf, len, "%s+0x%lx", name, addr - sym.st_value);
    return true;
}
