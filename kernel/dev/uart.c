/* uart.c: the 16550 serial port (National Semiconductor PC16550D data sheet).
 *
 * Input comes by interrupt. Output is pushed: as long as the transmitter says that its FIFO is
 * empty, it gets 16 bytes; when it does not, its interrupt is switched on and goes on with the
 * rest. Under an emulator the transmitter is practically always empty, and no interrupt happens at
 * all.
 *
 * When the line discipline takes no more keys, the receive interrupt is switched off and the bytes
 * stay in the FIFO: the other side's business is then to wait (QEMU does). In panic none of this is
 * used: the early console writes to COM1 by itself.
 */
#include "dev/uart.h"
#include "debug/dump.h"
#include "debug/panic.h"
#include "dev/rank.h"
#include "dev/tty.h"
#include "lib/klog.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/earlycon.h"
#include "x86/io.h"
#include "x86/irq.h"
#include "x86/power.h"

enum { /* registers, from the base port */
       REG_DATA = 0,
       REG_IER = 1,
       REG_IIR = 2,
       REG_FCR = 2,
       REG_LCR = 3,
       REG_MCR = 4,
       REG_LSR = 5,
       REG_SCRATCH = 7,
};
enum {
    IER_RECEIVE = 1 | 4, /* data, and line status: a break alone in the FIFO is no data */
    IER_TRANSMIT = 2,
    IIR_NONE = 1,
    FCR_ENABLE = 1,
    FCR_CLEAR = 6,
    FCR_TRIGGER_8 = 0x80,
    LCR_8N1 = 3,
    LCR_DIVISOR = 0x80,
    MCR_DTR_RTS = 3,
    MCR_OUT2 = 8, /* OUT2 gates the interrupt on a PC */
    LSR_DATA = 1,
    LSR_BREAK = 0x10,
    LSR_FIFO_EMPTY = 0x20,
    LSR_ALL_SENT = 0x40,
};
enum {
    FIFO_BYTES = 16,
    BURSTS = 16,         /* FIFOs filled in one go, before the rest is left to the interrupt */
    IRQ_ROUNDS = 64,     /* a port that never stops asking must not hang its CPU */
    SPIN_LIMIT = 200000, /* polls for a transmitter before the rest is left to its interrupt */
    SETTLE_S = 5,        /* for a reader to take what is left when the machine goes off */
    DIVISOR_115200 = 1,
};

/* key: l = lock, c = fixed by uart_init */
struct uart {
    struct tty tty;
    u16 base;     /* (c) */
    bool present; /* (c) */
    struct spinlock lock;
    u8 ier;              /* (l) what the register holds */
    bool stalled;        /* (l) polling has been in vain: the other end does not read */
    bool holding;        /* (l) input is held back, in held[] and in the FIFO */
    bool resuming;       /* (l) someone is feeding held[] */
    u8 held[FIFO_BYTES]; /* (l) */
    size_t nheld;        /* (l) */
    bool broken;         /* by its interrupt alone: the last that came was a break */
};

static struct uart uarts[UARTS];
static const struct {
    const char *name, *irq_name;
    dev_t dev;
    u16 base;
    unsigned irq;
} ports[UARTS] = {
    {"ttyS0", "COM1", DEV_MAKE(4, 64), 0x3f8, 4},
    {"ttyS1", "COM2", DEV_MAKE(4, 65), 0x2f8, 3},
};

static struct uart *of(struct tty *tty)
{
    return container_of(tty, struct uart, tty);
}

static u8 reg_read(const struct uart *u, u16 reg)
{
    return inb(u->base + reg);
}

static void reg_write(const struct uart *u, u16 reg, u8 v)
{
    outb(u->base + reg, v);
}

static void ier_set(struct uart *u, u8 ier) REQUIRES(&u->lock)
{
    if (u->ier != ier)
        reg_write(u, REG_IER, ier);
    u->ier = ier;
}

/* ---- output ---- */

/* One FIFO's worth. */
static void send_burst(struct uart *u) REQUIRES(&u->lock)
{
    u8 burst[FIFO_BYTES];
    u32 n = ring_read(&u->tty.out, burst, sizeof burst);
    for (u32 i = 0; i < n; i++)
        reg_write(u, REG_DATA, burst[i]);
}

