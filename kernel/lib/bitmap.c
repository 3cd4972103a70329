/* bitmap.c: searches and ranges of lib/bitmap.h, a word at a time. */
#include "lib/bitmap.h"

/* The bits of word number `word` that lie in [first, last]; the caller knows that some do. */
static u64 word_mask(size_t word, size_t first, size_t last)
{
    u64 mask = U64_MAX;
    if (word == first / 64)
        mask &= U64_MAX << (first % 64);
    if (word == last / 64)
        mask &= U64_MAX >> (63 - last % 64);
    return mask;
}

void bitmap_set_range(u64 *map, size_t first, size_t count)
{
    if (!count)
        return;
    size_t last = first + count - 1;
    for (size_t w = first / 64; w <= last / 64; w++)
        map[w] |= word_mask(w, first, last);
}

void bitmap_clear_range(u64 *map, size_t first, size_t count)
{
    if (!count)
        return;
    size_t last = first + count - 1;
    for (size_t w = first / 64; w <= last / 64; w++)
        map[w] &= ~word_mask(w, first, last);
}

/* Both searches look for a set bit; `flip` is all ones when a clear bit is wanted. */
static size_t next_bit(const u64 *map, size_t nbits, size_t from, u64 flip)
{
    if (from >= nbits)
        return nbits;
    size_t w = from / 64;
    u64 bits = (map[w] ^ flip) & (U64_MAX << (from % 64));
    while (!bits) {
        if (++w >= BITMAP_WORDS(nbits))
            return nbits;
        bits = map[w] ^ flip;
    }
    return MIN(w * 64 + (size_t)__builtin_ctzl(bits),
               nbits); /* bits past nbits in the last word are noise */
}

size_t bitmap_next_set(const u64 *map, size_t nbits, size_t from)
{
    return next_bit(map, nbits, from, 0);
}

size_t bitmap_next_clear(const u64 *map, size_t nbits, size_t from)
{
    return next_bit(map, nbits, from, U64_MAX);
}

size_t bitmap_find_clear_run(const u64 *map, size_t nbits, size_t from, size_t count)
{
    for (;;) {
        size_t start = bitmap_next_clear(map, nbits, from);
        if (start >= nbits || nbits - start < count)
            return nbits;
        size_t end = bitmap_next_set(map, start + count, start);
        if (end == start + count)
            return start;
        from = end;
    }
}

size_t bitmap_count(const u64 *map, size_t nbits)
{
    size_t n = 0;
    for (size_t w = 0; w < nbits / 64; w++)
        n += bits_count(map[w]);
    if (nbits % 64)
        n += bits_count(map[nbits / 64] & (BIT(nbits % 64) - 1));
    return n;
}
