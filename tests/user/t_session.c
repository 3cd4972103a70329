/* Catches: process groups and sessions that mix: setpgid and setsid must refuse what would let a
 * process join a group of another session, or leave the session that it leads. */
#include "ut.h"

static int new_session(void *arg)
{
    (void)arg;
    CHECK_EQ(setsid(), getpid());
    CHECK_EQ(getsid(0), getpid());
    CHECK_EQ(getpgrp(), getpid());
    CHECK_ERR(setsid(), EPERM); /* it leads a group already */
    CHECK_ERR(setpgid(0, 0), EPERM);
    CHECK_ERR(setpgid(0, getppid()), EPERM); /* a group of another session */
    return 0;
}

static int own_group(void *arg)
{
    (void)arg;
    CHECK_OK(setpgid(0, 0));
    CHECK_EQ(getpgrp(), getpid());
    CHECK_ERR(setsid(), EPERM);
    CHECK_OK(setpgid(0, getpgid(getppid()))); /* back into the parent's */
    CHECK_EQ(setsid(), getpid());
    return 0;
}

int main(void)
{
    CHECK_EXIT(ut_child(new_session, NULL), 0);
    CHECK_EXIT(ut_child(own_group, NULL), 0);
    CHECK_ERR(setpgid(1 << 22, 0), ESRCH);
    CHECK_ERR(setpgid(getppid(), 0), ESRCH); /* no child of ours */
    CHECK_ERR(setpgid(0, -1), EINVAL);
    CHECK_ERR(getpgid(1 << 22), ESRCH);
    CHECK_ERR(getsid(1 << 22), ESRCH);

    /* After its execve a child's group can no longer be set. */
    int fds[2];
    char c;
    CHECK_OK(pipe(fds));
    pid_t pid = fork();
    if (pid == 0) {
        dup2(fds[1], 1);
        close(fds[0]);
        close(fds[1]);
        execl("/bin/sh", "sh", "-c", "echo x; sleep 100", NULL);
        _exit(127);
    }
    close(fds[1]);
    CHECK_EQ(read(fds[0], &c, 1), 1);
    CHECK_ERR(setpgid(pid, pid), EACCES);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fds[0]);
    return ut_result();
}
