/* Every sin that the sanitizers of SAN=1 are there for, committed once: the report must name its
 * kind, the function that did it, and whose memory it was. Catches: a hook that was forgotten in an
 * allocator, shadow that is set too wide or too narrow, a quarantine that gives memory out again, a
 * compiler flag that was lost. (Built under SAN=1 only.)
 *
 * With san=panic or san=report on the command line a sin does what it would do outside a test. */
#include "debug/crash.h"
#include "debug/ktest.h"
#include "debug/sanitizer.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/slab.h"
#include "vm/uaccess.h"

static unsigned reports;
static char headline[160];

static void note(const char *text)
{
    reports++;
    strlcpy(headline, text, sizeof headline);
}

/* The compiler must not know where a value comes from, or it would warn, or reason. */
static void *hidden(const void *p)
{
    asm volatile("" : "+r"(p));
    return (void *)(uptr)p;
}

static long hidden_number(long n)
{
    asm volatile("" : "+r"(n));
    return n;
}

/* Does a line of the log from record seq on contain these words? */
static bool log_says(u64 seq, const char *words)
{
    char line[KLOG_LINE_MAX + 1];
    for (size_t n; (n = klog_read(&seq, line, KLOG_LINE_MAX));) {
        line[n] = '\0';
        if (strstr(line, words))
            return true;
    }
    return false;
}

/* Commit the sin: one report, whose first line has `first`, and which says `detail` somewhere. */
static void expect(struct ktest_run *kt, void (*sin)(void), const char *first, const char *detail)
{
    u64 seq = klog_next_seq();
    reports = 0;
    char how[16];
    if (!cmdline_get("san", how, sizeof how))
        san_caught_hook = note;
    sin();
    san_caught_hook = NULL;
    KT_EQ(reports, 1);
    if (!strstr(headline, first))
        ktest_fail(kt, "reported as \"%s\", not as \"%s\"", headline, first);
    else if (!log_says(seq, detail))
        ktest_fail(kt, "the report does not say \"%s\"", detail);
}

