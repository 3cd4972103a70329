/* rbtree.c: the red-black tree of lib/rbtree.h.
 *
 * Four rules keep it balanced: every node is red or black; the root is black; a red node has no red
 * child; every path from a node down to a NULL passes the same number of black nodes. Insertion may
 * break the third, removal the fourth; each is mended by recolouring on the way up and at most
 * three rotations. NULL counts as a black leaf.
 *
 * Left and right are mirror images: a `side` (0 or 1) and child(node, side) say both at once. */
#include "lib/rbtree.h"

#define BLACK ((uptr)1)

static inline struct rb_node *parent_of(const struct rb_node *n)
{
    return (struct rb_node *)(n->parent_color & ~BLACK);
}

static inline bool is_red(const struct rb_node *n)
{
    return n && !(n->parent_color & BLACK);
}

static inline void set_red(struct rb_node *n)
{
    n->parent_color &= ~BLACK;
}

static inline void set_black(struct rb_node *n)
{
    n->parent_color |= BLACK;
}

static inline void set_parent(struct rb_node *n, struct rb_node *parent)
{
    n->parent_color = (uptr)parent | (n->parent_color & BLACK);
}

static inline struct rb_node **child(struct rb_node *n, int side)
{
    return side ? &n->right : &n->left;
}

static inline int side_of(const struct rb_node *n, const struct rb_node *parent)
{
    return parent->right == n;
}

/* The pointer that points at n: a child field of its parent, or the root. */
static inline struct rb_node **link_to(struct rb_root *root, struct rb_node *n,
                                       struct rb_node *parent)
{
    return parent ? child(parent, side_of(n, parent)) : &root->node;
}

static inline void augment_one(struct rb_root *root, struct rb_node *n)
{
    if (root->augment)
        root->augment(n);
}

void rb_augment_path(struct rb_root *root, struct rb_node *node)
{
    if (!root->augment)
        return;
    for (; node; node = parent_of(node))
        root->augment(node);
}

/* Let n sink to `side`; its child on the other side takes its place and is returned. Order is
 * preserved:
 *
 *         n                up
 *        / \      side 0  /  \
 *       a   up    --->   n    c
 *          /  \         / \
 *         b    c       a   b */
static struct rb_node *rotate(struct rb_root *root, struct rb_node *n, int side)
{
    struct rb_node *parent = parent_of(n);
    struct rb_node **link = link_to(root, n, parent);
    struct rb_node *up = *child(n, !side);
    struct rb_node *b = *child(up, side);

    *child(n, !side) = b;
    if (b)
        set_parent(b, n);
    *child(up, side) = n;
    set_parent(n, up);
    *link = up;
    set_parent(up, parent);
    augment_one(root, n);
    augment_one(root, up);
    return up;
}

/* n is red; its parent may be red too, which is the only rule broken. */
static void mend_red(struct rb_root *root, struct rb_node *n)
{
    struct rb_node *parent;
    while (is_red(parent = parent_of(n))) {
        struct rb_node *grand = parent_of(parent); /* exists and is black: the root is never red */
        int side = side_of(parent, grand);
        struct rb_node *uncle = *child(grand, !side);

        if (is_red(uncle)) { /* push grand's blackness down to both, and go on from grand */
            set_black(parent);
            set_black(uncle);
            set_red(grand);
            n = grand;
            continue;
        }
        if (side_of(n, parent) != side) /* an inner grandchild: make it an outer one */
            parent = rotate(root, parent, side);
        set_red(grand);
        set_black(parent);
        rotate(root, grand, !side);
        break;
    }
    set_black(root->node);
}

void rb_insert_at(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
                  struct rb_node **link)
{
    node->parent_color = (uptr)parent; /* red */
    node->left = NULL;
    node->right = NULL;
    *link = node;
    if (!root->leftmost || (parent == root->leftmost && link == &parent->left))
        root->leftmost = node;
    rb_augment_path(root, parent);
    mend_red(root, node);
}

/* Of two neighbours one is an ancestor of the other, and the lower one has nothing on the side that
 * faces the higher one. */
void rb_insert_between(struct rb_root *root, struct rb_node *node, struct rb_node *below,
                       struct rb_node *above)
{
    if (above && !above->left)
        rb_insert_at(root, node, above, &above->left);
    else
        rb_insert_at(root, node, below, below ? &below->right : &root->node);
}

