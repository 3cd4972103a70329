/* Would catch: a handler that gets the wrong siginfo, registers or stack; a frame that loses
 * floating-point state or the mask; queued signals out of order; SA_ flags without effect. Signals
 * from kill, tgkill, sigqueue, a fault and a child; alternate stack; sigsuspend, sigtimedwait;
 * EINTR and SA_RESTART; siglongjmp out of handlers. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static siginfo_t last;
static sigjmp_buf out;

static void note(int sig, siginfo_t *info, void *context)
{
    (void)sig, (void)context;
    caught++;
    last = *info;
}

static void install(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    sigaction(sig, &act, NULL);
    caught = 0;
}

static void senders(void)
{
    install(SIGUSR1, note, 0);
    kill(getpid(), SIGUSR1);
    printf("kill: %d, code %d, ours %d\n", caught, last.si_code, last.si_pid == getpid());
    raise(SIGUSR1);
    printf("raise: %d, code %d\n", caught, last.si_code);
    union sigval value = {.sival_int = 4711};
    sigqueue(getpid(), SIGUSR1, value);
    printf("sigqueue: %d, code %d, value %d\n", caught, last.si_code, last.si_value.sival_int);
}

/* The instruction is two bytes long. */
static void step_over(int sig, siginfo_t *info, void *context)
{
    note(sig, info, context);
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void write_to(char *p)
{
    asm volatile("mov %%eax, (%%rdi)" : : "D"(p), "a"(0) : "memory");
    printf("fault: %d, code %d, address right %d\n", caught, last.si_code, last.si_addr == p);
}

static void faults(void)
{
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    install(SIGSEGV, step_over, 0);
    write_to(p);
    munmap(p, 4096);
    write_to(p);
    install(SIGILL, step_over, 0);
    asm volatile("ud2");
    printf("ud2: %d, code %d\n", caught, last.si_code);
    signal(SIGSEGV, SIG_DFL);
}

static void jump(int sig)
{
    siglongjmp(out, sig);
}

static void jumps(void)
{
    volatile int zero = 0;
    signal(SIGFPE, jump);
    for (int i = 0; i < 3; i++) { /* the mask must come back each time */
        int sig = sigsetjmp(out, 1);
        if (!sig)
            printf("%d\n", 1 / zero);
        printf("jumped out of %d\n", sig);
    }
}

/* Overwrites every register that a sum in progress may be in. */
static void compute(int sig)
{
    volatile double d = sig;
    for (int i = 0; i < 20; i++)
        d = d * 1.5 + i;
    char bytes[256];
    memset(bytes, sig, sizeof(bytes));
    caught += bytes[7] == sig;
}

static void floating_point(void)
{
    double sum = 0.5;
    pid_t self = getpid();
    signal(SIGUSR2, compute);
    caught = 0;
    for (int i = 1; i <= 10; i++) {
        double term = sum / i;
        kill(self, SIGUSR2);
        sum += term * 1.25;
    }
    printf("sum %.12g after %d handlers\n", sum, caught);
}

static char other_stack[65536];

static void on_other_stack(int sig)
{
    char here;
    stack_t now;
    sigaltstack(NULL, &now);
    printf("other stack: %d, in use: %d\n",
           &here >= other_stack && &here < other_stack + sizeof(other_stack),
           now.ss_flags == SS_ONSTACK);
    siglongjmp(out, sig);
}

static int recurse(int depth)
{
    volatile char frame[4096];
    frame[0] = (char)depth;
    return depth < 1 << 20 ? recurse(depth + 1) + frame[0] : 0;
}

static void overflow(void)
{
    stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof(other_stack)}, old;
    struct sigaction act = {.sa_handler = on_other_stack, .sa_flags = SA_ONSTACK};
    sigaltstack(&stack, &old);
    printf("before: disabled %d\n", old.ss_flags == SS_DISABLE);
    sigaction(SIGSEGV, &act, NULL);
    if (sigsetjmp(out, 1) == 0)
        recurse(0);
    stack.ss_size = 100;
    printf("too small: %d", sigaltstack(&stack, NULL));
    printf(" %s\n", strerror(errno));
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    signal(SIGSEGV, SIG_DFL);
}

