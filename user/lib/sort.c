/* Sorting and searching arrays. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void swap(char *a, char *b, size_t size)
{
    while (size-- > 0) {
        char c = *a;
        *a++ = *b;
        *b++ = c;
    }
}

/* Let the element at `root` sink until both its children are smaller: heap[0, count) is a heap from
 * root + 1 on. */
static void sift_down(char *heap, size_t root, size_t count, size_t size,
                      int (*cmp)(const void *, const void *))
{
    for (size_t child; (child = 2 * root + 1) < count; root = child) {
        if (child + 1 < count && cmp(heap + child * size, heap + (child + 1) * size) < 0)
            child++;
        if (cmp(heap + root * size, heap + child * size) >= 0)
            return;
        swap(heap + root * size, heap + child * size, size);
    }
}

/* Heapsort: n log n in the worst case and no memory of its own. Equal elements do not keep their
 * order. */
void qsort(void *base, size_t count, size_t size, int (*cmp)(const void *, const void *))
{
    for (size_t i = count / 2; i-- > 0;)
        sift_down(base, i, count, size, cmp);
    for (size_t end = count; end > 1; end--) {
        swap(base, (char *)base + (end - 1) * size, size);
        sift_down(base, 0, end - 1, size, cmp);
    }
}

void *bsearch(const void *key, const void *base, size_t count, size_t size,
              int (*cmp)(const void *, const void *))
{
    while (count > 0) {
        const char *middle = (const char *)base + count / 2 * size;
        int order = cmp(key, middle);
        if (order == 0)
            return (void *)middle;
        if (order > 0) {
            base = middle + size;
            count--;
        }
        count /= 2;
    }
    return NULL;
}
