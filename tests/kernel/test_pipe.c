/* Pipes and fifos: order and number of bytes, waiting, ends, atomic writes, sizes; and who is
 * woken. */
#include "crew.h"
#include "fs_test.h"
#include "abi/poll.h"
#include "fs/poll.h"
#include "ipc/pipe.h"
#include "ipc/pipe_priv.h"
#include "sched/wait.h"
#include "sync/completion.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/irq.h"

struct ends {
    struct file *r, *w;
};

static bool make(struct ends *e, int flags)
{
    return pipe_create(flags, &e->r, &e->w) == 0;
}

/* The i-th byte of a stream that a mistake in order or number shows in. */
static u8 pattern(u64 i)
{
    return (u8)(i * 7 + i / 251 + i / 65521);
}

/* Catches: bytes lost, doubled or out of order where the ring wraps in the middle of a page. */
KTEST(pipe_wraps)
{
    struct fs_counts before = t_counts();
    struct ends e;
    u64 in = 0, out = 0, seed = 12345;
    u8 *buf = kmalloc(5000);
    KT_ASSERT(buf && make(&e, O_NONBLOCK));
    for (int round = 0; round < 3000; round++) {
        seed = seed * 6364136223846793005ul + 1442695040888963407ul;
        size_t n = 1 + (seed >> 33) % 5000;
        bool writing = seed >> 60 & 1;
        for (size_t i = 0; writing && i < n; i++)
            buf[i] = pattern(in + i);
        ssize_t done = writing ? t_write(e.w, buf, n) : t_read(e.r, buf, n);
        KT_ASSERT(done > 0 || done == -EAGAIN);
        if (done == -EAGAIN) {
            KT_ASSERT(writing ? in - out > PIPE_CAPACITY - n : in == out);
            continue;
        }
        for (ssize_t i = 0; !writing && i < done; i++)
            KT_EQ(buf[i], pattern(out + (u64)i));
        in += writing ? (u64)done : 0;
        out += writing ? 0 : (u64)done;
        KT_ASSERT(in - out <= PIPE_CAPACITY);
    }
    file_put(e.r);
    file_put(e.w);
    kfree(buf);
    KT_EQ(t_counts().inodes, before.inodes);
    KT_EQ(t_counts().files, before.files);
}

/* Catches: a full pipe that holds more or less than 64 KiB; a write of PIPE_BUF bytes that is torn.
 */
KTEST(pipe_full)
{
    struct ends e;
    u8 *buf = kzalloc(PIPE_CAPACITY + 1);
    KT_ASSERT(buf && make(&e, O_NONBLOCK));
    KT_EQ(t_read(e.r, buf, 1), -EAGAIN);
    KT_EQ(t_write(e.w, buf, PIPE_CAPACITY + 1), PIPE_CAPACITY);
    KT_EQ(t_write(e.w, buf, 1), -EAGAIN);
    KT_EQ(file_poll(e.w, NULL) & POLLOUT, 0);
    KT_EQ(t_read(e.r, buf, 100), 100);
    KT_EQ(t_write(e.w, buf, 101), -EAGAIN); /* all or nothing */
    KT_EQ(t_write(e.w, buf, 100), 100);
    KT_EQ(t_read(e.r, buf, 3000), 3000);
    KT_EQ(t_write(e.w, buf, PIPE_BUF), -EAGAIN);
    KT_EQ(t_write(e.w, buf, PIPE_BUF + 1), 3000); /* a larger one may be cut */
    KT_EQ(t_read(e.r, buf, PIPE_CAPACITY + 1), PIPE_CAPACITY);
    KT_EQ(t_read(e.r, buf, 0), 0);
    file_put(e.r);
    file_put(e.w);
    kfree(buf);
}

/* Catches: no end of file, no EPIPE, wrong poll bits at the ends. */
KTEST(pipe_ends)
{
    struct ends e;
    char buf[4];
    KT_ASSERT(make(&e, 0));
    KT_EQ(file_poll(e.r, NULL), 0);
    KT_EQ(file_poll(e.w, NULL), POLLOUT | POLLWRNORM);
    KT_EQ(t_write(e.w, "abc", 3), 3);
    KT_EQ(file_poll(e.r, NULL), POLLIN | POLLRDNORM);
    file_put(e.w);
    KT_EQ(file_poll(e.r, NULL), POLLIN | POLLRDNORM | POLLHUP);
    KT_EQ(t_read(e.r, buf, 4), 3);
    KT_EQ(t_read(e.r, buf, 4), 0);
    KT_EQ(t_write(e.r, "x", 1), -EBADF);
    KT_EQ(file_seek(e.r, 0, SEEK_SET), -ESPIPE);
    file_put(e.r);
    KT_ASSERT(make(&e, 0));
    file_put(e.r);
    KT_EQ(t_write(e.w, "x", 1), -EPIPE);
    KT_EQ(t_write(e.w, "x", 0), 0);
    KT_ASSERT(file_poll(e.w, NULL) & POLLERR);
    file_put(e.w);
}

