/* reboot [-f]: write everything back and start the machine again. */
#include <err.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && strcmp(argv[1], "-f") != 0))
        errx(2, "usage: reboot [-f]");
    sync();
    reboot(RB_AUTOBOOT);
    err(1, "reboot");
}
