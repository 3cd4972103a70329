/* echo [-n] [-e] [TEXT...]: print the arguments. -n: no newline; -e: \n \t \\ \e \0ooo and \c
 * (stop) mean what they do in C. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Print s with its escapes; false when \c ends the output. */
static bool print_escaped(const char *s)
{
    for (; *s; s++) {
        if (*s != '\\' || !s[1]) {
            putchar(*s);
            continue;
        }
        static const char names[] = "nteabfrv\\", values[] = "\n\t\033\a\b\f\r\v\\";
        const char *name = strchr(names, *++s);
        if (*s == 'c')
            return false;
        if (*s == '0') {
            int value = 0;
            for (int i = 0; i < 3 && s[1] >= '0' && s[1] <= '7'; i++)
                value = value * 8 + *++s - '0';
            putchar(value);
        } else if (name) {
            putchar(values[name - names]);
        } else {
            printf("\\%c", *s);
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    bool newline = true, escapes = false;
    int i = 1;

    for (; i < argc && argv[i][0] == '-' && argv[i][1] && !argv[i][1 + strspn(argv[i] + 1, "neE")];
         i++) {
        newline &= !strchr(argv[i], 'n');
        escapes |= strchr(argv[i], 'e') != NULL;
    }
    for (; i < argc; i++) {
        if (!escapes)
            fputs(argv[i], stdout);
        else if (!print_escaped(argv[i]))
            return 0;
        if (i + 1 < argc)
            putchar(' ');
    }
    if (newline)
        putchar('\n');
    return fflush(stdout) == EOF;
}
