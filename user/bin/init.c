/* init [COMMAND [ARGUMENTS...]]: the first process. It mounts what is missing, runs the command
 * (the shell) with the console as its controlling terminal, collects orphans meanwhile, and ends
 * with the command's status. When process 1 ends, the kernel switches the machine off. Without a
 * command the machine's own screen, if there is one, gets a shell too. */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util.h>

#define SCREEN "/dev/tty1"

static const struct {
    const char *folder, *type;
    const char *witness; /* exists if and only if it is mounted */
} mounts[] = {
    {"/proc", "proc", "/proc/self"},
    {"/dev", "devtmpfs", "/dev/null"},
};

static void mount_missing(void)
{
    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        if (access(mounts[i].witness, F_OK) == 0)
            continue;
        mkdir(mounts[i].folder, 0755);
        if (mount(mounts[i].type, mounts[i].folder, mounts[i].type, 0, NULL) < 0)
            warn("mount %s", mounts[i].folder);
    }
    if (mkdir("/tmp", 0777) == 0)
        chmod("/tmp", 01777);
}

/* The kernel gives process 1 the console as 0, 1 and 2; if it could not (no /dev yet), do it now.
 */
static void open_console(void)
{
    if (fcntl(0, F_GETFD) >= 0)
        return;
    int fd = open("/dev/console", O_RDWR);
    for (int i = 0; fd >= 0 && i < 3; i++)
        if (i != fd)
            dup2(fd, i);
}

static void print_banner(void)
{
    struct utsname u;
    char memory[16];
    long kib = proc_value("/proc/meminfo", "MemTotal");

    if (uname(&u) < 0 || !isatty(1))
        return;
    printf("\n\033[1mLucid\033[0m %s, a kernel that you can see through", u.release);
    printf(" - %d CPU%s, %s of memory\n", get_nprocs(), get_nprocs() == 1 ? "" : "s",
           kib > 0 ? human_size((uint64_t)kib * 1024, memory) : "?");
    printf("Type \033[1mhelp\033[0m for what to try, \033[1mpoweroff\033[0m to leave.\n\n");
    fflush(stdout);
}

/* A session of its own with the console as controlling terminal: then ^C and ^Z work. */
static void __attribute__((noreturn)) run(char **argv)
{
    setsid();
    ioctl(0, TIOCSCTTY, 1L);
    setenv("PATH", "/bin", 0);
    setenv("HOME", "/root", 0);
    setenv("TERM", "vt100", 0);
    chdir(getenv("HOME"));
    execvp(argv[0], argv);
    err(127, "%s", argv[0]);
}

/* A second shell on the machine's own screen, if there is one that is not the console. */
static pid_t start_on_screen(char **shell)
{
    unsigned console;
    if (ioctl(0, TIOCGDEV, &console) < 0 || console == makedev(4, 1) || access(SCREEN, F_OK) < 0)
        return -1;
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int fd = open(SCREEN, O_RDWR | O_NOCTTY);
    for (int i = 0; fd >= 0 && i < 3; i++)
        dup2(fd, i);
    if (fd > 2)
        close(fd);
    print_banner();
    run(shell);
}

int main(int argc, char **argv)
{
    char *shell[] = {"/bin/sh", NULL};
    int status = 0;
    pid_t pid;

    open_console();
    mount_missing();
    print_banner();
    pid_t child = fork();
    if (child == 0)
        run(argc > 1 ? argv + 1 : shell);
    if (child < 0)
        err(1, "fork");
    pid_t screen = argc > 1 ? -1 : start_on_screen(shell);
    /* Whoever loses its parent becomes our child. The screen's shell comes back when it is left. */
    do {
        pid = wait(&status);
        if (pid > 0 && pid == screen && !(WIFEXITED(status) && WEXITSTATUS(status) == 127))
            screen = start_on_screen(shell);
    } while (pid != child && (pid > 0 || errno == EINTR));
    kill(-1, SIGTERM);
    sync();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
