/* sources: */
/* The kernel's block and string functions, under other names, against the C library's. Every length
 * and alignment up to a few words, all overlaps. Catches: a tail or a first word lost, a byte
 * written outside. */
#include "shim.h"
#include <string.h>

#define memcpy  k_memcpy
#define memmove k_memmove
#define memset  k_memset
#define memcmp  k_memcmp
#define memchr  k_memchr
#define strlen  k_strlen
#define strnlen k_strnlen
#define strcmp  k_strcmp
#define strncmp k_strncmp
#define strchr  k_strchr
#define strrchr k_strrchr
#define strlcpy k_strlcpy
#define strlcat k_strlcat
#include "lib/block.c"
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

enum { ROOM = 160 };

static u8 ours[ROOM], theirs[ROOM], source[ROOM];

static void fill(void)
{
    for (int i = 0; i < ROOM; i++) {
        source[i] = (u8)rnd();
        ours[i] = theirs[i] = (u8)rnd();
    }
}

TEST(string_memcpy_all_lengths_and_offsets)
{
    for (size_t len = 0; len <= 100; len++) {
        for (size_t off = 0; off < 24; off++) {
            fill();
            CHECK(k_memcpy(ours + off, source + 24 - off, len) == ours + off);
            memcpy(theirs + off, source + 24 - off, len);
            CHECK(memcmp(ours, theirs, ROOM) == 0);
        }
    }
}

TEST(string_memmove_all_overlaps)
{
    for (size_t len = 0; len <= 70; len++) {
        for (size_t from = 0; from < 40; from++) {
            for (size_t to = 0; to < 40; to += 1 + rnd_below(3)) {
                fill();
                CHECK(k_memmove(ours + to, ours + from, len) == ours + to);
                memmove(theirs + to, theirs + from, len);
                CHECK(memcmp(ours, theirs, ROOM) == 0);
            }
        }
    }
}

TEST(string_memset_all_lengths)
{
    for (size_t len = 0; len <= 100; len++) {
        for (size_t off = 0; off < 16; off++) {
            fill();
            k_memset(ours + off, (int)len - 300, len);
            memset(theirs + off, (int)len - 300, len);
            CHECK(memcmp(ours, theirs, ROOM) == 0);
        }
    }
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

TEST(string_compare_and_search)
{
    char a[24], b[24];
    for (int round = 0; round < 100000; round++) {
        size_t n = rnd_below(20);
        for (size_t i = 0; i < sizeof a; i++) {
            a[i] = "ab\xff"[rnd_below(3)];
            b[i] = rnd_below(12) ? a[i] : "ab\xff"[rnd_below(3)];
        }
        a[rnd_below(sizeof a)] = a[23] = b[rnd_below(sizeof b)] = b[23] = '\0';
        CHECK_EQ(k_strlen(a), strlen(a));
        CHECK_EQ(k_strnlen(a, n), strnlen(a, n));
        CHECK(sign(k_strcmp(a, b)) == sign(strcmp(a, b)));
        CHECK(sign(k_strncmp(a, b, n)) == sign(strncmp(a, b, n)));
        CHECK(sign(k_memcmp(a, b, n)) == sign(memcmp(a, b, n)));
        CHECK(k_memchr(a, 'b', n) == memchr(a, 'b', n));
        CHECK(k_strchr(a, 'b') == strchr(a, 'b') && k_strchr(a, 0) == strchr(a, 0));
        CHECK(k_strrchr(a, 0xff) == strrchr(a, 0xff) && k_strrchr(a, 0) == strrchr(a, 0));
    }
}

TEST(string_bounded_copy)
{
    char buf[8];
    memset(buf, 'x', sizeof buf);
    CHECK_EQ(k_strlcpy(buf, "hello", 4), 5);
    CHECK(strcmp(buf, "hel") == 0 && buf[4] == 'x');
    CHECK_EQ(k_strlcpy(buf, "hello", 0), 5);
    CHECK(strcmp(buf, "hel") == 0);
    CHECK_EQ(k_strlcat(buf, "lo you", sizeof buf), 9);
    CHECK(strcmp(buf, "hello y") == 0);
    CHECK_EQ(k_strlcat(buf, "zz", 3), 5); /* dst is not terminated within 3 bytes */
    CHECK(strcmp(buf, "hello y") == 0);
}

TEST(string_whole_pages)
{
    u8 *a = aligned_alloc(4096, 4096), *b = aligned_alloc(4096, 4096);
    for (int i = 0; i < 4096; i++)
        a[i] = (u8)rnd();
    page_copy(b, a);
    CHECK(memcmp(a, b, 4096) == 0);
    page_zero(b);
    for (int i = 0; i < 4096; i++)
        CHECK_EQ(b[i], 0);
    free(a);
    free(b);
}

int main(void)
{
    return run_tests();
}
