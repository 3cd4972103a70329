/* klog.c: the log of lib/klog.h: a ring of fixed-size slots that any number of writers fill without
 * a lock.
 *
 * A writer draws a number n from `head` with one atomic add; n is the record's sequence number for
 * ever and n % nslots its slot. The slot's `state` word says which number is in it and in which
 * phase:
 *
 *      DONE(an older number)  --claim-->  BUSY(n)  --publish-->  DONE(n)
 *
 * The claim is a compare-and-swap. It fails only when the ring has gone round once while the slot's
 * former writer was interrupted in mid-copy: then the newcomer gives up its record (marking the
 * slot LAPPED so that the former, when it goes on, publishes SKIP in the newcomer's number). Nobody
 * waits for anybody, therefore NMI and panic may log.
 *
 * A reader copies a record and then looks at the state again: if it changed, a writer has come
 * round, and the copy is thrown away (a sequence lock per slot). Readers need no registration and
 * cannot hold up a writer. */
#include <stdatomic.h>
#include "lib/klog.h"
#include "lib/fmt.h"
#include "lib/string.h"

/* The state word: the sequence number shifted left, below it the phase. */
enum phase {
    DONE = 0,
    BUSY = 1,
    LAPPED = 2, /* busy, and a later writer has already given up on the slot */
    SKIP = 3,   /* there is no record of this number */
};
#define PHASE_BITS        2
#define STATE(seq, phase) ((u64)(seq) << PHASE_BITS | (phase))

#define SLOT_TEXT         232

struct slot {
    _Atomic u64 state;
    u64 time_ns;
    u32 cpu;
    u16 len;
    u8 level;
    u8 unused;
    char text[SLOT_TEXT];
};

/* The log as it lies in memory; after a reboot only `magic` and bounds checks vouch for it. */
struct klog_ring {
    u64 magic;
    u32 nslots;       /* a power of two */
    u32 boots;        /* how often a new boot took this place over */
    _Atomic u64 head; /* the next number; the first is 1, and a fresh slot's state is DONE(0) */
    struct slot slots[];
};

#define KLOG_MAGIC   0x31676f6c6463756cul /* "lucdlog1" in memory */
#define EARLY_SLOTS  256                  /* 64 KiB */
#define DRAIN_BATCH  32                   /* records shown in one go */
#define FINISH_TRIES 100000000            /* some seconds */
#define URGENT_TRIES 1000000              /* some milliseconds, longer than a batch takes */

_Static_assert(sizeof(struct slot) == 256, "four slots are a KiB");

/* The log's first home. It is made by klog_init, not by an initialiser, so that the image need not
 * carry 64 KiB of zeros. */
static union {
    struct klog_ring ring;
    u8 bytes[sizeof(struct klog_ring) + EARLY_SLOTS * sizeof(struct slot)];
} early;

static struct klog_ring *ring = &early.ring;

u64 (*klog_time_hook)(void);
u32 (*klog_cpu_hook)(void);
bool (*klog_may_drain_hook)(void);

static struct klog_sink *_Atomic sinks;
static atomic_flag drain_lock = ATOMIC_FLAG_INIT;
static atomic_bool panicking;

static inline struct slot *slot_of(const struct klog_ring *r, u64 seq)
{
    return (struct slot *)(uptr)&r->slots[seq & (r->nslots - 1)];
}

static inline u64 head_of(const struct klog_ring *r)
{
    return atomic_load_explicit(&r->head, memory_order_acquire);
}

void klog_init(void)
{
    ring->magic = KLOG_MAGIC;
    ring->nslots = EARLY_SLOTS;
    atomic_store_explicit(&ring->head, 1, memory_order_relaxed);
}

/* ---- writing ---- */

