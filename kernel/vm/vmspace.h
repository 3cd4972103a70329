/* vmspace.h: the address space of a process: what is mapped where, and with which rights.
 *
 * A vmspace is a tree of vmas (ranges with one source and one set of rights) and a page table. The
 * vmas are the truth; the page table is a cache of it that faults fill on demand (fault.h).
 *
 * Life cycle. vmspace_create or vmspace_fork: one reference, the creator's. Threads of one process
 * share it, and /proc readers take a reference too; the last vmspace_put unmaps everything and
 * frees it. A typical sequence is
 *     vmspace_create(&vs); vm_map(vs, ...) for each ELF segment; vm_map_stack(vs, ...);
 *     t->vmspace = vs; t->pt = vs->pt; run; vmspace_put(vs).
 * A vma enters and leaves the tree under vs->lock only. */
#pragma once

#include "abi/mman.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "sync/mutex.h"
#include "vm/object.h"

struct pagetable;

enum { VM_MAX_MAPS = 65530 };           /* vmas of one vmspace: Linux's vm.max_map_count */
#define STACK_GUARD_GAP (256 * 4096ull) /* kept free below a stack that grows, as on Linux */

/* vma.flags */
enum {
    VMA_SHARED = 1,    /* MAP_SHARED: writes are seen by everybody who maps obj */
    VMA_GROWSDOWN = 2, /* a stack: a fault just below extends it */
    VMA_DONTFORK = 4,  /* madvise: not inherited */
};

/* key: v = vs->lock; vm = both vs->lock and obj->mappings_lock to write, either to read (obj NULL:
 * vs->lock) */
struct vma {
    vaddr_t start, end;         /* (vm) page aligned, start < end */
    u64 first_page;             /* (vm) index in obj of the page at start */
    struct vm_object *obj;      /* (vm) referenced; NULL: private anonymous memory */
    u8 prot;                    /* (v) PROT_* */
    u8 max_prot;                /* (v) what mprotect may grant */
    u8 flags;                   /* (v) VMA_* */
    bool touched;               /* (v) false: nothing of it was ever in the page table */
    struct vmspace *vs;         /* (vm) */
    u64 gap;                    /* (v) free bytes between the vma below and this one */
    u64 max_gap;                /* (v) largest gap in this subtree (vma.c) */
    struct rb_node node;        /* (v) in vs->tree, by start */
    struct vma *below, *above;  /* (v) the neighbours, NULL at the ends */
    struct list_head on_object; /* (m) in obj->mappings */
};

/* key: v = lock, a = atomic, c = fixed at creation */
struct vmspace {
    struct refcount refs; /* (a) */
    struct mutex lock;
    struct rb_root tree;     /* (v) vmas by address */
    struct vma *last;        /* (v) the vma that was found last, or NULL */
    unsigned nvmas;          /* (v) */
    struct pagetable *pt;    /* (c) has a lock of its own */
    vaddr_t mmap_top;        /* (v) new mappings go below */
    vaddr_t brk_start, brk;  /* (v) */
    vaddr_t stack_top;       /* (v) end of the first thread's stack; 0: none yet */
    u64 npages, ndata_pages; /* (v) mapped: all (RLIMIT_AS); private, writable, no stack (_DATA) */
    u64 max_rss_pages;       /* (v) before the last unmap (vmspace_max_rss) */
    u64 minor_faults, major_faults; /* (v) answered without, with a disk */
    vaddr_t arg_start, arg_end;     /* (v) for /proc/PID/cmdline, set by exec */
    vaddr_t env_start, env_end;     /* (v) for /proc/PID/environ */
};

/* Frames that are mapped now, the shared zero frame not counted; and the most there ever were. A
 * glance without a lock: exact if the process stands still. */
u64 vmspace_rss(const struct vmspace *vs);
u64 vmspace_max_rss(const struct vmspace *vs);
/* The same and its page tables: about what would come free if it went. */
u64 vmspace_footprint(const struct vmspace *vs);

/* 0 or -ENOMEM. */
MUST_CHECK int vmspace_create(struct vmspace **out);
/* A copy in which private pages are shared copy-on-write until one side writes. `from` is the
 * caller's own or nobody's (its other threads are shut out by its lock). 0, or -ENOMEM with *out
 * untouched. Sleeps. */
