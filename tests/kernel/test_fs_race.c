/* Several threads on the same names: whoever is first, the tree stays whole and nothing leaks. */
#include "fs_test.h"
#include "lib/klog.h"
#include "sched/wait.h"
#include "sync/completion.h"
#include "vm/vmspace.h"
#include "x86/clock.h"

enum { THREADS = 4, NAMES = 5, RUN_MS = 400 };

static struct completion over;
static _Atomic unsigned surprises;
static _Atomic u64 stop_ns;

static u64 next_random(u64 *seed)
{
    *seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
    return *seed >> 33;
}

/* Any of these results is right when others do the same; anything else is not. */
static bool expected(int err)
{
    static const int ok[] = {0,          -EEXIST, -ENOENT, -ENOTDIR, -EISDIR,
                             -ENOTEMPTY, -EINVAL, -EPERM,  -EBUSY,   -ELOOP};
    for (size_t i = 0; i < ARRAY_SIZE(ok); i++)
        if (err == ok[i])
            return true;
    return false;
}

static int one_step(u64 r, const char *a, const char *b)
{
    struct stat st;
    switch (r % 10) {
    case 0:
        return vfs_mkdir(AT_FDCWD, a, 0755);
    case 1:
        return vfs_rmdir(AT_FDCWD, a);
    case 2:
        return t_make(a, "some text");
    case 3:
        return vfs_unlink(AT_FDCWD, a);
    case 4:
        return vfs_rename(AT_FDCWD, a, AT_FDCWD, b, 0);
    case 5:
        return vfs_rename(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
    case 6:
        return vfs_link(AT_FDCWD, a, AT_FDCWD, b, 0);
    case 7:
        return vfs_symlink(a, AT_FDCWD, b);
    case 8:
        dentry_shrink(3);
        return 0;
    default:
        return vfs_stat(AT_FDCWD, a, 0, &st);
    }
}

/* "/t/n1" or "/t/n1/n2" or "/t/n1/n2/n3" */
static void choose(char *buf, size_t size, u64 r)
{
    if (r & 1)
        snprintf(buf, size, "/t/n%lu", r / 8 % NAMES);
    else if (r & 2)
        snprintf(buf, size, "/t/n%lu/n%lu", r / 8 % NAMES, r / 64 % NAMES);
    else
        snprintf(buf, size, "/t/n%lu/n%lu/n%lu", r / 8 % NAMES, r / 64 % NAMES, r / 512 % NAMES);
}

static void grinder(void *arg)
{
    u64 seed = (u64)(uptr)arg;
    char a[32], b[32];
    while (now_ns() < stop_ns) {
        choose(a, sizeof a, next_random(&seed));
        choose(b, sizeof b, next_random(&seed));
        int err = one_step(next_random(&seed), a, b);
        if (!expected(err) && surprises++ == 0)
            klog_err("fs_race: error %d for %s %s", -err, a, b);
    }
    complete(&over);
    thread_exit();
}

/* Remove one name; what is in a folder comes up into /t first, as m<number>, to be removed later.
 */
static int remove_one(const char *name, unsigned *nmoved)
{
    char from[64], to[32];
    int err = vfs_unlink(AT_FDCWD, name);
    if (err != -EISDIR)
        return err;
    for (int i = 0; i < NAMES; i++) {
        snprintf(from, sizeof from, "%s/n%d", name, i);
        snprintf(to, sizeof to, "/t/m%u", *nmoved);
        if (vfs_rename(AT_FDCWD, from, AT_FDCWD, to, 0) == 0)
            ++*nmoved;
    }
    return vfs_rmdir(AT_FDCWD, name);
}

/* Remove whatever there is, however deep. Returns how many names could not be. */
static unsigned sweep(void)
{
    char name[32];
    unsigned nmoved = 0, failed = 0;
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "/t/n%d", i);
        int err = remove_one(name, &nmoved);
        failed += err && err != -ENOENT;
    }
    for (unsigned i = 0; i < nmoved; i++) {
        snprintf(name, sizeof name, "/t/m%u", i);
        failed += remove_one(name, &nmoved) != 0;
    }
    return failed;
}

/* THREADS threads run fn for RUN_MS, each with a seed of its own. Returns how many surprises there
 * were, or a negative errno. */
static int grind(void (*fn)(void *), uptr seed_step)
{
    int err = 0;
    completion_init(&over, "fs race");
    surprises = 0;
    stop_ns = now_ns() + RUN_MS * NS_PER_MS;
    for (uptr i = 0; i < THREADS; i++) {
        struct thread *t = thread_create("grinder", fn, (void *)(i * seed_step + 1));
        if (!t)
            return -ENOMEM;
        thread_run(t);
        thread_put(t);
    }
    for (int i = 0; i < THREADS && !err; i++)
        err = completion_wait(&over, WAIT_UNINTERRUPTIBLE, 0);
    return err ? err : (int)surprises;
}

/* Catches: lost or doubled entries, references that leak or are dropped twice, a lock order that
 * deadlocks. */
