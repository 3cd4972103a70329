/* Memory that is freed all at once: a list of allocations; a mark is the list's head at that
 * moment. */
#include <stdlib.h>
#include <string.h>

#include "sh.h"

struct memory {
    struct memory *next;
    max_align_t data[];
};

static struct memory *head;
static bool keep;

void *memory_alloc(size_t size)
{
    struct memory *m = calloc(1, sizeof(*m) + size);

    if (!m) {
        complain("out of memory");
        exit(2);
    }
    m->next = head;
    head = m;
    return m->data;
}

char *memory_strndup(const char *s, size_t n)
{
    char *copy = memory_alloc(n + 1);

    return memcpy(copy, s, n);
}

struct memory *memory_mark(void)
{
    return head;
}

void memory_keep(void)
{
    keep = true;
}

void memory_free(struct memory *mark)
{
    while (head != mark) {
        struct memory *next = head->next;
        if (keep) { /* a function's tree lies somewhere in here: let go of all of it, unfreed */
            head = mark;
            break;
        }
        free(head);
        head = next;
    }
    if (!mark)
        keep = false;
}
