/* time COMMAND [ARGUMENTS...]: run it, then say how long it took and what it used. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec start, end;
    struct rusage use;
    int status;

    if (argc < 2)
        errx(2, "usage: time COMMAND [ARGUMENTS...]");
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[1], argv + 1);
        err(errno == ENOENT ? 127 : 126, "%s", argv[1]);
    }
    signal(SIGINT, SIG_IGN);
    if (child < 0 || wait4(child, &status, 0, &use) < 0)
        err(1, "%s", argv[1]);
    clock_gettime(CLOCK_MONOTONIC, &end);
    double real = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    fprintf(stderr, "real %.3f s, user %.3f s, system %.3f s\n", real,
            (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6,
            (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6);
    fprintf(stderr, "%ld KiB at most, %ld page faults, %ld + %ld switches (own will + forced)\n",
            use.ru_maxrss, use.ru_minflt + use.ru_majflt, use.ru_nvcsw, use.ru_nivcsw);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
