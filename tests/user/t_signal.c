/* Catches: signals that go to the wrong process, or do not do their default action; that are lost
 * while blocked or delivered while ignored; sigaction and sigprocmask that do not remember.
 * Handlers are another test's business. */
#include <stdint.h>

#include "ut.h"

static int idle(void *arg)
{
    (void)arg;
    ut_sleep_ms(100000);
    return 0;
}

static pid_t spawn(int (*fn)(void *), void *arg)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn(arg));
    return pid;
}

/* Every signal whose default action ends the process, sent by the process itself. */
static int raise_it(void *sig)
{
    raise((int)(intptr_t)sig);
    return 7;
}

static void default_actions(void)
{
    static const int fatal[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                SIGFPE,  SIGKILL, SIGUSR1,   SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM,
                                SIGTERM, SIGXCPU, SIGVTALRM, SIGPROF, SIGIO,   SIGSYS,  40};
    static const int harmless[] = {SIGCHLD, SIGCONT, SIGURG, SIGWINCH};

    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        CHECK_SIGNAL(ut_child(raise_it, (void *)(intptr_t)fatal[i]), fatal[i]);
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
        CHECK_EXIT(ut_child(raise_it, (void *)(intptr_t)harmless[i]), 7);
}

static int ignore_it(void *arg)
{
    (void)arg;
    signal(SIGTERM, SIG_IGN);
    CHECK_OK(raise(SIGTERM));
    CHECK_OK(kill(getpid(), SIGTERM));
    signal(SIGTERM, SIG_DFL); /* what was ignored does not come back */
    return 0;
}

/* Blocked, a signal waits; setting it to ignore drops it. */
static int block_it(void *arg)
{
    sigset_t set, old;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    CHECK_OK(sigprocmask(SIG_BLOCK, &set, &old));
    CHECK_EQ(sigismember(&old, SIGTERM), 0);
    CHECK_OK(raise(SIGTERM));
    CHECK_OK(raise(SIGTERM));
    if (arg)
        signal(SIGTERM, SIG_IGN);
    CHECK_OK(sigprocmask(SIG_UNBLOCK, &set, NULL)); /* now it comes */
    return ut_failures ? 1 : 9;
}

static void masks(void)
{
    sigset_t set, now;

    CHECK_SIGNAL(ut_child(block_it, NULL), SIGTERM);
    CHECK_EXIT(ut_child(block_it, &set), 9);
    sigfillset(&set);
    CHECK_OK(sigprocmask(SIG_SETMASK, &set, NULL));
    CHECK_OK(sigprocmask(SIG_BLOCK, NULL, &now));
    CHECK_EQ(sigismember(&now, SIGUSR1), 1);
    CHECK_EQ(sigismember(&now, SIGKILL), 0); /* these two cannot be blocked */
    CHECK_EQ(sigismember(&now, SIGSTOP), 0);
    sigemptyset(&set);
    CHECK_OK(sigprocmask(SIG_SETMASK, &set, NULL));
    CHECK_ERR(sigprocmask(99, &set, NULL), EINVAL);
    CHECK_ERR(sigprocmask(SIG_BLOCK, ut_pointer(8), NULL), EFAULT);
}

static void actions(void)
{
    struct sigaction act = {.sa_handler = SIG_IGN, .sa_flags = SA_RESTART}, old;

    CHECK_OK(sigaction(SIGUSR2, &act, &old));
    CHECK(old.sa_handler == SIG_DFL);
    CHECK_OK(sigaction(SIGUSR2, NULL, &old));
    CHECK(old.sa_handler == SIG_IGN && (old.sa_flags & SA_RESTART));
    signal(SIGUSR2, SIG_DFL);
    CHECK_ERR(sigaction(SIGKILL, &act, NULL), EINVAL);
    CHECK_ERR(sigaction(SIGSTOP, &act, NULL), EINVAL);
    CHECK_ERR(sigaction(0, &act, NULL), EINVAL);
    CHECK_ERR(sigaction(65, &act, NULL), EINVAL);
    CHECK_OK(sigaction(SIGKILL, NULL, &old)); /* asking is allowed */
}

