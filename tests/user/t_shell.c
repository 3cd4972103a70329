/* Catches: a shell that understands a script otherwise than POSIX says. Each line is a script and
 * what it must print; what goes wrong is reported with the script. */
#include <fcntl.h>

#include "ut.h"

static const struct {
    const char *script, *output;
} cases[] = {
    {"echo a  'b  c' \"d e\" f\\ g", "a b  c d e f g\n"},
    {"X=5; echo $X ${X}y \"$X\" '$X' ${#X}", "5 5y 5 $X 1\n"},
    {"echo ${U:-def} ${U-} ${U:=set} $U ${U:+alt}", "def set set alt\n"},
    {"P=a/b.tar.gz; echo ${P##*/} ${P%.*} ${P%%.*} ${P#*/}", "b.tar.gz a/b.tar a/b b.tar.gz\n"},
    {"echo $((1 + 2 * 3)) $(( (1+2)*3 )) $((7/2)) $((7%4)) $((1<2 && 3!=3)) $((1<<4))",
     "7 9 3 3 0 16\n"},
    {"i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo -n $i; done; echo", "123\n"},
    {"for i in a 'b c' d; do echo \"[$i]\"; done", "[a]\n[b c]\n[d]\n"},
    {"for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done", "1\n3\n"},
    {"if false; then echo a; elif true; then echo b; else echo c; fi", "b\n"},
    {"case x.c in *.h) echo h;; *.c | *.S) echo source;; *) echo other;; esac", "source\n"},
    {"f() { echo $# $1; return 3; }; f x y; echo $?", "2 x\n3\n"},
    {"false || echo or; true && echo and; ! false && echo not", "or\nand\nnot\n"},
    {"echo one | { read a; echo got $a; }; echo b | cat | cat", "got one\nb\n"},
    {"(X=inner; cd /; echo $X); echo ${X:-none}", "inner\nnone\n"},
    {"echo $(echo a; echo b) `echo c` \"$(printf_ 2>/dev/null || echo d)\"", "a b c d\n"},
    {"cat <<E\na $((1+1))\nE\necho after", "a 2\nafter\n"},
    {"cat <<'E'\n$X\nE", "$X\n"},
    {"cat <<-E\n\ttabbed\n\tE\necho x", "tabbed\nx\n"},
    {"set -- a 'b c'; echo $#; for x in \"$@\"; do echo \"<$x>\"; done; shift; echo $1",
     "2\n<a>\n<b c>\nb c\n"},
    {"set --; for x in \"$@\"; do echo never; done; echo $#", "0\n"},
    {"IFS=:; x=a:b::c; for i in $x; do echo \"[$i]\"; done", "[a]\n[b]\n[]\n[c]\n"},
    {"x='*'; echo \"$x\" '*' \\*", "* * *\n"},
    {"cd /bin; echo ech? [e]cho ec*ho", "echo echo echo\n"},
    {"cd /; echo /no/such/*", "/no/such/*\n"},
    {"exit 3 | exit 4; echo $?", "4\n"},
    {"sh -c 'exit 7'; echo $?; sh -c 'kill -9 $$'; echo $?", "7\n137\n"},
    {"nosuchprogram 2>/dev/null; echo $?", "127\n"},
    {"/etc 2>/dev/null; echo $?", "126\n"},
    {"echo out; echo err >&2; echo both 2>&1", "out\nboth\n"},
    {"echo a > f; echo b >> f; cat < f; cat f f | wc -l; rm f", "a\nb\n      4\n"},
    {"[ \"$PWD\" = \"$(pwd)\" ] && cd /bin && cd /dev && echo $PWD $OLDPWD", "/dev /bin\n"},
    {"{ echo x; echo y >&2; } 2>/dev/null | cat -n", "     1\tx\n"},
    {"exec 5>g; echo five >&5; exec 5>&-; cat g; rm g", "five\n"},
    {"sleep 0 & wait $!; echo $?", "0\n"},
    {"(exit 5) & wait $!; echo $?", "5\n"},
    {"A=1 sh -c 'echo $A'; echo ${A-unset}; export B=2; sh -c 'echo $B'", "1\nunset\n2\n"},
    {"echo 'a b' | while read x y; do echo $y-$x; done", "b-a\n"},
    {"printf() { echo mine; }; printf; unset -f printf", "mine\n"},
    {"set -e; true; false; echo never", ""},
    {"set -e; if false; then :; fi; false || true; echo reached", "reached\n"},
    {"[ -d / -a ! -f / ] && [ a != b ] && [ 2 -ge 2 ] && test -n x && echo yes", "yes\n"},
    {"X=y; eval echo \\$X; eval 'A=1; echo $A'", "y\n1\n"},
    {"f() { for i in 1 2; do for j in 1 2; do return 6; done; done; }; f; echo $?", "6\n"},
    {"until [ \"$n\" = xxx ]; do n=x$n; done; echo $n", "xxx\n"},
    {"echo a;# comment\necho b # another\necho c#d", "a\nb\nc#d\n"},
    {"echo \"a\nb\" \\\nc", "a\nb c\n"},
    {"true &&\necho next\nfalse ||\necho line", "next\nline\n"},
    {"x=$(false); echo $?; y=$(exit 9) true; echo $?", "1\n0\n"},
    {"echo ${x:-$(echo nested ${y:-deep})}", "nested deep\n"},
    {"yes | head -n 1000 | tail -n 1", "y\n"},
};

static void run(const char *script, const char *want)
{
    static char got[4096];
    int quiet = CHECK_OK(open("/dev/null", O_WRONLY));

    ut_capture(script, quiet, got, sizeof(got));
    close(quiet);
    if (strcmp(got, want) != 0)
        ut_fail(__FILE__, __LINE__, "sh -c '%s' printed '%s', not '%s'", script, got, want);
}

int main(void)
{
    ut_enter_folder();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run(cases[i].script, cases[i].output);
    ut_leave_folder();
    return ut_result();
}
