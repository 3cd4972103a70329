/* block.c: the block functions of lib/string.h.
 *
 * Blocks of eight bytes or more: the last eight bytes are moved on their own, by one access that
 * may overlap what the `rep` instruction moves, so that no byte loop is left for the tail. It does
 * not pick among copying methods by CPU: one short path is worth more here than the last tenth of
 * bandwidth. */
#include "lib/string.h"

/* Loads and stores of any alignment; __builtin_memcpy of a constant size is one mov, never a call.
 */
static inline u64 load8(const void *p)
{
    u64 v;
    __builtin_memcpy(&v, p, 8);
    return v;
}

static inline u32 load4(const void *p)
{
    u32 v;
    __builtin_memcpy(&v, p, 4);
    return v;
}

static inline u16 load2(const void *p)
{
    u16 v;
    __builtin_memcpy(&v, p, 2);
    return v;
}

static inline void store8(void *p, u64 v)
{
    __builtin_memcpy(p, &v, 8);
}

static inline void store4(void *p, u32 v)
{
    __builtin_memcpy(p, &v, 4);
}

static inline void store2(void *p, u16 v)
{
    __builtin_memcpy(p, &v, 2);
}

/* Fewer than eight bytes: two accesses that overlap in the middle. All loads come first, so overlap
 * of source and destination is harmless too. */
static inline void move_short(u8 *d, const u8 *s, size_t len)
{
    if (len >= 4) {
        u32 head = load4(s), tail = load4(s + len - 4);
        store4(d, head);
        store4(d + len - 4, tail);
    } else if (len >= 2) {
        u16 head = load2(s), tail = load2(s + len - 2);
        store2(d, head);
        store2(d + len - 2, tail);
    } else if (len) {
        *d = *s;
    }
}

/* At least eight bytes, upwards: right for distinct ranges and for dst below src. The last word is
 * read before the first write, because an overlapping move may write over it. */
static inline void move_up(u8 *d, const u8 *s, size_t len)
{
    u64 tail = load8(s + len - 8);
    u8 *tail_at = d + len - 8;
    size_t words = (len - 1) / 8; /* the tail covers the last 1..8 bytes */
    __asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(words) : : "memory");
    store8(tail_at, tail);
}

/* At least eight bytes, downwards: right for dst above src. Here the first word is what must be
 * read early. */
static inline void move_down(u8 *d, const u8 *s, size_t len)
{
    u64 head = load8(s);
    u8 *to = d + len - 8;
    const u8 *from = s + len - 8;
    size_t words = (len - 1) / 8;
    __asm__ volatile("std; rep movsq; cld" : "+D"(to), "+S"(from), "+c"(words) : : "memory", "cc");
    store8(d, head);
}

void *memcpy(void *restrict dst, const void *restrict src, size_t len)
{
    if (len < 8)
        move_short(dst, src, len);
    else
        move_up(dst, src, len);
    return dst;
}

void *memmove(void *dst, const void *src, size_t len)
{
    if (len < 8)
        move_short(dst, src, len);
    else if ((uptr)dst - (uptr)src >=
             len) /* dst below src (the difference wraps) or wholly above it */
        move_up(dst, src, len);
    else
        move_down(dst, src, len);
    return dst;
}

void *memset(void *dst, int byte, size_t len)
{
    u8 *d = dst;
    u64 pattern = (u8)byte * 0x0101010101010101ul;

    if (len >= 8) {
        store8(d + len - 8, pattern);
        size_t words = (len - 1) / 8;
        __asm__ volatile("rep stosq" : "+D"(d), "+c"(words) : "a"(pattern) : "memory");
    } else if (len >= 4) {
        store4(d, (u32)pattern);
        store4(d + len - 4, (u32)pattern);
    } else if (len >= 2) {
        store2(d, (u16)pattern);
        store2(d + len - 2, (u16)pattern);
    } else if (len) {
        *d = (u8)byte;
    }
    return dst;
}

/* The first byte in which two words differ decides, and that is the highest when they are read as
 * big-endian numbers. */
static inline int compare8(const u8 *x, const u8 *y)
{
    u64 a = __builtin_bswap64(load8(x)), b = __builtin_bswap64(load8(y));
    return a < b ? -1 : a > b;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const u8 *x = a, *y = b;
    if (len < 8) {
        for (; len; x++, y++, len--)
            if (*x != *y)
                return *x - *y;
        return 0;
    }
    for (; len > 8 && load8(x) == load8(y); len -= 8) {
        x += 8;
        y += 8;
    }
    return len > 8 ? compare8(x, y) : compare8(x + len - 8, y + len - 8);
}

void *memchr(const void *block, int byte, size_t len)
{
    for (const u8 *p = block; len; p++, len--)
        if (*p == (u8)byte)
            return (void *)(uptr)p;
    return NULL;
}
