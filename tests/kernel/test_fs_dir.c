/* Reading directories: nothing twice, nothing missed, whatever comes and goes meanwhile; and big
 * ones stay quick. */
#include "abi/dirent.h"
#include "fs_test.h"
#include "lib/bitmap.h"
#include "x86/clock.h"

enum { MANY = 600, BIG = 10000 };

/* Read the next bufferful and mark the entries named n0, n1 ... in `seen`; counts others in
 * *others. Returns the bytes, or an errno; -EEXIST for an entry seen before. */
static ssize_t read_some(struct file *f, char *buf, size_t room, u64 *seen, unsigned *others)
{
    struct uio uio;
    uio_kernel(&uio, buf, room, UIO_READ);
    ssize_t n = file_readdir(f, &uio);
    for (ssize_t at = 0; at < n;) {
        const struct linux_dirent64 *d = (const void *)(buf + at);
        u64 i;
        at += d->d_reclen;
        if (d->d_name[0] != 'n' || str_to_u64(d->d_name + 1, NULL, 10, &i)) {
            ++*others;
            continue;
        }
        if (bitmap_test(seen, i))
            return -EEXIST;
        bitmap_set(seen, i);
    }
    return n;
}

static int make_numbered(unsigned from, unsigned to)
{
    char name[32];
    int err = 0;
    for (unsigned i = from; i < to && !err; i++) {
        snprintf(name, sizeof name, "/t/n%u", i);
        err = t_make(name, "");
    }
    return err;
}

static int remove_numbered(unsigned from, unsigned to, unsigned step)
{
    char name[32];
    int err = 0;
    for (unsigned i = from; i < to && !err; i += step) {
        snprintf(name, sizeof name, "/t/n%u", i);
        err = vfs_unlink(AT_FDCWD, name);
    }
    return err;
}

/* Catches: an entry that is skipped or shown twice because others were removed or added while the
 * directory was read. */
KTEST(fs_dir_stable)
{
    BITMAP_DECLARE(seen, 2 * MANY) = {0};
    unsigned others = 0;
    ssize_t n;
    char *buf = kmalloc(512);
    KT_ASSERT(buf);
    T_BEGIN("/t");
    KT_EQ(make_numbered(0, MANY), 0);
    struct file *f = t_open("/t", O_RDONLY | O_DIRECTORY);
    KT_ASSERT(f);
    for (unsigned round = 0; (n = read_some(f, buf, 512, seen, &others)) > 0; round++) {
        if (round == 3) /* some that were shown, some that were not */
            KT_EQ(remove_numbered(0, MANY, 2), 0);
        if (round == 5)
            KT_EQ(make_numbered(MANY, MANY + 50), 0);
    }
    KT_EQ(n, 0);
    KT_EQ(others, 2);
    for (unsigned i = 1; i < MANY; i += 2)
        KT_ASSERT(bitmap_test(seen, i)); /* was there all the time */
    KT_EQ(file_seek(f, 0, SEEK_SET), 0);
    memset(seen, 0, sizeof seen);
    while ((n = read_some(f, buf, 512, seen, &others)) > 0)
        ;
    KT_EQ(n, 0);
    KT_EQ(bitmap_count(seen, 2 * MANY), MANY / 2 + 50);
    file_put(f);
    KT_EQ(remove_numbered(1, MANY, 2), 0);
    KT_EQ(remove_numbered(MANY, MANY + 50, 1), 0);
    kfree(buf);
    T_END();
}

/* Catches: a buffer too small for one entry taken for the end; a removed directory that still
 * lists; files that are none. */
KTEST(fs_dir_edges)
{
    char buf[64];
    u64 seen = 0;
    unsigned others = 0;
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a-name-of-some-length", ""), 0);
    struct file *f = t_open("/t", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(read_some(f, buf, 23, &seen, &others), -EINVAL);
    KT_EQ(read_some(f, buf, 24, &seen, &others), 24); /* "." */
    KT_EQ(read_some(f, buf, 24, &seen, &others), 24);
    KT_EQ(read_some(f, buf, 24, &seen, &others), -EINVAL);
    KT_EQ(read_some(f, buf, 64, &seen, &others), 48);
    KT_EQ(read_some(f, buf, 64, &seen, &others), 0);
    KT_EQ(t_read(f, buf, 1), -EISDIR);
    file_put(f);
    f = t_open("/t/a-name-of-some-length", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(read_some(f, buf, 64, &seen, &others), -ENOTDIR);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a-name-of-some-length"), 0);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/t/d", 0755), 0);
    f = t_open("/t/d", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(vfs_rmdir(AT_FDCWD, "/t/d"), 0);
    KT_EQ(read_some(f, buf, 64, &seen, &others), -ENOENT);
    file_put(f);
    T_END();
}

/* Catches: anything that takes time in proportion to the square of the entries: a scan for each
 * name or each read. */
KTEST(fs_dir_big)
{
    static u64 seen[BITMAP_WORDS(BIG)];
    unsigned others = 0;
    ssize_t n;
    char *buf = kmalloc(32 * 1024);
    KT_ASSERT(buf);
    T_BEGIN("/t");
    u64 start = now_ns();
    KT_EQ(make_numbered(0, 100), 0);
    u64 few_ns = now_ns() - start;
    start = now_ns();
    KT_EQ(make_numbered(100, BIG), 0);
    u64 many_ns = now_ns() - start;
    KT_ASSERT(many_ns / (BIG - 100) < 10 * few_ns / 100 + 10000);
    struct file *f = t_open("/t", O_RDONLY);
    KT_ASSERT(f);
    while ((n = read_some(f, buf, 32 * 1024, seen, &others)) > 0)
        ;
    KT_EQ(n, 0);
    KT_EQ(bitmap_count(seen, BIG), BIG);
    memset(seen, 0, sizeof seen);
    file_put(f);
    KT_EQ(remove_numbered(0, BIG, 1), 0);
    kfree(buf);
    T_END();
}
