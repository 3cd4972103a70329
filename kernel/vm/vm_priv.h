/* vm_priv.h: what the files of vm/ share with each other.
 *
 * Whatever changes the map of a vmspace does it between vm_change_begin and vm_change_end. In
 * between the vmspace is locked; the end flushes the TLBs while it still is (so that nobody finds a
 * stale page behind a new mapping), and drops references to objects when it no longer is (the last
 * one calls into a file system). */
#pragma once

#include "mm/tlb.h"
#include "vm/vmspace.h"
#include "x86/pte.h"

/* How much address space is worked on under one hold of a page-table lock, so that interrupts are
 * not off for too long. */
#define VM_LOCK_SPAN (16ull << 20)

/* ---- vma.c: the tree of vmas ---- */

void vma_init_cache(void);
/* A vma that shows what *like does (which may be a sketch on the stack: nothing below `touched` is
 * looked at), in no tree yet, with a reference of its own to the object. NULL: -ENOMEM. */
MUST_CHECK struct vma *vma_create(const struct vma *like);
/* Free a vma that is in no tree any more, and its reference. No lock of vm held. */
void vma_destroy(struct vma *v);
/* Put it into vs, between its neighbours there (NULL: none on that side), and into its object's
 * list; count its pages. */
void vma_insert(struct vmspace *vs, struct vma *v, struct vma *below, struct vma *above)
    REQUIRES(&vs->lock);
/* The reverse. */
void vma_remove(struct vmspace *vs, struct vma *v) REQUIRES(&vs->lock);
/* Move the bounds of v, which stays between its neighbours; first_page follows start. */
void vma_resize(struct vmspace *vs, struct vma *v, vaddr_t start, vaddr_t end) REQUIRES(&vs->lock);
/* Cut v at `at`; v keeps the lower part, the upper one is returned. NULL: -ENOMEM, or too many. */
MUST_CHECK struct vma *vma_split(struct vmspace *vs, struct vma *v, vaddr_t at) REQUIRES(&vs->lock);
/* Could a and b, which lies behind it, be one vma? Either may be a sketch. */
bool vma_joins(const struct vma *a, const struct vma *b);
/* The first vma that ends above va, or NULL; and the highest one. */
struct vma *vma_at_or_above(struct vmspace *vs, vaddr_t va) REQUIRES(&vs->lock);
struct vma *vma_last(struct vmspace *vs) REQUIRES(&vs->lock);
/* Those between which something that ends at va would come to lie; NULL where there is none. */
void vma_neighbours(struct vmspace *vs, vaddr_t va, struct vma **below, struct vma **above)
    REQUIRES(&vs->lock);
/* Where the free space below v ends: at v, or at the guard gap below a stack. */
vaddr_t vma_room_end(const struct vma *v);
/* The highest address at which len bytes are free within [low, high); 0: there is none. */
vaddr_t vma_find_gap(struct vmspace *vs, u64 len, vaddr_t low, vaddr_t high) REQUIRES(&vs->lock);
/* Is [start, end) free? */
bool vma_range_is_free(struct vmspace *vs, vaddr_t start, vaddr_t end) REQUIRES(&vs->lock);

static inline u64 vma_pages(const struct vma *v)
{
    return (v->end - v->start) >> PAGE_SHIFT;
}
/* Index in v->obj of the page at va. */
static inline u64 vma_index(const struct vma *v, vaddr_t va)
{
    return v->first_page + ((va - v->start) >> PAGE_SHIFT);
}

/* ---- change.c: one change of a map, from lock to unlock ---- */

struct vm_change {
    struct vmspace *vs;
    struct tlb_batch tlb;
    struct list_head dead; /* vmas out of the tree, by on_object, freed after the unlock */
};
void vm_change_begin(struct vm_change *c, struct vmspace *vs) ACQUIRE(&c->vs->lock);
void vm_change_end(struct vm_change *c) RELEASE(&c->vs->lock);
/* Take v out of the tree, now; free it at the end. */
void vm_change_drop(struct vm_change *c, struct vma *v) REQUIRES(&c->vs->lock);
/* Remove what is mapped in [start, end): vmas and pages. 0, -ENOMEM (nothing changed). */
MUST_CHECK int vm_change_unmap(struct vm_change *c, vaddr_t start, vaddr_t end)
    REQUIRES(&c->vs->lock);
/* Remove the pages of [start, end) only; whoever touches them next faults. */
void vm_zap(struct pagetable *pt, vaddr_t start, vaddr_t end, struct tlb_batch *b);
/* Enter what *want describes, where nothing is, as a new vma or as a part of its neighbours. The
 * object's reference stays the caller's. 0 or -ENOMEM. */
MUST_CHECK int vm_change_insert(struct vm_change *c, const struct vma *want) REQUIRES(&c->vs->lock);
/* Make v one with its neighbours where they are alike. */
void vm_change_join(struct vm_change *c, struct vma *v) REQUIRES(&c->vs->lock);
/* Call fn for each vma of [start, end), having cut the first and the last so that all lie inside;
 * afterwards join what belongs together. Returns fn's first error; -ENOMEM when there is a hole,
 * where it stops or which it steps over, or when a cut was impossible. */
typedef int (*vma_fn)(struct vm_change *c, struct vma *v, int arg);
enum vm_holes { STOP_AT_HOLE, STEP_OVER_HOLES };
MUST_CHECK int vm_change_each(struct vm_change *c, vaddr_t start, vaddr_t end, enum vm_holes holes,
                              vma_fn fn, int arg) REQUIRES(&c->vs->lock);

/* ---- map.c ---- */

/* Read the boot options. */
void vm_policy_init(void);
/* Is prot allowed at all (W^X)? */
bool vm_prot_allowed(int prot);
/* Would npages more, ndata of them private and writable, exceed a limit? 0 or -ENOMEM. */
MUST_CHECK int vm_check_limits(struct vmspace *vs, u64 npages, u64 ndata) REQUIRES(&vs->lock);
/* May so many pages of private writable memory be promised at once? 0 or -ENOMEM. */
MUST_CHECK int vm_check_commit(u64 ndata);
static inline bool vm_counts_as_data(int prot, unsigned flags)
{
    return (prot & PROT_WRITE) && !(flags & (VMA_SHARED | VMA_GROWSDOWN));
}
/* [start, start + len) rounded up to pages ends at *end, within user space. 0 or -EINVAL. */
MUST_CHECK int vm_check_range(vaddr_t start, size_t len, vaddr_t *end);

/* ---- stack.c ---- */

/* Where mmap begins, below the room that RLIMIT_STACK asks for. */
vaddr_t vm_mmap_top(void);

/* The stack above va grows down to it, if it may. NULL: it may not. */
struct vma *vm_grow_stack(struct vmspace *vs, vaddr_t va) REQUIRES(&vs->lock);

/* Bits of the entry for a page of a vma with this prot, but for PTE_W. */
static inline pte_t prot_pte_bits(int prot)
{
    return PTE_P | PTE_U | PTE_A | (prot & PROT_EXEC ? 0 : PTE_NX);
}
