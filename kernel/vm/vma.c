/* vma.c: the tree of vmas of one vmspace.
 *
 * A red-black tree by address answers "which vma covers va?"; the fault path asks that most, so the
 * last answer is kept. To find room without walking over every vma, each one knows the free gap
 * below it, and the largest gap in its subtree: then only subtrees that have room are entered.
 *
 * The guard gap of a stack that grows belongs to no one: it is not counted as free. */
#include "vm/vm_priv.h"

#include "debug/assert.h"
#include "mm/slab.h"

static struct kmem_cache *vma_cache;

void vma_init_cache(void)
{
    vma_cache = kmem_cache_create("vma", sizeof(struct vma), 0, NULL);
    ASSERT(vma_cache);
}

struct vma *vma_create(const struct vma *like)
{
    struct vma *v = kmem_cache_alloc(vma_cache);
    if (!v)
        return NULL;
    v->start = like->start;
    v->end = like->end;
    v->first_page = like->first_page;
    v->obj = like->obj;
    v->prot = like->prot;
    v->max_prot = like->max_prot;
    v->flags = like->flags;
    v->touched = like->touched;
    list_init(&v->on_object);
    if (v->obj)
        vm_object_get(v->obj);
    return v;
}

void vma_destroy(struct vma *v)
{
    if (v->obj)
        vm_object_put(v->obj);
    kmem_cache_free(vma_cache, v);
}

/* ---- order and neighbours ---- */

static struct vma *vma_of(struct rb_node *n)
{
    return n ? rb_entry(n, struct vma, node) : NULL;
}

struct vma *vma_last(struct vmspace *vs)
{
    return vma_of(rb_last(&vs->tree));
}