/* Make slot s ours for record n; false when the record must be given up. */
static bool claim(struct slot *s, u64 n)
{
    u64 state = atomic_load_explicit(&s->state, memory_order_relaxed);
    for (;;) {
        u64 holder = state >> PHASE_BITS;
        unsigned phase = state & (BIT(PHASE_BITS) - 1);
        bool busy = phase == BUSY || phase == LAPPED;
        if (holder >= n)
            return false;
        u64 wanted = busy ? STATE(holder, LAPPED) : STATE(n, BUSY);
        if (atomic_compare_exchange_weak_explicit(&s->state, &state, wanted, memory_order_relaxed,
                                                  memory_order_relaxed)) {
            /* matches the acquire fence in fetch: whoever sees our text sees BUSY too */
            atomic_thread_fence(memory_order_release);
            return !busy;
        }
    }
}

static void publish(struct klog_ring *r, struct slot *s, u64 n)
{
    u64 state = STATE(n, BUSY);
    /* release matches fetch's acquire: the text is there before DONE says so */
    if (atomic_compare_exchange_strong_explicit(&s->state, &state, STATE(n, DONE),
                                                memory_order_release, memory_order_relaxed))
        return;
    /* LAPPED: the newest number that fell on this slot is lost, and so are all between */
    u64 newest = n + ((head_of(r) - 1 - n) & ~(u64)(r->nslots - 1));
    atomic_store_explicit(&s->state, STATE(newest, SKIP), memory_order_release);
}

static void record_write(enum klog_level level, const char *text, size_t len)
{
    struct klog_ring *r = ring;
    u64 n = atomic_fetch_add_explicit(&r->head, 1, memory_order_relaxed);
    struct slot *s = slot_of(r, n);

    if (!claim(s, n))
        return;
    s->time_ns = klog_time_hook ? klog_time_hook() : 0;
    s->cpu = klog_cpu_hook ? klog_cpu_hook() : 0;
    s->level = (u8)level;
    s->len = (u16)len;
    memcpy(s->text, text, len);
    publish(r, s, n);
}

/* Collects formatted text until a line is complete. */
struct line {
    enum klog_level level;
    size_t len;
    char text[SLOT_TEXT];
};

static void line_end(struct line *l)
{
    record_write(l->level, l->text, l->len);
    l->len = 0;
}

static void line_sink(void *arg, const char *s, size_t len)
{
    struct line *l = arg;
    while (len) {
        const char *newline = memchr(s, '\n', len);
        size_t n = newline ? (size_t)(newline - s) : len;
        n = MIN(n, SLOT_TEXT - l->len);
        memcpy(l->text + l->len, s, n);
        l->len += n;
        if (s + n == newline) {
            line_end(l);
            n++;
        } else if (l->len == SLOT_TEXT) {
            line_end(l);
        }
        s += n;
        len -= n;
    }
}

void klog_vat(enum klog_level level, const char *fmt, va_list ap)
{
    struct line l;
    l.level = level;
    l.len = 0;
    fmt_write(line_sink, &l, fmt, ap);
    if (l.len)
        line_end(&l);
    if (!klog_may_drain_hook || klog_may_drain_hook() || panicking)
        klog_drain();
}

void klog_at(enum klog_level level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    klog_vat(level, fmt, ap);
    va_end(ap);
}

/* ---- reading ---- */

struct record {
    u64 time_ns;
    u32 level;
    u32 len;
    char text[SLOT_TEXT];
};

enum verdict { TAKEN, GONE, NOT_YET };

/* Try to copy record n, which is below head. */
static enum verdict copy_record(const struct klog_ring *r, u64 n, struct record *out)
{
    struct slot *s = slot_of(r, n);
    u64 state =
        atomic_load_explicit(&s->state, memory_order_acquire); /* matches publish's release */
    u64 holder = state >> PHASE_BITS;
    unsigned phase = state & (BIT(PHASE_BITS) - 1);

    if (holder > n || (holder == n && phase == SKIP) || (holder < n && phase == LAPPED))
        return GONE;
    if (holder < n || phase != DONE)
        return NOT_YET;
    out->time_ns = s->time_ns;
    out->level = s->level;
    out->len = MIN(s->len, (u32)SLOT_TEXT); /* a torn or recovered length must not lead us astray */
    memcpy(out->text, s->text, out->len);
    atomic_thread_fence(memory_order_acquire); /* matches claim's release fence */
    return atomic_load_explicit(&s->state, memory_order_relaxed) == state ? TAKEN : GONE;
}