/* Catches: bytes lost or misplaced when the ring changes its size, also with the youngest byte in
 * the oldest's page. */
KTEST(pipe_sizes)
{
    static const size_t sizes[] = {1 << 17, 1 << 16, 1 << 20, 1 << 17};
    struct ends e;
    u8 *buf = kmalloc(PIPE_CAPACITY);
    KT_ASSERT(buf && make(&e, O_NONBLOCK));
    KT_EQ(pipe_get_size(e.r), PIPE_CAPACITY);
    KT_EQ(pipe_set_size(e.r, 1), PAGE_SIZE);
    KT_EQ(pipe_set_size(e.r, 5000), 2 * PAGE_SIZE);
    KT_EQ(pipe_set_size(e.r, (2 << 20)), -EPERM);
    KT_EQ(pipe_set_size(e.r, PIPE_CAPACITY), PIPE_CAPACITY);
    KT_EQ(t_write(e.w, buf, 777), 777);
    KT_EQ(t_read(e.r, buf, 777), 777);
    for (u64 i = 0; i < PIPE_CAPACITY; i++)
        buf[i] = pattern(i);
    KT_EQ(t_write(e.w, buf, PIPE_CAPACITY), PIPE_CAPACITY);
    KT_EQ(pipe_set_size(e.w, 4096), -EBUSY);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        KT_ASSERT(pipe_set_size(e.w, sizes[i]) == (long)sizes[i] || sizes[i] == PIPE_CAPACITY);
    memset(buf, 0, PIPE_CAPACITY);
    KT_EQ(t_read(e.r, buf, PIPE_CAPACITY), PIPE_CAPACITY);
    for (u64 i = 0; i < PIPE_CAPACITY; i++)
        KT_EQ(buf[i], pattern(i));
    KT_EQ(t_read(e.r, buf, 1), -EAGAIN);
    file_put(e.r);
    file_put(e.w);
    kfree(buf);
}

enum { RECORD = 512, RECORDS = 400, WRITERS = 3, READERS = 3 };

static struct ends shared;
static struct completion done;
static _Atomic u64 bytes_read, torn;

/* Each record is one byte, RECORD times. */
static void record_writer(void *arg)
{
    char record[RECORD];
    memset(record, (int)(uptr)arg, sizeof record);
    for (int i = 0; i < RECORDS; i++)
        if (t_write(shared.w, record, RECORD) != RECORD)
            torn++;
    complete(&done);
    thread_exit();
}

static void record_reader(void *arg UNUSED)
{
    char record[RECORD];
    ssize_t n;
    while ((n = t_read(shared.r, record, RECORD)) > 0) {
        bytes_read += (u64)n;
        for (ssize_t i = 1; i < n; i++)
            torn += record[i] != record[0];
    }
    complete(&done);
    thread_exit();
}

static bool start(void (*fn)(void *), void *arg)
{
    struct thread *t = thread_create("pipe test", fn, arg);
    if (!t)
        return false;
    thread_run(t);
    thread_put(t);
    return true;
}

/* Several writers and readers at once on several CPUs. Catches: a record torn by another, a wake-up
 * that is lost (it hangs), bytes that nobody gets. */
KTEST(pipe_crowd)
{
    KT_ASSERT(make(&shared, 0));
    completion_init(&done, "pipe test");
    bytes_read = torn = 0;
    for (uptr i = 0; i < WRITERS; i++)
        KT_ASSERT(start(record_writer, (void *)('a' + i)));
    for (int i = 0; i < READERS; i++)
        KT_ASSERT(start(record_reader, NULL));
    for (int i = 0; i < WRITERS; i++)
        KT_EQ(completion_wait(&done, WAIT_UNINTERRUPTIBLE, 0), 0);
    file_put(shared.w);
    for (int i = 0; i < READERS; i++)
        KT_EQ(completion_wait(&done, WAIT_UNINTERRUPTIBLE, 0), 0);
    file_put(shared.r);
    KT_EQ(torn, 0);
    KT_EQ(bytes_read, (u64)WRITERS * RECORDS * RECORD);
}

