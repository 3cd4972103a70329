/* procfs_stat.c: what a process shows of itself, in the formats of Linux's proc(5), which ps, top
 * and others parse. */
#include "fs/path.h"
#include "fs/procfs_priv.h"
#include "mm/slab.h"
#include "vm/vmspace.h"
#include "x86/clock.h"
#include "x86/pte.h"

enum { CLOCK_TICKS = 100, PRIO_NORMAL = 20, SHOW_ARGS_MAX = 1 << 20 };

static u64 ticks(u64 ns)
{
    return ns / (NS_PER_SEC / CLOCK_TICKS);
}

/* False: the process is gone, which the reader is told. */
static bool info_of(struct seq *s, void *arg, struct proc_info *info)
{
    s->error = proc_source->info((pid_t)(uptr)arg, info);
    return s->error == 0;
}

/* Numbers of an address space; all zero for a zombie. */
struct memory {
    u64 size, resident, data; /* pages */
    u64 max_resident;
    vaddr_t arg_start, arg_end, env_start, env_end, brk_start, stack_top;
};

static struct memory memory_of(pid_t pid)
{
    struct memory m = {0};
    struct vmspace *vs = proc_source->vmspace(pid);
    if (!vs)
        return m;
    mutex_lock(&vs->lock);
    m.size = vs->npages;
    m.data = vs->ndata_pages;
    m.arg_start = vs->arg_start;
    m.arg_end = vs->arg_end;
    m.env_start = vs->env_start;
    m.env_end = vs->env_end;
    m.brk_start = vs->brk_start;
    m.stack_top = vs->stack_top;
    mutex_unlock(&vs->lock);
    m.resident = vmspace_rss(vs);
    m.max_resident = vmspace_max_rss(vs);
    vmspace_put(vs);
    return m;
}

/* proc(5), "/proc/pid/stat": 52 fields. What Lucid does not know is 0, as it is on Linux where one
 * may not look. */
void proc_show_stat(struct seq *s, void *arg)
{
    struct proc_info p;
    if (!info_of(s, arg, &p))
        return;
    struct memory m = memory_of(p.pid);
    seq_printf(s, "%d (%s) %c %d %d %d %d %d 0 ", p.pid, p.comm, p.state, p.ppid, p.pgrp, p.sid,
               p.tty_nr, p.tty_nr ? p.tpgid : -1);
    seq_printf(s, "%lu %lu %lu %lu ", p.minflt, p.cminflt, p.majflt, p.cmajflt);
    seq_printf(s, "%lu %lu %lu %lu ", ticks(p.utime_ns), ticks(p.stime_ns), ticks(p.cutime_ns),
               ticks(p.cstime_ns));
    seq_printf(s, "%d %d %u 0 %lu ", PRIO_NORMAL + p.nice, p.nice, p.nthreads, ticks(p.start_ns));
    seq_printf(s, "%lu %lu %lu ", m.size * (u64)PAGE_SIZE, m.resident, p.rss_limit);
    seq_printf(s, "0 0 %lu 0 0 ", m.stack_top); /* startcode endcode startstack kstkesp kstkeip */
    seq_printf(s, "%lu %lu %lu %lu 0 0 0 ", p.sigpending & S32_MAX, p.sigblocked & S32_MAX,
               p.sigignored & S32_MAX, p.sigcaught & S32_MAX);
    seq_printf(s, "17 %d 0 0 0 0 0 ",
               p.cpu); /* exit_signal processor rt_priority policy blkio guest cguest */
    seq_printf(s, "0 0 %lu %lu %lu %lu %lu %d\n", m.brk_start, m.arg_start, m.arg_end, m.env_start,
               m.env_end, p.exit_code);
}

static const char *state_name(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'D':
        return "disk sleep";
    case 'T':
        return "stopped";
    default:
        return "zombie";
    }
}

static void show_memory(struct seq *s, pid_t pid)
{
    struct memory m = memory_of(pid);
    const u64 kb = PAGE_SIZE / 1024;
    if (!m.size)
        return;
    seq_printf(s, "VmSize:\t%8lu kB\nVmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nVmData:\t%8lu kB\n",
               m.size * kb, m.max_resident * kb, m.resident * kb, m.data * kb);
}

