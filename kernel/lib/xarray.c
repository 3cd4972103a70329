/* xarray.c: the radix tree of lib/xarray.h.
 *
 * Each node counts its used slots and keeps two bitmaps: `present`, the slots under which a search
 * finds something, and `marked`, those under which it finds something marked. A search therefore
 * never scans: it asks ctz for the next slot.
 *
 * A reserved slot holds the address of `reserved`: it is used (its node stays) but not present. */
#include "lib/xarray.h"
#include "lib/string.h"
#include "abi/errno.h"

#define SLOT_BITS  6
#define SLOTS      (1u << SLOT_BITS)
#define MAX_LEVELS 11 /* 11 * 6 >= 64 */

struct xa_node {
    u64 present;
    u64 marked;
    struct xa_node *parent;
    u32 used; /* slots that are not NULL */
    u8 slot_in_parent;
    u8 level; /* 0: the slots hold entries */
    void *slots[SLOTS];
};

_Static_assert(sizeof(struct xa_node) == XA_NODE_BYTES, "the allocator is told this size");

static char reserved;

static void *(*alloc_hook)(void);
static void (*free_hook)(void *node);

void xa_set_allocator(void *(*node_alloc)(void), void (*node_free)(void *node))
{
    alloc_hook = node_alloc;
    free_hook = node_free;
}

static inline unsigned slot_at(u64 index, unsigned level)
{
    return (unsigned)(index >> (level * SLOT_BITS)) & (SLOTS - 1);
}

/* The highest index that fits into this many levels. */
static inline u64 max_index(unsigned levels)
{
    return levels == 0 ? 0 : levels >= MAX_LEVELS ? U64_MAX : BIT(levels * SLOT_BITS) - 1;
}

static inline void *visible(void *slot)
{
    return slot == &reserved ? NULL : slot;
}

static struct xa_node *node_new(struct xa_node *parent, unsigned slot, unsigned level)
{
    struct xa_node *node = alloc_hook();
    if (!node)
        return NULL;
    memset(node, 0, sizeof *node);
    node->parent = parent;
    node->slot_in_parent = (u8)slot;
    node->level = (u8)level;
    return node;
}

/* The leaf node that has index's slot, or NULL; needs levels > 0 and index in range. */
static struct xa_node *find_leaf(const struct xarray *xa, u64 index)
{
    struct xa_node *node = xa->root;
    for (unsigned level = xa->levels - 1u; node && level > 0; level--)
        node = node->slots[slot_at(index, level)];
    return node;
}

void *xa_load(const struct xarray *xa, u64 index)
{
    if (index > max_index(xa->levels))
        return NULL;
    if (xa->levels == 0)
        return visible(xa->root);
    struct xa_node *leaf = find_leaf(xa, index);
    return leaf ? visible(leaf->slots[slot_at(index, 0)]) : NULL;
}

void *xa_load_if(const struct xarray *xa, u64 index, bool (*readable)(const void *, size_t))
{
    struct xarray copy = *xa;
    const void *at = copy.root;
    if (index > max_index(copy.levels))
        return NULL;
    for (unsigned level = copy.levels; level > 0 && at; level--) {
        const struct xa_node *node = at;
        if (!readable(node, sizeof *node))
            return NULL;
        at = node->slots[slot_at(index, level - 1)];
    }
    return visible((void *)(uptr)at);
}

/* ---- bitmaps: a node's bit in its parent says "some bit in the node is set" ---- */

static void set_upward(struct xa_node *node, unsigned slot, bool in_marked)
{
    while (node) {
        u64 *bits = in_marked ? &node->marked : &node->present;
        u64 before = *bits;
        *bits |= BIT(slot);
        if (before)
            return; /* those above know already */
        slot = node->slot_in_parent;
        node = node->parent;
    }
}

static void clear_upward(struct xa_node *node, unsigned slot, bool in_marked)
{
    while (node) {
        u64 *bits = in_marked ? &node->marked : &node->present;
        *bits &= ~BIT(slot);
        if (*bits)
            return;
        slot = node->slot_in_parent;
        node = node->parent;
    }
}