/* A write that is larger than the pipe, to a reader that takes odd pieces. Catches: a writer that
 * is not woken for the rest. */
static void big_writer(void *arg)
{
    u64 n = (u64)(uptr)arg;
    u8 *buf = kmalloc(n);
    for (u64 i = 0; buf && i < n; i++)
        buf[i] = pattern(i);
    if (!buf || t_write(shared.w, buf, n) != (ssize_t)n)
        torn++;
    kfree(buf);
    complete(&done);
    thread_exit();
}

KTEST(pipe_big_write)
{
    enum { N = 300000 };
    u8 buf[333];
    u64 at = 0;
    ssize_t n;
    KT_ASSERT(make(&shared, 0));
    completion_init(&done, "pipe test");
    torn = 0;
    KT_ASSERT(start(big_writer, (void *)(uptr)N));
    while (at < N && (n = t_read(shared.r, buf, sizeof buf)) > 0)
        for (ssize_t i = 0; i < n; i++, at++)
            KT_EQ(buf[i], pattern(at));
    KT_EQ(completion_wait(&done, WAIT_UNINTERRUPTIBLE, 0), 0);
    KT_EQ(at, N);
    KT_EQ(torn, 0);
    file_put(shared.r);
    file_put(shared.w);
}

/* --- fifos --- */

static void fifo_writer(void *arg UNUSED)
{
    struct file *f = t_open("/t/fifo", O_WRONLY);
    if (!f || t_write(f, "through", 7) != 7)
        torn++;
    if (f)
        file_put(f);
    complete(&done);
    thread_exit();
}

/* Catches: a pipe opened once more through /proc/PID/fd that waits for a partner which will never
 * come. */
KTEST(pipe_opened_again)
{
    struct ends e;
    struct file *again;
    char c = 0;
    KT_ASSERT(make(&e, 0));
    KT_EQ(t_write(e.w, "x", 1), 1);
    file_put(e.w);
    KT_EQ(file_open_path(&e.r->path, O_RDONLY, &again), 0);
    KT_EQ(t_read(again, &c, 1), 1);
    KT_EQ(c, 'x');
    KT_EQ(t_read(e.r, &c, 1), 0);
    file_put(e.r);
    KT_EQ(t_read(again, &c, 1), 0);
    file_put(again);
}

