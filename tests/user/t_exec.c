/* Catches: execve that loses arguments or environment, keeps what must go (mappings, close-on-exec
 * descriptors), loses what must stay (pid, umask, folder, other descriptors), destroys the old
 * program when it fails, or takes what is not a program. The test runs itself with an argument. */
#include <fcntl.h>
#include <limits.h>
#include <sys/auxv.h>
#include <sys/stat.h>

#include "ut.h"

static const char *self;

/* Run ourselves with these arguments in a child; its status. */
static int run_self(char *const argv[], char *const envp[])
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        execve(self, argv, envp);
        _exit(99);
    }
    waitpid(pid, &status, 0);
    return status;
}

static void arguments(void)
{
    char *argv[] = {"name", "args", "", "a b", "\xff\x01", NULL};
    char *envp[] = {"A=1", "EMPTY=", "NOEQUALS", NULL};

    CHECK_EXIT(run_self(argv, envp), 0);
    char *none[] = {NULL};
    char *only_name[] = {"none", "noenv", NULL};
    CHECK_EXIT(run_self(only_name, none), 0);
}

static int check_arguments(int argc, char **argv, char **envp)
{
    CHECK_EQ(argc, 5);
    CHECK(strcmp(argv[0], "name") == 0 && strcmp(argv[2], "") == 0);
    CHECK(strcmp(argv[3], "a b") == 0 && strcmp(argv[4], "\xff\x01") == 0);
    CHECK(argv[5] == NULL);
    CHECK(strcmp(envp[0], "A=1") == 0 && strcmp(envp[1], "EMPTY=") == 0);
    CHECK(strcmp(envp[2], "NOEQUALS") == 0 && envp[3] == NULL);
    return ut_result();
}

/* Descriptor 50 has close-on-exec, 51 has not. */
static void descriptors(void)
{
    char *argv[] = {"name", "fds", NULL};
    int fd = CHECK_OK(open("/dev/null", O_RDONLY));

    CHECK_OK(dup3(fd, 50, O_CLOEXEC));
    CHECK_OK(dup2(fd, 51));
    CHECK_EXIT(run_self(argv, environ), 0);
    close(50);
    close(51);
    close(fd);
}

static int check_descriptors(void)
{
    CHECK_ERR(fcntl(50, F_GETFD), EBADF);
    CHECK_EQ(fcntl(51, F_GETFD), 0);
    return ut_result();
}

/* The process stays the same: pid, parent, folder, umask, ignored signals. */
static void identity(void)
{
    char pid_text[16], *argv[] = {"name", "identity", pid_text, NULL};
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        umask(051);
        chdir("/tmp");
        signal(SIGUSR1, SIG_IGN);
        snprintf(pid_text, sizeof(pid_text), "%d", getpid());
        execve(self, argv, environ);
        _exit(99);
    }
    waitpid(pid, &status, 0);
    CHECK_EXIT(status, 0);
}

static int check_identity(const char *pid)
{
    char cwd[PATH_MAX];
    struct sigaction act;

    CHECK_EQ(getpid(), atoi(pid));
    CHECK_EQ(umask(0), 051);
    CHECK(getcwd(cwd, sizeof(cwd)) && strcmp(cwd, "/tmp") == 0);
    CHECK_OK(sigaction(SIGUSR1, NULL, &act));
    CHECK(act.sa_handler == SIG_IGN);
    return ut_result();
}

static void write_file(const char *name, const void *data, size_t len, mode_t mode)
{
    int fd = CHECK_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, mode));

    CHECK_EQ(write(fd, data, len), len);
    close(fd);
}

