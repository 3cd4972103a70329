/* xarray.h: a map from u64 to non-NULL pointers as a radix tree: six bits of the index choose one
 * of 64 slots at each level, and the tree is as high as its largest index needs. Dense index ranges
 * (the pages of a file) cost about one pointer each; an array whose only index is 0 has no node at
 * all. The name and the idea are Linux's.
 *
 * One *mark* bit can be set on each entry, and marked entries are found without visiting the others
 * (dirty pages).
 *
 * The map owns its nodes, never what the pointers mean, and locks nothing: readers may run
 * together, a writer alone. Nodes come from the hooks below. */
#pragma once

#include "lib/types.h"

struct xa_node;

struct xarray {
    void *root;  /* levels 0: the entry of index 0, or NULL; else a struct xa_node */
    u8 levels;   /* of nodes: indices below 64^levels have a place */
    bool marked; /* levels 0: the mark of that entry */
};

#define XA_INIT                                                                                    \
    {                                                                                              \
        NULL, 0, false                                                                             \
    }

/* Where nodes come from: alloc returns XA_NODE_BYTES bytes or NULL, must not sleep, and need not
 * clear them. mm sets it once, before the first store at an index other than 0. */
#define XA_NODE_BYTES 544
void xa_set_allocator(void *(*node_alloc)(void), void (*node_free)(void *node));

static inline void xa_init(struct xarray *xa)
{
    *xa = (struct xarray)XA_INIT;
}

static inline bool xa_empty(const struct xarray *xa)
{
    return !xa->root;
}

/* The entry at index, or NULL. */
void *xa_load(const struct xarray *xa, u64 index);

/* The same without trust in the tree, for dumps: looks only at what `readable` allows, so it
 * neither faults nor loops, whoever changes the tree meanwhile. The answer may be wrong. */
void *xa_load_if(const struct xarray *xa, u64 index, bool (*readable)(const void *, size_t));

/* Put a non-NULL entry at index, in the place of what was there (which keeps its mark; a new entry
 * has none). Returns 0 or -ENOMEM, which cannot happen where an entry or a reservation was. */
MUST_CHECK int xa_store(struct xarray *xa, u64 index, void *entry);

/* Make sure that the next xa_store at index succeeds. Until then xa_load finds nothing there;
 * xa_erase gives the reservation back. Returns 0 (also when there is an entry already) or -ENOMEM.
 */
MUST_CHECK int xa_reserve(struct xarray *xa, u64 index);

/* Take the entry or reservation at index away, with its mark, and free nodes that are empty now.
 * Returns the entry or NULL. */
void *xa_erase(struct xarray *xa, u64 index);

/* The first entry whose index lies in [*index, max]; *index becomes its index. NULL when there is
 * none (*index is then unchanged). */
void *xa_find(const struct xarray *xa, u64 *index, u64 max);

/* Marks: setting one where no entry is has no effect. */
void xa_mark_set(struct xarray *xa, u64 index);
void xa_mark_clear(struct xarray *xa, u64 index);
bool xa_mark_test(const struct xarray *xa, u64 index);
void *xa_find_marked(const struct xarray *xa, u64 *index, u64 max);

/* Forget everything and free all nodes; whoever owns the entries has dealt with them. */
void xa_destroy(struct xarray *xa);

/* Visit every entry in the order of its index (a u64 variable). The body may erase the entry that
 * it is at. */
#define xa_for_each(xa, index, entry)                                                              \
    for (index = 0, entry = xa_find(xa, &index, U64_MAX); entry;                                   \
         entry = index == U64_MAX ? NULL : (index++, xa_find(xa, &index, U64_MAX)))
