/* rbtree.h: the intrusive red-black tree (Cormen et al., "Introduction to Algorithms", chapter
 * "Red-Black Trees"): a binary search tree whose height stays below 2 log2(n + 1). The element
 * embeds a struct rb_node; the order is the caller's.
 *
 * Looking something up is a loop of the caller's own, three lines that compare its own keys with no
 * call in between:
 *
 *     for (struct rb_node *n = root->node; n; n = key < rb_entry(n, struct x, link)->key ? n->left
 * : n->right)
 *
 * An *augmented* tree keeps in each element something about its whole subtree (the largest gap,
 * say): set root->augment, and it is called for every node whose subtree changed, children before
 * parents. A node is inserted with what is right for it alone.
 *
 * The tree owns nothing and locks nothing. No operation allocates or fails. */
#pragma once

#include "lib/types.h"

struct rb_node {
    uptr parent_color; /* the parent's address, its lowest bit the colour (rbtree.c) */
    struct rb_node *left;
    struct rb_node *right;
};

struct rb_root {
    struct rb_node *node;
    struct rb_node *leftmost; /* cached: rb_first without a walk */
    void (*augment)(
        struct rb_node *node); /* recompute node's data from its own and its children's; or NULL */
};

#define RB_ROOT_INIT                                                                               \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }
#define rb_entry(node, type, member) container_of(node, type, member)

static inline bool rb_empty(const struct rb_root *root)
{
    return !root->node;
}

/* Insert node behind its equals. less(a, b): does a stand before b? */
void rb_insert(struct rb_root *root, struct rb_node *node,
               bool (*less)(const struct rb_node *a, const struct rb_node *b));

/* Insert where the caller's own descent ended: *link is the NULL child pointer of parent (or
 * &root->node of an empty tree, parent NULL). */
void rb_insert_at(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
                  struct rb_node **link);

/* Insert between two neighbours, either of which is NULL at an end of the order: no descent. */
void rb_insert_between(struct rb_root *root, struct rb_node *node, struct rb_node *below,
                       struct rb_node *above);

/* Take node out. Its fields are undefined afterwards. */
void rb_erase(struct rb_root *root, struct rb_node *node);

/* Tell an augmented tree that node's own data changed: recomputes node and everything above it. */
void rb_augment_path(struct rb_root *root, struct rb_node *node);

/* In order; NULL past the end. */
static inline struct rb_node *rb_first(const struct rb_root *root)
{
    return root->leftmost;
}
struct rb_node *rb_last(const struct rb_root *root);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);
