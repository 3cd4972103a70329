/* sources: */
/* The list against an array that is edited in the same way. Catches: a link left dangling, order
 * lost by a splice. */
#include "shim.h"
#include "lib/list.h"

enum { N = 64 };

struct item {
    int id;
    struct list_head link;
};

static struct item items[N];
static int model[N], nmodel;
static struct list_head head;

static void model_insert(int at, int id)
{
    for (int i = nmodel++; i > at; i--)
        model[i] = model[i - 1];
    model[at] = id;
}

static void model_remove(int id)
{
    int i = 0;
    while (model[i] != id)
        i++;
    for (nmodel--; i < nmodel; i++)
        model[i] = model[i + 1];
}

static void check_same(void)
{
    struct item *it;
    int i = 0;
    list_for_each_entry (it, &head, link) {
        CHECK(i < nmodel && model[i] == it->id);
        CHECK(it->link.next->prev == &it->link && it->link.prev->next == &it->link);
        i++;
    }
    CHECK_EQ(i, nmodel);
    CHECK_EQ(list_count(&head), nmodel);
}

static void reset(void)
{
    list_init(&head);
    nmodel = 0;
    for (int i = 0; i < N; i++) {
        items[i].id = i;
        list_init(&items[i].link);
    }
}

TEST(list_random_edits)
{
    reset();
    for (int round = 0; round < 20000; round++) {
        struct item *it = &items[rnd_below(N)];
        if (!list_empty(&it->link)) {
            list_del(&it->link);
            model_remove(it->id);
        } else if (rnd_below(2)) {
            list_add(&head, &it->link);
            model_insert(0, it->id);
        } else {
            list_add_tail(&head, &it->link);
            model_insert(nmodel, it->id);
        }
        check_same();
    }
}

TEST(list_pop_takes_in_order)
{
    reset();
    for (int i = 0; i < 10; i++)
        list_add_tail(&head, &items[i].link);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(list_pop_entry(&head, struct item, link)->id, i);
    CHECK(!list_pop(&head) && !list_first(&head) && !list_last(&head));
    CHECK(!list_first_entry(&head, struct item, link));
}

TEST(list_del_twice_is_harmless)
{
    reset();
    list_add(&head, &items[0].link);
    list_del(&items[0].link);
    list_del(&items[0].link);
    CHECK(list_empty(&head));
}

TEST(list_splice_keeps_order)
{
    struct list_head other = LIST_INIT(other);
    reset();
    list_splice_tail(&head, &other);
    CHECK(list_empty(&head));
    for (int i = 0; i < 6; i++) {
        list_add_tail(i < 3 ? &head : &other, &items[i].link);
        model_insert(i, i);
    }
    list_splice_tail(&head, &other);
    CHECK(list_empty(&other));
    check_same();
}

TEST(list_safe_loop_allows_removal)
{
    struct item *it, *tmp;
    reset();
    for (int i = 0; i < N; i++)
        list_add_tail(&head, &items[i].link);
    list_for_each_entry_safe (it, tmp, &head, link)
        if (it->id % 2)
            list_del(&it->link);
    CHECK_EQ(list_count(&head), N / 2);
}

int main(void)
{
    return run_tests();
}
