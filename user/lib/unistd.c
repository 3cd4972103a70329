/* Calls whose C function differs from the kernel's in a detail. */
#include <errno.h>
#include <fcntl.h>
#include <lucid.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* The kernel returns the break that holds after the call, changed or not. */
int brk(void *addr)
{
    if (sys_brk(addr) == (long)addr)
        return 0;
    errno = ENOMEM;
    return -1;
}

void *sbrk(intptr_t increment)
{
    long old = sys_brk(NULL);

    return increment == 0 || brk((char *)old + increment) == 0 ? (void *)old : (void *)-1;
}

/* The kernel returns a length. */
char *getcwd(char *buf, size_t size)
{
    return sys_getcwd(buf, size) < 0 ? NULL : buf;
}

/* The kernel's calls take no flags; those two that POSIX has are not supported here. */
int faccessat(int dirfd, const char *path, int mode, int flags)
{
    (void)flags;
    return (int)sys_faccessat(dirfd, path, mode);
}

int fchmodat(int dirfd, const char *path, mode_t mode, int flags)
{
    (void)flags;
    return (int)sys_fchmodat(dirfd, path, mode);
}

int mkfifo(const char *path, mode_t mode)
{
    return mknod(path, S_IFIFO | (mode & ~(mode_t)S_IFMT), 0);
}

int futimens(int fd, const struct timespec times[2])
{
    return utimensat(fd, NULL, times, 0);
}

/* It reports its error by its result, and leaves errno alone. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *req, struct timespec *rem)
{
    int saved = errno;
    int err = sys_clock_nanosleep(clock, flags, req, rem) < 0 ? errno : 0;

    errno = saved;
    return err;
}

unsigned int sleep(unsigned int seconds)
{
    struct timespec ts = {.tv_sec = seconds};

    return nanosleep(&ts, &ts) < 0 ? (unsigned int)ts.tv_sec + (ts.tv_nsec > 0) : 0;
}

int usleep(useconds_t usec)
{
    struct timespec ts = {.tv_sec = usec / 1000000, .tv_nsec = usec % 1000000 * 1000};

    return nanosleep(&ts, NULL);
}

/* The kernel returns how many bytes of the mask it wrote. */
int sched_getaffinity(pid_t pid, size_t len, cpu_set_t *mask)
{
    memset(mask, 0, len);
    return sys_sched_getaffinity(pid, len, mask) < 0 ? -1 : 0;
}

int sched_getcpu(void)
{
    unsigned int cpu;

    return sys_getcpu(&cpu, NULL, NULL) < 0 ? -1 : (int)cpu;
}

int CPU_COUNT(const cpu_set_t *set)
{
    int count = 0;

    for (int i = 0; i < CPU_MASK_WORDS; i++)
        for (uint64_t word = set->bits[i]; word; word &= word - 1)
            count++;
    return count;
}

int get_nprocs(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof(set), &set) < 0 ? 1 : CPU_COUNT(&set);
}

long sysconf(int name)
{
    struct rlimit limit;

    switch (name) {
    case _SC_CLK_TCK:
        return USER_HZ;
    case _SC_PAGESIZE:
        return 4096;
    case _SC_NPROCESSORS_ONLN:
        return get_nprocs();
    case _SC_OPEN_MAX:
        return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? -1 : (long)limit.rlim_cur;
    default:
        errno = EINVAL;
        return -1;
    }
}

int gethostname(char *name, size_t len)
{
    struct utsname u;

    if (uname(&u) < 0)
        return -1;
    strlcpy(name, u.nodename, len);
    return 0;
}

int umount(const char *target)
{
    return umount2(target, 0);
}

int reboot(unsigned int cmd)
{
    return (int)sys_reboot((int)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, NULL);
}
