/* memdev.c: the devices without hardware: null, zero, full, random, urandom. */
#include "abi/mman.h"
#include "debug/panic.h"
#include "fs/devfs.h"
#include "fs/random.h"
#include "sched/wait.h"
#include "vm/object.h"
#include "vm/vmspace.h"
#include "x86/pte.h"

static ssize_t read_nothing(struct file *f UNUSED, struct uio *uio UNUSED, u64 *pos UNUSED)
{
    return 0;
}

static ssize_t write_anything(struct file *f UNUSED, struct uio *uio, u64 *pos UNUSED)
{
    size_t n = uio->resid;
    uio_skip(uio, n);
    return (ssize_t)n;
}

static ssize_t read_zeros(struct file *f UNUSED, struct uio *uio, u64 *pos UNUSED)
{
    size_t before = uio->resid;
    int err = 0;
    while (!err && uio->resid && !wait_interrupted(WAIT_INTERRUPTIBLE))
        err = uio_zero(MIN(uio->resid, KIB(64)), uio);
    size_t done = before - uio->resid;
    return done ? (ssize_t)done : err ? err : before ? -EINTR : 0;
}

static ssize_t write_full(struct file *f UNUSED, struct uio *uio UNUSED, u64 *pos UNUSED)
{
    return -ENOSPC;
}

static ssize_t read_random(struct file *f UNUSED, struct uio *uio, u64 *pos UNUSED)
{
    return random_read(uio);
}

static ssize_t write_random(struct file *f UNUSED, struct uio *uio, u64 *pos UNUSED)
{
    char buf[64];
    size_t before = uio->resid;
    int err = 0;
    while (!err && uio->resid) {
        size_t n = MIN(uio->resid, sizeof buf);
        err = uio_move(buf, n, uio);
        if (!err)
            random_mix(buf, n);
    }
    return err && before == uio->resid ? err : (ssize_t)(before - uio->resid);
}

/* Every place is the same, so seeking succeeds and says 0, as on Linux. */
static s64 seek_nowhere(struct file *f UNUSED, s64 offset UNUSED, int whence UNUSED)
{
    return 0;
}

/* A mapping of /dev/zero: private is ordinary anonymous memory, shared an object of its own. */
static int map_zeros(struct file *f UNUSED, struct map_request *req)
{
    req->first_page = 0;
    if (!(req->flags & MAP_SHARED))
        return 0;
    req->obj = anon_shared_object((req->len + PAGE_SIZE - 1) / PAGE_SIZE);
    return req->obj ? 0 : -ENOMEM;
}

static const struct file_ops null_ops = {
    .read = read_nothing, .write = write_anything, .seek = seek_nowhere};
static const struct file_ops zero_ops = {
    .read = read_zeros, .write = write_anything, .seek = seek_nowhere, .mmap = map_zeros};
static const struct file_ops full_ops = {
    .read = read_zeros, .write = write_full, .seek = seek_nowhere};
static const struct file_ops random_ops = {
    .read = read_random, .write = write_random, .seek = seek_nowhere};

/* Numbers as Linux's "Linux allocated devices" has them: memory devices are major 1. */
static const struct {
    const char *name;
    unsigned minor;
    const struct file_ops *ops;
} memory_devices[] = {
    {"null", 3, &null_ops},     {"zero", 5, &zero_ops},      {"full", 7, &full_ops},
    {"random", 8, &random_ops}, {"urandom", 9, &random_ops},
};

void memdev_init(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(memory_devices); i++) {
        int err = devfs_add(memory_devices[i].name, 0666, DEV_MAKE(1, memory_devices[i].minor),
                            false, memory_devices[i].ops, NULL);
        if (err)
            panic("cannot add /dev/%s: error %d", memory_devices[i].name, -err);
    }
}
