/* The runner of the in-guest tests, as process 1 of a machine of their own: each program /tests/t_*
 * in a process of its own, in the order of their names. Results go to the second serial port as
 * KTAP, every line behind the nonce that the command line brought, so that no program can forge
 * one.
 *
 *     /tests/runner [NAME...]      environment: nonce=X, tests=PATTERN, repeat=N
 *
 * Before and after each test it counts what exists in the machine. What is left over has leaked,
 * if it is so each time: a first run may fill caches, so a suspect runs up to three times. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <lucid.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <util.h>

#define LIMIT_MS     120000 /* of guest time, for one test */
#define OUTPUT_MAX   8192   /* of a test's output, from its start */
#define SETTLE_TRIES 50
#define LEAK_RUNS    3
#define SKIP_STATUS  77

struct outcome {
    int status; /* of wait */
    bool timeout;
    char output[OUTPUT_MAX];
    size_t len;
};

static const char *nonce = "-";
static int port; /* where results go */

__attribute__((format(printf, 1, 2))) static void report(const char *fmt, ...)
{
    char line[600];
    va_list ap;
    int n = snprintf(line, sizeof(line) - 1, "%s ", nonce);

    va_start(ap, fmt);
    vsnprintf(line + n, sizeof(line) - 1 - (size_t)n, fmt, ap);
    va_end(ap);
    strcat(line, "\n");
    write(port, line, strlen(line));
}

static void report_output(struct outcome *o)
{
    char *rest = o->output;

    o->output[o->len] = '\0';
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            report("# %.500s", line);
}

static long now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* End what the test left running, and collect it. As process 1 we are the parent of all orphans. */
static void clean_up(pid_t group)
{
    kill(getpid() == 1 ? -1 : -group, SIGKILL);
    while (wait(NULL) > 0 || errno == EINTR)
        ;
}

/* Take what the test has written; false at the end. */
static bool take_output(int fd, struct outcome *o)
{
    char buf[512];
    ssize_t n = read(fd, buf, sizeof(buf));

    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    size_t room = OUTPUT_MAX - 1 - o->len;
    size_t kept = (size_t)n < room ? (size_t)n : room;
    memcpy(o->output + o->len, buf, kept);
    o->len += kept;
    return true;
}

/* Until the test ends: take its output, and bury orphans, whose parent process 1 is. */
static void watch(pid_t child, int fd, struct outcome *o)
{
    long deadline = now_ms() + LIMIT_MS;
    struct pollfd in = {.fd = fd, .events = POLLIN};
    bool ended = false;
    int status;

    while (!ended && !o->timeout) {
        o->timeout = now_ms() > deadline;
        if (poll(&in, 1, 5) > 0 && !take_output(fd, o))
            in.fd = -1; /* closed; it may still have to end */
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
            if (pid == child) {
                o->status = status;
                ended = true;
            }
    }
    while (poll(&in, 1, 0) > 0 && take_output(fd, o))
        ;
}

static void run_once(const char *path, struct outcome *o)
{
    int fds[2];

    o->len = 0;
    o->timeout = false;
    o->status = 0xff00;
    if (pipe2(fds, O_CLOEXEC) < 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        setsid();
        dup2(open("/dev/null", O_RDONLY), 0);
        dup2(fds[1], 1);
        dup2(fds[1], 2);
        chdir("/");
        execl(path, path, NULL);
        dprintf(2, "%s: %s\n", path, strerror(errno));
        _exit(127);
    }
    close(fds[1]);
    watch(child, fds[0], o);
    close(fds[0]);
    if (o->timeout)
        kill(child, SIGKILL);
    clean_up(child);
}

/* Frames that are free or hold slabs: a slab stays as long as one of its objects lives, so that
 * the objects are counted, and not the slabs that they happen to lie in. */
static uint64_t frames_available(const struct lucid_stats *s)
{
    return s->frames_free + s->slab_frames;
}

