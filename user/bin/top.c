/* top [-b] [-n ROUNDS] [-d SECONDS]: who uses the CPUs. -b prints plain text; else q leaves. */
#include <err.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <termios.h>
#include <unistd.h>
#include <util.h>

struct cpu_times {
    unsigned long user, nice, system, idle;
};

static struct proc_stat *old_list; /* of the round before */
static int old_count;
static struct cpu_times old_times;

static struct cpu_times read_cpu_times(void)
{
    struct cpu_times t = {0};
    FILE *f = fopen("/proc/stat", "r");

    if (f && fscanf(f, "cpu %lu %lu %lu %lu", &t.user, &t.nice, &t.system, &t.idle) != 4)
        warnx("/proc/stat: unknown format");
    if (f)
        fclose(f);
    return t;
}

static unsigned long ticks_before(pid_t pid)
{
    for (int i = 0; i < old_count; i++)
        if (old_list[i].pid == pid)
            return old_list[i].utime + old_list[i].stime;
    return 0;
}

/* Sorts by the ticks used in this round, which show_round leaves in utime. */
static int by_use(const void *a, const void *b)
{
    const struct proc_stat *p = a, *q = b;

    if (p->utime != q->utime)
        return p->utime < q->utime ? 1 : -1;
    return p->pid - q->pid;
}

static void show_head(const struct cpu_times *now, double *all)
{
    char total[16], available[16];
    double user = (double)(now->user + now->nice - old_times.user - old_times.nice);
    double system = (double)(now->system - old_times.system);
    double idle = (double)(now->idle - old_times.idle);

    *all = user + system + idle > 0 ? user + system + idle : 1;
    printf("CPU: %.1f%% user, %.1f%% system, %.1f%% idle on %d CPUs\n", 100 * user / *all,
           100 * system / *all, 100 * idle / *all, get_nprocs());
    human_size((uint64_t)proc_value("/proc/meminfo", "MemTotal") * 1024, total);
    human_size((uint64_t)proc_value("/proc/meminfo", "MemAvailable") * 1024, available);
    printf("Mem: %s total, %s available\n\n", total, available);
}

static void show_round(int rows)
{
    struct proc_stat *list;
    struct cpu_times now = read_cpu_times();
    int count = proc_list(&list);
    double all;

    if (count < 0)
        err(1, "/proc");
    show_head(&now, &all);
    printf("%5s %5s S %6s %6s %8s  COMMAND\n", "PID", "PPID", "RSS", "%CPU", "TIME");
    struct proc_stat *shown = calloc((size_t)count + 1, sizeof(*shown));
    memcpy(shown, list, (size_t)count * sizeof(*shown));
    for (int i = 0; i < count; i++)
        shown[i].utime = list[i].utime + list[i].stime - ticks_before(list[i].pid);
    qsort(shown, (size_t)count, sizeof(*shown), by_use);
    for (int i = 0; i < count && i < rows; i++) {
        struct proc_stat *p = &shown[i];
        char rss[16];
        unsigned long total = p->utime + ticks_before(p->pid);
        printf("%5d %5d %c %6s %6.1f %5lu.%02lu  %s\n", p->pid, p->ppid, p->state,
               human_size((uint64_t)p->rss * 4096, rss),
               100 * (double)p->utime * get_nprocs() / all, total / 100, total % 100, p->comm);
    }
    free(shown);
    free(old_list);
    old_list = list;
    old_count = count;
    old_times = now;
    fflush(stdout);
}

int main(int argc, char **argv)
{
    bool batch = !isatty(1) || !isatty(0);
    int rounds = -1, delay_ms = 2000;
    struct termios saved, raw;
    struct winsize ws = {.ws_row = 24};

    for (int c; (c = getopt(argc, argv, "bn:d:")) != -1;) {
        if (c == '?')
            return 2;
        batch |= c == 'b';
        if (c == 'n')
            rounds = atoi(optarg);
        if (c == 'd')
            delay_ms = (int)(strtod(optarg, NULL) * 1000);
    }
    if (!batch && tcgetattr(0, &saved) == 0) {
        raw = saved;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
        tcsetattr(0, TCSANOW, &raw);
    }
    for (int round = 0; rounds < 0 || round < rounds; round++) {
        struct pollfd key = {.fd = batch ? -1 : 0, .events = POLLIN};
        char c = 0;
        if (!batch && ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_row < 6)
            ws.ws_row = 24;
        if (!batch)
            printf("\033[H\033[J");
        show_round(batch ? 1 << 20 : ws.ws_row - 6);
        if (round + 1 != rounds && poll(&key, 1, delay_ms) > 0 &&
            (read(0, &c, 1) <= 0 || strchr("qQ\003\004", c)))
            break;
    }
    if (!batch)
        tcsetattr(0, TCSANOW, &saved);
    return 0;
}
