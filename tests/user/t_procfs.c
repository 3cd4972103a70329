/* Catches: files of /proc that do not have Linux's format, or say something false about a process
 * that is known: this one and its children. */
#include <dirent.h>
#include <fcntl.h>
#include <lucid.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <util.h>

#include "ut.h"

static char text[65536];

/* The whole file, as text; its length. */
static size_t slurp(const char *path)
{
    int fd = open(path, O_RDONLY);
    size_t n = 0;

    text[0] = '\0';
    if (fd < 0) {
        ut_fail(__FILE__, __LINE__, "%s: %s", path, ut_errno_name(errno));
        return 0;
    }
    for (ssize_t r; (r = read(fd, text + n, sizeof(text) - 1 - n)) > 0;)
        n += (size_t)r;
    close(fd);
    text[n] = '\0';
    return n;
}

static void own_stat(void)
{
    struct proc_stat ps;
    unsigned int fields = 0;
    char *memory = malloc(1 << 20);

    memset(memory, 1, 1 << 20);

    CHECK_OK(prctl(PR_SET_NAME, "odd) (name"));
    CHECK(proc_read(getpid(), &ps));
    CHECK(strcmp(ps.comm, "odd) (name") == 0);
    CHECK_EQ(ps.state, 'R');
    CHECK_EQ(ps.ppid, getppid());
    CHECK_EQ(ps.pgrp, getpgrp());
    CHECK_EQ(ps.session, getsid(0));
    CHECK_EQ(ps.threads, 1);
    CHECK(ps.vsize > 40000 && ps.rss > 200 && ps.start > 0);
    slurp("/proc/self/stat");
    for (char *p = strrchr(text, ')'); p && (p = strchr(p + 1, ' '));)
        fields++;
    CHECK(fields >= 42); /* 44 with the two before */
    free(memory);
}

static void child_state(void)
{
    struct proc_stat ps = {0};
    pid_t pid = fork();

    if (pid == 0) {
        ut_sleep_ms(100000);
        _exit(0);
    }
    ut_sleep_ms(30);
    CHECK(proc_read(pid, &ps));
    CHECK_EQ(ps.state, 'S');
    kill(pid, SIGSTOP);
    waitpid(pid, NULL, WUNTRACED);
    CHECK(proc_read(pid, &ps));
    CHECK_EQ(ps.state, 'T');
    kill(pid, SIGKILL);
    while (proc_read(pid, &ps) && ps.state != 'Z')
        ut_sleep_ms(1);
    CHECK_EQ(ps.state, 'Z');
    CHECK_EQ(ps.ppid, getpid());
    waitpid(pid, NULL, 0);
    CHECK(!proc_read(pid, &ps));
}

static void own_maps(void)
{
    unsigned long start, end, last = 0, offset;
    char rights[8], path[300];
    int regions = 0, with_code = 0, with_stack = 0;
    char *shared = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    slurp("/proc/self/maps");
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) && *line; regions++) {
        path[0] = '\0';
        int n =
            sscanf(line, "%lx-%lx %7s %lx %*x:%*x %*u %299s", &start, &end, rights, &offset, path);
        CHECK(n >= 4);
        CHECK(start < end && start >= last && start % 4096 == 0);
        CHECK_EQ(strlen(rights), 4);
        last = end;
        if ((unsigned long)own_maps >= start && (unsigned long)own_maps < end) {
            CHECK(strcmp(rights, "r-xp") == 0);
            CHECK(strstr(path, "t_procfs") != NULL);
            with_code++;
        }
        if ((unsigned long)&n >= start && (unsigned long)&n < end) {
            CHECK(strcmp(rights, "rw-p") == 0);
            CHECK(strcmp(path, "[stack]") == 0);
            with_stack++;
        }
        if ((unsigned long)shared == start)
            CHECK_EQ(rights[3], 's');
    }
    CHECK_EQ(with_code, 1);
    CHECK_EQ(with_stack, 1);
    CHECK(regions >= 4);
    munmap(shared, 4096);
}

