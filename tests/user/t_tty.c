/* Catches: a terminal that confuses its modes, its foreground group or its session: background
 * readers that are not stopped, strangers that may take it, a /dev/tty without a terminal. Typing
 * is the console test's business. The terminal is a new one where there are pseudo-terminals, else
 * the serial console. */
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "ut.h"

#define TIOCGPTN   0x80045430
#define TIOCSPTLCK 0x40045431

static int tty, master = -1;

static void open_terminal(void)
{
    int number, unlock = 0;
    char name[32] = "/dev/ttyS0";

    master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    if (master >= 0) {
        CHECK_OK(ioctl(master, TIOCSPTLCK, &unlock));
        CHECK_OK(ioctl(master, TIOCGPTN, &number));
        snprintf(name, sizeof(name), "/dev/pts/%d", number);
    }
    tty = (int)CHECK_OK(open(name, O_RDWR | O_NOCTTY));
}

static void modes(void)
{
    struct termios saved, t;
    int fds[2];

    CHECK_EQ(isatty(tty), 1);
    CHECK_OK(tcgetattr(tty, &saved));
    CHECK(saved.c_lflag & ICANON);
    CHECK(saved.c_lflag & ISIG);
    CHECK_EQ(saved.c_cc[VINTR], 3);
    CHECK_EQ(saved.c_cc[VEOF], 4);
    CHECK_EQ(saved.c_cc[VSUSP], 26);
    t = saved;
    cfmakeraw(&t);
    t.c_cc[VMIN] = 0;
    t.c_cc[VTIME] = 1;
    for (int when = TCSANOW; when <= TCSAFLUSH; when++) {
        CHECK_OK(tcsetattr(tty, when, &t));
        CHECK_OK(tcgetattr(tty, &t));
        CHECK_EQ(t.c_lflag & (ICANON | ECHO | ISIG), 0);
        CHECK_EQ(t.c_oflag & OPOST, 0);
        CHECK_EQ(t.c_cc[VTIME], 1);
        CHECK_OK(tcsetattr(tty, when, &saved));
    }
    CHECK_OK(tcgetattr(tty, &t));
    CHECK(memcmp(&t, &saved, sizeof(t)) == 0);
    CHECK_ERR(ioctl(tty, TCGETS, ut_pointer(8)), EFAULT);
    CHECK_ERR(ioctl(tty, TCSETS, ut_pointer(8)), EFAULT);
    CHECK_ERR(ioctl(tty, 0x9999, 0), ENOTTY);
    CHECK_OK(pipe(fds));
    CHECK_ERR(tcgetattr(fds[0], &t), ENOTTY);
    CHECK_EQ(isatty(fds[1]), 0);
    close(fds[0]);
    close(fds[1]);
    CHECK_ERR(tcgetattr(99, &t), EBADF);
}

static void window(void)
{
    struct winsize saved, ws = {.ws_row = 33, .ws_col = 111};

    CHECK_OK(ioctl(tty, TIOCGWINSZ, &saved));
    CHECK_OK(ioctl(tty, TIOCSWINSZ, &ws));
    ws.ws_row = 0;
    CHECK_OK(ioctl(tty, TIOCGWINSZ, &ws));
    CHECK_EQ(ws.ws_row, 33);
    CHECK_EQ(ws.ws_col, 111);
    CHECK_OK(ioctl(tty, TIOCSWINSZ, &saved));
}

static void not_seekable(void)
{
    char c;

    CHECK_ERR(lseek(tty, 0, SEEK_CUR), ESPIPE);
    CHECK_ERR(pread(tty, &c, 1, 0), ESPIPE);
    CHECK_ERR(ftruncate(tty, 0), EINVAL);
    CHECK_EQ(write(tty, "", 0), 0);
    struct pollfd p = {.fd = tty, .events = POLLIN | POLLOUT};
    CHECK_EQ(poll(&p, 1, 1000), 1);
    CHECK_EQ(p.revents, POLLOUT); /* nobody has typed */
}

/* A child in a group of its own, in the background, does something with the terminal. */
static int in_background(int (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        setpgid(0, 0);
        _exit(fn());
    }
    setpgid(pid, pid);
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    if (WIFSTOPPED(status)) {
        int ignored;
        kill(pid, SIGKILL);
        waitpid(pid, &ignored, 0);
    }
    return status;
}

static int read_it(void)
{
    char c;

    return (int)read(tty, &c, 1);
}

