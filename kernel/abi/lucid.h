/* Lucid's own system calls, from number 1000 up: what Linux has no call for. */
#pragma once

#include <stdint.h>

#define LUCID_SYSCALL_BASE 1000

/* lucid_stats: what exists in the whole machine at this moment. The test runner reads it before and
 * after each test: whatever is higher afterwards has leaked. Caches that are empty of meaning
 * (per-CPU frames, cached kernel stacks, free slabs) count as free, or are given back first with
 * LUCID_STATS_SETTLE. */
struct lucid_stats {
    uint64_t frames_total;
    uint64_t frames_free;
    uint64_t slab_objects; /* allocated now, in all caches */
    uint64_t inodes;
    uint64_t files; /* open file descriptions */
    uint64_t threads;
    uint64_t processes; /* zombies included */
    uint64_t vm_objects;
    uint64_t pagetable_frames;
    uint64_t context_switches; /* since boot, as are the following */
    uint64_t page_faults;
    uint64_t syscalls;
    uint64_t interrupts;
    uint64_t forks;
    uint64_t slab_frames; /* now; whether or not the objects in them are in use */
    uint64_t spare[17];   /* zero */
};
_Static_assert(sizeof(struct lucid_stats) == 256, "struct lucid_stats is part of the ABI");

/* Flag: first reap what is dead and empty the caches that may be emptied. */
#define LUCID_STATS_SETTLE 1
