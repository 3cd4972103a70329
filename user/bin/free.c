/* free [-b|-k|-m|-h]: memory in use, from /proc/meminfo. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>
#include <util.h>

static int unit = 'k';

static void print(long kib)
{
    char text[16];

    if (kib < 0)
        kib = 0;
    if (unit == 'h')
        printf(" %11s", human_size((uint64_t)kib * 1024, text));
    else
        printf(" %11ld", unit == 'b' ? kib * 1024 : unit == 'm' ? kib / 1024 : kib);
}

static long meminfo(const char *name)
{
    return proc_value("/proc/meminfo", name);
}

int main(int argc, char **argv)
{
    for (int c; (c = getopt(argc, argv, "bkmh")) != -1; unit = c)
        if (c == '?')
            return 2;
    long total = meminfo("MemTotal"), free = meminfo("MemFree");
    if (total < 0)
        err(1, "/proc/meminfo");
    long cached = meminfo("Cached") + (meminfo("Buffers") > 0 ? meminfo("Buffers") : 0);
    printf("%5s %11s %11s %11s %11s %11s %11s\nMem: ", "", "total", "used", "free", "shared",
           "cached", "available");
    print(total);
    print(total - free - (cached > 0 ? cached : 0));
    print(free);
    print(meminfo("Shmem"));
    print(cached);
    print(meminfo("MemAvailable"));
    printf("\nSwap:");
    print(meminfo("SwapTotal"));
    print(meminfo("SwapTotal") - meminfo("SwapFree"));
    print(meminfo("SwapFree"));
    putchar('\n');
    return 0;
}