struct vma *vma_at_or_above(struct vmspace *vs, vaddr_t va)
{
    struct vma *last = vs->last;
    if (last && last->start <= va && va < last->end)
        return last;
    struct vma *found = NULL;
    for (struct rb_node *n = vs->tree.node; n;) {
        struct vma *v = rb_entry(n, struct vma, node);
        if (va < v->end) {
            found = v;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    if (found && found->start <= va)
        vs->last = found;
    return found;
}

void vma_neighbours(struct vmspace *vs, vaddr_t va, struct vma **below, struct vma **above)
{
    *above = vma_at_or_above(vs, va);
    *below = *above ? (*above)->below : vma_last(vs);
}

bool vma_range_is_free(struct vmspace *vs, vaddr_t start, vaddr_t end)
{
    struct vma *v = vma_at_or_above(vs, start);
    return !v || v->start >= end;
}

/* ---- gaps ---- */

vaddr_t vma_room_end(const struct vma *v)
{
    if (v->flags & VMA_GROWSDOWN)
        return v->start > STACK_GUARD_GAP ? v->start - STACK_GUARD_GAP : 0;
    return v->start;
}

static u64 gap_below(const struct vma *v)
{
    vaddr_t from = v->below ? v->below->end : 0, to = vma_room_end(v);
    return to > from ? to - from : 0;
}

/* The tree calls this for each node whose subtree changed, children first. */
static void gap_augment(struct rb_node *n)
{
    struct vma *v = rb_entry(n, struct vma, node);
    u64 max = v->gap;
    if (n->left)
        max = MAX(max, vma_of(n->left)->max_gap);
    if (n->right)
        max = MAX(max, vma_of(n->right)->max_gap);
    v->max_gap = max;
}

/* Something below v, which may be NULL, changed. */
static void gap_update(struct vmspace *vs, struct vma *v)
{
    if (!v)
        return;
    u64 gap = gap_below(v);
    if (gap == v->gap)
        return;
    v->gap = gap;
    rb_augment_path(&vs->tree, &v->node);
}

static inline bool subtree_has_gap(const struct rb_node *n, u64 len)
{
    return n && rb_entry(n, struct vma, node)->max_gap >= len;
}

/* The end of the highest room of len bytes that the gap below v has in [low, high); 0: none. */
static vaddr_t room_below(const struct vma *v, u64 len, vaddr_t low, vaddr_t high)
{
    vaddr_t to = vma_room_end(v), from = to - v->gap;
    vaddr_t top = MIN(to, high), bottom = MAX(from, low);
    return top > bottom && top - bottom >= len ? top : 0;
}

/* The end of the highest room in the subtree n. Right before own before left, so the first hit is
 * the highest. The depth of the tree, and so of the recursion, is at most 2 log2(VM_MAX_MAPS). */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the tree, see above */
static vaddr_t gap_search(const struct rb_node *n, u64 len, vaddr_t low, vaddr_t high)
{
    vaddr_t top = 0;
    for (; !top && subtree_has_gap(n, len); n = n->left) {
        const struct vma *v = rb_entry(n, struct vma, node);
        if (v->start < high && subtree_has_gap(n->right, len))
            top = gap_search(n->right, len, low, high);
        if (!top && v->gap >= len)
            top = room_below(v, len, low, high);
    }
    return top;
}

vaddr_t vma_find_gap(struct vmspace *vs, u64 len, vaddr_t low, vaddr_t high)
{
    struct vma *last = vma_last(vs);
    vaddr_t bottom = MAX(last ? last->end : 0, low); /* above everything: in no vma's gap */
    if (high > bottom && high - bottom >= len)
        return high - len;
    vaddr_t top = gap_search(vs->tree.node, len, low, high);
    return top ? top - len : 0;
}

/* ---- changes ---- */

static void account(struct vmspace *vs, const struct vma *v, s64 npages)
{
    vs->npages += npages;
    if (vm_counts_as_data(v->prot, v->flags))
        vs->ndata_pages += npages;
}

static void object_list_add(struct vma *v)
{
    mutex_lock(&v->obj->mappings_lock);
    list_add_tail(&v->obj->mappings, &v->on_object);
    mutex_unlock(&v->obj->mappings_lock);
}

static void object_list_del(struct vma *v)
{
    mutex_lock(&v->obj->mappings_lock);
    list_del(&v->on_object);
    mutex_unlock(&v->obj->mappings_lock);
}

static void tree_insert(struct vmspace *vs, struct vma *v, struct vma *below, struct vma *above)
{
    ASSERT((!below || below->end <= v->start) && (!above || v->end <= above->start));
    v->vs = vs;
    v->below = below;
    v->above = above;
    v->gap = v->max_gap = gap_below(v);
    if (below)
        below->above = v;
    if (above) {
        above->below = v;
        above->gap = gap_below(above); /* the successor of a new leaf is one of its ancestors: */
    }                                  /* recomputed by the insertion */
    vs->tree.augment = gap_augment;
    rb_insert_between(&vs->tree, &v->node, below ? &below->node : NULL,
                      above ? &above->node : NULL);
    vs->nvmas++;
    vs->last = v;
}

void vma_insert(struct vmspace *vs, struct vma *v, struct vma *below, struct vma *above)
{
    tree_insert(vs, v, below, above);
    account(vs, v, vma_pages(v));
    if (v->obj)
        object_list_add(v);
}

void vma_remove(struct vmspace *vs, struct vma *v)
{
    if (v->obj)
        object_list_del(v);
    bool above_is_heir = v->node.right && !v->node.left;
    if (v->below)
        v->below->above = v->above;
    if (v->above) {
        v->above->below = v->below;
        v->above->gap = gap_below(v->above);
    }
    rb_erase(&vs->tree, &v->node);
    if (above_is_heir) /* else it lies on the path that the removal recomputed */
        rb_augment_path(&vs->tree, &v->above->node);
    vs->nvmas--;
    if (vs->last == v)
        vs->last = NULL;
    account(vs, v, -(s64)vma_pages(v));
}

/* A truncate looks at the bounds of file mappings under mappings_lock alone. */
static void set_bounds(struct vma *v, vaddr_t start, vaddr_t end)
{
    if (v->obj)
        v->first_page += (s64)(start - v->start) >> PAGE_SHIFT;
    v->start = start;
    v->end = end;
}

void vma_resize(struct vmspace *vs, struct vma *v, vaddr_t start, vaddr_t end)
{
    bool start_moves = start != v->start, end_moves = end != v->end;
    account(vs, v, ((s64)(end - start) - (s64)(v->end - v->start)) >> PAGE_SHIFT);
    if (v->obj) {
        mutex_lock(&v->obj->mappings_lock);
        set_bounds(v, start, end);
        mutex_unlock(&v->obj->mappings_lock);
    } else {
        set_bounds(v, start, end);
    }
    if (start_moves)
        gap_update(vs, v);
    if (end_moves)
        gap_update(vs, v->above);
}

/* The cut and the entry of the upper part into the object's list are one step for a truncate: else
 * it could miss pages that stay mapped. */
static void cut(struct vma *v, struct vma *upper)
{
    if (!v->obj) {
        v->end = upper->start;
        return;
    }
    mutex_lock(&v->obj->mappings_lock);
    v->end = upper->start;
    list_add(&v->on_object, &upper->on_object);
    mutex_unlock(&v->obj->mappings_lock);
}

struct vma *vma_split(struct vmspace *vs, struct vma *v, vaddr_t at)
{
    ASSERT(v->start < at && at < v->end);
    if (vs->nvmas >= VM_MAX_MAPS)
        return NULL;
    struct vma *upper = vma_create(v);
    if (!upper)
        return NULL;
    upper->start = at;
    if (v->obj)
        upper->first_page = vma_index(v, at);
    cut(v, upper);
    tree_insert(vs, upper, v, v->above);
    return upper;
}

bool vma_joins(const struct vma *a, const struct vma *b)
{
    return a->end == b->start && a->prot == b->prot && a->max_prot == b->max_prot &&
           a->flags == b->flags && !(a->flags & VMA_GROWSDOWN) && a->obj == b->obj &&
           (!a->obj || a->first_page + vma_pages(a) == b->first_page);
}