/* Copy the first record at or after *seq that can be had; *seq becomes its number. False when there
 * is none yet. With skip_unfinished, a record whose writer has not finished counts as gone. */
static bool fetch(const struct klog_ring *r, u64 *seq, struct record *out, bool skip_unfinished)
{
    u64 head = head_of(r);
    u64 n = MAX(*seq, head > r->nslots ? head - r->nslots : 1);
    for (; n < head; n++) {
        enum verdict v = copy_record(r, n, out);
        if (v == TAKEN) {
            *seq = n;
            return true;
        }
        if (v == NOT_YET && !skip_unfinished)
            return false;
    }
    return false;
}

static size_t format_record(const struct record *rec, bool with_level, char *buf, size_t size)
{
    u64 us = rec->time_ns / 1000;
    int n = with_level ? scnprintf(buf, size, "<%u>", rec->level) : 0;
    n += scnprintf(buf + n, size - (size_t)n, "[%5lu.%06lu] %.*s\n", us / 1000000, us % 1000000,
                   (int)rec->len, rec->text);
    return (size_t)n;
}

/* The kernel's formatter ends its text with a NUL, which callers of klog_read do not want to pay
 * for. */
#define LINE_BUF (KLOG_LINE_MAX + 1)

size_t klog_read(u64 *seq, char *buf, size_t len)
{
    struct record rec;
    char text[LINE_BUF];
    if (!fetch(ring, seq, &rec, false))
        return 0;
    ++*seq;
    size_t n = MIN(format_record(&rec, true, text, sizeof text), len);
    memcpy(buf, text, n);
    return n;
}

u64 klog_first_seq(void)
{
    u64 head = head_of(ring);
    return head > ring->nslots ? head - ring->nslots : 1;
}

u64 klog_next_seq(void)
{
    return head_of(ring);
}

/* ---- showing ---- */

static void show_gap(struct klog_sink *sink, u64 missing)
{
    char text[64];
    int n = scnprintf(text, sizeof text, "[klog: %lu records lost]\n", missing);
    sink->write(KLOG_WARN, text, (size_t)n);
}

/* Show up to max records on one sink; returns how many it went through. */
static size_t drain_sink(struct klog_sink *sink, size_t max, bool in_panic)
{
    struct record rec;
    char text[LINE_BUF];
    size_t done = 0;

    for (; done < max; done++) {
        u64 seq = sink->next_seq;
        if (!fetch(ring, &seq, &rec, in_panic))
            break;
        if (seq > sink->next_seq)
            show_gap(sink, seq - sink->next_seq);
        if ((int)rec.level <= (int)sink->max_level)
            sink->write((int)rec.level, text, format_record(&rec, false, text, sizeof text));
        WRITE_ONCE(sink->next_seq,
                   seq + 1); /* after the writing: if we panic in it, it is shown again */
    }
    return done;
}

bool klog_pending(void)
{
    u64 head = head_of(ring);
    for (struct klog_sink *s = atomic_load_explicit(&sinks, memory_order_acquire); s; s = s->next)
        if (READ_ONCE(s->next_seq) < head)
            return true;
    return false;
}

static size_t drain_all(size_t max, bool in_panic)
{
    size_t done = 0;
    for (struct klog_sink *s = atomic_load_explicit(&sinks, memory_order_acquire); s; s = s->next)
        if (s->panic_safe || !in_panic)
            done += drain_sink(s, max, in_panic);
    return done;
}

/* A writer that finds the drain taken leaves its record to the holder, who therefore looks again
 * after letting go: either it sees that record, or the writer came later and found the drain free.
 */
void klog_drain(void)
{
    if (atomic_load_explicit(&panicking, memory_order_relaxed)) {
        drain_all(U64_MAX, true);
        return;
    }
    for (size_t budget = DRAIN_BATCH; budget && klog_pending();) {
        if (atomic_flag_test_and_set_explicit(&drain_lock, memory_order_acquire))
            return;
        size_t done = drain_all(budget, false);
        atomic_flag_clear_explicit(&drain_lock, memory_order_seq_cst);
        if (!done)
            return; /* what is pending is unfinished: its writer will come and drain */
        budget -= MIN(done, budget);
    }
}

