/* mv [-fi] SOURCE... TARGET: rename; across file systems, copy (by cp -a) and remove (by rm -r). */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util.h>

static int run(const char *program, const char *flags, const char *from, const char *to)
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        execlp(program, program, flags, "--", from, to, NULL);
        err(127, "%s", program);
    }
    return child < 0 || waitpid(child, &status, 0) < 0 ? 1 : status;
}

static bool move(const char *from, const char *to, bool ask)
{
    if (ask && access(to, F_OK) == 0 && !confirm("overwrite", to))
        return true;
    if (rename(from, to) == 0)
        return true;
    if (errno == EXDEV)
        return run("cp", "-a", from, to) == 0 && run("rm", "-rf", from, NULL) == 0;
    warn("%s to %s", from, to);
    return false;
}

int main(int argc, char **argv)
{
    struct stat st;
    bool ask = false, ok = true;

    for (int c; (c = getopt(argc, argv, "fi")) != -1;) {
        if (c == '?')
            return 2;
        ask = c == 'i';
    }
    if (argc - optind < 2)
        errx(2, "usage: mv [-fi] SOURCE... TARGET");
    char *target = argv[argc - 1];
    bool into = stat(target, &st) == 0 && S_ISDIR(st.st_mode);
    if (!into && argc - optind > 2)
        errx(1, "%s is not a folder", target);
    for (; optind < argc - 1; optind++) {
        char path[4096];
        ok &= move(argv[optind], target_path(argv[optind], target, into, path, sizeof(path)), ask);
    }
    return !ok;
}
