/* Catches: named pipes whose open does not wait for the other side, or waits for ever. */
#include <fcntl.h>
#include <sys/stat.h>

#include "ut.h"

int main(void)
{
    char c = 0;
    int status;
    struct stat st;

    ut_enter_folder();
    CHECK_OK(mkfifo("f", 0644));
    CHECK_ERR(mkfifo("f", 0644), EEXIST);
    CHECK_OK(stat("f", &st));
    CHECK(S_ISFIFO(st.st_mode));
    CHECK_ERR(open("f", O_WRONLY | O_NONBLOCK), ENXIO); /* nobody reads */

    pid_t pid = fork();
    if (pid == 0) {
        ut_sleep_ms(30);
        int fd = CHECK_OK(open("f", O_WRONLY));
        CHECK_EQ(write(fd, "x", 1), 1);
        _exit(ut_result());
    }
    int fd = CHECK_OK(open("f", O_RDONLY)); /* waits for the writer */
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK_EQ(c, 'x');
    CHECK_EQ(read(fd, &c, 1), 0);
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    close(fd);

    fd = CHECK_OK(open("f", O_RDONLY | O_NONBLOCK)); /* does not wait */
    CHECK_EQ(read(fd, &c, 1), 0);
    int out = CHECK_OK(open("f", O_WRONLY));
    CHECK_ERR(read(fd, &c, 1), EAGAIN);
    CHECK_EQ(write(out, "y", 1), 1);
    CHECK_EQ(read(fd, &c, 1), 1);
    close(out);
    close(fd);
    unlink("f");
    ut_leave_folder();
    return ut_result();
}