/* ---- growing ---- */

/* Put one more level above the root. */
static int add_level(struct xarray *xa)
{
    struct xa_node *top = node_new(NULL, 0, xa->levels);
    if (!top)
        return -ENOMEM;
    if (xa->levels == 0) {
        top->slots[0] = xa->root;
        top->used = xa->root != NULL;
        top->present = visible(xa->root) != NULL;
        top->marked = xa->marked;
        xa->marked = false;
    } else {
        struct xa_node *old = xa->root;
        old->parent = top;
        old->slot_in_parent = 0;
        top->slots[0] = old;
        top->used = 1;
        top->present = old->present != 0;
        top->marked = old->marked != 0;
    }
    xa->root = top;
    xa->levels++;
    return 0;
}

/* Free node if it is empty, and then its parents likewise; lower the tree while all is in its first
 * slot. */
static void prune(struct xarray *xa, struct xa_node *node)
{
    while (node && node->used == 0) {
        struct xa_node *parent = node->parent;
        if (parent) {
            parent->slots[node->slot_in_parent] = NULL;
            parent->used--;
        } else {
            xa_init(xa);
        }
        free_hook(node);
        node = parent;
    }
    for (struct xa_node *top = xa->root; xa->levels && top->used == 1 && top->slots[0];
         top = xa->root) {
        xa->root = top->slots[0];
        xa->levels--;
        if (xa->levels)
            ((struct xa_node *)xa->root)->parent = NULL;
        else
            xa->marked = top->marked & 1;
        free_hook(top);
    }
}

/* Make the tree high enough for index. An empty one gets its top node at the right level at once.
 */
static int grow(struct xarray *xa, u64 index)
{
    while (xa->root && index > max_index(xa->levels))
        if (add_level(xa))
            return -ENOMEM;
    if (xa->root)
        return 0;

    unsigned level = 0;
    while (index > max_index(level + 1))
        level++;
    xa->root = node_new(NULL, 0, level);
    if (!xa->root)
        return -ENOMEM;
    xa->levels = (u8)(level + 1);
    return 0;
}

/* The leaf for index, with what is missing above it. NULL: no memory, and the tree holds what it
 * held. */
static struct xa_node *make_leaf(struct xarray *xa, u64 index)
{
    if (grow(xa, index)) {
        if (xa->levels)
            prune(xa, xa->root);
        return NULL;
    }
    struct xa_node *node = xa->root;
    while (node->level > 0) {
        unsigned slot = slot_at(index, node->level);
        if (!node->slots[slot]) {
            struct xa_node *lower = node_new(node, slot, node->level - 1u);
            if (!lower) {
                prune(xa, node);
                return NULL;
            }
            node->slots[slot] = lower;
            node->used++;
        }
        node = node->slots[slot];
    }
    return node;
}

/* Put `entry`, or the reservation if it is NULL, at index. */
static int store(struct xarray *xa, u64 index, void *entry)
{
    if (xa->levels == 0 && index == 0) {
        xa->root = entry ? entry : xa->root ? xa->root : &reserved;
        return 0;
    }
    struct xa_node *leaf = make_leaf(xa, index);
    if (!leaf)
        return -ENOMEM;
    unsigned slot = slot_at(index, 0);
    if (!leaf->slots[slot]) {
        leaf->slots[slot] = &reserved;
        leaf->used++;
    }
    if (entry) {
        leaf->slots[slot] = entry;
        set_upward(leaf, slot, false);
    }
    return 0;
}

int xa_store(struct xarray *xa, u64 index, void *entry)
{
    return store(xa, index, entry);
}

int xa_reserve(struct xarray *xa, u64 index)
{
    return store(xa, index, NULL);
}

