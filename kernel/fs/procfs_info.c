/* procfs_info.c: what the whole machine shows of itself: meminfo, cpuinfo, stat, mounts ... in the
 * formats of proc(5). */
#include "abi/utsname.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "fs/procfs_priv.h"
#include "fs/tmpfs.h"
#include "lib/cmdline.h"
#include "lib/fmt.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/slab.h"
#include "sched/account.h"
#include "sched/core.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/cpufeature.h"
#include "x86/irq.h"
#include "x86/percpu.h"

enum { CLOCK_TICKS = 100 };

/* --- Memory --- */

static void meminfo_line(struct seq *s, const char *name, u64 pages)
{
    seq_printf(s, "%s:%*s%8lu kB\n", name, 15 - (int)strlen(name), "",
               pages * (u64)(PAGE_SIZE / 1024));
}

static void show_meminfo(struct seq *s, void *unused UNUSED)
{
    struct frame_stats f;
    struct kmap_stats k;
    frame_stats(&f);
    kmap_stats(&k);
    u64 files = tmpfs_pages(), slab = slab_frames();
    u64 stacks = (k.kstacks + k.kstacks_cached) * KSTACK_SIZE / PAGE_SIZE;
    u64 kernel = slab + stacks + pt_frames() + k.vmalloc_pages, used = f.total - f.free;
    u64 anon = used > kernel + files ? used - kernel - files : 0;
    const struct {
        const char *name;
        u64 pages;
    } line[] = {
        {"MemTotal", f.total},
        {"MemFree", f.free},
        {"MemAvailable", f.free},
        {"Buffers", 0},
        {"Cached", files},
        {"SwapCached", 0},
        {"Active", anon},
        {"Inactive", files},
        {"SwapTotal", 0},
        {"SwapFree", 0},
        {"Dirty", 0},
        {"Writeback", 0},
        {"AnonPages", anon},
        {"Shmem", files},
        {"Slab", slab},
        {"SReclaimable", 0},
        {"SUnreclaim", slab},
        {"KernelStack", stacks},
        {"PageTables", pt_frames()},
        {"VmallocUsed", k.vmalloc_pages},
    };
    for (size_t i = 0; i < ARRAY_SIZE(line); i++)
        meminfo_line(s, line[i].name, line[i].pages);
}

