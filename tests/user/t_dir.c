/* Catches: directory reading that misses or repeats entries (small buffers, many names, names
 * that come and go), wrong types or record lengths. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "ut.h"

enum { FILES = 300 };

ssize_t getdents64(int fd, void *buf, size_t size);

/* Read the whole folder with a buffer of this size; how often each file was seen. */
static int list(int fd, size_t size, unsigned char seen[FILES])
{
    char buf[4096] __attribute__((aligned(8)));
    int total = 0;
    ssize_t n;

    memset(seen, 0, FILES);
    CHECK_OK(lseek(fd, 0, SEEK_SET));
    while ((n = getdents64(fd, buf, size)) > 0)
        for (ssize_t at = 0; at < n;) {
            struct linux_dirent64 *e = (struct linux_dirent64 *)(buf + at);
            CHECK_EQ(e->d_reclen % 8, 0);
            CHECK(at + e->d_reclen <= n && e->d_reclen >= 24);
            int number;
            if (sscanf(e->d_name, "file%d", &number) == 1 && number >= 0 && number < FILES) {
                seen[number]++;
                CHECK_EQ(e->d_type, DT_REG);
            } else {
                CHECK_EQ(e->d_type, DT_DIR);
            }
            total++;
            at += e->d_reclen;
        }
    CHECK_EQ(n, 0);
    return total;
}

int main(void)
{
    unsigned char seen[FILES];
    char name[32], tiny[16];

    ut_enter_folder();
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof(name), "file%d", i);
        close(CHECK_OK(open(name, O_WRONLY | O_CREAT, 0644)));
    }
    int fd = CHECK_OK(open(".", O_RDONLY | O_DIRECTORY));
    for (size_t size = 40; size <= 4096; size = size * 2 + 24) {
        CHECK_EQ(list(fd, size, seen), FILES + 2);
        for (int i = 0; i < FILES; i++)
            CHECK_EQ(seen[i], 1);
    }
    CHECK_OK(lseek(fd, 0, SEEK_SET));
    CHECK_ERR(getdents64(fd, tiny, sizeof(tiny)), EINVAL); /* not even one fits */
    CHECK_ERR(getdents64(fd, ut_pointer(8), 4096), EFAULT);
    CHECK_ERR(getdents64(0, tiny, sizeof(tiny)), ENOTDIR);

    /* Removing while reading: what stays is seen exactly once. */
    DIR *dir = opendir(".");
    memset(seen, 0, sizeof(seen));
    for (struct dirent *e; dir && (e = readdir(dir));) {
        int number;
        if (sscanf(e->d_name, "file%d", &number) != 1)
            continue;
        seen[number]++;
        if (number % 2 == 0)
            unlink(e->d_name);
    }
    closedir(dir);
    for (int i = 1; i < FILES; i += 2)
        CHECK_EQ(seen[i], 1);
    CHECK_EQ(list(fd, 4096, seen), FILES / 2 + 2);
    close(fd);
    for (int i = 1; i < FILES; i += 2) {
        snprintf(name, sizeof(name), "file%d", i);
        CHECK_OK(unlink(name));
    }
    ut_leave_folder();
    fd = CHECK_OK(open("/proc", O_RDONLY));
    CHECK(getdents64(fd, seen, sizeof(seen)) > 0);
    close(fd);
    return ut_result();
}
