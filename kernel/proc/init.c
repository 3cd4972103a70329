/* Process 1: how the first program comes to run, and what its end means.
 */
#include "proc/init.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/wait.h"
#include "debug/assert.h"
#include "fs/fdtable.h"
#include "fs/path.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "proc/exec.h"
#include "proc/pgrp.h"
#include "proc/proc_priv.h"
#include "proc/signal.h"
#include "x86/power.h"

enum { INIT_WORDS = 32, INIT_WORD_BYTES = CMDLINE_MAX };

struct process *init_process;

/* argv and envp of process 1: pointers into one copy of the command line. */
static struct {
    char text[INIT_WORD_BYTES + 256];
    size_t used;
    const char *argv[INIT_WORDS + 2], *envp[INIT_WORDS + 3];
    unsigned argc, envc;
} words;

/* Words that are for the kernel. All others are for process 1 (kernel-parameters, "The kernel
 * parses parameters ..."): so whoever teaches the kernel a new word adds it here. */
static bool is_kernel_word(const char *word)
{
    static const char *const known[] = {
        "check", "console",  "crash", "init",  "ktest",    "lastlog",
        "panic", "panic_at", "quiet", "sched", "watchdog", "wx",
    };
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
        if (strlen(known[i]) == len && strncmp(known[i], word, len) == 0)
            return true;
    }
    return false;
}

/* Of words whose values are a closed set, and whose owners look only for what they know: say so
 * when there is another. A misspelt check=lokc that is silently nothing costs an afternoon. */
static void warn_of_unknown_values(void)
{
    static const struct {
        const char *name, *values; /* divided by commas */
    } closed[] = {{"check", "lock,poison"}, {"panic", "reboot"}, {"wx", "allow"}};
    char item[32];
    for (unsigned i = 0; i < ARRAY_SIZE(closed); i++) {
        if (cmdline_list_strange(closed[i].name, closed[i].values, item, sizeof item))
            klog_warn("%s=%s is not known; it can be %s", closed[i].name, item, closed[i].values);
    }
}

static const char *keep(const char *word)
{
    size_t size = strlen(word) + 1;
    if (size > sizeof words.text - words.used)
        return NULL;
    char *copy = words.text + words.used;
    memcpy(copy, word, size);
    words.used += size;
    return copy;
}

/* A setting of the same name that is there already gives way. */
static void add_env(const char *word)
{
    const char *equals = strchr(word, '=');
    size_t len = (size_t)(equals - word) + 1;
    unsigned i = 0;
    while (i < words.envc && strncmp(words.envp[i], word, len) != 0)
        i++;
    const char *copy = i < ARRAY_SIZE(words.envp) - 1 ? keep(word) : NULL;
    if (!copy)
        return;
    words.envp[i] = copy;
    if (i == words.envc)
        words.envc++;
}

static void add_arg(const char *word)
{
    const char *copy = words.argc < ARRAY_SIZE(words.argv) - 1 ? keep(word) : NULL;
    if (copy)
        words.argv[words.argc++] = copy;
}

static void sort_words(void)
{
    static char word[CMDLINE_MAX];
    const char *pos = NULL;
    bool rest = false; /* after `--` everything is an argument */
    words.argc = 1;    /* argv[0] comes later */
    warn_of_unknown_values();
    add_env("HOME=/");
    add_env("TERM=linux");
    while (cmdline_next(&pos, word, sizeof word)) {
        if (!rest && strcmp(word, "--") == 0)
            rest = true;
        else if (!rest && is_kernel_word(word))
            continue;
        else if (!rest && strchr(word, '='))
            add_env(word);
        else
            add_arg(word);
    }
}

/* Descriptors 0, 1 and 2. Without a console they stay closed, as on Linux. */
static void open_console(void)
{
    struct file *f;
    int err = file_open(AT_FDCWD, "/dev/console", O_RDWR | O_NOCTTY, 0, &f);
    if (err) {
        klog_warn("init: cannot open /dev/console: error %d", -err);
        return;
    }
    for (int fd = 0; fd < 3; fd++) {
        if (fd_add(file_get(f), 0, false) != fd)
            klog_warn("init: descriptor %d is not the console", fd);
    }
    file_put(f);
}

static bool try_program(const char *path)
{
    words.argv[0] = path;
    int err = process_exec_kernel(path, words.argv, words.envp);
    if (err && err != -ENOENT)
        klog_warn("init: cannot run %s: error %d", path, -err);
    return err == 0;
}

static void run_program(void)
{
    static const char *const usual[] = {"/init", "/bin/init", "/sbin/init", "/bin/sh"};
    static char asked[CMDLINE_MAX];
    if (cmdline_get("init", asked, sizeof asked)) {
        if (!try_program(asked))
            panic("init=%s cannot be run", asked);
        return;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(usual); i++) {
        if (try_program(usual[i]))
            return;
    }
    panic("nothing to run: no /init, /bin/init, /sbin/init or /bin/sh in the initrd");
}

/* As many processes as fit into a part of memory: a process costs about PROCESS_BYTES (stacks,
 * page tables, first pages). */
static void set_default_limits(struct limits *limits)
{
    enum { PROCESS_BYTES = 128 * 1024, PART = 2, LEAST = 32 };
    struct frame_stats mem;
    frame_stats(&mem);
    u64 n = MAX(mem.total * PAGE_SIZE / PROCESS_BYTES / PART, (u64)LEAST);
    n = MIN(n, (u64)PID_MAX / 2);
    limits->rlim[RLIMIT_NPROC] = (struct rlimit){n, n};
}

/* The running kernel thread becomes the only thread of process 1, in session 0 and group 0, which
 * nobody leads: setsid(2) then works for it, as programs written for Linux expect. */
static void become_process(void)
{
    struct thread *t = thread_current();
    struct process *p = process_alloc(NULL);
    struct session *s = session_alloc();
    struct pgrp *g = pgrp_alloc();
    t->files = files_create();
    t->fsctx = fsctx_copy(NULL);
    if (!p || !s || !g || !t->files || !t->fsctx)
        panic("no memory for process 1");
    t->cred = cred_get(&root_cred);
    set_default_limits(&p->limits);
    init_process = p;
    spin_lock(&proc_lock);
    pgrp_link(g, 0, s);
    process_link(p, NULL, g, t);
    spin_unlock(&proc_lock);
    ASSERT(p->pid == PID_INIT);
}

/* Returns to user mode, since process_exec_kernel has given the thread a user side. */
static void init_main(void *arg)
{
    (void)arg;
    become_process();
    open_console();
    sort_words();
    run_program();
}

void init_start(void)
{
    struct thread *t = thread_create_init(init_main, NULL);
    if (!t)
        panic("no memory for process 1");
    thread_run(t);
    thread_put(t);
}

void init_ended(int wait_status)
{
    if (WIFEXITED(wait_status))
        klog("process 1 ended: exit status %d", WEXITSTATUS(wait_status));
    else
        klog("process 1 ended: killed by %s", signal_name(WTERMSIG(wait_status)));
    klog_finish();
    power_off(wait_status == 0 ? POWER_SUCCESS : POWER_INIT_FAILED);
}