#define SIN(name, first, detail)                                                                   \
    static NOINLINE void sin_##name(void);                                                         \
    KTEST(san_##name)                                                                              \
    {                                                                                              \
        expect(kt, sin_##name, first, detail);                                                     \
    }                                                                                              \
    static NOINLINE void sin_##name(void)

/* ---- the heap ---- */

SIN(heap_overflow, "heap out of bounds: write of 1 bytes",
    "is 0 bytes behind the end of an object of 61 bytes")
{
    u8 *p = hidden(kmalloc(61));
    WRITE_ONCE(p[60], 1); /* the last byte that is ours: no report */
    WRITE_ONCE(p[61], 1);
    kfree(p);
}

SIN(heap_underflow, "heap out of bounds: read of 4 bytes", "slab cache kmalloc-32")
{
    u32 *p = hidden(kmalloc(32)), *q = hidden(kmalloc(32));
    (void)READ_ONCE(MAX(p, q)[-1]);
    kfree(p);
    kfree(q);
}

/* Half of the word is ours. */
SIN(heap_straddle, "heap out of bounds: read of 8 bytes", "slab cache kmalloc-48")
{
    u8 *p = hidden(kmalloc(44));
    (void)READ_ONCE(*(u64 *)(p + 40));
    kfree(p);
}

SIN(heap_use_after_free, "use after free: read of 8 bytes", "freed by thread")
{
    u64 *p = hidden(kmalloc(64));
    kfree(p);
    void *others[50]; /* the quarantine keeps p apart from all of these */
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
        others[i] = kmalloc(64);
    (void)READ_ONCE(p[3]);
    for (unsigned i = 0; i < ARRAY_SIZE(others); i++)
        kfree(others[i]);
}

/* The names of who allocated and who freed are kept. */
SIN(heap_names, "use after free: write of 2 bytes", "sin_heap_names")
{
    struct kmem_cache *c = kmem_cache_create("sinners", 40, 0, NULL);
    u16 *p = hidden(kmem_cache_alloc(c));
    kmem_cache_free(c, p);
    WRITE_ONCE(*p, 1);
    kmem_cache_destroy(c);
}

SIN(double_free, "KASAN: double free", "slab cache kmalloc-16")
{
    void *p = hidden(kmalloc(16));
    kfree(p);
    kfree(p); /* NOLINT(clang-analyzer-unix.Malloc): the mistake */
}

SIN(free_inside, "free of what is no object", "8 bytes inside an object of 128 bytes")
{
    u8 *p = hidden(kmalloc(128));
    kfree(p + 8);
    kfree(p); /* NOLINT(clang-analyzer-unix.Malloc): the mistake is above */
}

SIN(large_block, "heap out of bounds: write of 1 bytes", "is in frame")
{
    u8 *p = hidden(kmalloc(3 * PAGE_SIZE));
    WRITE_ONCE(p[3 * PAGE_SIZE], 1);
    kfree(p);
}

SIN(vmalloc_overflow, "vmalloc out of bounds: write of 1 bytes", "vmalloc")
{
    u8 *p = hidden(vmalloc(PAGE_SIZE + 100));
    WRITE_ONCE(p[PAGE_SIZE + 99], 1);
    WRITE_ONCE(p[PAGE_SIZE + 100], 1);
    vfree(p);
}

SIN(frame_use_after_free, "use of a free frame: read of 8 bytes", "sin_frame_use_after_free")
{
    struct page *page = frame_alloc(0, 0);
    u64 *p = hidden(page_virt(page));
    frame_free(page);
    (void)READ_ONCE(p[7]);
}

/* ---- blocks, and what assembly does for C ---- */

SIN(memcpy_over_end, "heap out of bounds: write of 65 bytes",
    "is 0 bytes behind the end of an object of 64 bytes")
{
    char from[65] = "";
    void *p = hidden(kmalloc(64));
    memcpy(p, from, (size_t)hidden_number(65));
    kfree(p);
}

SIN(string_without_end, "heap out of bounds: read of 1 bytes", "an object of 24 bytes")
{
    char *p = hidden(kmalloc(24));
    memset(p, 'x', 24);
    (void)hidden_number((long)strnlen(p, 25));
    kfree(p);
}

SIN(copy_out_too_much, "heap out of bounds: read of 40 bytes", "an object of 32 bytes")
{
    void *p = hidden(kzalloc(32));
    (void)hidden_number((long)copy_out_some(uaddr(0x10000), p, 40));
    kfree(p);
}

/* Where nothing is mapped there is no shadow either: the check itself faults (crash=wild). */
CRASH(wild)
{
    (void)READ_ONCE(*(u64 *)hidden((void *)(VMALLOC_BASE + VMALLOC_SIZE / 2)));
}

/* ---- stacks and globals ---- */

SIN(stack_overflow, "stack out of bounds: write of 1 bytes", "<== behind the end of this one")
{
    u8 local[13] = {0};
    u8 *p = hidden(local);
    WRITE_ONCE(p[12], 1);
    WRITE_ONCE(p[13], 1);
}

SIN(stack_out_of_scope, "stack use out of scope: read of 4 bytes", "<== this one")
{
    u32 *p;
    {
        u32 local = 1;
        p = hidden(&local);
    }
    (void)READ_ONCE(*p);
}

static u8 global[10];

SIN(global_overflow, "global out of bounds: read of 1 bytes",
    "is 0 bytes behind the end of the global variable 'global'")
{
    u8 *p = hidden(global);
    (void)READ_ONCE(p[9]);
    (void)READ_ONCE(p[10]);
}

/* ---- what C leaves undefined ---- */

SIN(shift_too_far, "shift: by 32, but type", "sin_shift_too_far")
{
    (void)hidden_number((int)hidden_number(1) << hidden_number(32));
}

SIN(shift_negative, "shift: by -1, a negative number", "sin_shift_negative")
{
    (void)hidden_number((int)hidden_number(1) << (int)hidden_number(-1));
}

SIN(signed_overflow, "overflow: 2147483647 + 1 does not fit in type 'int'",
    "UBSAN: tests/kernel/test_san.c:")
{
    int a = (int)hidden_number(S32_MAX), b = (int)hidden_number(1);
    (void)hidden_number(a + b);
}

SIN(negate_overflow, "overflow: -(-9223372036854775808) does not fit",
    "UBSAN: tests/kernel/test_san.c:")
{
    long a = hidden_number(S64_MIN);
    (void)hidden_number(-a);
}

SIN(index_out_of_bounds, "index: 4 is outside of type 'int", "sin_index_out_of_bounds")
{
    static struct {
        int a[4], behind;
    } s;
    (void)hidden_number(s.a[hidden_number(4)]);
}

SIN(bool_of_two, "invalid value: 2 is none of type", "UBSAN: tests/kernel/test_san.c:")
{
    u8 two = 2;
    bool *b = hidden(&two);
    (void)hidden_number(*b ? 1 : 0);
}

SIN(misaligned, "alignment: ", "which wants 8")
{
    struct {
        u64 a, b;
    } room[2] = {0}, *p = hidden((u8 *)room + 1);
    (void)hidden_number((long)p->b);
}

/* ---- and no sin ---- */

/* What is held back counts as free, and is given out before memory is said to be short. */
KTEST(san_quarantine_counts_as_free)
{
    frame_drain_caches();
    u64 before = frame_free_count(), objects = slab_objects_active();
    for (int i = 0; i < 2000; i++) {
        struct page *page = frame_alloc(0, 0);
        void *p = kmalloc(100);
        KT_ASSERT(page && p);
        frame_free(page);
        kfree(p);
    }
    KT_EQ(slab_objects_active(), objects);
    slab_shrink();
    KT_ASSERT(frame_free_count() + 1 >= before); /* a magazine may have been made */
}