void rb_insert(struct rb_root *root, struct rb_node *node,
               bool (*less)(const struct rb_node *a, const struct rb_node *b))
{
    struct rb_node *parent = NULL, **link = &root->node;
    while (*link) {
        parent = *link;
        link = child(parent, !less(node, parent));
    }
    rb_insert_at(root, node, parent, link);
}

/* Every path through parent's child on `side` (which may be NULL) has one black node too few. */
static void mend_black(struct rb_root *root, struct rb_node *parent, int side)
{
    while (parent) {
        struct rb_node *n = *child(parent, side);
        if (is_red(n)) { /* it can take the missing blackness itself */
            set_black(n);
            return;
        }
        struct rb_node *sibling =
            *child(parent, !side); /* not NULL: its side has at least one black node more */
        if (is_red(sibling)) {     /* rotate so that the sibling is black */
            set_red(parent);
            set_black(sibling);
            rotate(root, parent, side);
            sibling = *child(parent, !side);
        }
        struct rb_node *outer = *child(sibling, !side);
        struct rb_node *inner = *child(sibling, side);
        if (!is_red(outer) &&
            !is_red(inner)) { /* take one from the sibling's side too, and go up */
            set_red(sibling);
            n = parent;
            parent = parent_of(n);
            if (parent)
                side = side_of(n, parent);
            else
                set_black(n);
            continue;
        }
        if (!is_red(outer)) { /* make the red nephew the outer one */
            set_red(sibling);
            set_black(inner);
            outer = sibling;
            sibling = rotate(root, sibling, !side);
        }
        if (is_red(parent)) /* the sibling takes parent's place and colour, parent and nephew become
                               black */
            set_red(sibling);
        else
            set_black(sibling);
        set_black(parent);
        set_black(outer);
        rotate(root, parent, side);
        return;
    }
}

/* Put `heir` (may be NULL) where n hangs. */
static void replace(struct rb_root *root, struct rb_node *n, struct rb_node *heir)
{
    struct rb_node *parent = parent_of(n);
    *link_to(root, n, parent) = heir;
    if (heir)
        set_parent(heir, parent);
}

/* Exchange n, which has two children, with its successor, so that n has at most one. The successor
 * takes over n's links and colour; n takes the successor's. */
static void swap_with_successor(struct rb_root *root, struct rb_node *n)
{
    struct rb_node *s = n->right;
    while (s->left)
        s = s->left;
    struct rb_node old_s = *s;
    bool adjacent = s == n->right;

    *link_to(root, n, parent_of(n)) = s;
    s->parent_color = n->parent_color;
    s->left = n->left;
    set_parent(s->left, s);
    s->right = adjacent ? n : n->right;
    if (!adjacent) {
        set_parent(s->right, s);
        parent_of(&old_s)->left = n;
    }
    n->left = NULL;
    n->right = old_s.right;
    if (n->right)
        set_parent(n->right, n);
    n->parent_color = (adjacent ? (uptr)s : (uptr)parent_of(&old_s)) | (old_s.parent_color & BLACK);
}

void rb_erase(struct rb_root *root, struct rb_node *node)
{
    if (root->leftmost == node)
        root->leftmost = rb_next(node);
    if (node->left && node->right)
        swap_with_successor(root, node);

    struct rb_node *heir = node->left ? node->left : node->right;
    struct rb_node *parent = parent_of(node);
    int side = parent ? side_of(node, parent) : 0;
    bool lost_black = !is_red(node);

    replace(root, node, heir);
    rb_augment_path(root, parent);
    if (!lost_black)
        return;
    if (parent)
        mend_black(root, parent, side);
    else if (heir)
        set_black(heir);
}

/* ---- in order ---- */

/* The outermost node of the subtree at n on `side`. */
static struct rb_node *outermost(struct rb_node *n, int side)
{
    while (n && *child(n, side))
        n = *child(n, side);
    return n;
}

static struct rb_node *neighbour(const struct rb_node *node, int side)
{
    struct rb_node *n = (struct rb_node *)(uptr)node;
    if (*child(n, side))
        return outermost(*child(n, side), !side);
    struct rb_node *parent = parent_of(n);
    while (parent && side_of(n, parent) == side) {
        n = parent;
        parent = parent_of(n);
    }
    return parent;
}

struct rb_node *rb_last(const struct rb_root *root)
{
    return outermost(root->node, 1);
}

struct rb_node *rb_next(const struct rb_node *node)
{
    return neighbour(node, 1);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
    return neighbour(node, 0);
}
