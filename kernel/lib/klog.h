/* klog.h: what the kernel has to say, kept as records in a ring and shown on the consoles.
 *
 * Writing a record takes no lock and never waits, so klog works in every context: early boot,
 * interrupts, NMI, panic, and under any lock. Showing is separate: whoever finds the drain free
 * moves pending records to the *sinks* (serial line, screen), a bounded number at a time. If
 * writers outrun the readers, the oldest records are lost, and counted.
 *
 * The ring can live at a fixed physical place (klog_place); after a reboot the next kernel reads
 * there what this one said last (klog_recover).
 *
 * Text is split at newlines, one record a line; a final newline may be left out. Long lines
 * continue in a next record. */
#pragma once

#include "lib/types.h"

/* Severities, numbered as syslog(2) numbers them. */
enum klog_level {
    KLOG_CRIT = 2, /* the last words */
    KLOG_ERR = 3,
    KLOG_WARN = 4,
    KLOG_INFO = 6,
    KLOG_DEBUG = 7,
};

#define klog(...)       klog_at(KLOG_INFO, __VA_ARGS__)
#define klog_warn(...)  klog_at(KLOG_WARN, __VA_ARGS__)
#define klog_err(...)   klog_at(KLOG_ERR, __VA_ARGS__)
#define klog_debug(...) klog_at(KLOG_DEBUG, __VA_ARGS__)

/* Before the first record of a boot. */
void klog_init(void);

void klog_at(enum klog_level level, const char *fmt, ...) PRINTF(2, 3);
void klog_vat(enum klog_level level, const char *fmt, va_list ap) PRINTF(2, 0);

/* ---- hooks, set by higher layers once at boot ---- */
extern u64 (*klog_time_hook)(void); /* ns since boot; until it is set, records carry 0 */
extern u32 (*klog_cpu_hook)(void);  /* number of this CPU; until it is set, 0 */

/* May this context spend time on the sinks now (interrupts on, no spinlock held)? If it says no,
 * klog only records, and someone else drains: trap exit or the idle loop, when klog_pending().
 * Until it is set the answer is yes. */
extern bool (*klog_may_drain_hook)(void);

/* ---- sinks ---- */
struct klog_sink {
    const char *name;
    enum klog_level max_level; /* more talkative records are not shown here */
    bool panic_safe;           /* polls, takes no lock: the only kind used in panic */
    /* Show text, one line with its time stamp and newline; called by one CPU at a time (nested
     * table: see DESIGN). */
    void (*write)(int level, const char *text, size_t len);
    u64 next_seq; /* filled in by klog: the first record not shown yet */
    struct klog_sink *next;
};

/* Add a sink (the caller keeps owning it; it stays for ever). It first gets what the ring still
 * holds if from_start. */
void klog_sink_register(struct klog_sink *sink, bool from_start);

/* Show pending records, if nobody is at it: at most a few dozen in one call. */
void klog_drain(void);

/* Show everything, and wait for who is showing it: the machine is about to be switched off. Gives
 * up after some seconds. A thread, interrupts on. */
void klog_finish(void);

/* Show everything pending on the panic-safe sinks now, whatever the context: for an NMI that
 * reports a hang, when nobody may be left to drain. Where another drain is under way, it is waited
 * for briefly, and then overtaken. */
void klog_drain_urgent(void);

/* Is there something to show? Cheap: for trap exit and the idle loop. */
bool klog_pending(void);

/* From now on every klog is shown at once, by panic-safe sinks alone, whoever held the drain
 * before. For the one CPU that panics, when the others are stopped or about to be. */
void klog_panic_mode(void);

/* ---- reading: dmesg, syslog(2) ---- */

/* Format the first record at or after *seq that the ring still holds into buf, "<6>[    0.123456]
 * text\n", cut to len (no NUL), and move *seq behind it. Start with *seq = 0. Returns the bytes
 * stored; 0 when there is nothing newer. */
size_t klog_read(u64 *seq, char *buf, size_t len);

/* The longest that klog_read produces. */
#define KLOG_LINE_MAX 272

u64 klog_first_seq(void); /* the oldest record that the ring still holds */
u64 klog_next_seq(
    void);           /* what the next record will be numbered: as many were written since boot */

/* ---- across a reboot ---- */

/* Move the log into `size` bytes at mem (8-byte aligned, at least 4 KiB, kept by the caller for
 * ever): what was said so far is copied. Call it at boot while one CPU runs, after klog_recover.
 * Returns how often the log at this place has been taken over by a new boot: 0 for a cold start, 1
 * after the first reboot. */
u32 klog_place(void *mem, size_t size);

/* If an earlier boot left a log at mem, pass each of its lines to emit, oldest first, formatted as
 * klog_read does. Returns the number of lines, 0 when there is no (intact) log. Trusts nothing that
 * it reads. */
size_t klog_recover(const void *mem, size_t size,
                    void (*emit)(void *arg, const char *line, size_t len), void *arg);