void *xa_erase(struct xarray *xa, u64 index)
{
    if (index > max_index(xa->levels))
        return NULL;
    if (xa->levels == 0) {
        void *entry = visible(xa->root);
        xa_init(xa);
        return entry;
    }
    struct xa_node *leaf = find_leaf(xa, index);
    unsigned slot = slot_at(index, 0);
    if (!leaf || !leaf->slots[slot])
        return NULL;
    void *entry = visible(leaf->slots[slot]);
    leaf->slots[slot] = NULL;
    leaf->used--;
    if (entry) {
        clear_upward(leaf, slot, true);
        clear_upward(leaf, slot, false);
    }
    if (leaf->used <= 1)
        prune(xa, leaf);
    return entry;
}

/* ---- searching ---- */

/* Descend to the first set bit at or after `at`. Where a node has none left, go on behind that
 * node, from the root again: since a set bit above promises one below, this happens at most once a
 * level. */
static void *find(const struct xarray *xa, u64 *index, u64 max, bool in_marked)
{
    u64 at = *index;
    while (at <= MIN(max, max_index(xa->levels)) && xa->root) {
        const struct xa_node *node = xa->root;
        for (;;) {
            unsigned slot = slot_at(at, node->level);
            u64 bits = (in_marked ? node->marked : node->present) & (U64_MAX << slot);
            u64 span = max_index(node->level + 1u);
            if (!bits) {
                at = (at | span) + 1;
                break;
            }
            unsigned next = (unsigned)__builtin_ctzl(bits);
            if (next != slot)
                at = (at & ~span) | (u64)next << (node->level * SLOT_BITS);
            if (node->level == 0) {
                if (at > max)
                    return NULL;
                *index = at;
                return node->slots[next];
            }
            node = node->slots[next];
        }
        if (at == 0) /* the last index of all was passed */
            return NULL;
    }
    return NULL;
}

void *xa_find(const struct xarray *xa, u64 *index, u64 max)
{
    if (xa->levels == 0)
        return *index == 0 ? visible(xa->root) : NULL;
    return find(xa, index, max, false);
}

void *xa_find_marked(const struct xarray *xa, u64 *index, u64 max)
{
    if (xa->levels == 0)
        return *index == 0 && xa->marked ? visible(xa->root) : NULL;
    return find(xa, index, max, true);
}

/* ---- marks ---- */

/* The leaf that holds a visible entry at index, or NULL; needs levels > 0. */
static struct xa_node *leaf_with_entry(const struct xarray *xa, u64 index)
{
    struct xa_node *leaf = index > max_index(xa->levels) ? NULL : find_leaf(xa, index);
    return leaf && (leaf->present >> slot_at(index, 0) & 1) ? leaf : NULL;
}

void xa_mark_set(struct xarray *xa, u64 index)
{
    if (xa->levels == 0)
        xa->marked |= index == 0 && visible(xa->root);
    else
        set_upward(leaf_with_entry(xa, index), slot_at(index, 0), true);
}

void xa_mark_clear(struct xarray *xa, u64 index)
{
    if (xa->levels == 0)
        xa->marked &= index != 0;
    else
        clear_upward(leaf_with_entry(xa, index), slot_at(index, 0), true);
}

bool xa_mark_test(const struct xarray *xa, u64 index)
{
    if (xa->levels == 0)
        return index == 0 && xa->marked;
    const struct xa_node *leaf = leaf_with_entry(xa, index);
    return leaf && (leaf->marked >> slot_at(index, 0) & 1);
}

/* Leaves first, without recursion: go down while a slot holds a node, free on the way up. */
void xa_destroy(struct xarray *xa)
{
    struct xa_node *node = xa->levels ? xa->root : NULL;
    unsigned slot = 0;
    xa_init(xa);
    while (node) {
        while (node->level > 0 && slot < SLOTS && !node->slots[slot])
            slot++;
        if (node->level > 0 && slot < SLOTS) {
            node = node->slots[slot];
            slot = 0;
            continue;
        }
        struct xa_node *parent = node->parent;
        slot = node->slot_in_parent + 1u;
        free_hook(node);
        node = parent;
    }
}