/* What the machine has more of than before, as text; false: nothing. */
static bool find_leak(const struct lucid_stats *before, char *text, size_t size)
{
    struct lucid_stats now = *before;

    for (int i = 0; i < SETTLE_TRIES; i++) {
        if (lucid_stats(&now, LUCID_STATS_SETTLE) < 0)
            return false; /* another kernel */
        if (frames_available(&now) >= frames_available(before) &&
            now.slab_objects <= before->slab_objects && now.inodes <= before->inodes &&
            now.files <= before->files && now.processes <= before->processes &&
            now.threads <= before->threads && now.vm_objects <= before->vm_objects)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
    const struct {
        const char *name;
        int64_t more;
    } counts[] = {
        {"frames", (int64_t)(frames_available(before) - frames_available(&now))},
        {"slab objects", (int64_t)(now.slab_objects - before->slab_objects)},
        {"inodes", (int64_t)(now.inodes - before->inodes)},
        {"files", (int64_t)(now.files - before->files)},
        {"processes", (int64_t)(now.processes - before->processes)},
        {"threads", (int64_t)(now.threads - before->threads)},
        {"vm objects", (int64_t)(now.vm_objects - before->vm_objects)},
        {"page-table frames", (int64_t)(now.pagetable_frames - before->pagetable_frames)},
    };
    strlcpy(text, "leaks", size);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].more > 0)
            snprintf(text + strlen(text), size - strlen(text), " %ld %s,", counts[i].more,
                     counts[i].name);
    text[strlen(text) - 1] = '\0';
    return true;
}

/* Run a test and report it; true if it passed. */
static bool run_test(int number, const char *name)
{
    static struct outcome o;
    struct lucid_stats before;
    char path[300], leak[300];
    bool leaks = true;

    snprintf(path, sizeof(path), "/tests/%s", name);
    report("# running %s", name);
    for (int run = 0; leaks && run < LEAK_RUNS; run++) {
        memset(&before, 0, sizeof(before));
        bool counted = lucid_stats(&before, LUCID_STATS_SETTLE) == 0;
        run_once(path, &o);
        if (o.timeout || o.status != 0)
            break;
        leaks = counted && find_leak(&before, leak, sizeof(leak));
    }
    if (!o.timeout && WIFEXITED(o.status) && WEXITSTATUS(o.status) == SKIP_STATUS) {
        o.output[o.len] = '\0';
        o.output[strcspn(o.output, "\n")] = '\0';
        report("ok %d %s # SKIP %.400s", number, name, o.output);
        return true;
    }
    if (o.timeout || o.status != 0)
        report_output(&o);
    if (o.timeout)
        report("not ok %d %s # TIMEOUT after %d s", number, name, LIMIT_MS / 1000);
    else if (WIFSIGNALED(o.status))
        report("not ok %d %s # ended by SIG%s", number, name, sig_name(WTERMSIG(o.status)));
    else if (o.status != 0)
        report("not ok %d %s # exit status %d", number, name, WEXITSTATUS(o.status));
    else if (leaks)
        report("not ok %d %s # %s", number, name, leak);
    else
        report("ok %d %s", number, name);
    return !o.timeout && o.status == 0 && !leaks;
}

static int is_test(const struct dirent *entry)
{
    const char *pattern = getenv("tests");

    return strncmp(entry->d_name, "t_", 2) == 0 &&
           (!pattern || fnmatch(pattern, entry->d_name, 0) == 0);
}

/* The tests to run: the arguments, or all that there are. */
static int find_tests(int argc, char **argv, char ***names)
{
    struct dirent **entries;

    if (argc > 1) {
        *names = argv + 1;
        return argc - 1;
    }
    int count = scandir("/tests", &entries, is_test, alphasort);
    *names = calloc(count > 0 ? (size_t)count : 1, sizeof(char *));
    for (int i = 0; i < count; i++)
        (*names)[i] = entries[i]->d_name;
    return count;
}

int main(int argc, char **argv)
{
    static char **names; /* until the end */
    int count = find_tests(argc, argv, &names);
    int repeat = getenv("repeat") ? atoi(getenv("repeat")) : 1, failed = 0;

    if (getenv("nonce"))
        nonce = getenv("nonce");
    port = open("/dev/ttyS1", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (port < 0)
        port = fcntl(1, F_DUPFD_CLOEXEC, 10);
    setenv("PATH", "/bin", 1);
    report("KTAP version 1");
    report("1..%d", count * repeat);
    for (int round = 0, number = 1; round < repeat; round++)
        for (int i = 0; i < count; i++)
            failed += !run_test(number++, names[i]);
    return failed || count == 0 ? 1 : 0;
}
