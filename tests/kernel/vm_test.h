/* vm_test.h: what the tests of vm/ have in common. An address space is tested without running in
 * it: vm_read and vm_write fault pages in as the program's own accesses would. */
#pragma once

#include "abi/errno.h"
#include "abi/mman.h"
#include "debug/ktest.h"
#include "mm/frame.h"
#include "vm/fault.h"
#include "vm/vmspace.h"
#include "x86/trapframe.h"

enum {
    RW = PROT_READ | PROT_WRITE,
    RX = PROT_READ | PROT_EXEC,
    ANON = MAP_PRIVATE | MAP_ANONYMOUS
};

/* Map npages and return the address, or the negative errno as it is. */
static inline s64 t_map(struct vmspace *vs, vaddr_t addr, u64 npages, int prot, int flags)
{
    struct map_request req = {
        .addr = addr, .len = npages * PAGE_SIZE, .prot = prot, .flags = flags};
    int err = vm_map(vs, &req);
    return err ? err : (s64)req.addr;
}

/* The same with an object behind it; the caller keeps his reference. */
static inline s64 t_map_object(struct vmspace *vs, u64 npages, int prot, int flags,
                               struct vm_object *obj, u64 first_page)
{
    struct map_request req = {.len = npages * PAGE_SIZE,
                              .prot = prot,
                              .flags = flags,
                              .obj = vm_object_get(obj),
                              .first_page = first_page};
    int err = vm_map(vs, &req);
    return err ? err : (s64)req.addr;
}

static inline bool t_write(struct vmspace *vs, vaddr_t va, u64 value)
{
    return vm_write(vs, va, &value, sizeof value) == sizeof value;
}

/* The word at va; ~0 if it cannot be read. */
static inline u64 t_read(struct vmspace *vs, vaddr_t va)
{
    u64 value;
    return vm_read(vs, va, &value, sizeof value) == sizeof value ? value : ~0ul;
}

static inline unsigned t_nvmas(struct vmspace *vs)
{
    unsigned n = 0;
    struct vma_info info;
    for (vaddr_t va = 0; vm_next_vma(vs, va, &info); va = info.end, n++)
        if (info.obj)
            vm_object_put(info.obj);
    return n;
}

/* Frames in use, after everything that is kept back for speed was given back. */
static inline u64 t_frames_free(void)
{
    frame_drain_caches();
    return frame_free_count();
}