MUST_CHECK int vmspace_fork(struct vmspace *from, struct vmspace **out);
struct vmspace *vmspace_get(struct vmspace *vs);
/* The last reference frees it: must not be active on any CPU then except lazily. Sleeps; no lock of
 * vm or fs held. */
void vmspace_put(struct vmspace *vs);

/* What is to be mapped. file_ops.mmap fills in obj (with a reference) and max_prot, and may refuse.
 */
struct map_request {
    vaddr_t addr;          /* a hint, or the place (MAP_FIXED); out: where it came to be */
    size_t len;            /* bytes, > 0; rounded up to pages */
    int prot, flags;       /* PROT_*, MAP_* */
    int max_prot;          /* what mprotect may grant later; 0: everything */
    struct vm_object *obj; /* NULL: anonymous. The reference is taken over, also on failure */
    u64 first_page;        /* index of the first page in obj */
};

/* mmap(2). 0, -EINVAL, -ENOMEM (no room, too many vmas, RLIMIT_AS, RLIMIT_DATA), -EEXIST
 * (MAP_FIXED_NOREPLACE), -EACCES (W+X), -EPERM (below USER_MIN), -EOVERFLOW, -EOPNOTSUPP. Sleeps;
 * no lock of vm or fs held: that holds for all that follow. */
MUST_CHECK int vm_map(struct vmspace *vs, struct map_request *req);
/* Map the initial stack, growing down from USER_TOP to RLIMIT_STACK. *top: its (exclusive) end. */
MUST_CHECK int vm_map_stack(struct vmspace *vs, vaddr_t *top);
/* munmap(2): 0, -EINVAL, -ENOMEM (a split would exceed VM_MAX_MAPS). */
MUST_CHECK int vm_unmap(struct vmspace *vs, vaddr_t addr, size_t len);
/* mprotect(2): 0, -EINVAL, -ENOMEM (a hole in the range), -EACCES. */
MUST_CHECK int vm_protect(struct vmspace *vs, vaddr_t addr, size_t len, int prot);
/* mremap(2): 0 and *out, -EINVAL, -EFAULT (not mapped), -ENOMEM. */
MUST_CHECK int vm_remap(struct vmspace *vs, vaddr_t old, size_t old_len, size_t new_len, int flags,
                        vaddr_t new_addr, vaddr_t *out);
/* madvise(2): 0, -EINVAL, -ENOMEM (a hole). */
MUST_CHECK int vm_advise(struct vmspace *vs, vaddr_t addr, size_t len, int advice);
/* msync(2): 0, -EINVAL, -ENOMEM (a hole). */
MUST_CHECK int vm_sync(struct vmspace *vs, vaddr_t addr, size_t len, int flags);
/* brk(2): move the break if that can be. Returns the break that then holds, as Linux does. */
vaddr_t vm_brk(struct vmspace *vs, vaddr_t want);
/* exec: the heap begins here (rounded up to a page). */
void vm_set_brk(struct vmspace *vs, vaddr_t start);

/* The vma that contains va, or NULL. */
struct vma *vm_find(struct vmspace *vs, vaddr_t va) REQUIRES(&vs->lock);

/* Read or write the memory of any vmspace, whether active or not (exec's stack, /proc/PID/mem,
 * cmdline). Faults pages in; the rights of the vma hold. Returns how many bytes were copied (fewer
 * than n: -EFAULT there). */
MUST_CHECK size_t vm_read(struct vmspace *vs, vaddr_t va, void *buf, size_t n);
MUST_CHECK size_t vm_write(struct vmspace *vs, vaddr_t va, const void *buf, size_t n);

/* What /proc/PID/maps shows of one vma; a copy, so that nothing is locked while it is shown. */
struct vma_info {
    vaddr_t start, end;
    u64 first_page;
    int prot;
    unsigned flags;
    struct vm_object *obj; /* referenced; NULL for private anonymous memory */
    const char *name;      /* "[heap]", "[stack]" or "" */
};
/* The first vma that ends above va, with a reference to its object that the caller drops. false:
 * there is none. */
bool vm_next_vma(struct vmspace *vs, vaddr_t va, struct vma_info *out);
/* The line that Linux's /proc/PID/maps has for it, with the newline. Returns its length. Calls
 * pager_ops.describe. */
int vma_format(const struct vma_info *info, char *buf, size_t len);

/* Once, after sync_init: slab caches, the zero frame, the options `wx=`. */
void vm_init(void);
