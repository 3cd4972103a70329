/* Checks on ELF headers: everything in them was written by a program or by a disk's worth of bad
 * luck.
 *
 * No sum of two numbers from the file is formed before it is known not to wrap. What passes can be
 * mapped without another look: segments ascend, do not overlap, lie in user space, and end within
 * the file.
 */
#include "abi/errno.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "proc/elf_priv.h"

enum { PAGE = 4096 };

int elf_check_header(const struct elf64_ehdr *eh, size_t len)
{
    if (len < sizeof *eh || memcmp(eh->e_ident, ELF_MAGIC, 4) != 0)
        return -ENOEXEC;
    if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_ident[EI_DATA] != ELFDATA2LSB ||
        eh->e_machine != EM_X86_64)
        return -ENOEXEC;
    if (eh->e_type != ET_EXEC && eh->e_type != ET_DYN)
        return -ENOEXEC;
    if (eh->e_phentsize != sizeof(struct elf64_phdr) || eh->e_phnum == 0 ||
        eh->e_phnum > ELF_MAX_PHDRS)
        return -ENOEXEC;
    return 0;
}

/* One PT_LOAD, to lie at or above `floor`. */
static bool segment_ok(const struct elf64_phdr *ph, u64 bias, u64 floor, u64 file_size)
{
    u64 va;
    if (ph->p_filesz > ph->p_memsz || !range_within(ph->p_offset, ph->p_filesz, file_size))
        return false;
    if (add_overflows(ph->p_vaddr, bias, &va) || !range_within(va, ph->p_memsz, USER_TOP))
        return false;
    if ((ph->p_offset ^ ph->p_vaddr) % PAGE != 0) /* page i of memory must be a page of the file */
        return false;
    return ALIGN_DOWN(va, PAGE) >= floor;
}

/* Where the program headers themselves lie in memory: PT_PHDR says it, else the segment that
 * contains them. */
static u64 find_phdr(const struct elf64_ehdr *eh, const struct elf64_phdr *ph,
                     const struct elf_layout *l)
{
    u64 size = (u64)eh->e_phnum * sizeof *ph;
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        if (ph[i].p_type == PT_LOAD && ph[i].p_offset <= eh->e_phoff &&
            range_within(eh->e_phoff - ph[i].p_offset, size, ph[i].p_filesz))
            return ph[i].p_vaddr + l->bias + (eh->e_phoff - ph[i].p_offset);
    }
    return 0;
}

int elf_check_segments(const struct elf64_ehdr *eh, const struct elf64_phdr *ph, u64 file_size,
                       struct elf_layout *out)
{
    struct elf_layout l = {.bias = eh->e_type == ET_DYN ? ELF_DYN_BASE : 0};
    u64 floor = USER_MIN;
    for (unsigned i = 0; i < eh->e_phnum; i++) {
        if (ph[i].p_type == PT_INTERP) /* needs a dynamic linker */
            return -ENOEXEC;
        if (ph[i].p_type != PT_LOAD || ph[i].p_memsz == 0)
            continue;
        if (!segment_ok(&ph[i], l.bias, floor, file_size))
            return -ENOEXEC;
        u64 va = ph[i].p_vaddr + l.bias;
        if (l.hi == 0)
            l.lo = ALIGN_DOWN(va, PAGE);
        floor = l.hi = ALIGN_UP(va + ph[i].p_memsz, PAGE);
    }
    if (l.hi == 0 || add_overflows(eh->e_entry, l.bias, &l.entry))
        return -ENOEXEC;
    if (l.entry < l.lo || l.entry >= l.hi)
        return -ENOEXEC;
    l.phdr = find_phdr(eh, ph, &l);
    *out = l;
    return 0;
}