KTEST(fs_race_names)
{
    T_BEGIN("/t");
    KT_EQ(grind(grinder, 7919), 0);
    KT_EQ(sweep(), 0);
    KT_EQ(t_nlink("/t"), 2);
    T_END();
}

/* Writers append whole records to one file while it is read and cut. */
static void appender(void *arg)
{
    char record[100];
    memset(record, (int)(uptr)arg, sizeof record);
    struct file *f = t_open("/t/log", O_WRONLY | O_APPEND);
    for (int i = 0; f && i < 500; i++)
        surprises += t_write(f, record, sizeof record) != sizeof record;
    surprises += !f;
    file_put(f);
    complete(&over);
    thread_exit();
}

/* Catches: an append that lands inside another one, or is lost. */
KTEST(fs_race_append)
{
    char record[100];
    T_BEGIN("/t");
    KT_EQ(t_make("/t/log", ""), 0);
    completion_init(&over, "fs race");
    surprises = 0;
    for (uptr i = 0; i < THREADS; i++) {
        struct thread *t = thread_create("appender", appender, (void *)('a' + i));
        KT_ASSERT(t);
        thread_run(t);
        thread_put(t);
    }
    for (int i = 0; i < THREADS; i++)
        KT_EQ(completion_wait(&over, WAIT_UNINTERRUPTIBLE, 0), 0);
    KT_EQ(surprises, 0);
    struct file *f = t_open("/t/log", O_RDONLY);
    KT_ASSERT(f);
    unsigned n = 0, torn = 0;
    while (t_read(f, record, sizeof record) == sizeof record) {
        n++;
        for (size_t i = 1; i < sizeof record; i++)
            torn += record[i] != record[0];
    }
    file_put(f);
    KT_EQ(n, THREADS * 500);
    KT_EQ(torn, 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/log"), 0);
    T_END();
}

/* Writers, readers, a truncater and somebody who maps, on one file. */
static struct file *shared;

static void write_some(u64 r, char *buf)
{
    size_t n = 1 + r % (3 * PAGE_SIZE);
    ssize_t done = kfile_write(shared, buf, n, (r >> 16) % (8 * PAGE_SIZE));
    surprises += done != (ssize_t)n;
}

/* What lies behind a page that was cut off must read as zero or as written (all bytes are 'w'). */
static void read_some(u64 r, char *buf)
{
    ssize_t n = kfile_read(shared, buf, 2 * PAGE_SIZE, r % (8 * PAGE_SIZE));
    for (ssize_t i = 0; i < n; i++)
        surprises += buf[i] != 0 && buf[i] != 'w';
}

static void map_some(u64 r, struct vmspace *vs, vaddr_t at)
{
    char c = 'w';
    if (vm_write(vs, at + r % (8 * PAGE_SIZE), &c, 1) > 1)
        surprises++; /* 0 beyond the end, else 1 */
}

static void data_grinder(void *arg)
{
    u64 seed = (u64)(uptr)arg, r;
    struct vmspace *vs = NULL;
    struct map_request req = {
        .len = 8 * PAGE_SIZE, .prot = PROT_READ | PROT_WRITE, .flags = MAP_SHARED};
    char *w = kmalloc(3 * PAGE_SIZE), *buf = kmalloc(2 * PAGE_SIZE);
    bool ready = w && buf && !vmspace_create(&vs) && !file_mmap(shared, &req) && !vm_map(vs, &req);
    surprises += !ready;
    if (ready)
        memset(w, 'w', 3 * PAGE_SIZE);
    while (ready && now_ns() < stop_ns) {
        r = next_random(&seed);
        switch (next_random(&seed) % 4) {
        case 0:
            write_some(r, w);
            break;
        case 1:
            read_some(r, buf);
            break;
        case 2:
            surprises += file_truncate(shared, (s64)(r % (8 * PAGE_SIZE))) != 0;
            break;
        default:
            map_some(r, vs, req.addr);
        }
    }
    if (vs)
        vmspace_put(vs);
    kfree(w);
    kfree(buf);
    complete(&over);
    thread_exit();
}

/* Catches: stale bytes of a page that was truncated, pages counted twice or not at all, a fault
 * that brings back a dead page, a deadlock between the file's lock and the map's. */
KTEST(fs_race_data)
{
    struct statfs st;
    T_BEGIN("/t");
    KT_EQ(vfs_mount("none", "/t", "tmpfs", 0, "size=1m"), 0);
    shared = t_open("/t/file", O_RDWR | O_CREAT);
    KT_ASSERT(shared);
    KT_EQ(grind(data_grinder, 104729), 0);
    KT_EQ(shared->inode->nblocks, shared->inode->obj.nresident);
    KT_EQ(file_truncate(shared, 0), 0);
    KT_EQ(vfs_statfs("/t", &st), 0);
    KT_EQ(st.f_bfree, st.f_blocks);
    file_put(shared);
    KT_EQ(vfs_umount("/t", 0), 0);
    T_END();
}
