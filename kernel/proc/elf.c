/* ELF programs: static ones, at their link address (ET_EXEC) or anywhere (static-PIE, ET_DYN,
 * which relocates itself).
 *
 * A segment is a mapping of the file's own pages; nothing is read here but headers. Only the page
 * in which the file's bytes end and zeros begin is touched, which gives the process a copy of that
 * one page.
 */
#include "abi/elf.h"
#include "abi/errno.h"
#include "fs/file.h"
#include "mm/slab.h"
#include "proc/elf_priv.h"
#include "proc/exec_priv.h"
#include "vm/vmspace.h"

enum { PAGE = 4096 };

static int prot_of(u32 p_flags)
{
    return (p_flags & PF_R ? PROT_READ : 0) | (p_flags & PF_W ? PROT_WRITE : 0) |
           (p_flags & PF_X ? PROT_EXEC : 0);
}

static int map_from_file(struct exec_image *image, const struct elf64_phdr *ph, u64 va)
{
    u64 before = va % PAGE; /* bytes of the first page that precede the segment */
    struct map_request req = {
        .addr = va - before,
        .len = ph->p_filesz + before,
        .prot = prot_of(ph->p_flags),
        .flags = MAP_PRIVATE | MAP_FIXED,
        .first_page = (ph->p_offset - before) / PAGE,
    };
    int err = file_mmap(image->file, &req);
    return err ? err : vm_map(image->vs, &req);
}

static int map_zeros(struct exec_image *image, const struct elf64_phdr *ph, u64 start, u64 end)
{
    struct map_request req = {
        .addr = start,
        .len = end - start,
        .prot = prot_of(ph->p_flags),
        .flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS,
    };
    return vm_map(image->vs, &req);
}

/* The rest of the last page that comes from the file is zero. */
static int zero_tail(struct exec_image *image, u64 from, u64 to)
{
    static const char zeros[PAGE];
    return vm_write(image->vs, from, zeros, to - from) == to - from ? 0 : -ENOMEM;
}

static int load_segment(struct exec_image *image, const struct elf64_phdr *ph)
{
    u64 va = ph->p_vaddr + image->load_bias;
    u64 file_end = va + ph->p_filesz, mem_end = va + ph->p_memsz;
    u64 file_page_end = ALIGN_UP(file_end, PAGE);
    int err = 0;
    if (ph->p_filesz > 0) {
        err = map_from_file(image, ph, va);
        if (!err && mem_end > file_end && file_page_end > file_end)
            err = ph->p_flags & PF_W ? zero_tail(image, file_end, file_page_end) : -ENOEXEC;
    } else {
        file_page_end = ALIGN_DOWN(va, PAGE);
    }
    if (!err && mem_end > file_page_end)
        err = map_zeros(image, ph, file_page_end, ALIGN_UP(mem_end, PAGE));
    return err;
}

static int load_segments(struct exec_image *image, const struct elf64_ehdr *eh,
                         const struct elf64_phdr *ph)
{
    struct elf_layout layout;
    u64 file_size = atomic_load_explicit(&image->file->inode->size, memory_order_relaxed);
    int err = elf_check_segments(eh, ph, file_size, &layout);
    if (err)
        return err;
    image->load_bias = layout.bias;
    image->entry = layout.entry;
    image->phdr = layout.phdr;
    image->phent = eh->e_phentsize;
    image->phnum = eh->e_phnum;
    for (unsigned i = 0; i < eh->e_phnum && !err; i++) {
        if (ph[i].p_type == PT_LOAD && ph[i].p_memsz > 0)
            err = load_segment(image, &ph[i]);
    }
    vm_set_brk(image->vs, layout.hi);
    return err;
}

static int elf_load(struct exec_image *image)
{
    const struct elf64_ehdr *eh = (const struct elf64_ehdr *)image->head;
    int err = elf_check_header(eh, image->head_len);
    if (err)
        return err;
    size_t size = eh->e_phnum * sizeof(struct elf64_phdr);
    struct elf64_phdr *ph = kmalloc(size);
    if (!ph)
        return -ENOMEM;
    ssize_t n = kfile_read(image->file, ph, size, eh->e_phoff);
    if (n < 0)
        err = (int)n;
    else if ((size_t)n < size)
        err = -ENOEXEC;
    else
        err = load_segments(image, eh, ph);
    kfree(ph);
    return err;
}

struct binfmt binfmt_elf = {.name = "elf", .load = elf_load};
