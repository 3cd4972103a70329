/* dmesg [-c]: the kernel's log. -c: then clear it. */
#include <err.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <unistd.h>
#include <util.h>

int main(int argc, char **argv)
{
    int action = SYSLOG_ACTION_READ_ALL;

    for (int c; (c = getopt(argc, argv, "cr")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'c')
            action = SYSLOG_ACTION_READ_CLEAR;
    }
    int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
    if (size <= 0)
        size = 1 << 20;
    char *text = malloc((size_t)size);
    int n = text ? klogctl(action, text, size) : -1;
    if (n < 0)
        err(1, "syslog");
    /* Each line starts with "<level>": skip it. */
    for (char *line = text, *end = text + n; line < end;) {
        char *stop = line;
        while (stop < end && *stop != '\n')
            stop++;
        char *start = line;
        if (*line == '<')
            while (start < stop && *start++ != '>')
                ;
        fwrite(start, 1, (size_t)(stop - start), stdout);
        putchar('\n');
        line = stop + 1;
    }
    return 0;
}
