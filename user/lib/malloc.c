/* The heap: blocks with a header, kept in address order, so that a freed block merges with free
 * neighbours at once.
 *
 *     | size, prev_size | payload ... | size, prev_size | payload ... |
 *
 * `size` counts the whole block with its header, a multiple of 16; its bit 0 says "in use".
 * `prev_size` is the size of the block below, so that both neighbours are found by arithmetic. Free
 * blocks are linked through their payload; the first that is large enough is taken, and cut if much
 * is left over (Knuth, The Art of Computer Programming vol. 1, "Dynamic Storage Allocation"). The
 * heap grows by brk; a request of 128 KiB or more gets a mapping of its own.
 *
 * What it does not do: it knows no threads, and never gives heap memory back before the program
 * ends. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER     16
#define IN_USE     1
#define MAPPED     2 /* a mapping of its own; prev_size is unused */
#define MAP_LIMIT  ((size_t)128 << 10)
#define GROW_BYTES ((size_t)64 << 10)

struct block {
    size_t size; /* | IN_USE | MAPPED */
    size_t prev_size;
    struct block *next_free, *prev_free; /* payload, where the block is free */
};

static struct block free_list = {.next_free = &free_list, .prev_free = &free_list};
static struct block *heap_end; /* the sentinel above the last block: in use, size HEADER */

static size_t block_size(const struct block *b)
{
    return b->size & ~(size_t)15;
}

static struct block *block_above(struct block *b)
{
    return (struct block *)((char *)b + block_size(b));
}

static struct block *block_below(struct block *b)
{
    return (struct block *)((char *)b - b->prev_size);
}

static void list_remove(struct block *b)
{
    b->prev_free->next_free = b->next_free;
    b->next_free->prev_free = b->prev_free;
}

/* Make b a free block of `size` bytes, merged with its free neighbours. */
static void block_release(struct block *b, size_t size)
{
    b->size = size;
    struct block *above = block_above(b);
    if (!(above->size & IN_USE)) {
        list_remove(above);
        b->size += above->size;
    }
    struct block *below = block_below(b);
    if (b->prev_size && !(below->size & IN_USE)) {
        list_remove(below);
        below->size += b->size;
        b = below;
    }
    block_above(b)->prev_size = b->size;
    b->next_free = free_list.next_free;
    b->prev_free = &free_list;
    b->next_free->prev_free = b->prev_free->next_free = b;
}

/* Move the break up by at least `size` bytes. The old sentinel becomes the header of the new free
 * block. */
static bool heap_grow(size_t size)
{
    if (!heap_end) {
        char *start = sbrk(0);
        size_t pad = -(uintptr_t)start & 15;
        if (sbrk((intptr_t)(pad + HEADER)) == (void *)-1)
            return false;
        heap_end = (struct block *)(start + pad);
        heap_end->prev_size = 0; /* nothing below */
    }
    size = (size + GROW_BYTES - 1) / GROW_BYTES * GROW_BYTES;
    if (sbrk((intptr_t)size) == (void *)-1)
        return false;
    struct block *fresh = heap_end;
    heap_end = (struct block *)((char *)fresh + size);
    heap_end->size = HEADER | IN_USE;
    block_release(fresh, size);
    return true;
}

/* Cut b down to `size` bytes and free the rest, if the rest can hold a block. */
static void block_trim(struct block *b, size_t size)
{
    size_t rest = block_size(b) - size;

    if (rest < sizeof(struct block))
        return;
    b->size = size | IN_USE;
    struct block *tail = block_above(b);
    tail->prev_size = size;
    block_release(tail, rest);
}

static void *map_alloc(size_t size)
{
    size = (size + 4095) & ~(size_t)4095;
    struct block *b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (b == MAP_FAILED)
        return NULL;
    b->size = size | IN_USE | MAPPED;
    return (char *)b + HEADER;
}

void *malloc(size_t payload)
{
    if (payload > PTRDIFF_MAX - 8192) {
        errno = ENOMEM;
        return NULL;
    }
    size_t size = (payload + HEADER + 15) & ~(size_t)15;
    if (size < sizeof(struct block))
        size = sizeof(struct block);
    if (size >= MAP_LIMIT)
        return map_alloc(size);
    for (;;) {
        for (struct block *b = free_list.next_free; b != &free_list; b = b->next_free) {
            if (b->size < size)
                continue;
            list_remove(b);
            b->size |= IN_USE;
            block_trim(b, size);
            return (char *)b + HEADER;
        }
        if (!heap_grow(size))
            return NULL;
    }
}

void free(void *p)
{
    if (!p)
        return;
    struct block *b = (struct block *)((char *)p - HEADER);
    if (b->size & MAPPED)
        munmap(b, block_size(b));
    else
        block_release(b, block_size(b));
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    void *p = malloc(bytes);
    return p ? memset(p, 0, bytes) : NULL;
}

void *realloc(void *p, size_t payload)
{
    if (!p)
        return malloc(payload);
    struct block *b = (struct block *)((char *)p - HEADER);
    size_t room = block_size(b) - HEADER;
    if (payload <= room && (payload >= room / 2 || room < 256))
        return p;
    void *bigger = malloc(payload);
    if (!bigger)
        return NULL;
    memcpy(bigger, p, payload < room ? payload : room);
    free(p);
    return bigger;
}

void *reallocarray(void *p, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, bytes);
}