/* Each failure leaves the caller as it was. */
static void failures(void)
{
    char *argv[] = {"x", NULL};
    static char long_name[PATH_MAX + 10];

    ut_enter_folder();
    CHECK_ERR(execve("missing", argv, environ), ENOENT);
    CHECK_ERR(execve("", argv, environ), ENOENT);
    CHECK_ERR(execve("/tmp", argv, environ), EACCES);
    CHECK_ERR(execve("/dev/null/x", argv, environ), ENOTDIR);
    memset(long_name, 'x', sizeof(long_name) - 1);
    CHECK_ERR(execve(long_name, argv, environ), ENAMETOOLONG);
    write_file("plain", "echo\n", 5, 0644);
    CHECK_ERR(execve("plain", argv, environ), EACCES);
    write_file("text", "no program\n", 11, 0755);
    CHECK_ERR(execve("text", argv, environ), ENOEXEC);
    write_file("empty", "", 0, 0755);
    CHECK_ERR(execve("empty", argv, environ), ENOEXEC);
    write_file("cut", "\177ELF\2\1\1", 7, 0755);
    CHECK_ERR(execve("cut", argv, environ), ENOEXEC);
    CHECK_ERR(execve(self, ut_pointer(8), environ), EFAULT);
    CHECK_ERR(execve(self, argv, ut_pointer(0xffff800000000000)), EFAULT);
    char *bad[] = {"x", ut_pointer(16), NULL};
    CHECK_ERR(execve(self, bad, environ), EFAULT);
    unlink("plain");
    unlink("text");
    unlink("empty");
    unlink("cut");
    ut_leave_folder();
}

/* One string may have 128 KiB, all together a quarter of the stack's limit. */
static void too_long(void)
{
    size_t size = MAX_ARG_STRLEN + 1;
    char *big = malloc(size);
    char *argv[] = {"name", "length", big, NULL};

    if (!big)
        abort();
    memset(big, 'x', size);
    big[size - 1] = '\0'; /* with its NUL one byte too many */
    CHECK_ERR(execve(self, argv, environ), E2BIG);
    big[size - 2] = '\0';
    CHECK_EXIT(run_self(argv, environ), 0);
    char **many = calloc(100, sizeof(char *));
    for (int i = 0; many && i < 99; i++)
        many[i] = big; /* 13 MB: more than any limit in use */
    CHECK_ERR(execve(self, many, environ), E2BIG);
    free(many);
    free(big);
}

/* The old program's memory is gone, the auxiliary vector is there. */
static int check_start(void)
{
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK_EQ(getauxval(AT_CLKTCK), 100);
    CHECK_EQ(getauxval(AT_SECURE), 0);
    CHECK_EQ(getauxval(AT_UID), getuid());
    CHECK_EQ(getauxval(AT_EUID), geteuid());
    CHECK_EQ(getauxval(AT_GID), getgid());
    CHECK_EQ(getauxval(AT_EGID), getegid());
    CHECK_EQ(getauxval(AT_PHENT), 56);
    CHECK(getauxval(AT_PHDR) == 0x400000 + 64);
    CHECK(getauxval(AT_PHNUM) >= 3);
    CHECK(getauxval(AT_ENTRY) > 0x400000 && getauxval(AT_ENTRY) < 0x500000);
    const char *name = (const char *)getauxval(AT_EXECFN);
    CHECK(name && strcmp(name, self) == 0);
    const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
    CHECK(random != NULL);
    unsigned char sum = 0;
    for (int i = 0; random && i < 16; i++)
        sum |= random[i];
    CHECK(sum != 0);
    return ut_result();
}

int main(int argc, char **argv, char **envp)
{
    static char link[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);

    link[n > 0 ? n : 0] = '\0';
    self = n > 0 ? link : "/tests/t_exec";
    const char *mode = argc > 1 ? argv[1] : "";
    if (strcmp(mode, "args") == 0)
        return check_arguments(argc, argv, envp);
    if (strcmp(mode, "noenv") == 0)
        return envp[0] != NULL;
    if (strcmp(mode, "fds") == 0)
        return check_descriptors();
    if (strcmp(mode, "identity") == 0)
        return check_identity(argv[2]);
    if (strcmp(mode, "length") == 0)
        return strlen(argv[2]) != MAX_ARG_STRLEN - 1;
    if (strcmp(mode, "start") == 0)
        return check_start();
    arguments();
    descriptors();
    identity();
    failures();
    too_long();
    char *start[] = {"name", "start", NULL};
    CHECK_EXIT(run_self(start, environ), 0);
    return ut_result();
}