static void own_files(void)
{
    char link[300] = "", name[64];
    int fd = CHECK_OK(open("/dev/zero", O_RDONLY));

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    CHECK(readlink(name, link, sizeof(link) - 1) > 0);
    CHECK(strcmp(link, "/dev/zero") == 0);
    int again = CHECK_OK(open(name, O_RDONLY));
    close(again);
    close(fd);
    CHECK_ERR(readlink(name, link, sizeof(link)), ENOENT);
    snprintf(name, sizeof(name), "%d", getpid());
    memset(link, 0, sizeof(link));
    CHECK_EQ(readlink("/proc/self", link, sizeof(link)), strlen(name));
    CHECK(strcmp(link, name) == 0);
    memset(link, 0, sizeof(link));
    CHECK(readlink("/proc/self/exe", link, sizeof(link) - 1) > 0);
    CHECK(strcmp(link + strlen(link) - 9, "/t_procfs") == 0);
    size_t n = slurp("/proc/self/cmdline");
    CHECK(n > 8 && text[n - 1] == '\0' && strstr(text, "t_procfs"));
    CHECK_EQ(proc_value("/proc/self/status", "Pid"), getpid());
    CHECK_EQ(proc_value("/proc/self/status", "PPid"), getppid());
    CHECK(proc_value("/proc/self/status", "VmRSS") > 0);
    CHECK_EQ(proc_value("/proc/self/status", "Threads"), 1);
}

static void machine(void)
{
    struct sysinfo si;
    double up, idle;
    int cpus = 0;

    CHECK_OK(sysinfo(&si));
    long total = proc_value("/proc/meminfo", "MemTotal"),
         free = proc_value("/proc/meminfo", "MemFree");
    CHECK(total > 0 && free > 0 && free <= total);
    CHECK(labs(total - (long)(si.totalram * si.mem_unit / 1024)) < 1024);
    CHECK(proc_value("/proc/meminfo", "MemAvailable") > 0);
    CHECK_EQ(proc_value("/proc/meminfo", "SwapTotal") < 0, 0);
    slurp("/proc/uptime");
    char *end;
    up = strtod(text, &end);
    idle = strtod(end, &end);
    CHECK(up >= (double)si.uptime - 1 && up <= (double)si.uptime + 3);
    CHECK(idle >= 0 && strcmp(end, "\n") == 0);
    slurp("/proc/cpuinfo");
    for (char *p = text; (p = strstr(p, "processor\t:")); p++)
        cpus++;
    CHECK_EQ(cpus, get_nprocs());
    CHECK(strstr(text, "flags\t") && strstr(text, "vendor_id\t:"));
    slurp("/proc/stat");
    CHECK(strncmp(text, "cpu  ", 5) == 0 && strstr(text, "\ncpu0 ") && strstr(text, "\nctxt "));
    CHECK(strstr(text, "\nbtime ") != NULL);
    slurp("/proc/loadavg");
    CHECK(strtod(text, &end) >= 0 && *end == ' ');
    slurp("/proc/mounts");
    CHECK(strstr(text, " / ") && strstr(text, " /proc proc "));
    slurp("/proc/version");
    CHECK(strstr(text, " version ") != NULL);
}

static void listing(void)
{
    DIR *dir = opendir("/proc");
    int self = 0, own = 0;

    for (struct dirent *e; dir && (e = readdir(dir));) {
        self += strcmp(e->d_name, "self") == 0;
        own += atoi(e->d_name) == getpid();
    }
    closedir(dir);
    CHECK_EQ(self, 1);
    CHECK_EQ(own, 1);
    CHECK_ERR(open("/proc/4000000/stat", O_RDONLY), ENOENT);
    CHECK_ERR(open("/proc/meminfo", O_WRONLY | O_CREAT | O_EXCL, 0644), EEXIST);
    CHECK_ERR(unlink("/proc/meminfo"), EPERM);
}

