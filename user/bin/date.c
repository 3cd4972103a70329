/* date [-u] [+FORMAT]: the time now (UTC), or with -d @SECONDS another one. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *format = "%a %b %e %H:%M:%S %Z %Y";
    time_t now = time(NULL);
    char text[1024];

    for (int c; (c = getopt(argc, argv, "ud:")) != -1;) {
        if (c == '?' || (c == 'd' && *optarg != '@'))
            errx(2, "usage: date [-u] [-d @SECONDS] [+FORMAT]");
        if (c == 'd')
            now = atol(optarg + 1);
    }
    if (optind < argc && argv[optind][0] == '+')
        format = argv[optind] + 1;
    strftime(text, sizeof(text), format, gmtime(&now));
    puts(text);
    return 0;
}
