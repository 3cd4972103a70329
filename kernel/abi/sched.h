/* clone(2) flags, CPU masks, scheduling policies. */
#pragma once

#include <stdint.h>

#define CSIGNAL              0x000000ff /* the signal that tells the parent of the exit */
#define CLONE_VM             0x00000100
#define CLONE_FS             0x00000200
#define CLONE_FILES          0x00000400
#define CLONE_SIGHAND        0x00000800
#define CLONE_PTRACE         0x00002000
#define CLONE_VFORK          0x00004000
#define CLONE_PARENT         0x00008000
#define CLONE_THREAD         0x00010000
#define CLONE_NEWNS          0x00020000
#define CLONE_SYSVSEM        0x00040000
#define CLONE_SETTLS         0x00080000
#define CLONE_PARENT_SETTID  0x00100000
#define CLONE_CHILD_CLEARTID 0x00200000
#define CLONE_DETACHED       0x00400000
#define CLONE_UNTRACED       0x00800000
#define CLONE_CHILD_SETTID   0x01000000

/* A CPU mask is an array of 64-bit words of any length that is a multiple of 8 bytes. Lucid has at
 * most 64 CPUs. */
#define CPU_MASK_WORDS 16
typedef struct {
    uint64_t bits[CPU_MASK_WORDS];
} cpu_set_t;
_Static_assert(sizeof(cpu_set_t) == 128, "cpu_set_t is part of the ABI");

#define SCHED_OTHER    0
#define SCHED_FIFO     1
#define SCHED_RR       2
#define SCHED_BATCH    3
#define SCHED_IDLE     5
#define SCHED_DEADLINE 6

struct sched_param {
    int sched_priority;
};
