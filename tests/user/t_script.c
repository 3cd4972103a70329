/* Catches: #! scripts that get the wrong arguments or run without an interpreter. */
#include <fcntl.h>
#include <sys/stat.h>

#include "ut.h"

static void make(const char *name, const char *text)
{
    int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0755));

    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_OK(fchmod(fd, 0755));
    close(fd);
}

/* What running name with two arguments prints. */
static bool prints(const char *name, const char *want)
{
    char buf[256] = "";
    int fds[2], status;
    size_t n = 0;

    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        char *argv[] = {"argv0", "one", "two", NULL};
        dup2(fds[1], 1);
        execve(name, argv, environ);
        dprintf(1, "error %s", ut_errno_name(errno));
        _exit(0);
    }
    close(fds[1]);
    for (ssize_t r; (r = read(fds[0], buf + n, sizeof(buf) - 1 - n)) > 0;)
        n += (size_t)r;
    close(fds[0]);
    waitpid(pid, &status, 0);
    if (strcmp(buf, want) == 0)
        return true;
    dprintf(2, "%s printed: %s\n", name, buf);
    return false;
}

int main(void)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[n > 0 ? n : 0] = '\0';
    ut_enter_folder();
    make("plain", "#!/bin/sh\necho \"$0 $1 $2 $#\"\n");
    CHECK(prints("./plain", "./plain one two 2\n")); /* argv[0] is replaced by the name */
    make("option", "#! /bin/sh -e  \nfalse\necho not reached\n");
    CHECK(prints("./option", ""));
    make("words", "#!/bin/echo a b\n"); /* all behind the first word is one argument */
    CHECK(prints("./words", "a b ./words one two\n"));
    make("missing", "#!/no/such/thing\n");
    CHECK(prints("./missing", "error ENOENT"));
    make("nothing", "#!\n");
    CHECK(prints("./nothing", "error ENOEXEC"));
    make("unended", "#!/bin/echo");
    CHECK(prints("./unended", "./unended one two\n"));
    char nested[64];
    snprintf(nested, sizeof(nested), "#!%s/words\n", ut_folder);
    make("nested", nested); /* an interpreter that is a script itself */
    char want[128];
    snprintf(want, sizeof(want), "a b %s/words ./nested one two\n", ut_folder);
    CHECK(prints("./nested", want));
    snprintf(nested, sizeof(nested), "#!%s/loop\n", ut_folder);
    make("loop", nested);
    CHECK(prints("./loop", "error ELOOP"));
    static const char *const names[] = {"plain",   "option",  "words",  "missing",
                                        "nothing", "unended", "nested", "loop"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        CHECK_OK(unlink(names[i]));
    ut_leave_folder();
    return ut_result();
}
