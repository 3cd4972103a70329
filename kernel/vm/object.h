/* object.h: what is behind a mapping: an indexed set of pages that files, shared memory and
 * mappings have in common.
 *
 * A regular file has one (embedded in its inode); read, write, mmap and exec meet in it, which is
 * why they agree on the bytes. Anonymous shared memory is an object without a file. Private
 * anonymous memory has no object at all: its pages are known to the page table alone.
 *
 * Life cycle. vm_object_init: one reference, the creator's. Each mapping holds one, and so does
 * each fault in progress. A page enters by vm_object_add (the object then owns one reference to the
 * frame) and leaves by vm_object_resize or at the end. The last vm_object_put frees the pages and
 * calls ops->release, which frees the memory that the object is embedded in. A typical sequence is
 *     tmpfs makes an inode: vm_object_init; mmap: vm_object_get, vm_map; unlink: the inode's last
 * reference goes, vm_object_put; munmap: vm_object_put -> release -> the inode's memory is freed.
 */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "lib/xarray.h"
#include "lock/refcount.h"
#include "lock/spinlock.h"
#include "sync/mutex.h"

struct page;
struct vm_object;

/* Lock ranks of vm/, from the outside in. */
enum {
    RANK_VMSPACE = RANK(VM, 8),  /* vmspace.lock */
    RANK_MAPPINGS = RANK(VM, 4), /* vm_object.mappings_lock */
    RANK_OBJECT = RANK(VM, 2),   /* vm_object.lock, a spinlock */
};

/* An open table: called with no lock held. */
struct pager_ops {
    /* The page at `index` is not in the object: make it, vm_object_add it, and return it with a
     * reference of the caller's in *out. `write` says that the page is about to be changed. Where
     * another thread was faster (vm_object_add: -EEXIST) return that thread's page. Sets *major
     * when a disk had to be read. -EIO (beyond the end, or the disk says no: SIGBUS), -ENOMEM. */
    int (*fault)(struct vm_object *obj, u64 index, bool write, struct page **out, bool *major);
    /* Free what the object is embedded in. The pages are gone already. */
    void (*release)(struct vm_object *obj);
    /* For /proc/PID/maps: the path into buf, device and inode number. NULL: nothing to say. */
    void (*describe)(struct vm_object *obj, char *buf, size_t len, u64 *dev, u64 *ino);
};

/* key: o = lock, m = mappings_lock, c = fixed at creation, a = atomic */
struct vm_object {
    struct refcount refs; /* (a) */
    struct spinlock lock;
    struct xarray pages; /* (o) index -> struct page; page->object and page->index point back */
    u64 nresident;       /* (o) pages in the array */
    u64 end;             /* (o) first index that does not exist; a fault there is SIGBUS */
    const struct pager_ops *ops; /* (c) */
    struct mutex mappings_lock;
    struct list_head mappings; /* (m) every vma that maps it, through vma.on_object */
};

void vm_object_init(struct vm_object *obj, const struct pager_ops *ops, u64 npages);
struct vm_object *vm_object_get(struct vm_object *obj);
/* May sleep; not with a lock of vm or fs held, since the last one calls release. */
void vm_object_put(struct vm_object *obj);

/* Objects that exist now, for leak counts. */
u64 vm_object_count(void);

/* The page at index with a reference for the caller, or NULL if it is not in memory. Takes
 * obj->lock only. */
struct page *vm_object_page(struct vm_object *obj, u64 index);
/* Put a new page in. The object takes a reference of its own; the caller keeps his.
 * 0, -EEXIST, -EIO (index is beyond the end: truncated meanwhile), -ENOMEM. */
MUST_CHECK int vm_object_add(struct vm_object *obj, u64 index, struct page *page);
/* vm_object_page, else the pager. *page is referenced. No lock held. 0, -EIO, -ENOMEM. */
MUST_CHECK int vm_object_fault(struct vm_object *obj, u64 index, bool write, struct page **page,
                               bool *major);
/* Move the end to npages. Shrinking takes the dead pages out of the object first and then out of
 * every mapping, so that a fault that races with it, and re-checks page->object under the
 * page-table lock, cannot map a dead page. Pages that a private mapping has already copied go as
 * well. May sleep; the caller's locks may be of fs. */
void vm_object_resize(struct vm_object *obj, u64 npages);
/* Remove the pages in [first, last) but keep the end: what is touched next is asked of the pager (a
 * hole is punched). */
void vm_object_drop(struct vm_object *obj, u64 first, u64 last);

/* A new object of zero pages for shared anonymous memory, with one reference. NULL: -ENOMEM. */
struct vm_object *anon_shared_object(u64 npages);
