/* Jobs: the processes of one pipeline, in a process group of their own when a person types. The
 * terminal belongs to one group at a time: to the job in the foreground, else to the shell. ^C and
 * ^Z go to whoever has it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <util.h>

#include "jobs.h"
#include "sh.h"

struct process {
    pid_t pid;
    int status; /* of wait4, once done or stopped */
    bool done, stopped;
    struct process *next; /* the one started before it */
};

struct job {
    int number;  /* 0 until it is in the background */
    pid_t group; /* its first process */
    struct process *processes;
    char *source;
    bool reported; /* its present state */
    struct job *next;
};

static struct job *jobs; /* newest first */
static bool not_ours;    /* we are in a subshell: the table is our parent's */

static const int job_signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGTERM};

static void set_signals(sighandler_t handler)
{
    for (size_t i = 0; i < sizeof(job_signals) / sizeof(job_signals[0]); i++)
        signal(job_signals[i], handler);
}

/* Become a shell that controls jobs: the leader of the terminal's foreground group. */
void jobs_init(void)
{
    set_signals(SIG_IGN);
    setpgid(0, 0); /* fails for a session's leader, which leads a group already */
    job_control = tcsetpgrp(0, getpgrp()) == 0;
    edit_keep_modes();
}

void jobs_forget(void)
{
    not_ours = true;
}

static void drop_inherited(void)
{
    if (!not_ours)
        return;
    jobs = NULL;
    not_ours = false;
}

struct job *job_new(const char *source)
{
    drop_inherited();
    struct job *j = calloc(1, sizeof(*j));
    if (!j || !(j->source = strdup(source)))
        abort();
    j->next = jobs;
    jobs = j;
    return j;
}

static void job_free(struct job *job)
{
    struct job **link = &jobs;

    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    for (struct process *p = job->processes, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    free(job->source);
    free(job);
}

/* Both the parent and the child set the group and the terminal: whoever comes first, it is done
 * before either needs it. */
static void join_job(struct job *job, pid_t pid, bool foreground)
{
    if (!job_control)
        return;
    setpgid(pid, job->group ? job->group : pid);
    if (foreground)
        tcsetpgrp(0, job->group ? job->group : pid);
}

/* The child's part of job_fork. */
static void become_job(struct job *job, bool foreground)
{
    join_job(job, getpid(), foreground);
    if (job_control) {
        if (foreground)
            edit_leave();
        set_signals(SIG_DFL);
        if (foreground)
            edit_newline();
    } else if (!foreground) { /* ^C reaches our whole group: it is not for this one */
        signal(SIGINT, SIG_IGN);
        signal(SIGQUIT, SIG_IGN);
    }
    interactive = job_control = false;
    jobs_forget();
}

/* The signals that the shell ignores are blocked meanwhile: one that comes before the child is
 * ready waits, and is not lost. */
pid_t job_fork(struct job *job, bool foreground)
{
    sigset_t all, before;

    fflush(stdout);
    if (!foreground)
        edit_newline();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid == 0)
        become_job(job, foreground);
    else if (pid > 0)
        join_job(job, pid, foreground);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid == 0)
        return 0;
    if (pid < 0) {
        complain("fork: %s", strerror(errno));
        return pid;
    }
    if (job_control && foreground)
        edit_handed_over();
    struct process *p = calloc(1, sizeof(*p));
    if (!p)
        abort();
    *p = (struct process){.pid = pid, .next = job->processes};
    job->processes = p;
    if (!job->group)
        job->group = pid;
    return pid;
}

static bool is_done(const struct job *job)
{
    for (struct process *p = job->processes; p; p = p->next)
        if (!p->done)
            return false;
    return true;
}

static bool is_stopped(const struct job *job)
{
    bool any = false;

    for (struct process *p = job->processes; p; p = p->next) {
        if (!p->done && !p->stopped)
            return false;
        any |= p->stopped;
    }
    return any;
}