static int write_it(void)
{
    return write(tty, " ", 1) == 1 ? 5 : 1;
}

static int change_it(void)
{
    struct termios t;

    tcgetattr(tty, &t);
    return tcsetattr(tty, TCSANOW, &t);
}

static int take_it(void)
{
    return tcsetpgrp(tty, getpgrp());
}

static int read_ignoring(void)
{
    char c;

    signal(SIGTTIN, SIG_IGN);
    return read(tty, &c, 1) == -1 && errno == EIO ? 6 : 1;
}

static int take_ignoring(void)
{
    signal(SIGTTOU, SIG_IGN);
    return tcsetpgrp(tty, getpgrp()) == 0 && tcgetpgrp(tty) == getpgrp() ? 7 : 1;
}

#define CHECK_STOPPED(status, sig) CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == (sig))

static void background(void)
{
    struct termios t;
    pid_t us = getpgrp();

    CHECK_STOPPED(in_background(read_it), SIGTTIN);
    CHECK_STOPPED(in_background(change_it), SIGTTOU);
    CHECK_STOPPED(in_background(take_it), SIGTTOU);
    CHECK_EXIT(in_background(read_ignoring), 6);
    CHECK_EXIT(in_background(write_it), 5); /* writing is free */
    CHECK_OK(tcgetattr(tty, &t));
    t.c_lflag |= TOSTOP;
    CHECK_OK(tcsetattr(tty, TCSANOW, &t));
    CHECK_STOPPED(in_background(write_it), SIGTTOU); /* unless TOSTOP */
    t.c_lflag &= ~(tcflag_t)TOSTOP;
    CHECK_OK(tcsetattr(tty, TCSANOW, &t));
    CHECK_EXIT(in_background(take_ignoring), 7);
    signal(SIGTTOU, SIG_IGN); /* now it is we who are in the background */
    CHECK_OK(tcsetpgrp(tty, us));
    signal(SIGTTOU, SIG_DFL);
    CHECK_EQ(tcgetpgrp(tty), us);
}

/* In a session that leads the terminal. Its members are children of the session's leader, so that
 * their groups are not orphaned. */
static int leader(void *arg)
{
    (void)arg;
    CHECK_EQ(setsid(), getpid());
    CHECK_ERR(open("/dev/tty", O_RDWR), ENXIO);
    CHECK_ERR(tcgetpgrp(tty), ENOTTY);
    CHECK_OK(ioctl(tty, TIOCSCTTY, 1));
    CHECK_EQ(tcgetpgrp(tty), getpid());
    pid_t sid = 0;
    CHECK_OK(ioctl(tty, TIOCGSID, &sid));
    CHECK_EQ(sid, getpid());
    int fd = CHECK_OK(open("/dev/tty", O_RDWR));
    CHECK_EQ(tcgetpgrp(fd), getpid());
    close(fd);
    CHECK_ERR(tcsetpgrp(tty, getppid()), EPERM); /* a group of another session, or none */
    CHECK_ERR(tcsetpgrp(tty, -1), EINVAL);
    background();
    return 0;
}

/* When the leader ends, the foreground group is hung up. */
static int leader_that_ends(void *arg)
{
    int *fds = arg;

    setsid();
    CHECK_OK(ioctl(tty, TIOCSCTTY, 1));
    pid_t pid = fork();
    if (pid == 0) {
        pid_t me = getpid();
        write(fds[1], &me, sizeof(me));
        ut_sleep_ms(60000);
        _exit(1);
    }
    ut_sleep_ms(50);
    return 0;
}

static void hang_up(void)
{
    int fds[2];
    pid_t orphan = 0;
    char c;

    CHECK_OK(pipe(fds));
    long start = ut_now_ms();
    CHECK_EXIT(ut_child(leader_that_ends, fds), 0);
    CHECK_EQ(read(fds[0], &orphan, sizeof(orphan)), sizeof(orphan));
    close(fds[1]);
    CHECK_EQ(read(fds[0], &c, 1), 0); /* SIGHUP has ended it, so the pipe has no writer */
    CHECK(ut_now_ms() - start < 30000);
    close(fds[0]);
}

int main(void)
{
    open_terminal();
    modes();
    window();
    not_seekable();
    CHECK_EXIT(ut_child(leader, NULL), 0);
    close(tty);
    if (master >= 0)
        close(master);
    open_terminal(); /* after its session's end the old one may be dead */
    hang_up();
    close(tty);
    return ut_result();
}