static void errors(void)
{
    CHECK_ERR(kill(getpid(), 65), EINVAL);
    CHECK_ERR(kill(getpid(), -1), EINVAL);
    CHECK_ERR(kill(1 << 22, SIGTERM), ESRCH);
    CHECK_ERR(kill(-(1 << 22), SIGTERM), ESRCH);
    CHECK_OK(kill(getpid(), 0));
    CHECK_ERR(tgkill(getpid(), 1 << 22, 0), ESRCH);
    CHECK_ERR(tgkill(1, gettid(), 0), ESRCH); /* no thread of that process */
    CHECK_ERR(tgkill(0, gettid(), 0), EINVAL);
    CHECK_ERR(tkill(-1, 0), EINVAL);
    CHECK_OK(tkill(gettid(), 0));
    CHECK_OK(tgkill(getpid(), gettid(), 0));
}

/* A signal to a group reaches its members and nobody else. */
static void groups(void)
{
    int status;
    pid_t a = spawn(idle, NULL), b = spawn(idle, NULL), c = spawn(idle, NULL);

    CHECK_OK(setpgid(a, a));
    CHECK_OK(setpgid(b, a));
    CHECK_OK(killpg(a, SIGUSR1));
    CHECK_EQ(waitpid(a, &status, 0), a);
    CHECK_SIGNAL(status, SIGUSR1);
    CHECK_EQ(waitpid(b, &status, 0), b);
    CHECK_SIGNAL(status, SIGUSR1);
    CHECK_EQ(waitpid(c, &status, WNOHANG), 0);
    kill(c, SIGKILL);
    waitpid(c, &status, 0);
    CHECK_ERR(killpg(a, 0), ESRCH);
}

/* What waits without end can be killed: a pipe, a child, a sleep, a stopped process. */
static int wait_on_pipe(void *arg)
{
    int fds[2];
    char c;

    (void)arg;
    pipe(fds);
    return (int)read(fds[0], &c, 1);
}

static int wait_on_child(void *arg)
{
    pid_t pid = spawn(idle, arg);

    if (write(*(int *)arg, &pid, sizeof(pid)) == sizeof(pid))
        waitpid(pid, NULL, 0);
    return 0;
}

static void killable(void)
{
    int status, fds[2];
    pid_t grandchild;

    pid_t pid = spawn(wait_on_pipe, NULL);
    ut_sleep_ms(20);
    CHECK_OK(kill(pid, SIGTERM));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_SIGNAL(status, SIGTERM);
    CHECK_OK(pipe(fds));
    pid = spawn(wait_on_child, &fds[1]);
    CHECK_EQ(read(fds[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
    CHECK_OK(kill(pid, SIGKILL));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_SIGNAL(status, SIGKILL);
    CHECK_OK(kill(grandchild, SIGKILL));
    close(fds[0]);
    close(fds[1]);
}

/* A sleep that is stopped and continued goes on with the time that was left. */
static int sleep_half_second(void *arg)
{
    struct timespec ts = {0, 500000000};

    (void)arg;
    return nanosleep(&ts, NULL) == 0 ? 0 : errno;
}

static void stopped_sleep(void)
{
    int status;
    long start = ut_now_ms();
    pid_t pid = spawn(sleep_half_second, NULL);

    ut_sleep_ms(50);
    CHECK_OK(kill(pid, SIGSTOP));
    CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_OK(kill(pid, SIGCONT));
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EXIT(status, 0);
    CHECK(ut_now_ms() - start >= 490);
}

static int stop_self(void *arg)
{
    (void)arg;
    return raise(SIGSTOP);
}

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

/* A group that has long been orphaned hears nothing when one more of its members ends beside a
 * stopped one: SIGHUP goes to a group that *becomes* orphaned. */
static int lead_session(void *arg)
{
    int status;

    (void)arg;
    CHECK(setsid() > 0);
    pid_t stopped = spawn(stop_self, NULL);
    CHECK_EQ(waitpid(stopped, &status, WUNTRACED), stopped);
    CHECK(WIFSTOPPED(status));
    CHECK_EXIT(ut_child(nothing, NULL), 0);
    CHECK_EQ(waitpid(stopped, &status, WNOHANG | WCONTINUED), 0);
    CHECK_OK(kill(stopped, SIGKILL));
    CHECK_EQ(waitpid(stopped, &status, 0), stopped);
    return ut_failures ? 1 : 0;
}

int main(void)
{
    default_actions();
    CHECK_EXIT(ut_child(lead_session, NULL), 0);
    CHECK_EXIT(ut_child(ignore_it, NULL), 0);
    masks();
    actions();
    errors();
    groups();
    killable();
    stopped_sleep();
    return ut_result();
}
