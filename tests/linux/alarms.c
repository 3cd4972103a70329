/* Would catch: interval timers that do not ring, ring once too often, are inherited by a child or
 * measure the wrong clock; waitid that reaps what it should leave, or tells the wrong story. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t rung;

static void ring(int sig)
{
    (void)sig;
    rung++;
}

static void set(int which, long first_us, long interval_us)
{
    struct itimerval value = {{0, interval_us}, {0, first_us}};
    rung = 0;
    printf("setitimer: %d\n", setitimer(which, &value, NULL));
}

static void real_time(void)
{
    struct itimerval left;
    signal(SIGALRM, ring);
    set(ITIMER_REAL, 2000, 2000);
    while (rung < 5)
        pause();
    printf("intervals rang\n");
    getitimer(ITIMER_REAL, &left);
    printf("runs: %d, interval %ld\n", left.it_value.tv_usec > 0 && left.it_value.tv_usec <= 2000,
           (long)left.it_interval.tv_usec);
    set(ITIMER_REAL, 0, 0);
    printf("stopped, alarm: %u", alarm(100));
    printf(" then %u\n", alarm(0));
    if (fork() == 0) {
        getitimer(ITIMER_REAL, &left);
        _exit(left.it_value.tv_sec || left.it_value.tv_usec);
    }
    int status;
    wait(&status);
    printf("child has none: %d\n", status == 0);
    struct itimerval bad = {{0, 0}, {0, 1000000}};
    int result = setitimer(ITIMER_REAL, &bad, NULL);
    printf("bad value: %d %s\n", result, strerror(errno));
    result = setitimer(3, &left, NULL);
    printf("bad timer: %d %s\n", result, strerror(errno));
}

/* Only what we compute counts: the timers ring though nobody sleeps. */
static void cpu_time(int which, int sig, const char *name)
{
    signal(sig, ring);
    set(which, 10000, 10000);
    while (rung < 2)
        ;
    set(which, 0, 0);
    printf("%s rang\n", name);
}

static void tell(const char *what, int idtype, id_t id, int options)
{
    siginfo_t info;
    memset(&info, 0, sizeof(info));
    int result = waitid(idtype, id, &info, options);
    printf("%s: %d%s%s, ours %d, code %d, status %d, SIGCHLD %d\n", what, result,
           result ? " " : "", result ? strerror(errno) : "",
           info.si_pid != 0, info.si_code, info.si_status, info.si_signo == SIGCHLD);
}

static void waits(void)
{
    pid_t child = fork();
    if (child == 0) {
        raise(SIGSTOP);
        _exit(9);
    }
    tell("stopped, left", P_PID, child, WSTOPPED | WNOWAIT);
    tell("stopped", P_PID, child, WSTOPPED);
    tell("nothing new", P_PID, child, WSTOPPED | WNOHANG);
    kill(child, SIGCONT);
    tell("exited, left", P_ALL, 0, WEXITED | WNOWAIT);
    tell("exited", P_PGID, 0, WEXITED);
    tell("nobody", P_ALL, 0, WEXITED);
    tell("no event", P_ALL, 0, 0);
    tell("bad type", 9, 0, WEXITED);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    puts("BEGIN");
    real_time();
    cpu_time(ITIMER_VIRTUAL, SIGVTALRM, "virtual");
    cpu_time(ITIMER_PROF, SIGPROF, "prof");
    waits();
    puts("END");
    return 0;
}
