/* poweroff [-f]: write everything back and switch the machine off. */
#include <err.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "-f") != 0))
        errx(2, "usage: poweroff [-f]");
    sync();
    reboot(RB_POWER_OFF);
    err(1, "reboot");
}
