/* power.c: the ways out, tried from the most to the least polite.
 *
 * They run in panic too, so they wait for nothing without a bound and take no lock. S5 needs no
 * byte code executed here: a sleep type and an enable bit are written to one port or two (ACPI
 * Specification, "Sleeping/Wake Control").
 */
#include "x86/power.h"

#include <stdatomic.h>
#include "lib/klog.h"
#include "x86/acpi.h"
#include "x86/clock.h"
#include "x86/cpu.h"

enum { DEBUG_EXIT = 0x501, FW_CFG_SELECT = 0x510, FW_CFG_DATA = 0x511, FW_CFG_SIGNATURE = 0 };
enum { PM1_SLEEP_ENABLE = 1 << 13, PM1_TYPE_SHIFT = 10, PM1_TYPE_MASK = 7 << PM1_TYPE_SHIFT };
enum { KBC_COMMAND = 0x64, KBC_INPUT_FULL = 2, KBC_PULSE_RESET = 0xfe };
/* QEMU performs a reset when its main loop gets to run, which on a busy host takes a while. Trying
 * the next way too soon would end in a triple fault that looks like a mistake. */
enum { PATIENCE_US = 20000, RESET_PATIENCE_US = 1000000 };

static struct last_act *_Atomic last_acts; /* registered at boot, by one CPU */

void power_register_last_act(struct last_act *act)
{
    act->next = last_acts;
    last_acts = act;
}

static void do_last_acts(void)
{
    for (struct last_act *act = atomic_exchange(&last_acts, NULL); act; act = act->next)
        act->fn();
}

/* Is this QEMU (its firmware configuration device says so) and does something answer at the exit
 * port? isa-debug-exit reads as zero; a port that nobody owns reads as ones. */
static bool debug_exit_present(void)
{
    outw(FW_CFG_SELECT, FW_CFG_SIGNATURE);
    const char *want = "QEMU";
    for (int i = 0; i < 4; i++)
        if (inb(FW_CFG_DATA) != (u8)want[i])
            return false;
    return inb(DEBUG_EXIT) == 0;
}

static void pm1_sleep(u16 port, u8 type)
{
    if (port)
        outw(port, (inw(port) & ~PM1_TYPE_MASK) | (type & 7) << PM1_TYPE_SHIFT | PM1_SLEEP_ENABLE);
}

NORETURN static void halt_forever(void)
{
    irqs_off();
    for (;;)
        cpu_halt();
}

void power_off(u8 status)
{
    do_last_acts();
    if (debug_exit_present())
        outb(DEBUG_EXIT, status);
    if (acpi.s5_known) {
        pm1_sleep(acpi.pm1a_cnt, acpi.s5_type_a);
        pm1_sleep(acpi.pm1b_cnt, acpi.s5_type_b);
        clock_delay_us(PATIENCE_US);
    }
    klog_err("power: this machine cannot switch itself off");
    halt_forever();
}

static void reset_keyboard_controller(void)
{
    for (int i = 0; i < 10000 && (inb(KBC_COMMAND) & KBC_INPUT_FULL); i++)
        cpu_pause();
    outb(KBC_COMMAND, KBC_PULSE_RESET);
    clock_delay_us(RESET_PATIENCE_US);
}

/* Without an IDT any exception is a triple fault, and that resets the processor. */
NORETURN static void reset_triple_fault(void)
{
    struct {
        u16 limit;
        u64 base;
    } PACKED none = {0};
    asm volatile("lidt %0; int3" ::"m"(none));
    halt_forever();
}

void power_reboot(void)
{
    irqs_off();
    do_last_acts();
    if (acpi.reset_known && acpi.reset_space == ACPI_SPACE_IO) {
        outb(acpi.reset_addr, acpi.reset_value);
        clock_delay_us(RESET_PATIENCE_US);
    }
    reset_keyboard_controller();
    reset_triple_fault();
}
