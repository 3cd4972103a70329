/* traps [-a]: the kernel's trap table: each vector that has a handler, its name, and how often it
 * came. -a: also those that never came. The kernel lists them in /proc/traps as "vector count
 * name". */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *kind(int vector)
{
    return vector < 32 ? "exception" : vector < 240 ? "interrupt" : "local APIC, IPI";
}

int main(int argc, char **argv)
{
    char line[256], name[128];
    bool all = false;

    for (int c; (c = getopt(argc, argv, "a")) != -1; all = true)
        if (c == '?')
            return 2;
    FILE *f = fopen("/proc/traps", "r");
    if (!f)
        err(1, "/proc/traps");
    printf("%6s %12s  %-28s %s\n", "VECTOR", "COUNT", "NAME", "KIND");
    while (fgets(line, sizeof(line), f)) {
        int vector;
        unsigned long count;
        if (sscanf(line, "%d %lu %127[^\n]", &vector, &count, name) == 3 && (all || count > 0))
            printf("%6d %12lu  %-28s %s\n", vector, count, name, kind(vector));
    }
    return 0;
}
