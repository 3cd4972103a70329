/* Mistakes to order (crash.h). Each is written so that the compiler cannot see what is wrong with
 * it.
 */
#include "debug/crash.h"
#include "debug/assert.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "x86/cpu.h"
#include "x86/sections.h"

/* The compiler must not know where a pointer comes from, or it would warn, or reason. */
static void *hidden(u64 address)
{
    asm("" : "+r"(address));
    return (void *)address;
}

static void read_null(void)
{
    (void)READ_ONCE(*(u64 *)hidden(0));
}

static void write_text(void)
{
    WRITE_ONCE(*(u8 *)hidden((u64)text_start), 0x90);
}

static void write_rodata(void)
{
    WRITE_ONCE(*(u8 *)hidden((u64)rodata_start), 0);
}

static void execute_data(void)
{
    static u8 ret_insn[] = {0xc3};
    void (*fn)(void) = hidden((u64)ret_insn);
    fn();
}

static void divide(void)
{
    asm volatile("xorl %%ecx, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx");
}

static void undefined_instruction(void)
{
    asm volatile("ud2");
}

static void non_canonical(void)
{
    (void)READ_ONCE(*(u64 *)hidden(0x8000000000000000));
}

/* Each call keeps 256 bytes of stack and looks at them afterwards, so it cannot become a loop. */
static NOINLINE u64 recurse(u64 depth)
{
    u8 local[256];
    memset(hidden((u64)local), (int)depth, sizeof local);
    return depth == 0 ? 0 : recurse(depth - 1) + local[depth % sizeof local];
}

static void overflow_stack(void)
{
    klog("crash: %lu", recurse(1000000));
}

static NOINLINE void smash_frame(void)
{
    char local[16];
    memset(hidden((u64)local), 'A', 64);
    asm volatile("" ::"r"(local) : "memory");
}

static void failed_assertion(void)
{
    ASSERT(hidden(1) == NULL);
}

/* For the NMI dump: this CPU answers nothing else. */
static void hang(void)
{
    irqs_off();
    for (;;)
        cpu_pause();
}

static const struct {
    const char *name;
    void (*fn)(void);
} mistakes[] = {
    {"null", read_null},
    {"text", write_text},
    {"rodata", write_rodata},
    {"exec", execute_data},
    {"divide", divide},
    {"ud", undefined_instruction},
    {"noncanonical", non_canonical},
    {"stack", overflow_stack},
    {"smash", smash_frame},
    {"assert", failed_assertion},
    {"hang", hang},
};

void crash_if_asked(void)
{
    char name[16];
    if (!cmdline_get("crash", name, sizeof name))
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(mistakes); i++) {
        if (strcmp(mistakes[i].name, name) != 0)
            continue;
        klog("crash: %s, as the command line asks", name);
        mistakes[i].fn();
        klog_err("crash: %s went unnoticed", name);
        return;
    }
    klog_err("crash=%s is not known; these are:", name);
    for (unsigned i = 0; i < ARRAY_SIZE(mistakes); i++)
        klog_err("  crash=%s", mistakes[i].name);
}
