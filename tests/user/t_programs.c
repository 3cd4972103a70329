/* Catches: programs of /bin that print something else than they should. Each is run in a folder
 * with a few known files; some only have to succeed. */
#include <fcntl.h>

#include "ut.h"

static const struct {
    const char *command, *output; /* output NULL: anything, but success */
} cases[] = {
    {"echo -n a; echo -e 'b\\tc'", "ab\tc\n"},
    {"cat lines | head -n 2", "one\ntwo\n"},
    {"tail -n 2 lines; tail -n +5 lines; tail -c 3 lines", "four\nfive\nfive\nve\n"},
    {"wc -l lines; wc -c < lines", "      5 lines\n     24\n"},
    {"grep -n o lines", "1:one\n2:two\n4:four\n"},
    {"grep -c '^f' lines; grep -v e lines; grep -q zz lines; echo $?", "2\ntwo\nfour\n1\n"},
    {"grep -E 'on|tw' lines; grep -l one lines; grep -w on lines; echo $?", "one\ntwo\nlines\n1\n"},
    {"sort lines; sort -r lines | head -n 1; seq 10 | sort -n | tail -n 1",
     "five\nfour\none\nthree\ntwo\ntwo\n10\n"},
    {"cp lines copy; cp -r folder tree; ls tree; rm -r tree copy", "inner\n"},
    {"mv lines moved; ls moved; mv moved lines", "moved\n"},
    {"mkdir -p a/b/c; rmdir a/b/c; ls a; rm -r a", "b\n"},
    {"ln -s lines link; readlink link; cat link | wc -l; rm link", "lines\n      5\n"},
    {"ln lines hard; stat hard | grep -c 'Links: 2'; rm hard", "1\n"},
    {"touch -d @86400 old; ls -l old | grep -c 1970; rm old", "1\n"},
    {"find . -name 'in*' -type f; find . -type d | sort", "./folder/inner\n.\n./folder\n"},
    {"echo abc | hexdump -C | head -n 1",
     "00000000  61 62 63 0a                                       |abc.|\n"},
    {"seq 3 | tr '\\n' ,; echo a:b:c | cut -d: -f2", "1,2,3,b\n"},
    {"(echo a; echo a; echo b) | uniq -c", "      2 a\n      1 b\n"},
    {"basename /x/y.c .c; dirname /x/y", "y\n/x\n"},
    {"echo t | tee f1 f2; cat f1 f2; rm f1 f2", "t\nt\nt\n"},
    {"chmod 640 lines; ls -l lines | cut -c1-10; chmod a+r lines", "-rw-r-----\n"},
    {"date -d @0 +%F; env -i A=b env", "1970-01-01\nA=b\n"},
    {"mkfifo p; (echo through > p &); cat p; rm p", "through\n"},
    {"ps | grep -c ' ps$'; kill -l | head -n 1", "1\n 1 HUP\n"},
    {"true; echo $?; false; echo $?; pwd | grep -c /tmp/ut", "0\n1\n1\n"},
    {"sleep 0.01 && time true 2>&1 | grep -c real", "1\n"},
    {"echo x 2>&1 > /dev/full; echo $?", "echo: write error: No space left on device\n1\n"},
    {"rm -r . 2>/dev/null; rm -r folder/.. 2>/dev/null; rm -rf / 2>/dev/null; ls lines", "lines\n"},
    {"mkdir -p /tmp/ut-busy/in; mount -t tmpfs none /tmp/ut-busy/in; rm -r /tmp/ut-busy 2>&1;"
     " umount /tmp/ut-busy/in; rm -r /tmp/ut-busy",
     "rm: /tmp/ut-busy/in: Device or resource busy\n"},
    {"poweroff now 2>/dev/null; reboot -h 2>/dev/null; echo here", "here\n"},
    {"kill -9 abc 2>/dev/null; kill '' 2>/dev/null; echo $?", "1\n"},
    {"help true; help ls | head -n 1; help nothing 2>/dev/null; echo $?",
     "true: succeed.\nls [-aAlrtSRd1FhC] [FILE...]: list folders.\n1\n"},
    {"ls --help 2>&1; echo $?", "ls: options have one letter; `help ls` tells them\n2\n"},
    {"ps -l", NULL},
    {"ps -f", NULL},
    {"top -b -n 1", NULL},
    {"free; free -h", NULL},
    {"df; df -h -a", NULL},
    {"uptime", NULL},
    {"mount", NULL},
    {"stat lines /dev/null .", NULL},
    {"uname -a", NULL},
    {"nproc", NULL},
    {"dmesg | head -n 3", NULL},
    {"ls -la / /dev /proc", NULL},
    {"clear", NULL},
};

static void run(const char *command, const char *want)
{
    static char got[65536];
    int status = ut_capture(command, -1, got, sizeof(got));

    if (want && strcmp(got, want) != 0)
        ut_fail(__FILE__, __LINE__, "%s: printed '%s', not '%s'", command, got, want);
    if (!want && (status != 0 || !got[0]))
        ut_fail(__FILE__, __LINE__, "%s: status %#x, printed '%.200s'", command, status, got);
}

int main(void)
{
    ut_enter_folder();
    run("(echo one; echo two; echo three; echo four; echo five) > lines", "");
    run("mkdir folder; echo x > folder/inner", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run(cases[i].command, cases[i].output);
    run("rm -r lines folder; ls -A", "");
    ut_leave_folder();
    return ut_result();
}
