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

CRASH(null)
{
    (void)READ_ONCE(*(u64 *)hidden(0));
}

CRASH(text)
{
    WRITE_ONCE(*(u8 *)hidden((u64)text_start), 0x90);
}

CRASH(rodata)
{
    WRITE_ONCE(*(u8 *)hidden((u64)rodata_start), 0);
}

CRASH(exec)
{
    static u8 ret_insn[] = {0xc3};
    void (*fn)(void) = hidden((u64)ret_insn);
    fn();
}

CRASH(divide)
{
    asm volatile("xorl %%ecx, %%ecx; divl %%ecx" ::: "eax", "ecx", "edx");
}

CRASH(ud)
{
    asm volatile("ud2");
}

CRASH(noncanonical)
{
    (void)READ_ONCE(*(u64 *)hidden(0x8000000000000000));
}

/* Each call keeps 256 bytes of stack and looks at them afterwards, so it cannot become a loop. */
/* NOLINTNEXTLINE(misc-no-recursion): until the guard page ends it, that is the crash */
static NOINLINE u64 recurse(u64 depth)
{
    u8 local[256];
    memset(hidden((u64)local), (int)depth, sizeof local);
    /* NOLINTNEXTLINE(clang-analyzer-core.*): written through hidden() */
    return depth == 0 ? 0 : recurse(depth - 1) + local[depth % sizeof local];
}

CRASH(stack)
{
    klog("crash: %lu", recurse(1000000));
}

CRASH(smash)
{
    char local[16];
    memset(hidden((u64)local), 'A', 64);
    asm volatile("" ::"r"(local) : "memory");
}

CRASH(assert)
{
    ASSERT(hidden(1) == NULL);
}

/* For the NMI dump: this CPU answers nothing else. */
CRASH(hang)
{
    irqs_off();
    for (;;)
        cpu_pause();
}

void crash_if_asked(void)
{
    char name[32];
    if (!cmdline_get("crash", name, sizeof name))
        return;
    for (const struct crash *c = __crashes_start; c < __crashes_end; c++) {
        if (strcmp(c->name, name) != 0)
            continue;
        klog("crash: %s, as the command line asks", name);
        c->fn();
        klog_err("crash: %s did not stop the kernel", name);
        return;
    }
    klog_err("crash=%s is not known; these are:", name);
    for (const struct crash *c = __crashes_start; c < __crashes_end; c++)
        klog_err("  crash=%s", c->name);
}
