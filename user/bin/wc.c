/* wc [-lwc] [FILE...]: count lines, words and bytes. */
#include <ctype.h>
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct counts {
    long lines, words, bytes;
};

static bool lines, words, bytes;

static bool count(int fd, struct counts *c)
{
    char buf[65536];
    bool in_word = false;
    ssize_t n;

    while ((n = read(fd, buf, sizeof(buf))) > 0) {
        c->bytes += n;
        for (ssize_t i = 0; i < n; i++) {
            c->lines += buf[i] == '\n';
            bool space = isspace((unsigned char)buf[i]);
            c->words += !space && !in_word;
            in_word = !space;
        }
    }
    return n == 0;
}

static void print(const struct counts *c, const char *name)
{
    if (lines)
        printf("%7ld", c->lines);
    if (words)
        printf("%s%7ld", lines ? " " : "", c->words);
    if (bytes)
        printf("%s%7ld", lines || words ? " " : "", c->bytes);
    printf("%s%s\n", *name ? " " : "", name);
}

int main(int argc, char **argv)
{
    struct counts total = {0};
    int status = 0;
    char *none[] = {"", NULL};

    for (int c; (c = getopt(argc, argv, "lwcm")) != -1;) {
        if (c == '?')
            return 2;
        lines |= c == 'l';
        words |= c == 'w';
        bytes |= c == 'c' || c == 'm';
    }
    if (!lines && !words && !bytes)
        lines = words = bytes = true;
    for (char **name = optind < argc ? argv + optind : none; *name; name++) {
        struct counts c = {0};
        int fd = !**name || strcmp(*name, "-") == 0 ? 0 : open(*name, O_RDONLY);
        if (fd < 0 || !count(fd, &c)) {
            warn("%s", *name);
            status = 1;
        } else {
            print(&c, *name);
        }
        if (fd > 0)
            close(fd);
        total.lines += c.lines;
        total.words += c.words;
        total.bytes += c.bytes;
    }
    if (argc - optind > 1)
        print(&total, "total");
    return status;
}
