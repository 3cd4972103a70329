/* yes [TEXT...]: print a line until someone stops it. */
#include <stdio.h>

int main(int argc, char **argv)
{
    do {
        for (int i = 1; i < argc; i++)
            printf("%s%s", argv[i], i + 1 < argc ? " " : "");
        puts(argc > 1 ? "" : "y");
    } while (!ferror(stdout));
    return 1;
}
