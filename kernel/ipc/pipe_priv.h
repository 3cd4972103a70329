/* pipe_priv.h: what pipe.c (bytes) and fifo.c (opening, closing, resizing) share. */
#pragma once

#include <stdatomic.h>
#include "fs/file.h"
#include "lock/rank.h"
#include "sched/wait.h"
#include "sync/mutex.h"
#include "x86/pte.h"

enum {
    RANK_PIPE = RANK(IPC, 8),
    PIPE_MAX_BYTES = 1 << 20, /* F_SETPIPE_SZ; Linux's fs.pipe-max-size */
};

struct page;

/* key: p = lock, i = lock of the inode; atomic: written under p, read by those who wait without it.
 * Life cycle: made by the first open (or by pipe_create); each open file counts in `files`; the
 * last close frees it. */
struct pipe {
    struct mutex lock;
    struct waitq readers;   /* wait for bytes, or for the last writer to go */
    struct waitq writers;   /* wait for PIPE_BUF bytes of room, or for the last reader to go */
    _Atomic u64 head, tail; /* (p) bytes ever written, ever read */
    _Atomic u32 size;       /* (p) bytes that fit: a power of two of pages */
    _Atomic u32 nreaders, nwriters; /* (p) open files that may read, write */
    _Atomic u32 reader_opens;       /* (p) ever: a fifo's open waits for the other side's next */
    _Atomic u32 writer_opens;       /* (p) */
    struct page **ring;             /* (p) of byte b: ring[b / PAGE_SIZE % (size / PAGE_SIZE)] */
    struct page *spare;             /* (p) an emptied page, for the next write */
    u32 files;                      /* (i) */
};

extern const struct file_ops pipe_ops;

static inline u64 pipe_used(const struct pipe *p)
{
    /* tail first: it never passes head, so the difference is never negative */
    u64 tail = atomic_load_explicit(&p->tail, memory_order_acquire);
    return atomic_load_explicit(&p->head, memory_order_acquire) - tail;
}

static inline u64 pipe_room(const struct pipe *p)
{
    return atomic_load_explicit(&p->size, memory_order_relaxed) - pipe_used(p);
}

/* In a nearly full ring the youngest bytes can lie in the same page as the oldest, `tail` on. */
static inline bool pipe_wraps(const struct pipe *p, u64 tail)
{
    return p->head - ALIGN_DOWN(tail, PAGE_SIZE) > p->size;
}

/* file_ops.release (fifo.c). */
void pipe_release(struct file *f);
