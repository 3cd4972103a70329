/* cat [-n] [-u] [FILE...]: print files one after another; "-" is standard input. -n: number the
 * lines. */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <util.h>

static bool copy(int fd, const char *name)
{
    bool ok = copy_fd(fd, 1);

    if (!ok)
        warn("%s", name);
    return ok;
}

static bool copy_numbered(int fd, const char *name)
{
    static long number;
    FILE *f = fdopen(fd, "r");
    bool line_start = true;
    int c;

    while ((c = fgetc(f)) != EOF) {
        if (line_start)
            printf("%6ld\t", ++number);
        putchar(c);
        line_start = c == '\n';
    }
    if (ferror(f))
        warn("%s", name);
    return fflush(stdout) == 0 && !ferror(f);
}

int main(int argc, char **argv)
{
    bool numbered = false, ok = true;

    for (int c; (c = getopt(argc, argv, "nu")) != -1;) {
        if (c == '?')
            return 2;
        numbered |= c == 'n';
    }
    char *standard_input[] = {"-", NULL};
    for (char **name = optind < argc ? argv + optind : standard_input; *name; name++) {
        int fd = strcmp(*name, "-") == 0 ? 0 : open(*name, O_RDONLY);
        if (fd < 0) {
            warn("%s", *name);
            ok = false;
            continue;
        }
        ok &= numbered ? copy_numbered(fd, *name) : copy(fd, *name);
        if (fd != 0)
            close(fd);
    }
    return !ok;
}