static void send_locked(struct uart *u) REQUIRES(&u->lock)
{
    int bursts = 0;
    bool may_send = !READ_ONCE(u->tty.ld.stopped);
    while (may_send && ring_used(&u->tty.out) && bursts++ < BURSTS &&
           (reg_read(u, REG_LSR) & LSR_FIFO_EMPTY))
        send_burst(u);
    bool more = may_send && ring_used(&u->tty.out);
    ier_set(u, (u->ier & ~IER_TRANSMIT) | (more ? IER_TRANSMIT : 0));
}

static void uart_start(struct tty *tty)
{
    struct uart *u = of(tty);
    if (ring_used(&tty->out) == 0)
        return;
    spin_lock(&u->lock);
    send_locked(u);
    spin_unlock(&u->lock);
    tty_output_moved(tty);
}

/* Poll for one of the LSR bits. Where that was in vain (the reader at the other end sleeps), later
 * calls look once only, until the transmitter is seen to be ready again. */
static bool wait_for(struct uart *u, u8 bit) REQUIRES(&u->lock)
{
    for (int i = 0; i < (u->stalled ? 1 : SPIN_LIMIT); i++) {
        if (reg_read(u, REG_LSR) & bit) {
            u->stalled = false;
            return true;
        }
        cpu_pause();
    }
    u->stalled = true;
    return false;
}

static void uart_drain(struct tty *tty)
{
    struct uart *u = of(tty);
    spin_lock(&u->lock);
    while (!READ_ONCE(tty->ld.stopped) && ring_used(&tty->out) && wait_for(u, LSR_FIFO_EMPTY))
        send_burst(u);
    wait_for(u, LSR_ALL_SENT);
    send_locked(u); /* what is left goes by interrupt */
    spin_unlock(&u->lock);
    tty_output_moved(tty);
}

static void uart_discard(struct tty *tty)
{
    struct uart *u = of(tty);
    spin_lock(&u->lock);
    ring_skip(&tty->out, ring_used(&tty->out));
    spin_unlock(&u->lock);
}

/* ---- input ---- */

/* Empty the FIFO into keys. Returns how many; *broken: a break condition came after them. */
static size_t receive(struct uart *u, u8 keys[FIFO_BYTES], bool *broken)
{
    size_t n = 0;
    *broken = false;
    spin_lock(&u->lock);
    while (!u->holding && n < FIFO_BYTES && !*broken) {
        u8 status = reg_read(u, REG_LSR);
        if (!(status & LSR_DATA))
            break;
        u8 key = reg_read(u, REG_DATA);
        if (status & LSR_BREAK)
            *broken = true; /* the byte is a zero that nobody typed */
        else
            keys[n++] = key;
    }
    spin_unlock(&u->lock);
    return n;
}

/* Keep what the line discipline did not take, and let the device wait. */
static void hold_back(struct uart *u, const u8 *keys, size_t n) REQUIRES(&u->lock)
{
    for (size_t i = 0; i < n; i++)
        u->held[i] = keys[i];
    u->nheld = n;
    u->holding = n > 0;
    ier_set(u, n ? u->ier & ~IER_RECEIVE : u->ier | IER_RECEIVE);
}

/* Feed what was held back; what is still not taken is held again. If room appears between the last
 * try and our noting so, whoever made it finds `resuming` cleared, or we find the room. */
static bool feed_held(struct uart *u)
{
    u8 keys[FIFO_BYTES];
    spin_lock(&u->lock);
    size_t n = u->nheld;
    bool mine = u->holding && !u->resuming;
    for (size_t i = 0; i < n; i++)
        keys[i] = u->held[i];
    u->resuming |= mine;
    spin_unlock(&u->lock);
    if (!mine)
        return false;
    size_t taken = tty_input(&u->tty, keys, n);
    spin_lock(&u->lock);
    hold_back(u, keys + taken, n - taken);
    u->resuming = false;
    spin_unlock(&u->lock);
    return taken < n;
}

static void uart_resume(struct tty *tty)
{
    struct uart *u = of(tty);
    while (feed_held(u) && tty_has_room(tty))
        ;
}

/* A second break without a key in between asks for a dump: it works as long as interrupts do. */
static void got_break(struct uart *u)
{
    if (u->broken)
        dump_machine(-1);
    u->broken = !u->broken;
    tty_break(&u->tty);
}

static void input_interrupt(struct uart *u)
{
    u8 keys[FIFO_BYTES];
    bool broken;
    size_t n = receive(u, keys, &broken);
    size_t taken = n ? tty_input(&u->tty, keys, n) : 0;
    if (taken < n) {
        spin_lock(&u->lock);
        hold_back(u, keys + taken, n - taken);
        spin_unlock(&u->lock);
        if (tty_has_room(&u->tty)) /* a reader came in between */
            uart_resume(&u->tty);
    }
    if (n)
        u->broken = false;
    if (broken)
        got_break(u);
}

