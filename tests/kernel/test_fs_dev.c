/* Devices without hardware, random bytes, and /proc as text. */
#include "fs_test.h"
#include "fs/procfs.h"
#include "fs/random.h"

/* Catches: devices that answer wrongly, a node made elsewhere that is another device. */
KTEST(fs_dev_memory)
{
    char buf[64];
    struct stat st;
    T_BEGIN("/t");
    struct file *null = t_open("/dev/null", O_RDWR), *zero = t_open("/dev/zero", O_RDWR);
    struct file *full = t_open("/dev/full", O_RDWR);
    KT_ASSERT(null && zero && full);
    KT_EQ(t_read(null, buf, 64), 0);
    KT_EQ(t_write(null, buf, 64), 64);
    memset(buf, 1, sizeof buf);
    KT_EQ(t_read(zero, buf, 64), 64);
    for (int i = 0; i < 64; i++)
        KT_EQ(buf[i], 0);
    KT_EQ(t_write(full, buf, 1), -ENOSPC);
    KT_EQ(t_read(full, buf, 1), 1);
    file_put(zero);
    file_put(full);
    file_put(null);
    KT_EQ(vfs_stat(AT_FDCWD, "/dev/null", 0, &st), 0);
    KT_EQ(st.st_rdev, DEV_MAKE(1, 3));
    KT_EQ(st.st_mode, S_IFCHR | 0666);
    KT_EQ(vfs_mknod(AT_FDCWD, "/t/null", S_IFCHR | 0600, DEV_MAKE(1, 3)), 0);
    KT_EQ(vfs_mknod(AT_FDCWD, "/t/none", S_IFCHR | 0600, DEV_MAKE(77, 3)), 0);
    KT_EQ(vfs_mknod(AT_FDCWD, "/t/sock", S_IFSOCK | 0600, 0), 0);
    null = t_open("/t/null", O_WRONLY);
    KT_ASSERT(null);
    KT_EQ(t_write(null, buf, 64), 64);
    file_put(null);
    KT_EQ(t_open_error("/t/none", O_RDONLY), -ENXIO);
    KT_EQ(t_open_error("/t/sock", O_RDONLY), -ENXIO);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/null"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/none"), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/sock"), 0);
    T_END();
}

/* Catches: a generator that repeats itself or leaves bits constant. (The block function has RFC
 * 8439's vector.) */
KTEST(fs_random)
{
    /* RFC 8439, "Test Vector for the ChaCha20 Block Function" */
    static const u32 nonce[3] = {0x09000000, 0x4a000000, 0},
                     want[4] = {0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3};
    u32 key[8], out[16];
    for (u32 i = 0; i < 8; i++)
        key[i] = 0x03020100 + 0x04040404 * i;
    chacha20_block(key, 1, nonce, out);
    for (int i = 0; i < 4; i++)
        KT_EQ(out[i], want[i]);
    u64 ones = 0, zeros = 0, last = 0;
    for (int i = 0; i < 200; i++) {
        u64 x = random_u64();
        KT_ASSERT(x != last);
        last = x;
        ones |= x;
        zeros |= ~x;
    }
    KT_EQ(ones, U64_MAX);
    KT_EQ(zeros, U64_MAX);
}

/* Catches: a text that changes between two pieces of one read, or does not change on a new read;
 * writes to what is read-only. */
static unsigned shown;
static void show_counter(struct seq *s, void *unused UNUSED)
{
    seq_printf(s, "%u:", ++shown);
    for (int i = 0; i < 5000; i++)
        seq_putc(s, (char)('a' + i % 26));
}

static char stored[32];
static int store_text(const char *text, void *unused UNUSED)
{
    if (strcmp(text, "bad") == 0)
        return -ERANGE;
    strlcpy(stored, text, sizeof stored);
    return 0;
}

KTEST(fs_proc_text)
{
    char buf[16];
    static bool added;
    if (!added)
        procfs_add_writable("ktest/deep/counter", show_counter, store_text, NULL);
    added = true;
    shown = 0;
    struct file *f = t_open("/proc/ktest/deep/counter", O_RDWR);
    KT_ASSERT(f);
    KT_EQ(t_read(f, buf, 3), 3);
    KT_EQ(memcmp(buf, "1:a", 3), 0);
    KT_EQ(kfile_read(f, buf, 4, 2 + 4999), 1); /* the last byte of the same text */
    KT_EQ(buf[0], 'a' + 4999 % 26);
    KT_EQ(shown, 1);
    KT_EQ(kfile_read(f, buf, 4, 2 + 5000), 0);
    KT_EQ(file_seek(f, 0, SEEK_SET), 0);
    KT_EQ(t_read(f, buf, 3), 3);
    KT_EQ(memcmp(buf, "2:a", 3), 0);
    KT_EQ(t_write(f, "new value\n", 10), 10);
    KT_EQ(strcmp(stored, "new value"), 0);
    KT_EQ(t_write(f, "bad", 3), -ERANGE);
    file_put(f);
    f = t_open("/proc/meminfo", O_RDWR); /* root may open anything ... */
    KT_ASSERT(f);
    KT_EQ(t_write(f, "x", 1), -EIO); /* ... but not write it */
    KT_EQ(t_read(f, buf, 9), 9);
    KT_EQ(memcmp(buf, "MemTotal:", 9), 0);
    file_put(f);
    KT_EQ(t_open_error("/proc/999999", O_RDONLY), -ENOENT);
    KT_EQ(t_open_error("/proc/new", O_WRONLY | O_CREAT), -EPERM);
    KT_EQ(vfs_unlink(AT_FDCWD, "/proc/meminfo"), -EPERM);
    KT_EQ(vfs_mkdir(AT_FDCWD, "/proc/d", 0755), -EPERM);
    KT_EQ(vfs_rename(AT_FDCWD, "/proc/meminfo", AT_FDCWD, "/proc/m", 0), -EPERM);
}
