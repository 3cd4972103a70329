/* sources: kernel/fs/cpio.c kernel/lib/string.c */
/* The newc reader. Catches: a length that is believed, a header read past the end, an archive that
 * is cut and taken for whole. */
#include "shim.h"
#include "abi/errno.h"
#include "fs/cpio.h"
#include "lib/string.h"

static u8 archive[8192];
static size_t len;

static void put(const void *data, size_t n)
{
    memcpy(archive + len, data, n);
    len += n;
}

static void pad(void)
{
    while (len % 4)
        archive[len++] = 0;
}

/* Append an entry with the fields that matter here. */
static void add(const char *magic, const char *name, u32 mode, const char *data, size_t size,
                u32 check)
{
    char header[111];
    snprintf(header, sizeof header, "%s%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", magic,
             7, mode, 1, 2, 1, 1234567890, (u32)size, 8, 9, 10, 11, (u32)strlen(name) + 1, check);
    put(header, 110);
    put(name, strlen(name) + 1);
    pad();
    put(data, size);
    pad();
}

static void start(void)
{
    len = 0;
    add("070701", "file", 0100644, "hello", 5, 0);
    add("070701", "TRAILER!!!", 0, "", 0, 0);
}

static int count(struct cpio *c)
{
    struct cpio_entry e;
    int n = 0, got;
    while ((got = cpio_next(c, &e)) > 0)
        n++;
    return got < 0 ? got : n;
}

TEST(cpio_fields)
{
    struct cpio_entry e;
    start();
    struct cpio c = {.bytes = archive, .len = len};
    CHECK_EQ(cpio_next(&c, &e), 1);
    CHECK(strcmp(e.name, "file") == 0 && e.size == 5 && memcmp(e.data, "hello", 5) == 0);
    CHECK(e.ino == 7 && e.mode == 0100644 && e.uid == 1 && e.gid == 2 && e.nlink == 1);
    CHECK(e.mtime == 1234567890 && e.dev_major == 8 && e.dev_minor == 9);
    CHECK(e.rdev_major == 10 && e.rdev_minor == 11 && !e.trailer);
    CHECK_EQ(cpio_next(&c, &e), 1);
    CHECK(e.trailer);
    CHECK_EQ(cpio_next(&c, &e), 0);
}

TEST(cpio_several)
{
    start();
    memset(archive + len, 0, 512);
    len += 512;
    add("070702", "summed", 0100644, "ab", 2, 'a' + 'b');
    struct cpio c = {.bytes = archive, .len = len};
    CHECK_EQ(count(&c), 3); /* without a trailer at the end, which is fine */
    c = (struct cpio){.bytes = archive, .len = 0};
    CHECK_EQ(count(&c), 0);
}

static void expect_bad(const char *what)
{
    struct cpio c = {.bytes = archive, .len = len};
    CHECK_EQ(count(&c), -EINVAL);
    CHECK(c.error && strstr(c.error, what));
}

TEST(cpio_refused)
{
    start();
    memcpy(archive, "070707", 6);
    expect_bad("old cpio");
    start();
    memcpy(archive, "\x1f\x8b\x08\0\0\0", 6);
    expect_bad("gzip");
    start();
    archive[0] = 'x';
    expect_bad("no cpio");
    start();
    archive[20] = 'g';
    expect_bad("hexadecimal");
    start();
    memcpy(archive + 94, "00000000", 8);
    expect_bad("impossible length");
    start();
    memcpy(archive + 94, "ffffffff", 8);
    expect_bad("impossible length");
    start();
    memcpy(archive + 94, "00000004", 8);
    expect_bad("not terminated");
    start();
    memcpy(archive + 54, "fffffff0", 8);
    expect_bad("data");
    len = 0;
    add("070702", "summed", 0100644, "ab", 2, 1);
    expect_bad("checksum");
}

/* Every archive that is cut somewhere: an error or the whole entries before the cut, and no access
 * beyond (the sanitizer watches an exact copy). */
TEST(cpio_cut)
{
    start();
    add("070701", "a/longer/name", 0100644, "some more data", 14, 0);
    for (size_t n = 0; n < len; n++) {
        u8 *exact = malloc(n ? n : 1);
        memcpy(exact, archive, n);
        struct cpio c = {.bytes = exact, .len = n};
        int got = count(&c);
        CHECK(got == -EINVAL ? c.error != NULL && c.pos <= n : got >= 0 && got <= 3);
        free(exact);
    }
}

/* Damaged bytes: whatever is accepted lies inside. */
TEST(cpio_noise)
{
    for (int round = 0; round < 20000; round++) {
        struct cpio_entry e;
        start();
        for (unsigned i = 0; i < 1 + rnd_below(4); i++)
            archive[rnd_below((u32)len)] = "0123456789abcdef\0x"[rnd_below(18)];
        u8 *exact = malloc(len);
        memcpy(exact, archive, len);
        struct cpio c = {.bytes = exact, .len = len};
        u64 before = 0;
        while (cpio_next(&c, &e) > 0) {
            CHECK(e.data >= exact && e.data + e.size <= exact + len);
            CHECK(c.pos > before);
            before = c.pos;
        }
        free(exact);
    }
}

int main(void)
{
    return run_tests();
}
