/* Would catch: an error that Lucid reports with another errno than Linux, or not at all. The same
 * binary runs on the host and in the guest, and every line must be equal; so only calls stand here
 * whose answer does not depend on the machine. Each is made as the system call, not through a
 * wrapper that might look first. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BAD                ((void *)8)                  /* mapped by nobody */
#define KERNEL             ((void *)0xffff888000000000) /* not the program's */
#define NOBODY             (1 << 22)                    /* above every process id */
#define SYS_lucid_has_none 999

#define T(name, ...)                                                                               \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long r_ = syscall(SYS_##name, ##__VA_ARGS__);                                              \
        printf("%d: " #name "(" #__VA_ARGS__ "): %ld %s\n", __LINE__, r_,                          \
               r_ == -1 ? strerror(errno) : "");                                                   \
    } while (0)

/* Only whether it worked: the value is a descriptor, a process or an address. */
#define WORKS(name, ...)                                                                           \
    do {                                                                                           \
        errno = 0;                                                                                 \
        long r_ = syscall(SYS_##name, ##__VA_ARGS__);                                              \
        printf("%d: " #name "(" #__VA_ARGS__ "): %s\n", __LINE__,                                  \
               r_ == -1 ? strerror(errno) : "works");                                              \
    } while (0)

static char buf[5000];
static struct stat st;
static int rw, ro, wo, dir;

static void opening(void)
{
    T(open, "", O_RDONLY, 0);
    T(open, BAD, O_RDONLY, 0);
    T(open, KERNEL, O_RDONLY, 0);
    T(open, ".", O_WRONLY, 0);
    T(open, ".", O_RDWR | O_CREAT, 0644);
    T(open, "file/", O_RDONLY, 0);
    T(open, "file/x", O_CREAT | O_RDWR, 0600);
    T(open, "new/", O_CREAT | O_RDWR, 0600);
    T(open, "none/x", O_CREAT | O_RDWR, 0600);
    T(open, "file", O_CREAT | O_EXCL, 0600);
    T(open, "file", O_DIRECTORY, 0);
    T(open, "dangling", O_CREAT | O_EXCL, 0600);
    T(open, "link", O_NOFOLLOW, 0);
    T(open, "link", O_NOFOLLOW | O_DIRECTORY, 0);
    T(open, "loop", O_RDONLY, 0);
    T(openat, 99, "file", O_RDONLY, 0);
    T(openat, rw, "file", O_RDONLY, 0);
    T(close, 99);
    T(dup, 99);
    T(dup2, 99, 99);
    T(dup2, rw, -1);
    T(dup3, rw, rw, 0);
    T(dup3, rw, 50, 1);
    T(fcntl, rw, 9999, 0);
    T(fcntl, rw, F_DUPFD, -1);
    T(fcntl, 99, F_GETFD, 0);
    T(pipe, BAD);
    T(pipe2, buf, O_APPEND);
}

static void moving_bytes(void)
{
    struct iovec v[2] = {{buf, 3}, {BAD, 4}};
    T(read, 99, buf, 1);
    T(read, wo, buf, 1);
    T(read, dir, buf, 1);
    T(read, rw, BAD, 5);
    T(read, rw, BAD, 0);
    T(write, ro, "x", 1);
    T(write, rw, BAD, 5);
    T(write, rw, KERNEL, 5);
    T(pread64, rw, buf, 5, -1);
    T(pread64, rw, buf, 5, 1000);
    T(pwrite64, ro, "x", 1, 0);
    T(readv, rw, v, -1);
    T(readv, rw, v, 1025);
    T(readv, rw, BAD, 1);
    T(readv, rw, v, 2);
    T(writev, rw, v + 1, 1);
    T(lseek, rw, -1, SEEK_SET);
    T(lseek, rw, 0, 77);
    T(lseek, rw, 1000, SEEK_DATA);
    T(lseek, 99, 0, SEEK_SET);
    T(ftruncate, ro, 0);
    T(ftruncate, rw, -1);
    T(truncate, ".", 0);
    T(truncate, "none", 0);
    T(fsync, 99);
    T(getdents64, rw, buf, sizeof buf);
    T(getdents64, dir, buf, 10);
    T(getdents64, dir, BAD, sizeof buf);
    T(ioctl, rw, 0x5401, buf);
    T(poll, BAD, 1, 0);
    T(poll, buf, 1 << 30, 0);
}

static void names(void)
{
    T(mkdir, "folder", 0755);
    T(mkdir, "file/x", 0755);
    T(mkdir, "none/x", 0755);
    T(mkdir, "dangling", 0755);
    T(mkdirat, 99, "x", 0755);
    T(rmdir, "file");
    T(rmdir, ".");
    T(rmdir, "folder/..");
    T(rmdir, "folder");
    T(rmdir, "/");
    T(unlink, "folder");
    T(unlink, "file/");
    T(unlinkat, AT_FDCWD, "file", AT_REMOVEDIR);
    T(unlinkat, AT_FDCWD, "file", 1);
    T(link, "folder", "x");
    T(link, "file", "folder");
    T(link, "file", "none/x");
    T(linkat, AT_FDCWD, "file", AT_FDCWD, "x", 0x55);
    T(symlink, "", "x");
    T(symlink, "x", "file");
    T(readlink, "file", buf, 9);
    T(readlink, "link", buf, 0);
    T(readlink, "link", buf, -1);
    T(readlink, "link", BAD, 9);
    T(rename, "folder", "folder/in/x");
    T(rename, "file", "folder");
    T(rename, "folder", "file");
    T(rename, "file", "new/");
    T(rename, ".", "x");
    T(renameat2, AT_FDCWD, "file", AT_FDCWD, "folder", 1);
    T(renameat2, AT_FDCWD, "file", AT_FDCWD, "folder", 3);
    T(chdir, "file");
    T(fchdir, rw);
    T(getcwd, buf, 1);
    T(getcwd, BAD, 1000);
}

static void attributes(void)
{
    struct timespec t[2] = {{0, 1000000000}, {0, 0}};
    T(stat, "none", &st);
    T(stat, "file", BAD);
    T(newfstatat, AT_FDCWD, "file", &st, 7);
    T(newfstatat, rw, "", &st, 0);
    T(access, "file", 8);
    T(access, "file", X_OK);
    T(faccessat2, dir, "file", 0, 1);
    T(chmod, "none", 0);
    T(fchmod, 99, 0);
    T(chown, "none", 0, 0);
    T(mknod, "x", S_IFDIR | 0644, 0);
    T(mknod, "x", S_IFLNK | 0644, 0);
    T(mknod, "x", S_IFMT | 0644, 0);
    T(utimensat, AT_FDCWD, "file", t, 0);
    T(utimensat, AT_FDCWD, NULL, NULL, 0);
    T(utimensat, 99, NULL, NULL, 0);
    T(statfs, "none", buf);
    T(fstatfs, 99, buf);
}

static void processes(void)
{
    long none = 0, set = 0;
    T(wait4, -1, NULL, 0, NULL);
    T(wait4, NOBODY, NULL, 0, NULL);
    T(wait4, -1, NULL, 0xdead, NULL);
    T(wait4, INT_MIN, NULL, 0, NULL);
    T(kill, NOBODY, 0);
    T(kill, getpid(), 65);
    T(tgkill, getpid(), NOBODY, 0);
    T(tgkill, 0, getpid(), 0);
    T(tkill, -1, 0);
    T(setpgid, -1, 0);
    T(setpgid, 0, -1);
    T(setpgid, NOBODY, 0);
    T(setpgid, 0, NOBODY);
    T(getpgid, NOBODY);
    T(getsid, -1);
    T(execve, "none", NULL, NULL);
    T(execve, ".", NULL, NULL);
    T(execve, "file", NULL, NULL);
    T(execve, "/proc/self/exe", BAD, NULL);
    T(clone, 0x10000, 0, 0, 0, 0); /* CLONE_THREAD alone */
    T(getrlimit, 99, buf);
    T(setrlimit, 0, BAD);
    T(prlimit64, NOBODY, 7, NULL, buf);
    T(getrusage, 5, buf);
    T(getpriority, 9, 0);
    T(sched_getparam, -1, buf);
    T(sched_getparam, 0, NULL);
    T(sched_getscheduler, -1);
    T(sched_setscheduler, 0, 99, &none);
    T(sched_setaffinity, 0, sizeof none, &none);
    T(sched_getaffinity, 0, 4, buf);
    T(getgroups, -1, NULL);
    T(prctl, 9999, 0, 0, 0, 0);
    T(arch_prctl, 0x1002, KERNEL);
    T(rt_sigaction, SIGKILL, buf, NULL, 8);
    T(rt_sigaction, SIGUSR1, NULL, NULL, 4);
    T(rt_sigprocmask, 9, &set, NULL, 8);
    T(rt_sigprocmask, 0, BAD, NULL, 8);
    T(set_robust_list, NULL, 1);
}

static void memory(void)
{
    const int anon = MAP_PRIVATE | MAP_ANONYMOUS;
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, anon, -1, 0);
    T(mmap, 0, 0, 3, anon, -1, 0);
    T(mmap, 0, 4096, 3, MAP_ANONYMOUS, -1, 0);
    T(mmap, 0, 4096, 3, anon | MAP_SHARED, -1, 0);
    T(mmap, 0, 4096, 3, anon, -1, 5);
    T(mmap, 0, 4096, 1, MAP_PRIVATE, 99, 0);
    T(mmap, 0, 4096, 1, MAP_PRIVATE, dir, 0);
    T(mmap, 0, 4096, 1, MAP_PRIVATE, wo, 0);
    T(mmap, 0, 4096, 3, MAP_SHARED, ro, 0);
    T(mmap, p, 4096, 3, anon | MAP_FIXED_NOREPLACE, -1, 0);
    T(mmap, KERNEL, 4096, 3, anon | MAP_FIXED, -1, 0);
    T(munmap, p + 1, 4096);
    T(munmap, p, 0);
    T(mprotect, p + 1, 4096, 1);
    T(mprotect, p, 4096, 0x100);
    T(mremap, p, 4096, 0, 0, 0);
    T(mremap, p, 4096, 8192, MREMAP_FIXED, 0);
    T(madvise, p, 8192, 9999);
    T(madvise, p + 1, 4096, MADV_DONTNEED);
    T(msync, p, 4096, 99);
    T(mprotect, BAD, 4096, 1);
}

