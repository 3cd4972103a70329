/* Catches: the small calls: names, ids, logs, mounts, sendfile, thread-local base, synchronisation.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "ut.h"

static void names(void)
{
    struct utsname u;
    char name[16] = "";

    CHECK_OK(uname(&u));
    CHECK(u.sysname[0] && u.release[0] && strcmp(u.machine, "x86_64") == 0);
    CHECK(u.release[0] >= '3' || u.release[1] != '.'); /* C libraries refuse older ones */
    CHECK_ERR(uname(ut_pointer(8)), EFAULT);
    CHECK_OK(prctl(PR_SET_NAME, "a-name-that-is-too-long"));
    CHECK_OK(prctl(PR_GET_NAME, name));
    CHECK(strcmp(name, "a-name-that-is-") == 0);
    CHECK_ERR(prctl(9999, 0, 0, 0, 0), EINVAL);
}

static void ids(void)
{
    gid_t groups[64];

    CHECK_EQ(getuid(), 0);
    CHECK_EQ(geteuid(), 0);
    CHECK_EQ(getgid(), 0);
    CHECK_EQ(getegid(), 0);
    CHECK(getgroups(0, NULL) >= 0);
    CHECK(getgroups(64, groups) >= 0);
    CHECK_ERR(getgroups(-1, groups), EINVAL);
    CHECK_EQ(gettid(), getpid());
}

static void thread_base(void)
{
    static unsigned long words[2] = {0x1234, 0x5678};
    unsigned long base, value;

    CHECK_OK(arch_prctl(ARCH_SET_FS, (unsigned long)words));
    CHECK_OK(arch_prctl(ARCH_GET_FS, (unsigned long)&base));
    CHECK_EQ(base, words);
    __asm__ volatile("movq %%fs:8, %0" : "=r"(value));
    CHECK_EQ(value, 0x5678);
    for (int i = 0; i < 20; i++)
        sched_yield();
    pid_t pid = fork();
    __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
    CHECK_EQ(value, 0x1234); /* in both */
    if (pid == 0)
        _exit(ut_result());
    int status;
    waitpid(pid, &status, 0);
    CHECK_EXIT(status, 0);
    CHECK_ERR(arch_prctl(ARCH_SET_FS, 0xffff800000000000), EPERM);
    CHECK_ERR(arch_prctl(ARCH_SET_FS, 0x800000000000), EPERM);
    CHECK_ERR(arch_prctl(9999, 0), EINVAL);
    CHECK_ERR(arch_prctl(ARCH_GET_FS, 8), EFAULT);
    CHECK_OK(arch_prctl(ARCH_SET_FS, 0));
    int tid;
    CHECK_EQ(syscall(218, &tid), gettid()); /* set_tid_address */
    CHECK_EQ(syscall(218, 0), gettid());
    CHECK_EQ(syscall(273, 0, 24), 0); /* set_robust_list */
    CHECK_ERR(syscall(273, 0, 23), EINVAL);
}

static void kernel_log(void)
{
    static char log[65536];

    int size = (int)CHECK_OK(klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0));
    CHECK(size > 0);
    int n = (int)CHECK_OK(klogctl(SYSLOG_ACTION_READ_ALL, log, sizeof(log)));
    CHECK(n > 20 && log[0] == '<');
    CHECK_EQ(klogctl(SYSLOG_ACTION_READ_ALL, log, 0), 0);
    CHECK_ERR(klogctl(SYSLOG_ACTION_READ_ALL, NULL, 10), EINVAL);
    CHECK_ERR(klogctl(99, log, 10), EINVAL);
}

static void mounts(void)
{
    struct stat inside, outside;

    CHECK_OK(mkdir("m", 0755));
    close((int)CHECK_OK(open("m/below", O_WRONLY | O_CREAT, 0644)));
    CHECK_OK(mount("none", "m", "tmpfs", 0, NULL));
    CHECK_ERR(access("m/below", F_OK), ENOENT); /* hidden */
    CHECK_OK(stat("m", &inside));
    CHECK_OK(stat(".", &outside));
    CHECK(inside.st_dev != outside.st_dev);
    CHECK_OK(stat("m/..", &inside));
    CHECK_EQ(inside.st_ino, outside.st_ino);
    int fd = (int)CHECK_OK(open("m/f", O_WRONLY | O_CREAT, 0644));
    CHECK_ERR(rename("m/f", "f"), EXDEV);
    CHECK_ERR(link("m/f", "f"), EXDEV);
    CHECK_ERR(umount("m"), EBUSY); /* a file is open */
    close(fd);
    CHECK_ERR(rmdir("m"), EBUSY);
    CHECK_OK(umount("m"));
    CHECK_OK(access("m/below", F_OK));
    CHECK_ERR(umount("m"), EINVAL);
    CHECK_ERR(mount("none", "m", "nosuchfs", 0, NULL), ENODEV);
    CHECK_ERR(mount("none", "missing", "tmpfs", 0, NULL), ENOENT);
    CHECK_OK(mount("none", "m", "tmpfs", MS_RDONLY, NULL));
    CHECK_ERR(open("m/f", O_WRONLY | O_CREAT, 0644), EROFS);
    CHECK_ERR(mkdir("m/d", 0755), EROFS);
    CHECK_OK(umount2("m", MNT_DETACH));
    unlink("m/below");
    rmdir("m");
}

static void send_file(void)
{
    char name[] = "/tmp/ut-XXXXXX", buf[16];
    int file = (int)CHECK_OK(mkstemp(name)), fds[2];
    off_t at = 2;

    unlink(name);
    CHECK_EQ(write(file, "0123456789", 10), 10);
    CHECK_OK(pipe(fds));
    CHECK_EQ(sendfile(fds[1], file, &at, 5), 5);
    CHECK_EQ(at, 7);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 10);
    CHECK_EQ(read(fds[0], buf, sizeof(buf)), 5);
    CHECK(memcmp(buf, "23456", 5) == 0);
    lseek(file, 8, SEEK_SET);
    CHECK_EQ(sendfile(fds[1], file, NULL, 100), 2);
    CHECK_EQ(sendfile(fds[1], file, NULL, 100), 0);
    CHECK_ERR(sendfile(fds[1], 99, NULL, 1), EBADF);
    CHECK_ERR(sendfile(99, file, NULL, 1), EBADF);
    close(file);
    close(fds[0]);
    close(fds[1]);
}

static void syncing(void)
{
    char name[] = "/tmp/ut-XXXXXX";
    int fd = (int)CHECK_OK(mkstemp(name));

    unlink(name);
    CHECK_OK(fsync(fd));
    CHECK_OK(fdatasync(fd));
    CHECK_ERR(fsync(99), EBADF);
    close(fd);
}

int main(void)
{
    ut_enter_folder();
    names();
    ids();
    thread_base();
    kernel_log();
    mounts();
    send_file();
    syncing();
    ut_leave_folder();
    return ut_result();
}
