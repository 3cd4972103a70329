/* faults [NAME | all]: do what a program must not do, and see how the kernel answers. Without a
 * name: the list. Each is done in a child; `all` runs them all and fails if any answer is not the
 * expected one. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults.h"

/* Do it in a child; its answer as text, and whether it is the right one. */
static int attempt(const struct fault *f, char *answer, size_t size)
{
    int status;

    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(f->act());
    if (child < 0 || waitpid(child, &status, 0) < 0)
        err(2, "fork");
    if (WIFSIGNALED(status))
        snprintf(answer, size, "ended: %s", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status))
        snprintf(answer, size, "refused: %s", strerror(WEXITSTATUS(status)));
    else
        snprintf(answer, size, "nothing happened");
    if (f->may_pass && status == 0)
        return 1;
    return f->signal ? WIFSIGNALED(status) && WTERMSIG(status) == f->signal
                     : WIFEXITED(status) && WEXITSTATUS(status) == f->error;
}

int main(int argc, char **argv)
{
    char answer[64];
    int failed = 0;

    if (argc < 2) {
        puts("faults NAME, or faults all:");
        for (const struct fault *f = faults; f->name; f++)
            printf("  %-15s %s\n", f->name, f->what);
        return 0;
    }
    int all = strcmp(argv[1], "all") == 0, known = all;
    for (const struct fault *f = faults; f->name; f++) {
        if (!all && strcmp(argv[1], f->name) != 0)
            continue;
        known = 1;
        int right = attempt(f, answer, sizeof(answer));
        failed += !right;
        printf("%-15s %-40s %-30s %s\n", f->name, f->what, answer, right ? "ok" : "UNEXPECTED");
    }
    if (!known)
        errx(2, "%s: no such fault (faults alone lists them)", argv[1]);
    if (all)
        printf("%d unexpected answers\n", failed);
    return failed > 0;
}
