/* System calls about the machine as a whole.
 */
#include "abi/errno.h"
#include "abi/random.h"
#include "abi/reboot.h"
#include "abi/sysinfo.h"
#include "abi/syslog.h"
#include "abi/utsname.h"
#include "debug/dump.h"
#include "debug/panic.h"
#include "fs/procfs.h"
#include "fs/random.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sched/account.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "sync/mutex.h"
#include "sys/rank.h"
#include "sys/syscall.h"
#include "vm/uio.h"
#include "x86/clock.h"
#include "x86/power.h"

static bool is_root(void)
{
    return thread_current()->cred->euid == 0;
}

/* ---- names ---- */

static struct mutex hostname_lock = MUTEX_INIT(hostname_lock, "hostname", RANK_SYS);
static char hostname[UTSNAME_LEN] GUARDED_BY(hostname_lock) = "lucid";

/* uname(2). */
long sys_uname(uaddr_t name)
{
    struct utsname u = {
        .sysname = UTS_SYSNAME,
        .release = UTS_RELEASE,
        .version = UTS_VERSION,
        .machine = "x86_64",
        .domainname = "(none)",
    };
    mutex_lock(&hostname_lock);
    memcpy(u.nodename, hostname, sizeof u.nodename);
    mutex_unlock(&hostname_lock);
    return copy_out(name, &u, sizeof u);
}

/* sethostname(2) */
long sys_sethostname(uaddr_t name, int len)
{
    char copy[UTSNAME_LEN] = "";
    if (!is_root())
        return -EPERM;
    if (len < 0 || len >= UTSNAME_LEN)
        return -EINVAL;
    if (copy_in(copy, name, (size_t)len))
        return -EFAULT;
    mutex_lock(&hostname_lock);
    memcpy(hostname, copy, sizeof hostname);
    mutex_unlock(&hostname_lock);
    return 0;
}

static void show_hostname(struct seq *s, void *unused UNUSED)
{
    char copy[UTSNAME_LEN];
    mutex_lock(&hostname_lock);
    memcpy(copy, hostname, sizeof copy);
    mutex_unlock(&hostname_lock);
    seq_printf(s, "%s\n", copy);
}

static int store_hostname(const char *text, void *unused UNUSED)
{
    if (strlen(text) >= UTSNAME_LEN)
        return -EINVAL;
    mutex_lock(&hostname_lock);
    memset(hostname, 0, sizeof hostname);
    strlcpy(hostname, text, sizeof hostname);
    mutex_unlock(&hostname_lock);
    return 0;
}

/* ---- asking the kernel ---- */

/* /proc/sysrq-trigger, with the letters of Linux that help here (its "Magic System Request Key").
 */
static void show_sysrq(struct seq *s, void *unused UNUSED)
{
    seq_printf(s, "l, t, w, d: dump CPUs, threads and locks (docs/hangs.md)\nc: panic\n");
}

static int store_sysrq(const char *text, void *unused UNUSED)
{
    if (text[0] == 'c')
        panic("sysrq: asked for by %s", ctx_current()->name);
    if (text[0] == 0 || !strchr("ltwd", text[0]))
        return -EINVAL;
    dump_machine(-1);
    return 0;
}

void sys_init(void)
{
    procfs_add_writable("sys/kernel/hostname", show_hostname, store_hostname, NULL);
    procfs_add_writable("sysrq-trigger", show_sysrq, store_sysrq, NULL);
}

/* ---- numbers ---- */

/* sysinfo(2) */
long sys_sysinfo(uaddr_t info)
{
    enum { PAGE = 4096 };
    struct frame_stats mem;
    u64 load[3];
    frame_stats(&mem);
    sched_loadavg(load);
    const struct sysinfo si = {
        .uptime = (long)(now_ns() / NS_PER_SEC),
        .loads = {load[0], load[1], load[2]},
        .totalram = mem.total * PAGE,
        .freeram = mem.free * PAGE,
        .procs = (unsigned short)MIN(process_count(), (u64)65535),
        .mem_unit = 1,
    };
    return copy_out(info, &si, sizeof si);
}

/* getrandom(2): the generator is seeded before the first process runs, so it never waits. */
long sys_getrandom(uaddr_t buf, unsigned long count, int flags)
{
    if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
        (flags & GRND_RANDOM && flags & GRND_INSECURE))
        return -EINVAL;
    struct uio uio;
    int err = uio_user(&uio, buf, count, UIO_READ);
    return err ? err : random_read(&uio);
}

/* ---- the kernel's log ---- */

static struct mutex log_lock = MUTEX_INIT(log_lock, "syslog", RANK_SYS);
static u64 log_cleared GUARDED_BY(log_lock); /* SYSLOG_ACTION_CLEAR hides what is older */
static u64 log_read GUARDED_BY(log_lock);    /* where SYSLOG_ACTION_READ goes on */

