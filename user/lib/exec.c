/* The exec family, system(3), and the wait family, all in terms of execve and wait4. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX 128 /* of execl and execlp */

int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

/* Run the file, or as a shell script where the kernel does not know its format. */
static void try_exec(const char *path, char *const argv[])
{
    execve(path, argv, environ);
    if (errno != ENOEXEC)
        return;
    char *script[ARGS_MAX + 2] = {"sh", (char *)path};
    for (int i = 1; argv[0] && argv[i] && i < ARGS_MAX; i++)
        script[i + 1] = argv[i];
    execve("/bin/sh", script, environ);
}

/* Each folder of $PATH in turn. A file that exists but may not be run is worth reporting, so EACCES
 * outlives ENOENT. */
int execvp(const char *file, char *const argv[])
{
    const char *path = getenv("PATH");
    int err = ENOENT;
    char name[PATH_MAX];

    if (strchr(file, '/')) {
        try_exec(file, argv);
        return -1;
    }
    for (path = path ? path : "/bin"; *file;) {
        size_t len = (size_t)(strchrnul(path, ':') - path);
        snprintf(name, sizeof(name), "%.*s%s%s", (int)len, path, len ? "/" : "", file);
        try_exec(name, argv);
        if (errno == EACCES)
            err = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return -1;
        if (path[len] == '\0')
            break;
        path += len + 1;
    }
    errno = err;
    return -1;
}

/* Collect the arguments of a variadic call up to the NULL; false with E2BIG if there are too many.
 */
static int collect(char *argv[ARGS_MAX], const char *arg0, va_list ap)
{
    argv[0] = (char *)arg0;
    for (int i = 0; i < ARGS_MAX - 1; i++) {
        if (!argv[i])
            return 1;
        argv[i + 1] = va_arg(ap, char *);
    }
    errno = E2BIG;
    return 0;
}

int execl(const char *path, const char *arg0, ...)
{
    char *argv[ARGS_MAX];
    va_list ap;

    va_start(ap, arg0);
    int ok = collect(argv, arg0, ap);
    va_end(ap);
    return ok ? execv(path, argv) : -1;
}

int execlp(const char *file, const char *arg0, ...)
{
    char *argv[ARGS_MAX];
    va_list ap;

    va_start(ap, arg0);
    int ok = collect(argv, arg0, ap);
    va_end(ap);
    return ok ? execvp(file, argv) : -1;
}

pid_t wait(int *status)
{
    return wait4(-1, status, 0, NULL);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return wait4(pid, status, options, NULL);
}

/* The caller ignores ^C and ^\ while the command runs: they are meant for the command. */
int system(const char *command)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old_int, old_quit;
    int status = -1;

    if (!command)
        return 1;
    fflush(NULL);
    sigaction(SIGINT, &ignore, &old_int);
    sigaction(SIGQUIT, &ignore, &old_quit);
    pid_t child = fork();
    if (child == 0) {
        sigaction(SIGINT, &old_int, NULL);
        sigaction(SIGQUIT, &old_quit, NULL);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    return status;
}
