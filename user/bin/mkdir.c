/* mkdir [-p] [-m MODE] FOLDER...: make folders. -p: also those on the way, and existing ones are no
 * error. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make(char *path, mode_t mode, bool parents)
{
    struct stat st;

    for (char *slash = path; parents && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        mkdir(path, 0777); /* an error that matters shows at the last component */
        *slash = '/';
    }
    if (mkdir(path, mode) == 0)
        return true;
    if (parents && errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return true;
    warn("%s", path);
    return false;
}

int main(int argc, char **argv)
{
    bool parents = false, ok = true;
    mode_t mode = 0777;

    for (int c; (c = getopt(argc, argv, "pm:")) != -1;) {
        if (c == '?')
            return 2;
        if (c == 'p')
            parents = true;
        else
            mode = (mode_t)strtoul(optarg, NULL, 8);
    }
    if (optind == argc)
        errx(2, "usage: mkdir [-p] [-m MODE] FOLDER...");
    for (; optind < argc; optind++)
        ok &= make(argv[optind], mode, parents);
    return !ok;
}
