/* list.h: the intrusive, circular, doubly linked list. A list_head is either the anchor of a list
 * or a link inside an element; an empty list's anchor points at itself, so that no operation has a
 * special case.
 *
 * A link that is on no list points at itself as well (list_del sees to that), therefore
 * list_empty(&x->link) asks "is x on no list?". The list owns nothing and locks nothing: both are
 * its user's. */
#pragma once

#include "lib/types.h"

struct list_head {
    struct list_head *next;
    struct list_head *prev;
};

#define LIST_INIT(name)                                                                            \
    {                                                                                              \
        &(name), &(name)                                                                           \
    }

static inline void list_init(struct list_head *head)
{
    head->next = head;
    head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
    return head->next == head;
}

static inline void list_insert_between(struct list_head *prev, struct list_head *next,
                                       struct list_head *n)
{
    n->prev = prev;
    n->next = next;
    prev->next = n;
    next->prev = n;
}

/* Make n, which is on no list, the first (the last) element of head. Given an element instead of
 * the anchor, they insert behind it (before it). */
static inline void list_add(struct list_head *head, struct list_head *n)
{
    list_insert_between(head, head->next, n);
}

static inline void list_add_tail(struct list_head *head, struct list_head *n)
{
    list_insert_between(head->prev, head, n);
}

/* Take n out of its list; of a link that is on none, nothing changes. */
static inline void list_del(struct list_head *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}

/* The first or last link, NULL when the list is empty. */
static inline struct list_head *list_first(const struct list_head *head)
{
    return list_empty(head) ? NULL : head->next;
}

static inline struct list_head *list_last(const struct list_head *head)
{
    return list_empty(head) ? NULL : head->prev;
}

/* Take out the first link and return it; NULL when the list is empty. */
static inline struct list_head *list_pop(struct list_head *head)
{
    struct list_head *n = list_first(head);
    if (n)
        list_del(n);
    return n;
}

/* Move every element of src, in order, behind the last of dst; src is empty afterwards. */
static inline void list_splice_tail(struct list_head *dst, struct list_head *src)
{
    if (list_empty(src))
        return;
    src->next->prev = dst->prev;
    dst->prev->next = src->next;
    src->prev->next = dst;
    dst->prev = src->prev;
    list_init(src);
}

/* The number of elements, by counting them: for tests and dumps. */
static inline size_t list_count(const struct list_head *head)
{
    size_t n = 0;
    for (const struct list_head *p = head->next; p != head; p = p->next)
        n++;
    return n;
}

/* From a link to its element. */
#define list_entry(link, type, member) container_of(link, type, member)

/* The first (the last) element, NULL when there is none. */
#define list_first_entry(head, type, member)                                                       \
    (list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last_entry(head, type, member)                                                        \
    (list_empty(head) ? NULL : list_entry((head)->prev, type, member))

/* Take out the first element and return it; NULL when there is none. */
#define list_pop_entry(head, type, member)                                                         \
    ({                                                                                             \
        struct list_head *_link = list_pop(head);                                                  \
        _link ? list_entry(_link, type, member) : NULL;                                            \
    })

/* Visit each element, pos being a pointer to the element's type; after the loop pos is meaningless.
 * The _safe form also allows the body to take pos (and only pos) out of the list. */
#define list_for_each_entry(pos, head, member)                                                     \
    for (pos = list_entry((head)->next, __typeof__(*pos), member); &pos->member != (head);         \
         pos = list_entry(pos->member.next, __typeof__(*pos), member))

#define list_for_each_entry_safe(pos, tmp, head, member)                                           \
    for (pos = list_entry((head)->next, __typeof__(*pos), member),                                 \
        tmp = list_entry(pos->member.next, __typeof__(*pos), member);                              \
         &pos->member != (head);                                                                   \
         pos = tmp, tmp = list_entry(tmp->member.next, __typeof__(*tmp), member))
