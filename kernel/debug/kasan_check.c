/* The check before each load and store: what the compiler calls under SAN=1.
 *
 * One function for each size and direction, named as gcc and clang expect them ("_noabort": the
 * kernel may go on after a report). */
#include "debug/kasan_abi.h"
#include "debug/kasan_priv.h"

/* May the byte at a not be touched? A shadow byte of 1..7 allows so many of the granule's first. */
static ALWAYS_INLINE bool forbidden(vaddr_t a)
{
    u8 shadow = *kasan_shadow(a);
    return unlikely(shadow) && (shadow >= KASAN_GRANULE || (a & (KASAN_GRANULE - 1)) >= shadow);
}

/* An access of 1, 2, 4 or 8 bytes. All of one granule may be touched up to its last allowed byte,
 * so the last byte decides; only an access that straddles two must look at the first one too. */
static ALWAYS_INLINE bool forbidden_small(vaddr_t a, size_t len)
{
    if (len == 1)
        return forbidden(a);
    vaddr_t last = a + len - 1;
    return forbidden(last) || ((a ^ last) & ~(vaddr_t)(KASAN_GRANULE - 1) && *kasan_shadow(a));
}

#define DEFINE_CHECKS(size)                                                                        \
    void __asan_load##size##_noabort(vaddr_t a)                                                    \
    {                                                                                              \
        if (likely(a >= KERNEL_HALF) && unlikely(forbidden_small(a, size)))                        \
            kasan_report(a, size, false, HERE);                                                    \
    }                                                                                              \
    void __asan_store##size##_noabort(vaddr_t a)                                                   \
    {                                                                                              \
        if (likely(a >= KERNEL_HALF) && unlikely(forbidden_small(a, size)))                        \
            kasan_report(a, size, true, HERE);                                                     \
    }
DEFINE_CHECKS(1)
DEFINE_CHECKS(2)
DEFINE_CHECKS(4)
DEFINE_CHECKS(8)

void __asan_loadN_noabort(vaddr_t a, size_t len)
{
    kasan_check(a, len, false, HERE);
}

void __asan_storeN_noabort(vaddr_t a, size_t len)
{
    kasan_check(a, len, true, HERE);
}

void __asan_load16_noabort(vaddr_t a)
{
    kasan_check(a, 16, false, HERE);
}

void __asan_store16_noabort(vaddr_t a)
{
    kasan_check(a, 16, true, HERE);
}
