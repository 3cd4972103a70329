/* tee [-a] [FILE...]: copy standard input to standard output and to files. -a: append. */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <util.h>

int main(int argc, char **argv)
{
    int how = O_TRUNC;
    bool ok = true;
    char buf[65536];
    ssize_t n;

    for (int c; (c = getopt(argc, argv, "ai")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'a')
            how = O_APPEND;
    }
    int count = argc - optind;
    int *fds = calloc((size_t)count + 1, sizeof(int));
    if (!fds)
        err(1, "tee");
    for (int i = 0; i < count; i++) {
        fds[i] = open(argv[optind + i], O_WRONLY | O_CREAT | how, 0666);
        if (fds[i] < 0)
            warn("%s", argv[optind + i]);
        ok &= fds[i] >= 0;
    }
    fds[count] = 1;
    while ((n = read(0, buf, sizeof(buf))) > 0)
        for (int i = 0; i <= count; i++)
            ok &= fds[i] < 0 || write_all(fds[i], buf, (size_t)n);
    free(fds);
    return !ok || n < 0;
}
