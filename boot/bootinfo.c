/* What the loader left in memory, turned into struct bootinfo (x86/bootinfo.h).
 *
 * Two formats: multiboot2's tags and PVH's start-info block. Both are read through the first page
 * tables' direct map and copied. A loader is trusted to tell the truth, but not to stay within our
 * arrays. Sources: Multiboot2 Specification, "Boot information"; the Xen x86/HVM direct boot ABI,
 * "struct hvm_start_info".
 */
#include "lib/string.h"
#include "mm/layout.h"
#include "x86/bootinfo.h"

struct bootinfo bootinfo;

static void add_range(paddr_t start, u64 len, u32 type)
{
    if (bootinfo.nranges < BOOT_RANGES && len)
        bootinfo.range[bootinfo.nranges++] = (struct boot_range){start, len, type};
}

static void add_module(paddr_t start, u64 len)
{
    if (bootinfo.nmodules < BOOT_MODULES && len)
        bootinfo.module[bootinfo.nmodules++] = (struct boot_module){start, len};
}

/* ---- multiboot2 ---- */

enum {
    MB2_BOOT_MAGIC = 0x36d76289,
    MB2_END = 0,
    MB2_CMDLINE = 1,
    MB2_MODULE = 3,
    MB2_MMAP = 6,
    MB2_FB = 8,
    MB2_RSDP_OLD = 14,
    MB2_RSDP_NEW = 15,
    MB2_FB_RGB = 1,
    MB2_FB_TEXT = 2,
};

struct mb2_tag {
    u32 type, size;
};
struct mb2_module {
    struct mb2_tag tag;
    u32 start, end;
};
struct mb2_mmap {
    struct mb2_tag tag;
    u32 entry_size, version;
};
struct mb2_mmap_entry {
    u64 addr, len;
    u32 type, zero;
};
struct mb2_fb {
    struct mb2_tag tag;
    u64 addr;
    u32 pitch, width, height;
    u8 bpp, type;
    u16 reserved;
    u8 red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
};

static void mb2_mmap(const struct mb2_mmap *m)
{
    const char *end = (const char *)m + m->tag.size;
    for (const char *p = (const char *)(m + 1); p + sizeof(struct mb2_mmap_entry) <= end;
         p += m->entry_size) {
        const struct mb2_mmap_entry *e = (const void *)p;
        add_range(e->addr, e->len, e->type);
    }
}

static void mb2_fb(const struct mb2_fb *f)
{
    bootinfo.fb = (struct boot_fb){
        .addr = f->addr,
        .pitch = f->pitch,
        .width = f->width,
        .height = f->height,
        .bpp = f->bpp,
        .present = f->type == MB2_FB_RGB,
        .text = f->type == MB2_FB_TEXT,
    };
    if (f->type == MB2_FB_RGB) {
        bootinfo.fb.red_shift = f->red_pos;
        bootinfo.fb.green_shift = f->green_pos;
        bootinfo.fb.blue_shift = f->blue_pos;
    }
}

/* The tag holds a copy of ACPI's root pointer. Nothing keeps the loader's block alive, so it is
 * copied once more; the newer format wins. */
static void mb2_rsdp(const struct mb2_tag *t, bool newer)
{
    if (bootinfo.rsdp && !newer)
        return;
    size_t len = MIN((size_t)t->size - sizeof *t, sizeof bootinfo.rsdp_copy);
    memcpy(bootinfo.rsdp_copy, t + 1, len);
    bootinfo.rsdp = KSYM2P(bootinfo.rsdp_copy);
}

static void mb2_tag(const struct mb2_tag *t)
{
    switch (t->type) {
    case MB2_CMDLINE:
        strlcpy(bootinfo.cmdline, (const char *)(t + 1), sizeof bootinfo.cmdline);
        break;
    case MB2_MODULE: {
        const struct mb2_module *m = (const void *)t;
        add_module(m->start, m->end - m->start);
        break;
    }
    case MB2_MMAP:
        mb2_mmap((const void *)t);
        break;
    case MB2_FB:
        mb2_fb((const void *)t);
        break;
    case MB2_RSDP_OLD:
    case MB2_RSDP_NEW:
        mb2_rsdp(t, t->type == MB2_RSDP_NEW);
        break;
    }
}

static void mb2_parse(paddr_t info)
{
    const char *p = P2V(info), *end = p + *(const u32 *)p;
    bootinfo.loader = "multiboot2";
    for (p += 8; p + sizeof(struct mb2_tag) <= end;) {
        const struct mb2_tag *t = (const void *)p;
        if (t->type == MB2_END || t->size < sizeof *t)
            break;
        mb2_tag(t);
        p += ALIGN_UP(t->size, 8);
    }
}

/* ---- PVH ---- */

enum { PVH_MAGIC = 0x336ec578 };

struct pvh_info {
    u32 magic, version, flags, nr_modules;
    u64 modlist, cmdline, rsdp, memmap; /* physical; memmap only since version 1 */
    u32 memmap_entries, reserved;
};
struct pvh_module {
    u64 paddr, size, cmdline, reserved;
};
struct pvh_range {
    u64 addr, size;
    u32 type, reserved;
};

static void pvh_parse(const struct pvh_info *info)
{
    bootinfo.loader = "pvh";
    bootinfo.rsdp = info->rsdp;
    if (info->cmdline)
        strlcpy(bootinfo.cmdline, P2V(info->cmdline), sizeof bootinfo.cmdline);
    const struct pvh_module *m = P2V(info->modlist);
    for (u32 i = 0; i < info->nr_modules; i++)
        add_module(m[i].paddr, m[i].size);
    const struct pvh_range *r = P2V(info->memmap);
    for (u32 i = 0; info->version >= 1 && i < info->memmap_entries; i++)
        add_range(r[i].addr, r[i].size, r[i].type);
}

bool bootinfo_parse(u32 magic, paddr_t info)
{
    const struct pvh_info *pvh = P2V(info);
    if (magic == MB2_BOOT_MAGIC)
        mb2_parse(info);
    else if (pvh->magic == PVH_MAGIC)
        pvh_parse(pvh);
    else
        return false;
    return true;
}
