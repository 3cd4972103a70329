/* Catches: a kernel that crashes, hangs or leaks when a program passes nonsense. Every call of
 * abi/syscalls.def is made with every kind of bad value in each argument, in children that may die
 * of it; the machine must live on. Calls that would end the test instead of testing the kernel
 * (fork, exit, kill and the like) are left out by name. */
#include <fcntl.h>
#include <sys/mman.h>

#include "ut.h"

enum kind { K_VALUE, K_POINTER, K_STRING };

#define FD(x)                  K_VALUE
#define INT(x)                 K_VALUE
#define UINT(x)                K_VALUE
#define LONG(x)                K_VALUE
#define ULONG(x)               K_VALUE
#define SIZE(x)                K_VALUE
#define OFF(x)                 K_VALUE
#define MODE(x)                K_VALUE
#define PID(x)                 K_VALUE
#define FLAGS(x)               K_VALUE
#define PATH(x)                K_STRING
#define STR(x)                 K_STRING
#define IN(x)                  K_POINTER
#define OUT(x)                 K_POINTER
#define INOUT(x)               K_POINTER
#define VADDR(x)               K_POINTER
#define NOARGS                 -1
#define SYSCALL(nr, name, ...) {nr, #name, {__VA_ARGS__, -1}},

static const struct {
    int nr;
    const char *name;
    int kinds[8];
} calls[] = {
#include "abi/syscalls.def"
};

#define CALLS (int)(sizeof(calls) / sizeof(calls[0]))

/* Not for random values: what ends the caller or others, waits, or changes another process. */
static const char *const left_out[] = {
    "fork",   "vfork", "clone",         "exit",  "exit_group",      "rt_sigreturn",
    "kill",   "tkill", "tgkill",        "poll",  "prlimit64",       "sync",
    "execve", "pause", "rt_sigsuspend", "alarm", "rt_sigtimedwait",
};

static bool is_left_out(const char *name)
{
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
        if (strcmp(name, left_out[i]) == 0)
            return true;
    return false;
}

static unsigned long values[] = {
    0,         1,    2,   77, -1ul, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
    1ul << 63, 4095, 4097};

static unsigned long pointers[] = {
    0,                  /* null */
    8,                  /* nearly null */
    0x7ffffffff000,     /* the first address that is not the user's */
    0x7ffffffffff8,     /* crosses into what is not canonical */
    0x800000000000,     /* not canonical */
    0xffff800000000000, /* the kernel's */
    0xffffffff80000000, /* its code */
    0xfffffffffffffff8, /* wraps */
    0,                  /* read-only memory:      filled in by main */
    0,                  /* inaccessible memory */
    0,                  /* the last bytes of a page with nothing behind it */
    0,                  /* good memory */
};

#define COUNT(a) (int)(sizeof(a) / sizeof((a)[0]))

static void make_memory(void)
{
    char *p = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    memset(p + 4 * 4096, 'x', 4096); /* a string without an end is at its end */
    memset(p + 3 * 4096 - 4, 'x', 4);
    mprotect(p, 4096, PROT_READ);
    mprotect(p + 4096, 4096, PROT_NONE);
    munmap(p + 3 * 4096, 4096);
    pointers[8] = (unsigned long)p;
    pointers[9] = (unsigned long)p + 4096;
    pointers[10] = (unsigned long)p + 3 * 4096 - 4;
    pointers[11] = (unsigned long)p + 2 * 4096;
}

/* Simple and repeatable: the same seed makes the same calls. */
static unsigned long seed;

static unsigned int next_random(unsigned int below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned int)(seed >> 33) % below;
}

static unsigned long pick(int kind)
{
    if (kind == K_VALUE)
        return values[next_random(COUNT(values))];
    return pointers[next_random(COUNT(pointers))];
}

/* In a child: call number i many times. Memory that it unmaps, descriptors that it closes and
 * limits that it sets are its own. */
static void fuzz_one(int i)
{
    unsigned long a[6] = {0};

    char name[] = "/tmp/ut-XXXXXX";
    int file = mkstemp(name);
    unlink(name);
    for (int fd = 0; fd < 3; fd++)
        dup2(file, fd);
    chdir("/proc"); /* where nothing can be made */
    for (int round = 0; round < 100; round++) {
        for (int k = 0, end = 0; k < 6; k++) {
            end |= calls[i].kinds[k] < 0;
            a[k] = end ? next_random(2) * 0xdeadbeef : pick(calls[i].kinds[k]);
        }
        syscall(calls[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    _exit(0);
}

/* Each pointer argument in turn is bad, the others are good: where the call looks at it at all, the
 * answer is an error, never a death. */
static void bad_pointers(int i)
{
    char *good = (char *)pointers[11];

    for (int k = 0; k < 6 && calls[i].kinds[k] >= 0; k++) {
        if (calls[i].kinds[k] == K_VALUE)
            continue;
        for (int p = 1; p < 8; p++) {
            unsigned long a[6];
            for (int j = 0; j < 6; j++)
                a[j] = calls[i].kinds[j] == K_VALUE ? 0 : (unsigned long)good;
            a[k] = pointers[p];
            syscall(calls[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        }
    }
    _exit(0);
}

static bool has_pointer(int i)
{
    for (int k = 0; k < 6 && calls[i].kinds[k] >= 0; k++)
        if (calls[i].kinds[k] != K_VALUE)
            return strcmp(calls[i].name, "clone") != 0; /* which would make a process */
    return false;
}

static void in_child(void (*fn)(int), int i)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        fn(i);
    for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited++) {
        usleep(1000);
        if (waited == 10000) { /* some calls wait by right: a read, say */
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
    }
    /* A child may end by its own doing (it unmapped its code), but not by a signal that means that
     * the kernel lost control; and the next line must be reached. */
    if (WIFSIGNALED(status))
        CHECK(WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGKILL ||
              WTERMSIG(status) == SIGPIPE || WTERMSIG(status) == SIGXFSZ ||
              WTERMSIG(status) == SIGBUS || WTERMSIG(status) == SIGXCPU);
}

int main(void)
{
    make_memory();
    for (int i = 0; i < CALLS; i++) {
        seed = (unsigned long)calls[i].nr + 1;
        if (!is_left_out(calls[i].name))
            in_child(fuzz_one, i);
        if (has_pointer(i))
            in_child(bad_pointers, i);
    }
    /* Numbers that no call has. */
    static const long numbers[] = {-1, 9999, 999, 1002, 0x7fffffff, -4096};
    for (int i = 0; i < COUNT(numbers); i++)
        CHECK_ERR(syscall(numbers[i], 0, 0, 0, 0, 0, 0), ENOSYS);
    CHECK(getpid() > 0);
    return ut_result();
}