/* Read in small pieces, a file gives the same text. */
static void pieces(void)
{
    static char small[65536];
    size_t n = 0, whole = slurp("/proc/self/maps");
    int fd = CHECK_OK(open("/proc/self/maps", O_RDONLY));

    for (ssize_t r; (r = read(fd, small + n, 7)) > 0;)
        n += (size_t)r;
    close(fd);
    CHECK_EQ(n, whole);
    CHECK(memcmp(small, text, n) == 0);
}

static void own_to_lucid(void)
{
    struct lucid_stats stats;
    int vector, page_faults = 0;
    unsigned long count;
    char name[64];

    if (lucid_stats(&stats, 0) < 0)
        return;
    slurp("/proc/traps");
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        CHECK_EQ(sscanf(line, "%d %lu %63[^\n]", &vector, &count, name), 3);
        page_faults += vector == 14 && count > 0;
    }
    CHECK_EQ(page_faults, 1);
    CHECK(stats.frames_free < stats.frames_total && stats.processes >= 2 && stats.threads >= 2);
    CHECK(stats.syscalls > 0 && stats.context_switches > 0 && stats.page_faults > 0);
    CHECK_ERR(lucid_stats(ut_pointer(8), 0), EFAULT);
    CHECK_ERR(lucid_stats(&stats, 0x100), EINVAL);
}

static bool has(const char *path, const char *wanted)
{
    slurp(path);
    return strstr(text, wanted) != NULL;
}

/* The smaller files, each with what is known to be in it. */
static void small_files(void)
{
    unsigned long size, resident;
    char here[200], link[200] = "";
    int entries = 0;

    CHECK_OK(prctl(PR_SET_NAME, "small"));
    CHECK(slurp("/proc/self/comm") == 6 && strcmp(text, "small\n") == 0);
    slurp("/proc/self/statm");
    CHECK_EQ(sscanf(text, "%lu %lu", &size, &resident), 2);
    CHECK(size >= resident && resident > 5);
    CHECK(has("/proc/self/limits", "Max open files "));
    CHECK(has("/proc/self/environ", "=")); /* the first string of it */
    CHECK(has("/proc/filesystems", "nodev\tproc\n"));
    CHECK(has("/proc/slabinfo", "inode"));
    CHECK(has("/proc/cmdline", "init="));
    CHECK(has("/proc/sys/kernel/ostype", "Lucid\n"));
    slurp("/proc/sys/kernel/pid_max");
    CHECK(atoi(text) > getpid());
    CHECK(getcwd(here, sizeof(here)) != NULL);
    CHECK_EQ(readlink("/proc/self/cwd", link, sizeof(link)), strlen(here));
    CHECK(strcmp(link, here) == 0);
    CHECK_EQ(readlink("/proc/self/root", link, sizeof(link)), 1);
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        entries++;
    CHECK(entries >= 2 + 3);
    closedir(dir);
    dir = opendir("/proc/self");
    for (entries = 0; dir && readdir(dir);)
        entries++;
    CHECK(entries >= 2 + 10);
    closedir(dir);
}

/* /proc/sys/kernel/hostname reads and writes what uname says; too long a name is refused. */
static void host_name(void)
{
    struct utsname before, after;
    char longer[100];
    int fd = CHECK_OK(open("/proc/sys/kernel/hostname", O_WRONLY));

    uname(&before);
    CHECK_EQ(write(fd, "renamed\n", 8), 8);
    uname(&after);
    CHECK_EQ(strcmp(after.nodename, "renamed"), 0);
    CHECK(has("/proc/sys/kernel/hostname", "renamed\n"));
    memset(longer, 'x', sizeof(longer));
    CHECK_ERR(write(fd, longer, sizeof(longer)), EINVAL);
    size_t len = strlen(before.nodename);
    CHECK_EQ(write(fd, before.nodename, len), len);
    close(fd);
}

int main(void)
{
    own_stat();
    child_state();
    own_maps();
    own_files();
    machine();
    listing();
    pieces();
    own_to_lucid();
    small_files();
    host_name();
    return ut_result();
}