/* Catches: an open that does not wait for its partner, or waits when it should not. */
KTEST(pipe_fifo)
{
    char buf[16];
    T_BEGIN("/t");
    KT_EQ(vfs_mknod(AT_FDCWD, "/t/fifo", S_IFIFO | 0644, 0), 0);
    KT_EQ(t_open_error("/t/fifo", O_WRONLY | O_NONBLOCK), -ENXIO);
    KT_EQ(t_open_error("/t/fifo", O_RDONLY | O_NONBLOCK), 0);
    KT_EQ(t_open_error("/t/fifo", O_RDWR), 0);
    completion_init(&done, "pipe test");
    torn = 0;
    KT_ASSERT(start(fifo_writer, NULL));
    struct file *f = t_open("/t/fifo", O_RDONLY);
    KT_ASSERT(f);
    KT_EQ(t_read(f, buf, sizeof buf), 7);
    KT_EQ(memcmp(buf, "through", 7), 0);
    KT_EQ(t_read(f, buf, sizeof buf), 0);
    KT_EQ(completion_wait(&done, WAIT_UNINTERRUPTIBLE, 0), 0);
    file_put(f);
    KT_EQ(torn, 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/fifo"), 0);
    T_END();
}

/* A reader's open is held up, by an interrupt, between counting itself in, which wakes the writer,
 * and looking for a writer. */
static struct {
    unsigned vector;
    _Atomic bool writer_gone;
    struct completion opened;
} held_up;

static void hold_up(void *arg UNUSED)
{
    u64 patience = now_ns() + 10 * NS_PER_SEC;
    while (!atomic_load(&held_up.writer_gone) && now_ns() < patience)
        cpu_pause();
}

/* In the reader's waking of writers: the interrupt strikes as soon as that has dropped its lock. */
static bool strike(struct wait_entry *e, u32 events UNUSED)
{
    list_del(&e->node);
    apic_send(cpu_id(), held_up.vector);
    return false;
}

static void open_fifo(int flags)
{
    struct file *f = t_open("/t/fifo", flags);
    if (f)
        file_put(f);
    else
        torn++;
}

static void brief_writer(struct crew_member *m UNUSED)
{
    open_fifo(O_WRONLY);
    atomic_store(&held_up.writer_gone, true);
}

static void held_up_reader(struct crew_member *m UNUSED)
{
    torn += sched_set_affinity(thread_current(), cpumask_of(0)) != 0;
    open_fifo(O_RDONLY);
    complete(&held_up.opened);
}

/* Catches: an open that overlooks a partner which came and went just then, and waits for ever. */
KTEST(pipe_fifo_brief_partner)
{
    if (ncpus < 2)
        KT_SKIP("needs 2 CPUs");
    static struct crew writer, reader;
    struct wait_entry e = {.fn = strike};
    T_BEGIN("/t");
    KT_EQ(vfs_mknod(AT_FDCWD, "/t/fifo", S_IFIFO | 0644, 0), 0);
    if (!held_up.vector) {
        held_up.vector = irq_vector_alloc();
        KT_EQ(irq_register(held_up.vector, hold_up, NULL, "pipe test"), 0);
    }
    atomic_store(&held_up.writer_gone, false);
    completion_init(&held_up.opened, "pipe test");
    torn = 0;
    struct file *f = t_open("/t/fifo", O_RDWR);
    KT_ASSERT(f);
    struct inode *inode = inode_get(f->inode);
    file_put(f);
    crew_start(&writer, 1, brief_writer, NULL);
    KT_EQ(sched_set_affinity(writer.member[0].thread, cpumask_of(1)), 0);
    struct pipe *p;
    while (!(p = READ_ONCE(inode->special)) || waitq_empty(&p->writers))
        sched_yield();
    waitq_add(&p->writers, &e);
    crew_start(&reader, 1, held_up_reader, NULL);
    int err = completion_wait(&held_up.opened, WAIT_UNINTERRUPTIBLE, now_ns() + 20 * NS_PER_SEC);
    if (err)
        open_fifo(O_RDWR);
    crew_join(&writer);
    crew_join(&reader);
    inode_put(inode);
    KT_EQ(err, 0);
    KT_EQ(torn, 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/fifo"), 0);
    T_END();
}

/* --- poll --- */

static void late_writer(void *arg UNUSED)
{
    thread_sleep_until(now_ns() + 5 * NS_PER_MS, WAIT_UNINTERRUPTIBLE);
    if (t_write(shared.w, "x", 1) != 1)
        torn++;
    complete(&done);
    thread_exit();
}

/* Catches: poll that does not wake up, does not time out, or misreports. */
KTEST(pipe_poll)
{
    struct files *files = files_create();
    struct pollfd fds[6];
    char c;
    KT_ASSERT(files && make(&shared, 0));
    thread_current()->files = files;
    completion_init(&done, "pipe test");
    KT_EQ(fd_add(file_get(shared.r), 0, false), 0);
    for (int i = 0; i < 6; i++)
        fds[i] = (struct pollfd){.fd = i == 0 ? 0 : -1, .events = POLLIN};
    fds[4].fd = 55;
    KT_EQ(poll_files(fds, 4, POLL_NO_WAIT), 0);
    KT_EQ(poll_files(fds, 6, 0), 1); /* an invalid one is an answer */
    KT_EQ(fds[4].revents, POLLNVAL);
    u64 before = now_ns();
    KT_EQ(poll_files(fds, 1, before + 3 * NS_PER_MS), 0);
    KT_ASSERT(now_ns() >= before + 3 * NS_PER_MS);
    torn = 0;
    KT_ASSERT(start(late_writer, NULL));
    KT_EQ(poll_files(fds, 4, 0), 1);
    KT_EQ(fds[0].revents, POLLIN);
    KT_EQ(t_read(shared.r, &c, 1), 1);
    KT_EQ(completion_wait(&done, WAIT_UNINTERRUPTIBLE, 0), 0);
    KT_EQ(torn, 0);
    file_put(shared.w);
    KT_EQ(poll_files(fds, 1, 0), 1);
    KT_EQ(fds[0].revents, POLLHUP);
    file_put(shared.r);
    thread_current()->files = NULL;
    files_put(files);
}
