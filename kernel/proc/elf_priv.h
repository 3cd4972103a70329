/* Is this an ELF program that we can run? Pure checks, so that they can be tested without a kernel.
 */
#pragma once
#include "abi/elf.h"
#include "lib/types.h"

enum { ELF_MAX_PHDRS = 128 };
#define ELF_DYN_BASE                                                                               \
    0x555555554000ull /* where a static-PIE comes to lie, as on Linux without randomisation */

struct elf_layout {
    u64 bias;   /* what is added to each address in the file */
    u64 lo, hi; /* page-aligned span of the loaded segments, bias included */
    u64 entry;
    u64 phdr; /* address of the program headers in memory; 0: not loaded */
};

/* 0; -ENOEXEC: not for this machine, damaged, or beyond our limits. */
MUST_CHECK int elf_check_header(const struct elf64_ehdr *eh, size_t len);
/* Look at the header and its e_phnum program headers; file_size bounds what they may refer to. 0,
 * -ENOEXEC. */
MUST_CHECK int elf_check_segments(const struct elf64_ehdr *eh, const struct elf64_phdr *ph,
                                  u64 file_size, struct elf_layout *out);
