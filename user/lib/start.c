/* From _start to main and from main to exit. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "internal.h"

#define ATEXIT_MAX 32

char **environ;

static int last_error;
static unsigned long *auxv;
static void (*exit_functions[ATEXIT_MAX])(void);
static int exit_function_count;

int main(int argc, char **argv, char **envp);

/* Called by crt0.S with the address of argc on the initial stack. */
void __libc_start(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);

    environ = argv + argc + 1;
    char **p = environ;
    while (*p)
        p++;
    auxv = (unsigned long *)(p + 1);
    if (argc > 0) {
        char *slash = strrchr(argv[0], '/');
        program_invocation_short_name = slash ? slash + 1 : argv[0];
    }
    int status = main(argc, argv, environ);
    if (fflush(stdout) == EOF) { /* or a full disk would pass for success */
        warn("write error");
        status = status ? status : 1;
    }
    exit(status);
}

unsigned long getauxval(unsigned long type)
{
    for (unsigned long *a = auxv; a[0] != AT_NULL; a += 2)
        if (a[0] == type)
            return a[1];
    return 0;
}

/* A function, so that threads can have one errno each without a change in any program. */
int *__errno_location(void)
{
    return &last_error;
}

int atexit(void (*fn)(void))
{
    if (exit_function_count == ATEXIT_MAX)
        return -1;
    exit_functions[exit_function_count++] = fn;
    return 0;
}

void exit(int status)
{
    while (exit_function_count > 0)
        exit_functions[--exit_function_count]();
    __stdio_flush_all();
    _exit(status);
}

void _Exit(int status)
{
    _exit(status);
}
