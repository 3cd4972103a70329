/* The log across a reboot (lastlog.h).
 *
 * A reset clears the processor, not the memory. Firmware and boot loader use, and SeaBIOS even
 * clears, most of the memory below 1 MiB; these 36 KiB at 576 KiB are left alone by QEMU's BIOS
 * and by GRUB. Should another firmware not do so, klog_recover finds its checks violated and there
 * is simply no last log.
 */
#include "debug/lastlog.h"
#include "lib/cmdline.h"
#include "lib/klog.h"
#include "lib/string.h"
#include "x86/bootinfo.h"
#include "x86/earlycon.h"

static unsigned boots = 1;

static bool is_ram(paddr_t start, u64 len)
{
    for (unsigned i = 0; i < bootinfo.nranges; i++) {
        const struct boot_range *r = &bootinfo.range[i];
        if (r->type == MEM_RAM && r->start <= start && start + len <= r->start + r->len)
            return true;
    }
    return false;
}

/* Straight to the early console: in this boot's own log the old lines would pile up boot by boot.
 * "<6>[..." is syslog's level, which a reader does not want. */
static void repeat(void *arg, const char *line, size_t len)
{
    static const char mark[] = "last boot: ";
    const char *text = memchr(line, '>', len);
    text = text ? text + 1 : line;
    earlycon_write(mark, sizeof mark - 1);
    earlycon_write(text, line + len - text);
}

void lastlog_init(void *mem)
{
    if (!is_ram(LASTLOG_PA, LASTLOG_BYTES))
        return;
    if (cmdline_flag("lastlog"))
        klog_recover(mem, LASTLOG_BYTES, repeat, NULL);
    boots = klog_place(mem, LASTLOG_BYTES) + 1;
    if (boots > 1)
        klog("boot %u since power-on", boots);
}

unsigned lastlog_boots(void)
{
    return boots;
}
