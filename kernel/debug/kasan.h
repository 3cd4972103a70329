/* kasan.h: what the rest of the kernel tells the address sanitizer (docs/sanitizers.md).
 *
 * Under `make SAN=1` the compiler puts a call before every load and store, and each eight bytes of
 * kernel memory have one byte of shadow that says how many of them may be touched. Allocators keep
 * the shadow true through the functions below. In every other build they are empty, and so is this
 * header: nothing is called, nothing is linked. */
#pragma once

#include "lib/types.h"

struct trapframe;

#define KASAN_OFFSET 0xdffffc0000000000ull /* shadow byte of address a: KASAN_OFFSET + a / 8 */

enum {
    KASAN_SHIFT = 3,
    KASAN_GRANULE = 1 << KASAN_SHIFT, /* bytes that one byte of shadow tells about */
};

/* What a shadow byte says: 0 all eight bytes may be touched; 1..7 only so many of the first; else
 * none, because they are: */
enum kasan_mark {
    KASAN_STACK_LEFT = 0xf1, /* these four are the compiler's own numbers */
    KASAN_STACK_MIDDLE = 0xf2,
    KASAN_STACK_RIGHT = 0xf3,
    KASAN_STACK_SCOPE = 0xf8,
    KASAN_GLOBAL = 0xf9,        /* behind a global variable */
    KASAN_VMALLOC = 0xfa,       /* behind, or no longer in, an area of vmalloc */
    KASAN_SLAB_FREE = 0xfb,     /* a slab object that was freed */
    KASAN_SLAB_REDZONE = 0xfc,  /* between slab objects, or an object never allocated */
    KASAN_BLOCK_REDZONE = 0xfe, /* behind a large kmalloc */
    KASAN_FRAME_FREE = 0xff,    /* a frame that the frame allocator has */
};

#ifdef SAN

/* What maps the shadow of everything that has none of its own: a page of zeros and a table for each
 * level above it, every entry the same. */
struct kasan_zero {
    u8 page[4096];
    u64 table[3][512]; /* of levels 1, 2 and 3 */
};
extern struct kasan_zero kasan_zero;
enum { KASAN_TOP_SLOTS = 32 }; /* entries of the top table: an eighth of the kernel's half */

/* Before any instrumented C runs, on the boot tables: every kernel address gets shadow, all of it
 * one zero page, but for the image, whose shadow is memory. Then the redzones of globals. */
void kasan_early_init(void);

/* [p, p + len) is forbidden from now on, for the reason `why`; or may be touched. p is a multiple
 * of 8; the end need not be: the last shadow byte counts. Any context. */
void kasan_poison(const void *p, size_t len, enum kasan_mark why);
void kasan_unpoison(const void *p, size_t len);

/* As if the caller read or wrote [p, p + len): for what assembly does on C's behalf. */
void kasan_check_read(const void *p, size_t len);
void kasan_check_write(const void *p, size_t len);

/* The kernel faulted at va. If that is shadow, say who was about to access which address. */
void kasan_explain_fault(const struct trapframe *tf, vaddr_t va);

#else

static inline void kasan_early_init(void)
{
}
static inline void kasan_poison(const void *p, size_t len, enum kasan_mark why)
{
}
static inline void kasan_unpoison(const void *p, size_t len)
{
}
static inline void kasan_check_read(const void *p, size_t len)
{
}
static inline void kasan_check_write(const void *p, size_t len)
{
}
static inline void kasan_explain_fault(const struct trapframe *tf, vaddr_t va)
{
}

#endif
