/* describe.c: what a person is told about an address space: the lines of /proc/PID/maps, and why an
 * access was refused. */
#include "vm/vm_priv.h"

#include "abi/types.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "vm/fault.h"
#include "x86/trapframe.h"

/* ---- /proc/PID/maps ---- */

static const char *vma_name(const struct vmspace *vs, const struct vma *v)
{
    if (vs->stack_top && v->start < vs->stack_top && v->end >= vs->stack_top)
        return "[stack]";
    if (!v->obj && v->start < vs->brk && v->end > vs->brk_start)
        return "[heap]";
    return "";
}

bool vm_next_vma(struct vmspace *vs, vaddr_t va, struct vma_info *out)
{
    mutex_lock(&vs->lock);
    struct vma *v = vma_at_or_above(vs, va);
    if (v) {
        *out = (struct vma_info){.start = v->start,
                                 .end = v->end,
                                 .first_page = v->first_page,
                                 .prot = v->prot,
                                 .flags = v->flags,
                                 .obj = v->obj ? vm_object_get(v->obj) : NULL,
                                 .name = vma_name(vs, v)};
    }
    mutex_unlock(&vs->lock);
    return v;
}

int vma_format(const struct vma_info *info, char *buf, size_t len)
{
    char path[128];
    u64 dev = 0, ino = 0;
    strlcpy(path, info->name, sizeof path);
    if (info->obj && info->obj->ops->describe)
        info->obj->ops->describe(info->obj, path, sizeof path, &dev, &ino);
    int n = scnprintf(buf, len, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu", info->start, info->end,
                      info->prot & PROT_READ ? 'r' : '-', info->prot & PROT_WRITE ? 'w' : '-',
                      info->prot & PROT_EXEC ? 'x' : '-', info->flags & VMA_SHARED ? 's' : 'p',
                      info->first_page << PAGE_SHIFT, DEV_MAJOR(dev), DEV_MINOR(dev), ino);
    if (path[0]) /* in column 73, as on Linux */
        n += scnprintf(buf + n, len - n, "%*s %s", MAX(0, 72 - n), "", path);
    return n + scnprintf(buf + n, len - n, "\n");
}

/* ---- why a fault was refused ---- */

#define NULL_AREA USER_MIN /* an access through a null pointer, with some offset, ends up here */

static const char *why_not_mapped(struct vmspace *vs, vaddr_t va) REQUIRES(&vs->lock)
{
    struct vma *above = vma_at_or_above(vs, va);
    if (va < NULL_AREA)
        return "not mapped; null pointer?";
    if (above && (above->flags & VMA_GROWSDOWN) && above->start - va <= STACK_GUARD_GAP)
        return "stack overflow: the stack may not grow further";
    return "not mapped";
}

static const char *why_refused(const struct vma *v, vaddr_t va, unsigned pf_error)
{
    if (v->prot == PROT_NONE)
        return "guard page: no access allowed";
    if ((pf_error & PF_WRITE) && !(v->prot & PROT_WRITE))
        return v->prot & PROT_EXEC ? "read-only: program text" : "read-only";
    if ((pf_error & PF_FETCH) && !(v->prot & PROT_EXEC))
        return "not executable";
    if (v->obj && vma_index(v, va) >= READ_ONCE(v->obj->end))
        return "beyond the end of the file";
    return "its page could not be read";
}

static const char *reason(struct vmspace *vs, vaddr_t va, unsigned pf_error)
{
    if (va >= USER_TOP)
        return (s64)(va << 16) >> 16 != (s64)va ? "not a canonical address" : "kernel address";
    if (!vs)
        return "no address space";
    mutex_lock(&vs->lock);
    struct vma *v = vm_find(vs, va);
    const char *why = v ? why_refused(v, va, pf_error) : why_not_mapped(vs, va);
    mutex_unlock(&vs->lock);
    return why;
}

const char *vm_describe_fault(struct vmspace *vs, vaddr_t va, unsigned pf_error, char *buf,
                              size_t len)
{
    strlcpy(buf, reason(vs, va, pf_error), len);
    return buf;
}