/* A pending record is not all: the holder may be in the middle of one that no longer counts as
 * pending. So this ends only when it has had the drain itself. */
void klog_finish(void)
{
    for (u64 tries = 0; tries < FINISH_TRIES; tries++) {
        if (atomic_flag_test_and_set_explicit(&drain_lock, memory_order_acquire)) {
            __builtin_ia32_pause();
            continue;
        }
        drain_all(U64_MAX, false);
        atomic_flag_clear_explicit(&drain_lock, memory_order_seq_cst);
        return;
    }
}

void klog_sink_register(struct klog_sink *sink, bool from_start)
{
    sink->next_seq = from_start ? klog_first_seq() : klog_next_seq();
    sink->next = atomic_load_explicit(&sinks, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&sinks, &sink->next, sink, memory_order_release,
                                                  memory_order_relaxed))
        ;
    klog_drain();
}

/* A holder on another CPU is soon done, unless it is what hangs. One that this very CPU was in the
 * middle of (an NMI has struck it) is not done before we are: then go on without the lock. At worst
 * the holder, when it goes on, shows some lines again. */
void klog_drain_urgent(void)
{
    static bool in_vain; /* do not wait for each line of a dump */
    bool mine = false;
    for (int tries = in_vain ? 1 : URGENT_TRIES; tries > 0 && !mine; tries--) {
        mine = !atomic_flag_test_and_set_explicit(&drain_lock, memory_order_acquire);
        if (!mine)
            __builtin_ia32_pause();
    }
    in_vain = !mine;
    drain_all(U64_MAX, true);
    if (mine)
        atomic_flag_clear_explicit(&drain_lock, memory_order_seq_cst);
}

void klog_panic_mode(void)
{
    atomic_store_explicit(&panicking, true, memory_order_relaxed);
    klog_drain();
}

/* ---- across a reboot ---- */

/* As many slots as fit into size bytes, rounded down to a power of two; 0 when that is fewer
 * than 8. */
static u32 slots_in(size_t size)
{
    if (size < sizeof(struct klog_ring) + 8 * sizeof(struct slot))
        return 0;
    u64 n = MIN((size - sizeof(struct klog_ring)) / sizeof(struct slot), BIT(30));
    return (u32)1 << (63 - __builtin_clzl(n));
}

static bool is_log(const struct klog_ring *r, size_t size)
{
    return slots_in(size) && r->magic == KLOG_MAGIC && r->nslots == slots_in(size);
}

u32 klog_place(void *mem, size_t size)
{
    struct klog_ring *to = mem, *from = ring;
    u32 boots = is_log(to, size) ? to->boots + 1 : 0;
    u64 head = head_of(from);

    memset(to, 0, size);
    to->nslots = slots_in(size);
    to->boots = boots;
    atomic_store_explicit(&to->head, head, memory_order_relaxed);
    u64 count = MIN(to->nslots, from->nslots);
    for (u64 n = head > count ? head - count : 1; n < head; n++)
        memcpy(slot_of(to, n), slot_of(from, n), sizeof(struct slot));
    to->magic = KLOG_MAGIC;
    ring = to;
    return boots;
}

size_t klog_recover(const void *mem, size_t size,
                    void (*emit)(void *arg, const char *line, size_t len), void *arg)
{
    const struct klog_ring *r = mem;
    struct record rec;
    char text[LINE_BUF];
    size_t lines = 0;

    if (!is_log(r, size))
        return 0;
    for (u64 seq = 0; fetch(r, &seq, &rec, true); seq++) {
        size_t len = format_record(&rec, true, text, sizeof text);
        for (size_t i = 0; i + 1 < len; i++)
            if (text[i] < ' ' || text[i] > '~')
                text[i] = '?'; /* memory may have decayed */
        emit(arg, text, len);
        lines++;
    }
    return lines;
}
