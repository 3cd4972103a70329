/* help: what a newcomer may try; help NAME: what a program does, from the list that the build made
 * of the programs' first comments (tools/mkhelp.py). */
#include <stdio.h>
#include <string.h>

#include "sh.h"

static const char text[] =
    "Look at the machine\n"
    "  ps, top                 the processes, and who uses the CPUs\n"
    "  free -h, df -h          memory, file systems\n"
    "  traps                   the trap table: what interrupted the CPUs, and how often\n"
    "  dmesg, uptime, nproc    the kernel's log, how long it runs, on how many CPUs\n"
    "  cat /proc/self/maps     the address space of the cat that prints it\n"
    "  cat /proc/meminfo       (there is more in /proc: ls /proc /proc/self)\n"
    "\n"
    "Do what is forbidden, and see how the kernel answers\n"
    "  faults                  the list; faults null, faults text, faults all\n"
    "\n"
    "Make it work\n"
    "  time ls                 what a program costs\n"
    "  while true; do :; done &    one CPU is busy; top shows it; kill %1 ends it\n"
    "  sleep 100               ^Z stops it; jobs, bg, fg; ^C ends it\n"
    "  yes | head -n 3 | cat -n    three processes and two pipes\n"
    "\n"
    "The shell knows pipes, < > >> 2>&1 <<END, && || ; &, $x ${x:-y} $(command) $((1+2)), * ? "
    "[a-z],\n"
    "if while for case, functions; the arrow keys and tab. Its own commands:\n";

static int help_on(const char *name)
{
    char line[200];
    size_t len = strlen(name);
    bool found = false, here = false;
    FILE *f = fopen("/etc/help", "r");

    while (f && fgets(line, sizeof(line), f)) {
        if (line[0] != '\t')
            here = strncmp(line, name, len) == 0 && line[len] == '\t';
        if (here)
            fputs(line + (found ? 0 : len + 1), stdout);
        found |= here;
    }
    if (f)
        fclose(f);
    if (!found && builtin_find(name))
        printf("%s is a command of the shell itself\n", name);
    else if (!found)
        complain("help: nothing is known about %s", name);
    return !found && !builtin_find(name);
}

int builtin_help(int argc, char **argv)
{
    int column = 0;

    if (argc > 1)
        return help_on(argv[1]);
    fputs(text, stdout);
    for (int i = 0; builtin_name(i); i++) {
        column += printf("  %s", builtin_name(i));
        if (column > 70) {
            putchar('\n');
            column = 0;
        }
    }
    puts("\nAll programs: ls /bin; help NAME tells what one does. To leave: exit, or poweroff.");
    return 0;
}
