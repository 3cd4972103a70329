/* fault_priv.h: one fault on its way through fault.c, anon.c and object.c. */
#pragma once

#include "mm/page.h"
#include "mm/pagetable.h"
#include "vm/vm_priv.h"

struct fault {
    struct vmspace *vs;
    vaddr_t va; /* rounded down to its page */
    int need;   /* PROT_*: any of these rights answers it */
    bool write;
    bool present;          /* the processor saw an entry */
    bool major;            /* a disk was read for it */
    struct vm_object *obj; /* where the page comes from, NULL: from nowhere ... */
    u64 index;             /* ... which page of it ... */
    struct page *source;   /* ... and that page, which must be there still when it is mapped */
    bool write_source;     /* it is itself written, not a copy */
    struct page *pinned;   /* what the pager brought, referenced until the fault is answered */
};

/* Besides 0 and negative errnos: how to go on. */
enum {
    FAULT_ABSENT = 1,    /* nothing was in the page table after all */
    FAULT_ASK_PAGER = 2, /* f->obj, which is referenced now, does not have the page */
    FAULT_AGAIN = 3,
};

/* Enter page (NULL: the zero frame) at f->va, unless something is there by now, or f->source was
 * truncated meanwhile. The caller's reference goes to the table, or is dropped. 0 or -ENOMEM. */
MUST_CHECK int fault_enter(struct fault *f, pte_t entry, struct page *page);

/* ---- anon.c: pages that belong to one address space (or, after a fork, to several) ---- */

/* A first read: the zero frame. A first write: a frame of zeros. 0 or -ENOMEM. */
MUST_CHECK int anon_zero(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock);
MUST_CHECK int anon_fresh(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock);
/* May the page behind a private entry be written in place? */
bool anon_is_ours_alone(pte_t entry);
/* Copy-on-write: put a copy that may be written in the place of *slot, a page that others have too.
 * *replaced is what the slot had, with its reference, to be dropped when every CPU has forgotten
 * it. 0 or -ENOMEM. */
MUST_CHECK int anon_copy(struct pagetable *pt, pte_t *slot, const struct vma *vma,
                         struct page **replaced) REQUIRES(&pt->lock);
/* A first write to a private mapping of an object: a copy of f->source. 0 or -ENOMEM. */
MUST_CHECK int anon_copy_source(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock);

/* ---- object.c ---- */

/* Map the object's page, or a private copy of it for a write. 0, -EIO, -ENOMEM, FAULT_ASK_PAGER. */
MUST_CHECK int object_fault(struct fault *f, struct vma *vma) REQUIRES(&f->vs->lock);
/* After FAULT_ASK_PAGER, with nothing locked: FAULT_AGAIN, -EIO, -ENOMEM. */
MUST_CHECK int object_ask_pager(struct fault *f);
