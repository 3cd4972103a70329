/* pic.c: the two 8259 interrupt controllers of 1981, which every PC still has, silenced.
 *
 * All interrupts come through the I/O APIC. Masking alone is not enough: a spurious interrupt (the
 * 8259's IRQ 7 and 15) is delivered even when masked, and at reset these land on vectors 8-15,
 * which are exceptions here. So both are first moved to the device vectors, where an unexpected one
 * is reported as what it is (Intel 8259A data sheet, "Initialization Command Words").
 */
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/irq.h"

enum { PIC1_CMD = 0x20, PIC1_DATA = 0x21, PIC2_CMD = 0xa0, PIC2_DATA = 0xa1 };
enum { ICW1_INIT = 0x10, ICW1_ICW4 = 0x01, ICW4_8086 = 0x01 };
enum { ICW3_SLAVE_ON_2 = 1 << 2, ICW3_I_AM_2 = 2 };

void pic_mask_all(void)
{
    outb(PIC1_CMD, ICW1_INIT | ICW1_ICW4);
    outb(PIC2_CMD, ICW1_INIT | ICW1_ICW4);
    outb(PIC1_DATA, VEC_IRQ_BASE);
    outb(PIC2_DATA, VEC_IRQ_BASE + 8);
    outb(PIC1_DATA, ICW3_SLAVE_ON_2);
    outb(PIC2_DATA, ICW3_I_AM_2);
    outb(PIC1_DATA, ICW4_8086);
    outb(PIC2_DATA, ICW4_8086);
    outb(PIC1_DATA, 0xff);
    outb(PIC2_DATA, 0xff);
}
