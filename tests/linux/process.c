/* Would catch: fork that shares too much or too little, exec that loses descriptors or keeps
 * close-on-exec ones, wait statuses and pipes that end wrongly. A pipeline of three, exit statuses,
 * signals that kill, vfork and exec errors. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void report(const char *what, int status)
{
    if (WIFEXITED(status))
        printf("%s: exit %d\n", what, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s: signal %d\n", what, WTERMSIG(status));
    else
        printf("%s: status %#x\n", what, status);
}

static int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

static void statuses(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        _exit(42);
    report("_exit(42)", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        raise(SIGKILL);
        _exit(0);
    }
    report("SIGKILL", wait_for(pid));
    pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    kill(pid, SIGTERM);
    report("SIGTERM", wait_for(pid));
    pid = wait(NULL);
    printf("wait without children: %d %s\n", pid, strerror(errno));
}

/* fork `n` stages that each add one to a number on its way through a pipeline */
static void pipeline(int n)
{
    int in[2], out[2], value = 0;
    pipe(in);
    int first = in[1];
    for (int i = 0; i < n; i++) {
        pipe(out);
        fflush(stdout);
        if (fork() == 0) {
            close(first);
            close(out[0]);
            read(in[0], &value, sizeof value);
            value++;
            write(out[1], &value, sizeof value);
            _exit(0);
        }
        close(in[0]);
        close(out[1]);
        in[0] = out[0];
    }
    write(first, &value, sizeof value);
    close(first);
    ssize_t got = read(in[0], &value, sizeof value);
    ssize_t end = read(in[0], &value, sizeof value);
    printf("pipeline: %zd bytes, value %d, then %zd\n", got, value, end);
    close(in[0]);
    while (wait(NULL) > 0)
        ;
}

static void large_pipe(void)
{
    int p[2];
    static char block[100000];
    long total = 0;
    unsigned sum = 0;
    pipe(p);
    fflush(stdout);
    if (fork() == 0) {
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = i % 251;
        for (int i = 0; i < 10; i++)
            if (write(p[1], block, sizeof block) != (ssize_t)sizeof block)
                _exit(1);
        _exit(0);
    }
    close(p[1]);
    for (ssize_t n; (n = read(p[0], block, sizeof block)) > 0; total += n)
        for (ssize_t i = 0; i < n; i++)
            sum = sum * 31 + (unsigned char)block[i];
    report("writer", wait_for(-1));
    printf("through a pipe: %ld bytes, sum %u\n", total, sum);
    close(p[0]);
}

static void broken_pipe(void)
{
    int p[2];
    pipe(p);
    close(p[0]);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        write(p[1], "x", 1);
        _exit(0);
    }
    report("write without a reader", wait_for(pid));
    close(p[1]);
}

static void exec_self(const char *how)
{
    char *args[] = {"renamed", (char *)how, "second argument", NULL};
    char *env[] = {"ONLY=this", NULL};
    int kept = open("/dev/null", O_RDONLY);
    int closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
    fflush(stdout);
    pid_t pid = strcmp(how, "vfork") == 0 ? vfork() : fork();
    if (pid == 0) {
        dup2(kept, 20);
        dup3(closed, 21, O_CLOEXEC);
        execve("/proc/self/exe", args, env);
        _exit(127);
    }
    report(how, wait_for(pid));
    close(kept);
    close(closed);
}

static const char *is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0 ? "open" : "closed";
}

static int after_exec(int argc, char **argv)
{
    printf("exec: %d %s '%s' env %s, fd 20 %s, fd 21 %s\n", argc, argv[1], argv[2], environ[0],
           is_open(20), is_open(21));
    return strcmp(argv[0], "renamed") ? 1 : 5;
}

static void exec_errors(void)
{
    char *args[] = {"x", NULL};
    execve("/no/such", args, args);
    printf("exec missing: %s\n", strerror(errno));
    execve("/tmp", args, args);
    printf("exec directory: %s\n", strerror(errno));
    int fd = open("/tmp/not-a-program", O_CREAT | O_WRONLY, 0755);
    write(fd, "\177ELFgarbage", 11);
    close(fd);
    execve("/tmp/not-a-program", args, args);
    printf("exec garbage: %s\n", strerror(errno));
    unlink("/tmp/not-a-program");
}

int main(int argc, char **argv)
{
    if (argv[0] && strcmp(argv[0], "renamed") == 0)
        return after_exec(argc, argv);
    puts("BEGIN");
    signal(SIGPIPE, SIG_DFL);
    statuses();
    pipeline(3);
    large_pipe();
    broken_pipe();
    exec_self("fork");
    exec_self("vfork");
    exec_errors();
    puts("END");
    return 0;
}
