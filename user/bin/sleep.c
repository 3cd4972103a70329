/* sleep SECONDS: wait. A fraction is allowed, and a unit s, m or h. */
#include <err.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    double seconds = 0;

    if (argc < 2)
        errx(2, "usage: sleep SECONDS[smh]...");
    for (int i = 1; i < argc; i++) {
        char *end;
        double n = strtod(argv[i], &end);
        if (end == argv[i] || n < 0 || (*end && end[1]))
            errx(2, "%s is not a time", argv[i]);
        seconds += n * (*end == 'h' ? 3600 : *end == 'm' ? 60 : 1);
    }
    struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) < 0)
        ;
    return 0;
}