void proc_show_status(struct seq *s, void *arg)
{
    struct proc_info p;
    if (!info_of(s, arg, &p))
        return;
    seq_printf(s, "Name:\t%s\nUmask:\t%04o\nState:\t%c (%s)\n", p.comm, p.umask, p.state,
               state_name(p.state));
    seq_printf(s, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", p.pid, p.pid,
               p.ppid);
    seq_printf(s, "Uid:\t%u\t%u\t%u\t%u\n", p.uid[0], p.uid[1], p.uid[2], p.uid[3]);
    seq_printf(s, "Gid:\t%u\t%u\t%u\t%u\n", p.gid[0], p.gid[1], p.gid[2], p.gid[3]);
    show_memory(s, p.pid);
    seq_printf(s, "Threads:\t%u\n", p.nthreads);
    seq_printf(s, "SigPnd:\t%016lx\nShdPnd:\t%016lx\n", p.sigpending, p.shdpending);
    seq_printf(s, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n", p.sigblocked, p.sigignored,
               p.sigcaught);
    seq_printf(s, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", p.nvcsw,
               p.nivcsw);
}

void proc_show_statm(struct seq *s, void *arg)
{
    struct proc_info p;
    if (!info_of(s, arg, &p))
        return;
    struct memory m = memory_of(p.pid);
    seq_printf(s, "%lu %lu 0 0 0 %lu 0\n", m.size, m.resident, m.data);
}

void proc_show_comm(struct seq *s, void *arg)
{
    struct proc_info p;
    if (info_of(s, arg, &p))
        seq_printf(s, "%s\n", p.comm);
}

static void show_limit(struct seq *s, rlim_t value)
{
    if (value == RLIM_INFINITY)
        seq_printf(s, "%-20s ", "unlimited");
    else
        seq_printf(s, "%-20lu ", value);
}

void proc_show_limits(struct seq *s, void *arg)
{
    static const struct {
        const char *name, *unit;
    } row[RLIM_NLIMITS] = {
        {"Max cpu time", "seconds"},       {"Max file size", "bytes"},
        {"Max data size", "bytes"},        {"Max stack size", "bytes"},
        {"Max core file size", "bytes"},   {"Max resident set", "bytes"},
        {"Max processes", "processes"},    {"Max open files", "files"},
        {"Max locked memory", "bytes"},    {"Max address space", "bytes"},
        {"Max file locks", "locks"},       {"Max pending signals", "signals"},
        {"Max msgqueue size", "bytes"},    {"Max nice priority", ""},
        {"Max realtime priority", ""},     {"Max realtime timeout", "us"},
    };
    struct rlimit limit[RLIM_NLIMITS];
    if (proc_source->limits((pid_t)(uptr)arg, limit))
        return;
    seq_printf(s, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
        seq_printf(s, "%-25s ", row[i].name);
        show_limit(s, limit[i].rlim_cur);
        show_limit(s, limit[i].rlim_max);
        seq_printf(s, "%-10s\n", row[i].unit);
    }
}

/* The bytes [start, end) of the process's memory as they are: arguments with a NUL behind each. */
static void show_strings(struct seq *s, pid_t pid, bool environment)
{
    char buf[256];
    struct vmspace *vs = proc_source->vmspace(pid);
    if (!vs)
        return;
    mutex_lock(&vs->lock);
    vaddr_t at = environment ? vs->env_start : vs->arg_start;
    vaddr_t end = environment ? vs->env_end : vs->arg_end;
    mutex_unlock(&vs->lock);
    end = MIN(end, at + SHOW_ARGS_MAX);
    while (at < end) {
        size_t n = vm_read(vs, at, buf, MIN(sizeof buf, end - at));
        if (n == 0)
            break;
        seq_write(s, buf, n);
        at += n;
    }
    vmspace_put(vs);
}

void proc_show_cmdline(struct seq *s, void *arg)
{
    show_strings(s, (pid_t)(uptr)arg, false);
}

void proc_show_environ(struct seq *s, void *arg)
{
    show_strings(s, (pid_t)(uptr)arg, true);
}

void proc_show_maps(struct seq *s, void *arg)
{
    struct vma_info info;
    struct vmspace *vs = proc_source->vmspace((pid_t)(uptr)arg);
    char *line = vs ? kmalloc(PAGE_SIZE) : NULL;
    if (vs && !line)
        s->error = -ENOMEM;
    for (vaddr_t at = 0; line && vm_next_vma(vs, at, &info); at = info.end) {
        int len = vma_format(&info, line, PAGE_SIZE);
        if (info.obj)
            vm_object_put(info.obj);
        seq_write(s, line, (size_t)len);
    }
    kfree(line);
    if (vs)
        vmspace_put(vs);
}