static void show_slabinfo(struct seq *s, void *unused UNUSED)
{
    struct slab_stats st;
    seq_puts(s, "slabinfo - version: 2.1\n"
                "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
                " : tunables <limit> <batchcount> <sharedfactor>"
                " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
    for (unsigned i = 0; slab_stats(i, &st); i++)
        seq_printf(s, "%-17s %6lu %6lu %6lu %4u %4u : tunables 0 0 0 : slabdata %6lu %6lu 0\n",
                   st.name, st.active, st.total, st.object_size, st.objects_per_slab,
                   1u << st.order, st.slabs, st.slabs);
}

/* --- CPUs and time --- */

static void put_reg(char *out, u32 reg)
{
    memcpy(out, &reg, sizeof reg);
}

static void cpu_vendor(char out[13])
{
    struct cpuid r = cpuid(0, 0);
    put_reg(out, r.ebx);
    put_reg(out + 4, r.edx);
    put_reg(out + 8, r.ecx);
    out[12] = '\0';
}

static void cpu_model_name(char out[49])
{
    for (u64 i = 0; i < 3; i++) {
        struct cpuid r = cpuid(0x80000002 + (u32)i, 0);
        put_reg(out + 16 * i, r.eax);
        put_reg(out + 16 * i + 4, r.ebx);
        put_reg(out + 16 * i + 8, r.ecx);
        put_reg(out + 16 * i + 12, r.edx);
    }
    out[48] = '\0';
}

/* All CPUs of a machine that Lucid runs on are alike, so the one that we run on speaks for them. */
static void show_cpuinfo(struct seq *s, void *unused UNUSED)
{
    char vendor[13], model[49];
    u32 id = cpuid(1, 0).eax, khz = (u32)(tsc_hz() / 1000);
    u32 family = id >> 8 & 15,
        model_nr = (id >> 4 & 15) | (id >> 12 & 0xf0); /* Intel SDM vol. 2, "CPUID" */
    if (family == 15)
        family += id >> 20 & 0xff;
    cpu_vendor(vendor);
    cpu_model_name(model);
    for (unsigned cpu = 0; cpu < ncpus; cpu++) {
        seq_printf(s, "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\n", cpu,
                   vendor, family, model_nr);
        seq_printf(s, "model name\t: %s\nstepping\t: %u\ncpu MHz\t\t: %u.%03u\n", model, id & 15,
                   khz / 1000, khz % 1000);
        seq_printf(s, "siblings\t: 1\ncpu cores\t: %u\napicid\t\t: %u\nflags\t\t:", ncpus,
                   percpu[cpu].apic_id);
        for (unsigned i = 0; i < cpu_feature_count(); i++)
            if (cpu_feature_name(i))
                seq_printf(s, " %s", cpu_feature_name(i));
        seq_puts(s, "\n\n");
    }
}

static void add_times(struct cpu_times *sum, unsigned cpu)
{
    struct cpu_times t;
    sched_cpu_times(cpu, &t);
    for (int m = 0; m < MODE_COUNT; m++)
        sum->ns[m] += t.ns[m];
}

static void show_uptime(struct seq *s, void *unused UNUSED)
{
    struct cpu_times sum = {0};
    u64 up = now_ns() / (NS_PER_SEC / 100);
    for (unsigned cpu = 0; cpu < ncpus; cpu++)
        add_times(&sum, cpu);
    u64 idle = sum.ns[MODE_IDLE] / (NS_PER_SEC / 100);
    seq_printf(s, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
}

/* user nice system idle iowait irq softirq steal guest guest_nice */
static void cpu_line(struct seq *s, const char *name, const struct cpu_times *t)
{
    const u64 tick = NS_PER_SEC / CLOCK_TICKS;
    seq_printf(s, "%s %lu 0 %lu %lu 0 %lu 0 0 0 0\n", name, t->ns[MODE_USER] / tick,
               t->ns[MODE_SYSTEM] / tick, t->ns[MODE_IDLE] / tick, t->ns[MODE_IRQ] / tick);
}

static u64 interrupts(void)
{
    u64 sum = 0;
    for (unsigned v = VEC_IRQ_BASE; v < 256; v++)
        sum += trap_total(v);
    return sum;
}

static void show_stat(struct seq *s, void *unused UNUSED)
{
    struct cpu_times sum = {0};
    u64 nprocs = 0, forks = 0;
    pid_t last;
    for (unsigned cpu = 0; cpu < ncpus; cpu++)
        add_times(&sum, cpu);
    cpu_line(s, "cpu ", &sum);
    for (unsigned cpu = 0; cpu < ncpus; cpu++) {
        char name[16];
        struct cpu_times t;
        sched_cpu_times(cpu, &t);
        snprintf(name, sizeof name, "cpu%u", cpu);
        cpu_line(s, name, &t);
    }
    if (proc_source)
        proc_source->totals(&nprocs, &forks, &last);
    seq_printf(s,
               "intr %lu\nctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %lu\nprocs_blocked 0\n",
               interrupts(), sched_switches(), clock_boot_epoch_s(), forks, sched_runnable());
}

static void show_loadavg(struct seq *s, void *unused UNUSED)
{
    u64 load[3], nprocs = 0, forks;
    pid_t last = 0;
    sched_loadavg(load);
    if (proc_source)
        proc_source->totals(&nprocs, &forks, &last);
    for (int i = 0; i < 3; i++)
        seq_printf(s, "%lu.%02lu ", load[i] >> LOAD_SHIFT,
                   (load[i] & ((1u << LOAD_SHIFT) - 1)) * 100 >> LOAD_SHIFT);
    seq_printf(s, "%lu/%lu %d\n", sched_runnable(), nprocs, last);
}

/* Every vector that has a handler: its number, how often it came, its name. */
static void show_traps(struct seq *s, void *unused UNUSED)
{
    for (unsigned v = 0; v < 256; v++)
        if (trap_slot(v)->fn || trap_slot(v)->irq || trap_total(v))
            seq_printf(s, "%3u %12lu %s\n", v, trap_total(v), trap_name(v));
}

/* --- File systems --- */

static void show_filesystems(struct seq *s, void *unused UNUSED)
{
    for (const struct fs_type *t = fs_type_next(NULL); t; t = fs_type_next(t))
        seq_printf(s, "%s\t%s\n", t->flags & SUPER_NODEV ? "nodev" : "", t->name);
}

static void mount_line(const struct path *root, void *arg)
{
    static const struct {
        unsigned flag;
        const char *name;
    } option[] = {{MS_NOSUID, ",nosuid"},
                  {MS_NODEV, ",nodev"},
                  {MS_NOEXEC, ",noexec"},
                  {MS_NOATIME, ",noatime"}};
    struct seq *s = arg;
    struct mount *m = root->mnt;
    char *room = kmalloc(PATH_MAX), *name;
    if (!room || path_name(root, room, PATH_MAX, &name) < 0) {
        kfree(room);
        s->error = -ENOMEM;
        return;
    }
    seq_escape(s, m->source, " \t\n\\");
    seq_putc(s, ' ');
    seq_escape(s, name, " \t\n\\");
    seq_printf(s, " %s %s", m->sb->type->name, mount_may_write(m) ? "ro" : "rw");
    for (size_t i = 0; i < ARRAY_SIZE(option); i++)
        if (m->flags & option[i].flag)
            seq_puts(s, option[i].name);
    if (m->sb->ops->show_options)
        m->sb->ops->show_options(m->sb, s);
    seq_puts(s, " 0 0\n");
    kfree(room);
}

void proc_show_mounts(struct seq *s, void *unused UNUSED)
{
    mount_each(mount_line, s);
}

/* --- Small things --- */

static void show_cmdline(struct seq *s, void *unused UNUSED)
{
    seq_printf(s, "%s\n", cmdline_text());
}

static void show_self(struct seq *s, void *unused UNUSED)
{
    pid_t pid = proc_source ? proc_source->self() : 0;
    if (pid)
        seq_printf(s, "%d", pid);
}

static void show_text(struct seq *s, void *text)
{
    seq_printf(s, "%s\n", (const char *)text);
}

static void show_number(struct seq *s, void *n)
{
    seq_printf(s, "%lu\n", (u64)(uptr)n);
}

void proc_info_init(void)
{
    procfs_add("cmdline", show_cmdline, NULL);
    procfs_add("cpuinfo", show_cpuinfo, NULL);
    procfs_add("filesystems", show_filesystems, NULL);
    procfs_add("loadavg", show_loadavg, NULL);
    procfs_add("meminfo", show_meminfo, NULL);
    procfs_add("mounts", proc_show_mounts, NULL);
    procfs_add_link("self", show_self, NULL);
    procfs_add("slabinfo", show_slabinfo, NULL);
    procfs_add("stat", show_stat, NULL);
    procfs_add("sys/kernel/osrelease", show_text, UTS_RELEASE);
    procfs_add("sys/kernel/ostype", show_text, UTS_SYSNAME);
    procfs_add("sys/kernel/version", show_text, UTS_VERSION);
    procfs_add("sys/kernel/pid_max", show_number, (void *)(uptr)PID_MAX);
    procfs_add("traps", show_traps, NULL);
    procfs_add("uptime", show_uptime, NULL);
    procfs_add("version", show_text, UTS_SYSNAME " version " UTS_RELEASE " (x86_64) " UTS_VERSION);
}
