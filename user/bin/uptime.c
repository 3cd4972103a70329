/* uptime: how long the machine has been up, and how busy it is. */
#include <err.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <time.h>

int main(void)
{
    struct sysinfo si;
    time_t now = time(NULL);
    char clock[16];

    if (sysinfo(&si) < 0)
        err(1, "sysinfo");
    strftime(clock, sizeof(clock), "%H:%M:%S", gmtime(&now));
    printf(" %s up ", clock);
    if (si.uptime >= 86400)
        printf("%ld days, ", si.uptime / 86400);
    printf("%ld:%02ld:%02ld, %d processes, load average:", si.uptime / 3600 % 24,
           si.uptime / 60 % 60, si.uptime % 60, si.procs);
    for (int i = 0; i < 3; i++)
        printf("%s %.2f", i ? "," : "", (double)si.loads[i] / (1 << SI_LOAD_SHIFT));
    putchar('\n');
    return 0;
}
