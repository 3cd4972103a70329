/* Talking to devices: I/O ports and memory-mapped registers.
 *
 * Each access happens exactly once and in program order: asm volatile for ports, READ_ONCE and
 * WRITE_ONCE for memory (which must be mapped uncached).
 */
#pragma once
#include "lib/types.h"

static inline void outb(u16 port, u8 v)
{
    asm volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}
static inline void outw(u16 port, u16 v)
{
    asm volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}
static inline void outl(u16 port, u32 v)
{
    asm volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}
static inline u8 inb(u16 port)
{
    u8 v;
    asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline u16 inw(u16 port)
{
    u16 v;
    asm volatile("inw %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}
static inline u32 inl(u16 port)
{
    u32 v;
    asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
    return v;
}

/* Device registers in memory. */
static inline u32 mmio_read32(const void *p)
{
    return READ_ONCE(*(const u32 *)p);
}

static inline void mmio_write32(void *p, u32 v)
{
    WRITE_ONCE(*(u32 *)p, v);
}
