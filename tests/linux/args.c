/* Would catch: a wrong initial stack. Arguments, environment and auxiliary vector arrive as the
 * System V ABI and Linux lay them out, and the C library that reads them works. */
#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    puts("BEGIN");
    printf("argc %d\n", argc);
    for (int i = 1; i <= argc; i++)
        printf("argv[%d] %s\n", i, argv[i] ? argv[i] : "(end)");
    printf("GREETING=%s\n", getenv("GREETING") ? getenv("GREETING") : "(unset)");
    printf("NOTHERE=%s\n", getenv("NOTHERE") ? getenv("NOTHERE") : "(unset)");
    printf("page size %lu, phent %lu, clktck %lu, secure %lu\n", getauxval(AT_PAGESZ),
           getauxval(AT_PHENT), getauxval(AT_CLKTCK), getauxval(AT_SECURE));
    printf("phdr %d, entry %d, random %d, execfn %d\n", getauxval(AT_PHDR) != 0,
           getauxval(AT_ENTRY) != 0, getauxval(AT_RANDOM) != 0, getauxval(AT_EXECFN) != 0);
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    printf("stack aligned %d, argv above it %d\n", here % 16 == 0, (uintptr_t)argv > here);
    puts("END");
    return argc == 3 ? 0 : 1;
}
