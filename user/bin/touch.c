/* touch [-cam] [-d @SECONDS] FILE...: set the times to now, making the files that do not exist. -c:
 * make none; -a, -m: only the access or the modification time. */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    bool create = true, access_time = false, modification = false, ok = true;
    struct timespec now = {.tv_nsec = UTIME_NOW};

    for (int c; (c = getopt(argc, argv, "camd:")) != -1;) {
        if (c == '?' || (c == 'd' && *optarg != '@'))
            errx(2, "usage: touch [-cam] [-d @SECONDS] FILE...");
        if (c == 'd')
            now = (struct timespec){.tv_sec = atol(optarg + 1)};
        create &= c != 'c';
        access_time |= c == 'a';
        modification |= c == 'm';
    }
    struct timespec times[2] = {now, now};
    if (access_time != modification)
        times[access_time].tv_nsec = UTIME_OMIT;
    for (; optind < argc; optind++) {
        int fd = create ? open(argv[optind], O_WRONLY | O_CREAT | O_NONBLOCK, 0666) : -1;
        if (fd >= 0)
            close(fd);
        if (!create && access(argv[optind], F_OK) < 0)
            continue;
        if (utimensat(AT_FDCWD, argv[optind], times, 0) < 0) {
            warn("%s", argv[optind]);
            ok = false;
        }
    }
    return !ok;
}
