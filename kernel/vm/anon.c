/* anon.c: anonymous memory: pages that come from nowhere (zeros) and belong to one program.
 *
 * Memory is given when it is touched: a first read shows the one zero frame that everybody shares,
 * a first write gets a frame. After a fork both sides have the same frames, read-only; the
 * frame's reference count says how many page tables show it. Who writes while others look gets a
 * copy; the last one takes the frame itself. So a fork copies nothing that nobody changes.
 *
 * An anonymous page is known to page tables only; page->object is NULL. */
#include "vm/anon.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "vm/fault_priv.h"

/* Entries for it are PTE_SPECIAL: not counted, never writable. */
static struct page *zero_page;

void anon_init(void)
{
    zero_page = frame_alloc(FRAME_ZERO, 0);
    ASSERT(zero_page);
}

static pte_t writable_entry(const struct vma *vma, const struct page *page)
{
    return page_phys(page) | prot_pte_bits(vma->prot) | PTE_W | PTE_D;
}

int anon_zero(struct fault *f, struct vma *vma)
{
    pte_t entry = page_phys(zero_page) | prot_pte_bits(vma->prot) | PTE_SPECIAL;
    return fault_enter(f, entry, NULL);
}

int anon_fresh(struct fault *f, struct vma *vma)
{
    struct page *page = frame_alloc(FRAME_ZERO, 0);
    if (!page)
        return -ENOMEM;
    return fault_enter(f, writable_entry(vma, page), page);
}

/* The new contents: what the old page has, or zeros. */
static struct page *duplicate(struct page *old)
{
    struct page *page = frame_alloc(old ? 0 : FRAME_ZERO, 0);
    if (page && old)
        memcpy(page_virt(page), page_virt(old), PAGE_SIZE);
    return page;
}

int anon_copy_source(struct fault *f, struct vma *vma)
{
    struct page *page = duplicate(f->source);
    return page ? fault_enter(f, writable_entry(vma, page), page) : -ENOMEM;
}

/* The frame that an entry has a reference to; NULL for the zero frame. */
static struct page *counted_page(pte_t entry)
{
    return entry & PTE_SPECIAL ? NULL : page_at(pte_addr(entry));
}

/* One reference means that our entry is the only one: a fork that would add another needs the
 * vmspace's lock, and a page that a file still owns has the file's reference too. */
bool anon_is_ours_alone(pte_t entry)
{
    struct page *page = counted_page(entry);
    return page && page_refs(page) == 1 && !page->object;
}

/* The copy is made with the page table locked: interrupts are off for about as long as a page takes
 * to copy, and in return nobody can change the slot in between. The zero frame gets a reference for
 * the caller to drop, so that it is one like any other to him. */
int anon_copy(struct pagetable *pt, pte_t *slot, const struct vma *vma, struct page **replaced)
{
    struct page *old = counted_page(*slot), *copy = duplicate(old);
    if (!copy)
        return -ENOMEM;
    *slot = writable_entry(vma, copy);
    if (!old) {
        pt->nframes++;
        old = zero_page;
        page_get(old);
    }
    *replaced = old;
    return 0;
}
