/* Catches: memory that is writable and executable at once, by whatever way. Lucid refuses it by
 * policy; Linux does not, so this test is skipped there. */
#include <fcntl.h>
#include <lucid.h>
#include <sys/mman.h>

#include "ut.h"

#define PAGE 4096
#define WX   (PROT_READ | PROT_WRITE | PROT_EXEC)

int main(void)
{
    struct lucid_stats stats;
    char name[] = "/tmp/ut-XXXXXX";

    if (lucid_stats(&stats, 0) < 0)
        SKIP("not on Lucid");
    CHECK_ERR(mmap(NULL, PAGE, WX, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EACCES);
    CHECK_ERR(mmap(NULL, PAGE, PROT_WRITE | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1, 0), EACCES);
    char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERR(mprotect(p, PAGE, WX), EACCES);
    CHECK_OK(mprotect(p, PAGE, PROT_READ | PROT_WRITE));
    CHECK_OK(mprotect(p, PAGE, PROT_READ | PROT_EXEC));
    CHECK_ERR(mprotect(p, PAGE, WX), EACCES);
    munmap(p, PAGE);
    int fd = CHECK_OK(mkstemp(name));
    CHECK_EQ(write(fd, "x", 1), 1);
    CHECK_ERR(mmap(NULL, PAGE, WX, MAP_PRIVATE, fd, 0), EACCES);
    close(fd);
    unlink(name);
    return ut_result();
}