/* Bytes that the records from seq on make when formatted. */
static size_t log_size(u64 seq)
{
    char line[KLOG_LINE_MAX];
    size_t sum = 0, n;
    while ((n = klog_read(&seq, line, sizeof line)) > 0)
        sum += n;
    return sum;
}

/* Whole lines from *seq on into room bytes of kernel memory. */
static size_t log_fill(u64 *seq, char *buf, size_t room)
{
    size_t used = 0;
    for (;;) {
        char line[KLOG_LINE_MAX];
        u64 next = *seq;
        size_t n = klog_read(&next, line, sizeof line);
        if (n == 0 || n > room - used)
            return used;
        memcpy(buf + used, line, n);
        used += n;
        *seq = next;
    }
}

/* The last lines that fit into len bytes. */
static long log_read_last(uaddr_t buf, size_t len, bool clear)
{
    const size_t most = 1 << 20;
    char line[KLOG_LINE_MAX], *text = kmalloc(MIN(len, most) + 1);
    if (!text)
        return -ENOMEM;
    len = MIN(len, most);
    mutex_lock(&log_lock);
    u64 seq = log_cleared;
    for (size_t total = log_size(seq); total > len; total -= klog_read(&seq, line, sizeof line))
        ;
    size_t n = log_fill(&seq, text, len);
    if (clear)
        log_cleared = seq;
    mutex_unlock(&log_lock);
    long result = copy_out(buf, text, n) ? -EFAULT : (long)n;
    kfree(text);
    return result;
}

/* What has come since the last such call; it does not wait for more. */
static long log_read_new(uaddr_t buf, size_t len)
{
    enum { CHUNK = 4096 };
    char *text = kmalloc(CHUNK);
    if (!text)
        return -ENOMEM;
    mutex_lock(&log_lock);
    size_t n = log_fill(&log_read, text, MIN(len, (size_t)CHUNK));
    mutex_unlock(&log_lock);
    long result = copy_out(buf, text, n) ? -EFAULT : (long)n;
    kfree(text);
    return result;
}

/* syslog(2). Everybody may read; the rest is root's. */
long sys_syslog(int action, uaddr_t buf, int len)
{
    bool reading = action == SYSLOG_ACTION_READ || action == SYSLOG_ACTION_READ_ALL ||
                   action == SYSLOG_ACTION_READ_CLEAR;
    if (reading && (uaddr_is_null(buf) || len < 0))
        return -EINVAL;
    if (!is_root() && action != SYSLOG_ACTION_READ_ALL && action != SYSLOG_ACTION_SIZE_BUFFER)
        return -EPERM;
    switch (action) {
    case SYSLOG_ACTION_READ:
        return log_read_new(buf, (size_t)len);
    case SYSLOG_ACTION_READ_ALL:
    case SYSLOG_ACTION_READ_CLEAR:
        return log_read_last(buf, (size_t)len, action == SYSLOG_ACTION_READ_CLEAR);
    case SYSLOG_ACTION_CLEAR:
        mutex_lock(&log_lock);
        log_cleared = klog_next_seq();
        mutex_unlock(&log_lock);
        return 0;
    case SYSLOG_ACTION_SIZE_UNREAD:
        mutex_lock(&log_lock);
        u64 from = log_read;
        mutex_unlock(&log_lock);
        return (long)log_size(from);
    case SYSLOG_ACTION_SIZE_BUFFER:
        return (long)log_size(0) + KLOG_LINE_MAX;
    case SYSLOG_ACTION_CLOSE:
    case SYSLOG_ACTION_OPEN:
    case SYSLOG_ACTION_CONSOLE_OFF:
    case SYSLOG_ACTION_CONSOLE_ON:
    case SYSLOG_ACTION_CONSOLE_LEVEL:
        return 0;
    default:
        return -EINVAL;
    }
}

/* ---- the end ---- */

/* reboot(2). Like Linux's, it writes nothing back: who calls it has called sync. */
long sys_reboot(int magic1, int magic2, unsigned int cmd, uaddr_t arg)
{
    (void)arg;
    if (!is_root())
        return -EPERM;
    if ((u32)magic1 != LINUX_REBOOT_MAGIC1 ||
        (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
         magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
        return -EINVAL;
    switch (cmd) {
    case RB_ENABLE_CAD:
    case RB_DISABLE_CAD:
        return 0; /* there is no Ctrl-Alt-Del to be caught */
    case RB_HALT:
    case RB_POWER_OFF:
        klog("reboot: power down\n");
        klog_finish();
        power_off(POWER_SUCCESS);
    case RB_AUTOBOOT:
    case RB_RESTART2:
        klog("reboot: restarting\n");
        klog_finish();
        power_reboot();
    default:
        return -EINVAL;
    }
}
