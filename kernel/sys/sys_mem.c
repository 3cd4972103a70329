/* System calls on the address space.
 *
 * The addresses are not dereferenced here, so they leave their uaddr_t at this point: vm/ checks
 * the ranges.
 */
#include "abi/errno.h"
#include "abi/mman.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "sched/thread.h"
#include "sys/syscall.h"
#include "vm/vmspace.h"

enum { PAGE = 4096 };

static struct vmspace *vs_current(void)
{
    return thread_current()->vmspace;
}

/* mmap(2). MAP_STACK, MAP_NORESERVE, MAP_POPULATE and the like are hints, and taken as such. The
 * file is let go at once: the mapping has its own reference to the object. */
long sys_mmap(uaddr_t addr, unsigned long len, int prot, int flags, int fd, long offset)
{
    struct map_request req = {
        .addr = addr.addr,
        .len = len,
        .prot = prot,
        .flags = flags,
        .first_page = (u64)offset / PAGE,
    };
    int err = offset % PAGE ? -EINVAL : 0;
    if (!err && !(flags & MAP_ANONYMOUS))
        err = offset < 0 ? -EOVERFLOW : WITH_FILE(fd, file_mmap(f, &req));
    if (!err)
        err = vm_map(vs_current(), &req);
    return err ? err : (long)req.addr;
}

/* munmap(2) */
long sys_munmap(uaddr_t addr, unsigned long len)
{
    return vm_unmap(vs_current(), addr.addr, len);
}

/* mprotect(2) */
long sys_mprotect(uaddr_t addr, unsigned long len, int prot)
{
    return vm_protect(vs_current(), addr.addr, len, prot);
}

/* mremap(2) */
long sys_mremap(uaddr_t old_addr, unsigned long old_len, unsigned long new_len, int flags,
                uaddr_t new_addr)
{
    vaddr_t out;
    int err = vm_remap(vs_current(), old_addr.addr, old_len, new_len, flags, new_addr.addr, &out);
    return err ? err : (long)out;
}

/* madvise(2) */
long sys_madvise(uaddr_t addr, unsigned long len, int advice)
{
    return vm_advise(vs_current(), addr.addr, len, advice);
}

/* msync(2) */
long sys_msync(uaddr_t addr, unsigned long len, int flags)
{
    return vm_sync(vs_current(), addr.addr, len, flags);
}

/* brk(2): the system call returns the break that holds, changed or not. */
long sys_brk(uaddr_t addr)
{
    return (long)vm_brk(vs_current(), addr.addr);
}