/* $? of a job: that of its last process. */
static int job_status(const struct job *job)
{
    int status = job->processes ? job->processes->status : 0;

    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    return 128 + (WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
}

/* Wait for news of any child and note it. False if there is none. */
static bool collect(int options)
{
    int status;
    pid_t pid = waitpid(-1, &status, WUNTRACED | options);

    if (pid <= 0)
        return false;
    for (struct job *job = jobs; job && !not_ours; job = job->next)
        for (struct process *p = job->processes; p; p = p->next)
            if (p->pid == pid) {
                p->status = status;
                p->stopped = WIFSTOPPED(status);
                p->done = !p->stopped;
                job->reported = false;
            }
    return true;
}

static void describe(const struct job *job, bool with_pid)
{
    char state[48];
    int status = job->processes ? job->processes->status : 0;

    if (is_stopped(job))
        strcpy(state, "Stopped");
    else if (!is_done(job))
        strcpy(state, "Running");
    else if (WIFSIGNALED(status))
        strlcpy(state, strsignal(WTERMSIG(status)), sizeof(state));
    else if (WEXITSTATUS(status))
        snprintf(state, sizeof(state), "Exit %d", WEXITSTATUS(status));
    else
        strcpy(state, "Done");
    printf("[%d] ", job->number);
    if (with_pid)
        printf("%d ", job->group);
    printf("%-12s %s\n", state, job->source);
    fflush(stdout);
}

static int free_number(void)
{
    int number = 1;

    for (struct job *j = jobs; j; j = j->next)
        if (j->number >= number)
            number = j->number + 1;
    return number;
}

void job_background(struct job *job, bool announce)
{
    if (!job->number)
        job->number = free_number();
    if (announce)
        fprintf(stderr, "[%d] %d\n", job->number, job->group);
    job->reported = true;
}

int job_wait(struct job *job)
{
    while (!is_done(job) && !is_stopped(job) && collect(0))
        ;
    int status = job_status(job), raw = job->processes ? job->processes->status : 0;
    if (job_control) {
        tcsetpgrp(0, getpgrp());
        if (WIFEXITED(raw))
            edit_keep_modes();
        else
            edit_restore_modes();
    }
    if (is_stopped(job)) {
        job_background(job, false);
        fputc('\n', stdout);
        describe(job, false);
        return status;
    }
    if (WIFSIGNALED(raw) && job_control) {
        int sig = WTERMSIG(raw);
        interrupted = sig == SIGINT;
        if (sig == SIGINT)
            fputs("\n", stderr);
        else if (sig != SIGPIPE)
            fprintf(stderr, "%s\n", strsignal(sig));
    }
    job_free(job);
    return status;
}

void jobs_update(bool report)
{
    while (collect(WNOHANG))
        ;
    for (struct job *j = jobs, *next; j && !not_ours; j = next) {
        next = j->next;
        if (report && !j->reported && (is_done(j) || is_stopped(j)))
            describe(j, false);
        j->reported = true;
        if (is_done(j))
            job_free(j);
    }
}

/* The job that %1, %%, %+ or a process id names; no name: the newest that is stopped, else the
 * newest. */
static struct job *find_job(const char *name)
{
    struct job *newest = NULL;
    int number = name && *name == '%' ? atoi(name + 1) : 0;

    for (struct job *j = jobs; j; j = j->next) {
        if (name && (number ? j->number == number : *name != '%' && j->group == atoi(name)))
            return j;
        if (j->number && (!newest || (is_stopped(j) && !is_stopped(newest))))
            newest = j;
    }
    bool current = !name || strcmp(name, "%%") == 0 || strcmp(name, "%+") == 0;
    if (!newest || !current)
        complain("%s: no such job", name ? name : "current");
    return current ? newest : NULL;
}

int builtin_jobs(int argc, char **argv)
{
    bool pids = argc > 1 && strcmp(argv[1], "-p") == 0,
         both = argc > 1 && strcmp(argv[1], "-l") == 0;

    if (!not_ours)
        while (collect(WNOHANG))
            ;
    for (int number = 1; number < free_number(); number++)
        for (struct job *j = jobs; j; j = j->next) {
            if (j->number != number)
                continue;
            if (pids)
                printf("%d\n", j->group);
            else
                describe(j, both);
        }
    return 0;
}

/* fg and bg. */
int builtin_fg(int argc, char **argv)
{
    bool foreground = argv[0][0] == 'f';
    struct job *job = find_job(argc > 1 ? argv[1] : NULL);

    if (!job || !job_control)
        return 1;
    for (struct process *p = job->processes; p; p = p->next)
        p->stopped = false;
    if (foreground) {
        tcsetpgrp(0, job->group);
        edit_leave();
    }
    printf(foreground ? "%s\n" : "%s &\n", job->source);
    fflush(stdout);
    killpg(job->group, SIGCONT);
    return foreground ? job_wait(job) : 0;
}

/* Wait until the job is done; a person may end the waiting by ^C. */
static int wait_done(struct job *job)
{
    while (!is_done(job)) {
        if (!job_control) {
            if (!collect(0))
                break;
        } else if (!collect(WNOHANG) && edit_interrupted(20)) {
            interrupted = true;
            return 130;
        }
    }
    int status = job_status(job);
    job_free(job);
    return status;
}

int builtin_wait(int argc, char **argv)
{
    int status = 0;

    drop_inherited();
    for (int i = 1; i < argc && !interrupted; i++) {
        struct job *job = find_job(argv[i]);
        status = job ? wait_done(job) : 127;
    }
    for (struct job *j = jobs, *next; argc == 1 && j && !interrupted; j = next) {
        next = j->next;
        if (!is_stopped(j))
            wait_done(j);
    }
    return interrupted ? 130 : status;
}

/* As the program, and with %job. */
int builtin_kill(int argc, char **argv)
{
    int sig = SIGTERM, i = 1, status = 0;

    if (argc > 1 && argv[1][0] == '-' && argv[1][1] != '-') {
        const char *name = argv[i++] + 1;
        if (strcmp(name, "s") == 0 && i < argc)
            name = argv[i++];
        for (sig = 1; strcmp(name, "l") == 0 && sig_name(sig); sig++)
            printf("%2d %s\n", sig, sig_name(sig));
        if (strcmp(name, "l") == 0)
            return 0;
        sig = sig_number(name);
    }
    if (i < argc && strcmp(argv[i], "--") == 0)
        i++;
    if (sig < 0 || i == argc) {
        complain("usage: kill [-SIGNAL] PID|%%JOB...");
        return 2;
    }
    for (; i < argc; i++) {
        struct job *job = argv[i][0] == '%' ? find_job(argv[i]) : NULL;
        char *end = argv[i];
        pid_t pid = job ? (job_control ? -job->group : job->group)
                        : (pid_t)strtol(argv[i], &end, 10);
        if (argv[i][0] != '%' && (*end || end == argv[i])) { /* as 0 it would mean ourselves */
            complain("kill: %s is neither a process nor a job", argv[i]);
            status = 1;
            continue;
        }
        bool stopped = job && is_stopped(job);
        if ((argv[i][0] == '%' && !job) || kill(pid, sig) < 0) {
            complain("kill: %s: %s", argv[i], strerror(errno));
            status = 1;
        } else if (stopped && (sig == SIGTERM || sig == SIGHUP)) {
            kill(pid, SIGCONT); /* or it would not notice before it is continued */
        }
    }
    return status;
}
