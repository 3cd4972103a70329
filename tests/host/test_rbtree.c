/* sources: kernel/lib/rbtree.c */
/* The tree against a sorted array, with its invariants checked after every step. Catches: a
 * rotation that loses a subtree, a colour rule broken by removal, a stale leftmost, an augmented
 * value not updated. */
#include "shim.h"
#include "lib/rbtree.h"

enum { N = 200 };

struct item {
    u64 key;
    u64 value, max_value; /* of the subtree */
    bool in;
    struct rb_node node;
};

static struct item items[N];

static bool less(const struct rb_node *a, const struct rb_node *b)
{
    return rb_entry(a, struct item, node)->key < rb_entry(b, struct item, node)->key;
}

static u64 subtree_max(struct rb_node *n)
{
    return n ? rb_entry(n, struct item, node)->max_value : 0;
}

static void augment(struct rb_node *n)
{
    struct item *it = rb_entry(n, struct item, node);
    it->max_value = MAX(it->value, MAX(subtree_max(n->left), subtree_max(n->right)));
}

static bool black(const struct rb_node *n)
{
    return !n || (n->parent_color & 1);
}

/* Returns the black height. */
static int check_subtree(struct rb_root *root, struct rb_node *n, struct rb_node *parent)
{
    if (!n)
        return 1;
    CHECK((n->parent_color & ~1ul) == (uptr)parent);
    CHECK(black(n) || (black(n->left) && black(n->right)));
    CHECK(!n->left || !less(n, n->left));
    CHECK(!n->right || !less(n->right, n));
    if (root->augment) {
        struct item *it = rb_entry(n, struct item, node);
        CHECK_EQ(it->max_value, MAX(it->value, MAX(subtree_max(n->left), subtree_max(n->right))));
    }
    int left = check_subtree(root, n->left, n);
    CHECK_EQ(left, check_subtree(root, n->right, n));
    return left + (black(n) ? 1 : 0);
}

static void check_tree(struct rb_root *root, int count)
{
    CHECK(black(root->node));
    check_subtree(root, root->node, NULL);
    int n = 0;
    struct rb_node *last = NULL;
    for (struct rb_node *p = rb_first(root); p; last = p, p = rb_next(p), n++) {
        CHECK(rb_prev(p) == last);
        CHECK(!last || !less(p, last));
        CHECK(rb_entry(p, struct item, node)->in);
    }
    CHECK_EQ(n, count);
    CHECK(rb_last(root) == last);
}

static void random_edits(struct rb_root *root, u64 keys)
{
    int count = 0;
    for (int i = 0; i < N; i++)
        items[i].in = false;
    for (int round = 0; round < 6000; round++) {
        struct item *it = &items[rnd_below(N)];
        if (it->in) {
            it->in = false;
            rb_erase(root, &it->node);
            count--;
        } else {
            it->key = rnd_below(keys);
            it->value = it->max_value = rnd_below(1000);
            it->in = true;
            rb_insert(root, &it->node, less);
            count++;
        }
        check_tree(root, count);
    }
    for (; !rb_empty(root); count--, check_tree(root, count)) {
        struct item *it = rb_entry(rb_first(root), struct item, node);
        it->in = false;
        rb_erase(root, &it->node);
    }
}

TEST(rbtree_distinct_keys)
{
    struct rb_root root = RB_ROOT_INIT;
    random_edits(&root, 1ul << 60);
}

TEST(rbtree_equal_keys)
{
    struct rb_root root = RB_ROOT_INIT;
    random_edits(&root, 4);
}

TEST(rbtree_augmented)
{
    struct rb_root root = {NULL, NULL, augment};
    random_edits(&root, 1000);
}

TEST(rbtree_equal_keys_keep_order_of_insertion)
{
    struct rb_root root = RB_ROOT_INIT;
    for (int i = 0; i < N; i++) {
        items[i].key = (u64)i % 3;
        rb_insert(&root, &items[i].node, less);
    }
    for (struct rb_node *p = rb_first(&root); rb_next(p); p = rb_next(p)) {
        struct item *a = rb_entry(p, struct item, node),
                    *b = rb_entry(rb_next(p), struct item, node);
        CHECK(a->key < b->key || a < b);
    }
}

/* Each new node goes behind one chosen at random, or to the front: every shape of "between". */
TEST(rbtree_insert_between_neighbours)
{
    struct rb_root root = {NULL, NULL, augment};
    for (int i = 0; i < N; i++) {
        u64 rank = rnd_below((u64)i + 1);
        struct rb_node *below = NULL, *above = rb_first(&root);
        for (; rank; rank--, above = rb_next(above))
            below = above;
        u64 low = below ? rb_entry(below, struct item, node)->key : 0;
        u64 high = above ? rb_entry(above, struct item, node)->key : 1ull << 62;
        items[i] = (struct item){.key = low + (high - low) / 2, .value = 1, .max_value = 1};
        items[i].in = true;
        rb_insert_between(&root, &items[i].node, below, above);
        CHECK(rb_prev(&items[i].node) == below && rb_next(&items[i].node) == above);
        check_tree(&root, i + 1);
    }
}

TEST(rbtree_augment_path_reaches_the_root)
{
    struct rb_root root = {NULL, NULL, augment};
    for (int i = 0; i < N; i++) {
        items[i] = (struct item){.key = (u64)i, .value = 1, .max_value = 1, .in = true};
        rb_insert(&root, &items[i].node, less);
    }
    items[77].value = 5000;
    rb_augment_path(&root, &items[77].node);
    CHECK_EQ(subtree_max(root.node), 5000);
    check_tree(&root, N);
}

int main(void)
{
    return run_tests();
}
