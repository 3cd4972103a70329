/* Processes made and ended. */
#include <sys/mman.h>

#include "bench.h"

#define MANY_PAGES 16384

static void nothing(void *arg)
{
    (void)arg;
}

/* n children in turn, of a process that has `pages` of memory beside what it needs itself. */
static long forks(long n, long pages)
{
    char *p = memory(pages * PAGE, MAP_PRIVATE);
    touch(p, pages * PAGE);
    long start = ticks();
    for (long i = 0; i < n; i++)
        child_join(child_start(nothing, NULL));
    long spent = ticks() - start;
    memory_free(p, pages * PAGE);
    return spent;
}

static long fork_small(long n)
{
    return forks(n, 1);
}

/* What each page more than one adds. */
static long fork_page(long n)
{
    long many = forks(1, n + 1), one = forks(1, 1);
    return many > one ? many - one : 0;
}

static void become_exit(void *arg)
{
    (void)arg;
    char *argv[] = {(char *)bench_path, "--exit", NULL}, *envp[] = {NULL};
    sys3(NR_execve, (long)bench_path, (long)argv, (long)envp);
    sys1(NR_exit_group, 1);
}

static long fork_exec(long n)
{
    long start = ticks();
    for (long i = 0; i < n; i++)
        child_join(child_start(become_exit, NULL));
    return ticks() - start;
}

const struct bench process_benches[] = {
    {"fork_exit_wait", fork_small, 20},
    {"fork_page", fork_page, MANY_PAGES},
    {"fork_execve_exit_wait", fork_exec, 10},
    {0},
};
