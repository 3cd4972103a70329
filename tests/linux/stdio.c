/* Would catch: partial writes, wrong offsets, errno values that differ from Linux's. Formatted
 * output, buffered files, seeking, truncation and the errors that every program meets. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void error(const char *what, int result)
{
    printf("%s: %d %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static void buffered(const char *path)
{
    FILE *f = fopen(path, "w+");
    if (!f) {
        printf("fopen: %s\n", strerror(errno));
        return;
    }
    for (int i = 0; i < 3000; i++)
        fprintf(f, "line %d of many\n", i);
    printf("position %ld\n", ftell(f));
    rewind(f);
    char line[64];
    long bytes = 0, lines = 0;
    while (fgets(line, sizeof line, f)) {
        bytes += strlen(line);
        lines++;
    }
    printf("read %ld lines, %ld bytes\n", lines, bytes);
    fseek(f, -16, SEEK_END);
    printf("last: %s", fgets(line, sizeof line, f));
    fclose(f);
}

static void holes(const char *path)
{
    char buf[8] = "xxxxxxx";
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0640);
    struct stat st;
    error("lseek", lseek(fd, 100000, SEEK_SET) == 100000 ? 0 : -1);
    error("write", write(fd, "end", 3));
    error("pread", pread(fd, buf, 4, 50000));
    printf("hole %d %d %d %d\n", buf[0], buf[1], buf[2], buf[3]);
    fstat(fd, &st);
    printf("size %ld, mode %o, links %d\n", (long)st.st_size, st.st_mode, (int)st.st_nlink);
    error("ftruncate", ftruncate(fd, 10));
    error("pread past the end", pread(fd, buf, 4, 10));
    close(fd);
}

int main(void)
{
    puts("BEGIN");
    printf("%5d|%-5d|%05d|%x|%#o|%s|%c|%8.3f|%e|%g\n", 42, 42, 42, 255, 8, "text", 'c', 3.14159,
           12345.678, 1e-5);
    int a, n;
    char word[16];
    double x;
    n = sscanf("17 apples 2.5", "%d %15s %lf", &a, word, &x);
    printf("%d: %d %s %g\n", n, a, word, x);
    umask(022);
    buffered("/tmp/stdio-test");
    holes("/tmp/stdio-hole");
    error("open missing", open("/tmp/none/such", O_RDONLY));
    error("open directory for writing", open("/tmp", O_WRONLY));
    error("exclusive", open("/tmp/stdio-test", O_CREAT | O_EXCL | O_WRONLY, 0600));
    error("close twice", close(99));
    error("read bad fd", read(99, word, 1));
    error("read into nowhere", read(open("/tmp/stdio-test", O_RDONLY), (void *)8, 10));
    error("unlink", unlink("/tmp/stdio-test"));
    error("unlink again", unlink("/tmp/stdio-test"));
    error("unlink hole", unlink("/tmp/stdio-hole"));
    error("rmdir not a directory", rmdir("/dev/null"));
    puts("END");
    return 0;
}
