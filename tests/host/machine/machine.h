/* machine.h: a pretended machine for tests of mm/: RAM with holes, CPUs, an interrupt flag. Include
 * once, after shim.h. */
#pragma once

#include <string.h>
#include "lib/cmdline.h"
#include "mm/frame.h"
#include "mm/frame_priv.h"
#include "x86/cpu.h"
#include "x86/smp.h"

u8 *host_ram;
void *host_pages;
struct percpu host_percpu;
struct ctx host_ctx;
unsigned host_cpu;
bool host_irqs = true;
_Atomic cpumask_t cpus_online = 0xf;

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
    snprintf(dst, size, "%s", src);
    return strlen(src);
}

enum { MACHINE_FRAMES = 6144 }; /* 24 MiB of addresses */

static struct region_set machine_free;

/* Two ranges of memory with a hole, an odd end, and some of it in use. Happens once in a program;
 * each test gives back what it takes. */
static void machine_start(const char *options)
{
    struct region_set ram = {0};
    if (host_ram)
        return;
    host_ram = aligned_alloc(4 << 20, (size_t)MACHINE_FRAMES * PAGE_SIZE);
    host_pages = malloc(8192 * sizeof(struct page));
    memset(host_pages, PAGE_FREE, 8192 * sizeof(struct page)); /* the worst that they can say */
    cmdline_init(options);
    regions_add(&ram, 0, 0x9f000);
    regions_add(&ram, 0x100000, 0x7fd000);
    regions_add(&ram, 0xa01000, (u64)MACHINE_FRAMES * PAGE_SIZE);
    machine_free = ram;
    regions_remove(&machine_free, 0, 0x100000);
    regions_remove(&machine_free, 0x180000, 0x2a7000);
    frame_init(&ram, &machine_free);
}
