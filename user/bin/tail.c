/* tail [-n [+]LINES | -c [+]BYTES | -LINES] [-f] [FILE...]: the end of files; with + from that line
 * or byte on. -f: go on printing what is added. */
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <util.h>

static long count = 10;
static bool bytes, from_start;

/* All of a file in memory. */
static char *read_all(int fd, size_t *len)
{
    char *text = NULL;
    size_t room = 0;

    for (ssize_t n = 0; n >= 0; *len += (size_t)n) {
        if (room - *len < 4096 && !(text = realloc(text, room = room * 2 + 65536)))
            err(1, "read");
        n = read(fd, text + *len, room - *len);
        if (n == 0)
            break;
        if (n < 0)
            return NULL;
    }
    return text;
}

/* Where the part to print begins. */
static size_t start_of_tail(const char *text, size_t len)
{
    size_t at = from_start ? 0 : len, left = (size_t)count;

    if (from_start) {
        for (left = left > 0 ? left - 1 : 0; left > 0 && at < len; at++)
            left -= bytes || text[at] == '\n';
        return at;
    }
    if (bytes)
        return left < len ? len - left : 0;
    for (at -= at > 0 && text[at - 1] == '\n'; at > 0 && left > 0; at--)
        if (text[at - 1] == '\n' && --left == 0)
            return at;
    return left == 0 ? len : 0;
}

static bool tail(int fd, const char *name, bool follow)
{
    size_t len = 0;
    char *text = read_all(fd, &len);

    if (!text) {
        warn("%s", name);
        return false;
    }
    size_t start = start_of_tail(text, len);
    write_all(1, text + start, len - start);
    free(text);
    while (follow && copy_fd(fd, 1))
        usleep(200000);
    return true;
}

static void set_count(const char *number, bool in_bytes)
{
    bytes = in_bytes;
    from_start = *number == '+';
    count = labs(atol(number));
}

int main(int argc, char **argv)
{
    bool follow = false, ok = true;
    char *input[] = {"-", NULL};

    if (argc > 1 && argv[1][0] == '-' && isdigit(argv[1][1])) {
        set_count(argv[1] + 1, false);
        optind = 2;
    }
    for (int c; (c = getopt(argc, argv, "n:c:f")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'f')
            follow = true;
        else
            set_count(optarg, c == 'c');
    }
    bool headings = argc - optind > 1;
    for (char **name = optind < argc ? argv + optind : input; *name; name++) {
        int fd = strcmp(*name, "-") == 0 ? 0 : open(*name, O_RDONLY);
        if (fd < 0) {
            warn("%s", *name);
            ok = false;
            continue;
        }
        if (headings)
            dprintf(1, "%s==> %s <==\n", name == argv + optind ? "" : "\n", *name);
        ok &= tail(fd, *name, follow && !name[1]);
        if (fd != 0)
            close(fd);
    }
    return !ok;
}
