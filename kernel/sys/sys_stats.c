/* lucid_stats: what exists in the whole machine now (abi/lucid.h). The test runner compares it
 * before and after each test. lucid_fail_nth: what happens when memory is short, one allocation at
 * a time.
 */
#include "abi/errno.h"
#include "abi/lucid.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "mm/frame.h"
#include "mm/kmap.h"
#include "mm/pagetable.h"
#include "mm/slab.h"
#include "proc/process.h"
#include "sched/core.h"
#include "sched/thread.h"
#include "sys/syscall.h"
#include "vm/object.h"
#include "x86/irq.h"
#include "x86/trapframe.h"

/* Give back what is kept only to be fast: names that nobody uses, the dead that wait for the
 * reaper, kernel stacks, empty slabs, frames in the CPUs' caches. */
static void settle(void)
{
    dentry_shrink_all(NULL);
    thread_reap_all();
    kstack_shrink();
    slab_shrink();
    frame_drain_caches();
}

static u64 count_interrupts(void)
{
    u64 sum = 0;
    for (unsigned vector = VEC_IRQ_BASE; vector < TRAP_COUNT; vector++)
        sum += trap_total(vector);
    return sum;
}

long sys_lucid_stats(uaddr_t stats, int flags)
{
    if (flags & ~LUCID_STATS_SETTLE)
        return -EINVAL;
    if (flags & LUCID_STATS_SETTLE)
        settle();
    struct frame_stats mem;
    frame_stats(&mem);
    const struct lucid_stats s = {
        .frames_total = mem.total,
        .frames_free = mem.free,
        .slab_objects = slab_objects_active(),
        .inodes = inode_count(),
        .files = file_count(),
        .threads = thread_count(),
        .processes = process_count(),
        .vm_objects = vm_object_count(),
        .pagetable_frames = pt_frames(),
        .context_switches = sched_switches(),
        .page_faults = trap_total(TRAP_PF),
        .syscalls = syscall_count(),
        .interrupts = count_interrupts(),
        .forks = process_forks(),
        .slab_frames = slab_frames(),
    };
    return copy_out(stats, &s, sizeof s);
}

long sys_lucid_fail_nth(unsigned n)
{
    return mm_can_fail() ? (long)mm_fail_nth(n) : -EOPNOTSUPP;
}
