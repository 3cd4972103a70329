/* Hands the counters of a COVERAGE=1 build to the host (gcov.h).
 *
 * Each instrumented object has a struct gcov_info, and -fprofile-info-section gathers pointers to
 * them (linker.ld). Their layout belongs to the compiler, so libgcov turns each into the bytes of a
 * .gcda file (GCC manual, "Profiling and Test Coverage in Freestanding Environments"). The stream
 * on the port is records of a letter, a length and that many bytes: F a file's name, D a piece of
 * it, E the end, without which tools/coverage.py does not trust the rest.
 *
 * Only this build contains the file, and only this file is not instrumented in it.
 */
#include "debug/gcov.h"
#include <gcov.h>
#include "debug/assert.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/io.h"
#include "x86/power.h"

/* QEMU's isa-debugcon, put there by tools/qemu.py; it reads back this value where it is present. */
enum { PORT = 0x4e9, PRESENT = 0xe9 };

static void put(const void *bytes, u32 len)
{
    for (const u8 *b = bytes; len--; b++)
        outb(PORT, *b);
}

static void record(char kind, const void *bytes, u32 len)
{
    outb(PORT, kind);
    put(&len, sizeof len);
    put(bytes, len);
}

static void begin_file(const char *name, void *arg)
{
    (void)arg;
    record('F', name, strlen(name));
}

static void more_bytes(const void *bytes, unsigned len, void *arg)
{
    (void)arg;
    record('D', bytes, len);
}

static void *no_memory(unsigned len, void *arg)
{
    (void)len, (void)arg;
    return NULL;
}

/* Any context, panic included: takes no lock, waits for nothing. */
static void gcov_write(void)
{
    irqs_off();
    for (const struct gcov_info *const *i = __gcov_info_start; i < __gcov_info_end; i++)
        __gcov_info_to_gcda(*i, begin_file, more_bytes, no_memory, NULL);
    record('E', "", 0);
}

static struct last_act write_act = {.fn = gcov_write};

void gcov_init(void)
{
    if (inb(PORT) == PRESENT)
        power_register_last_act(&write_act);
}

/* libgcov is made for programs, and its objects name what only a program's would call: the merge
 * with an older file, and memory for histograms of values (-fprofile-values, not used here). */
void __gcov_merge_add(void *counters, unsigned n);
void *mmap(void);
NORETURN void abort(void);

void __gcov_merge_add(void *counters, unsigned n)
{
    (void)counters, (void)n;
    panic("gcov: nothing to merge with");
}

void *mmap(void)
{
    panic("gcov: no histograms");
}

void abort(void)
{
    panic("gcov: abort");
}