static void clocks(void)
{
    struct timespec t = {0, 1000000000};
    T(clock_gettime, 99, &t);
    T(clock_gettime, CLOCK_MONOTONIC, BAD);
    WORKS(clock_gettime, 11, buf); /* CLOCK_TAI */
    T(nanosleep, &t, NULL);
    T(nanosleep, BAD, NULL);
    T(gettimeofday, BAD, NULL);
    T(getrandom, BAD, 10, 0);
    T(getrandom, buf, 10, 0xff);
    T(uname, BAD);
    T(sysinfo, BAD);
    T(lucid_has_none);
}

int main(void)
{
    char folder[] = "/tmp/errnos-XXXXXX";
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    mkdir("folder", 0755);
    mkdir("folder/in", 0755);
    rw = open("file", O_CREAT | O_RDWR, 0644);
    ro = open("file", O_RDONLY);
    wo = open("file", O_WRONLY);
    dir = open(".", O_RDONLY);
    if (write(rw, "0123456789", 10) != 10 || lseek(rw, 0, SEEK_SET) || symlink("file", "link") ||
        symlink("nothing", "dangling") || symlink("loop", "loop"))
        return 1;
    printf("BEGIN\n");
    opening();
    moving_bytes();
    names();
    attributes();
    processes();
    memory();
    clocks();
    printf("END\n");
    unlink("file");
    unlink("link");
    unlink("dangling");
    unlink("loop");
    rmdir("folder/in");
    rmdir("folder");
    return rmdir(folder) ? 1 : 0;
}
