/* What the boot loader told us, in one form whichever loader it was.
 *
 * boot/bootinfo.c fills it from multiboot2 tags or from a PVH start-info block. Everything is
 * copied: after boot no loader memory is referenced except the modules, which stay reserved until
 * the initrd has been unpacked.
 */
#pragma once
#include "lib/types.h"

enum { BOOT_RANGES = 64, BOOT_MODULES = 8, BOOT_CMDLINE = 2048, RSDP_BYTES = 36 };

enum memtype {
    MEM_RAM = 1,
    MEM_RESERVED = 2,
    MEM_ACPI = 3,
    MEM_NVS = 4,
    MEM_BAD = 5,
    MEM_PMEM = 7
};

struct boot_range {
    paddr_t start;
    u64 len;
    u32 type;
};
struct boot_module {
    paddr_t start;
    u64 len;
};

struct boot_fb {
    paddr_t addr;
    u32 pitch, width, height;
    u8 bpp;
    bool present; /* a linear RGB framebuffer; otherwise VGA text may be at 0xb8000 */
    bool text;    /* EGA text mode, as the loader said */
    u8 red_shift, green_shift, blue_shift;
};

struct bootinfo {
    const char *loader; /* "multiboot2" or "pvh" */
    char cmdline[BOOT_CMDLINE];
    unsigned nranges, nmodules;
    struct boot_range range[BOOT_RANGES];
    struct boot_module module[BOOT_MODULES];
    struct boot_fb fb;
    paddr_t rsdp; /* ACPI root pointer; 0: the loader did not say, search for it */
    ALIGNED(8) u8 rsdp_copy[RSDP_BYTES]; /* where it points, if the loader gave its contents */
};
extern struct bootinfo bootinfo;

/* Parse what the loader left at `info` (physical, below 4 GiB). False: neither multiboot2 nor PVH.
 * Boot CPU, once. */
MUST_CHECK bool bootinfo_parse(u32 magic, paddr_t info);
