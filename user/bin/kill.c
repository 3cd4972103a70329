/* kill [-s NAME | -NAME | -NUMBER] PID...; kill -l: send a signal. A negative PID means a process
 * group. */
#include <ctype.h>
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <util.h>

int main(int argc, char **argv)
{
    int sig = SIGTERM, i = 1;
    bool ok = true;

    if (argc > 1 && strcmp(argv[1], "-l") == 0) {
        for (sig = 1; sig_name(sig); sig++)
            printf("%2d %-7s %s\n", sig, sig_name(sig), strsignal(sig));
        return 0;
    }
    if (argc > 1 && argv[1][0] == '-' && strcmp(argv[1], "--") != 0) {
        const char *name = argv[i++] + 1;
        if (strcmp(name, "s") == 0)
            name = i < argc ? argv[i++] : "";
        sig = sig_number(name);
        if (sig < 0)
            errx(2, "unknown signal %s", name);
    }
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    if (i == argc)
        errx(2, "usage: kill [-SIGNAL] PID...");
    for (; i < argc; i++) {
        char *end;
        pid_t pid = (pid_t)strtol(argv[i], &end, 10);
        if (*end || end == argv[i])
            errx(2, "%s is not a process id", argv[i]);
        if (kill(pid, sig) < 0) {
            warn("%d", pid);
            ok = false;
        }
    }
    return !ok;
}