/* The interrupt line is edge-triggered: it must be seen low once before we leave, or the next event
 * makes no edge and the port falls silent. Switching all sources off and on again does that. */
static void make_edge(struct uart *u)
{
    spin_lock(&u->lock);
    reg_write(u, REG_IER, 0);
    reg_write(u, REG_IER, u->ier);
    spin_unlock(&u->lock);
}

static void uart_interrupt(void *arg)
{
    struct uart *u = arg;
    int rounds = 0;
    while (!(reg_read(u, REG_IIR) & IIR_NONE) && rounds++ < IRQ_ROUNDS) {
        input_interrupt(u);
        spin_lock(&u->lock);
        send_locked(u);
        spin_unlock(&u->lock);
    }
    if (rounds > IRQ_ROUNDS)
        make_edge(u); /* still asking: let other interrupts have a turn first */
    tty_output_moved(&u->tty);
}

/* The machine goes off: what was written is still to reach the other end, and who reads there may
 * be slow. In a panic a stopped CPU may have our lock, and the early console has said all. */
static void settle(void)
{
    u64 deadline = now_ns() + SETTLE_S * NS_PER_SEC;
    for (unsigned i = 0; i < UARTS && !panic_active(); i++) {
        struct uart *u = &uarts[i];
        while (u->present && !u->tty.ld.stopped && now_ns() < deadline &&
               (ring_used(&u->tty.out) || !(reg_read(u, REG_LSR) & LSR_ALL_SENT)))
            uart_drain(&u->tty);
    }
}
static struct last_act settle_act = {.fn = settle};

static const struct tty_driver driver = {
    .start = uart_start,
    .drain = uart_drain,
    .discard = uart_discard,
    .resume = uart_resume,
};

/* ---- set-up ---- */

/* A port that is not there reads as ones. */
static bool detect(const struct uart *u)
{
    reg_write(u, REG_SCRATCH, 0x5a);
    bool there = reg_read(u, REG_SCRATCH) == 0x5a;
    reg_write(u, REG_SCRATCH, 0xa5);
    return there && reg_read(u, REG_SCRATCH) == 0xa5;
}

/* 115,200 baud, 8 bits, no parity, one stop bit; FIFOs on. What was received so far is kept: it may
 * be what the user typed while the kernel was booting. */
static void configure(struct uart *u)
{
    reg_write(u, REG_IER, 0);
    reg_write(u, REG_LCR, LCR_DIVISOR);
    reg_write(u, REG_DATA, DIVISOR_115200);
    reg_write(u, REG_IER, 0);
    reg_write(u, REG_LCR, LCR_8N1);
    reg_write(u, REG_FCR, FCR_ENABLE | FCR_TRIGGER_8);
    reg_write(u, REG_MCR, MCR_DTR_RTS | MCR_OUT2);
}

static void input_before_boot(struct uart *u)
{
    u8 key;
    if (earlycon_take_key(&key))
        tty_input(&u->tty, &key, 1);
}

static void port_init(unsigned i)
{
    struct uart *u = &uarts[i];
    u->base = ports[i].base;
    if (!detect(u))
        return;
    spin_init(&u->lock, ports[i].irq_name, RANK_TTY_DRIVER);
    tty_init(&u->tty, ports[i].name, ports[i].dev, &driver);
    configure(u);
    if (irq_register(VEC_IRQ_BASE + ports[i].irq, uart_interrupt, u, ports[i].irq_name) ||
        ioapic_route(ports[i].irq, VEC_IRQ_BASE + ports[i].irq, 0) || tty_register(&u->tty)) {
        klog_err("uart: %s gets no interrupt or no name", ports[i].name);
        return;
    }
    u->present = true;
    if (i == 0)
        input_before_boot(u);
    spin_lock(&u->lock);
    ier_set(u, IER_RECEIVE);
    spin_unlock(&u->lock);
    uart_interrupt(u); /* an edge that came before the route was made came in vain */
}

void uart_init(void)
{
    for (unsigned i = 0; i < UARTS; i++)
        port_init(i);
    power_register_last_act(&settle_act);
}

struct tty *uart_tty(unsigned n)
{
    return n < UARTS && uarts[n].present ? &uarts[n].tty : NULL;
}
