/* uname [-asnrvm]: the system's name and version. */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct utsname u;
    bool flag[128] = {0}, any = false;

    for (int c; (c = getopt(argc, argv, "asnrvm")) != -1; flag[c] = any = true)
        if (c == '?')
            return 2;
    if (uname(&u) < 0)
        err(1, "uname");
    flag['s'] |= !any;
    const char *parts[] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    bool first = true;
    for (int i = 0; i < 5; i++)
        if (flag['a'] || flag[(int)"snrvm"[i]]) {
            printf("%s%s", first ? "" : " ", parts[i]);
            first = false;
        }
    putchar('\n');
    return 0;
}