static void queued(void)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 3; i++) {
        union sigval value = {.sival_int = i * 10};
        sigqueue(getpid(), SIGRTMIN + 1, value);
        sigqueue(getpid(), SIGUSR2, value); /* pending once, with the first value */
    }
    for (int i = 0; i < 4; i++) {
        int sig = sigwaitinfo(&set, &info);
        printf("taken: %s %d\n", sig == SIGUSR2 ? "standard" : "real-time",
               info.si_value.sival_int);
    }
    struct timespec soon = {0, 1000000};
    printf("then: %d", sigtimedwait(&set, &info, &soon));
    printf(" %s\n", strerror(errno));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void children(void)
{
    int status;
    install(SIGCHLD, note, 0);
    pid_t child = fork();
    if (child == 0)
        _exit(7);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    printf("child: ours %d, code %d, status %d\n", last.si_pid == child, last.si_code,
           last.si_status);
    child = fork();
    if (child == 0) {
        signal(SIGTERM, SIG_DFL);
        raise(SIGTERM);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    printf("child: code %d, status %d\n", last.si_code, last.si_status);
    signal(SIGCHLD, SIG_DFL);
}

static int told[2]; /* the handler says so here */

static void tell(int sig)
{
    (void)sig;
    caught++;
    if (write(told[1], "!", 1) != 1)
        _exit(1);
}

static void wait_until_asleep(pid_t pid)
{
    char name[64], text[64] = "", state = 0;
    snprintf(name, sizeof(name), "/proc/%d/stat", pid);
    while (state != 'S') {
        FILE *f = fopen(name, "r");
        if (!f || !fgets(text, sizeof(text), f))
            _exit(2);
        fclose(f);
        state = strrchr(text, ')')[2];
        usleep(1000);
    }
}

/* A child sends the signal when we sleep in read, and a byte when the handler has run. */
static void interrupted_read(const char *what, int flags)
{
    struct sigaction act = {.sa_handler = tell, .sa_flags = flags};
    int data[2];
    char c = 0;
    pid_t self = getpid();
    if (pipe(data) || pipe(told))
        exit(1);
    sigaction(SIGUSR1, &act, NULL);
    caught = 0;
    pid_t child = fork();
    if (child == 0) {
        wait_until_asleep(self);
        kill(self, SIGUSR1);
        _exit(read(told[0], &c, 1) != 1 || write(data[1], "x", 1) != 1);
    }
    ssize_t n = read(data[0], &c, 1);
    printf("%s: read %zd%s%s, handlers %d\n", what, n, n < 0 ? " " : "",
           n < 0 ? strerror(errno) : "", caught);
    waitpid(child, NULL, 0);
    close(data[0]);
    close(data[1]);
    close(told[0]);
    close(told[1]);
}

static void masks(void)
{
    sigset_t usr1, none, now;
    sigemptyset(&none);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    install(SIGUSR1, note, 0);
    sigprocmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1);
    printf("blocked: %d\n", caught);
    int r = sigsuspend(&none);
    printf("sigsuspend: %d %s, handlers %d\n", r, strerror(errno), caught);
    sigprocmask(SIG_SETMASK, &none, &now);
    printf("blocked again: %d\n", sigismember(&now, SIGUSR1));
    install(SIGUSR2, note, SA_RESETHAND);
    raise(SIGUSR2);
    struct sigaction act;
    sigaction(SIGUSR2, NULL, &act);
    printf("reset: %d\n", act.sa_handler == SIG_DFL);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0); /* children inherit no text */
    puts("BEGIN");
    senders();
    faults();
    jumps();
    floating_point();
    overflow();
    queued();
    children();
    interrupted_read("plain", 0);
    interrupted_read("restart", SA_RESTART);
    masks();
    puts("END");
    return 0;
}
