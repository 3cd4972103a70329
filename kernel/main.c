/* kmain: the kernel comes up, from the bottom layer to the top one. Read it as a table of contents.
 *
 * The order of the stages is the order of kernel/LAYERS. `panic_at=STAGE` on the command line
 * panics when that stage is reached: the tests use it to prove that a panic is heard of at every
 * point of boot.
 */
#include "debug/assert.h"
#include "debug/lastlog.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "lock/lockcheck.h"
#include "lock/spinlock.h"
#include "x86/bootinfo.h"
#include "x86/earlycon.h"
#include "x86/init.h"
#include "x86/upcall.h"

static char panic_at[16];

static const struct stage {
    const char *name;
    void (*init)(void);
} stages[] = {
    {"debug", panic_init}, /* panic= */
    {"lock", lock_init},   /* check=lock */
};

static void stage_reached(const char *name)
{
    if (strcmp(panic_at, name) == 0)
        panic("panic_at=%s: asked for on the command line", name);
}

static void early_write(int level, const char *text, size_t len)
{
    (void)level;
    earlycon_write(text, len);
}

/* Shows everything until dev/console takes over, and in panic. */
static struct klog_sink early_sink = {
    .name = "early",
    .max_level = KLOG_INFO,
    .panic_safe = true,
    .write = early_write,
};

void kmain(u32 magic, u64 info_pa)
{
    x86_early_init();
    klog_sink_register(&early_sink, true);
    if (!bootinfo_parse(magic, info_pa))
        panic("started by neither multiboot2 (GRUB) nor PVH (qemu -kernel): magic %#x", magic);
    cmdline_init(bootinfo.cmdline);
    cmdline_get("panic_at", panic_at, sizeof panic_at);
    klog("Lucid: a kernel that you can see through (loaded by %s)", bootinfo.loader);

    for (unsigned i = 0; i < ARRAY_SIZE(stages); i++) {
        stage_reached(stages[i].name);
        stages[i].init();
    }
    panic("nothing left to do");
}
