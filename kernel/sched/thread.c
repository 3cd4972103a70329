/* Threads: what they are made of.
 *
 * Making a thread means laying out a stack on which it looks as if it had once been switched away
 * from:
 *
 *     stack_hi ->  +------------------+
 *                  | struct trapframe |  the user's registers; unused in a kernel thread
 *     user_tf -->  +------------------+
 *                  | thread_entry     |  where swtch "returns" to: entry.S, then thread_start
 *                  | rbp .. r15, all 0|  what swtch pops
 *     rsp ------>  +------------------+
 *
 * Numbers and the table are in threadtab.c, the end of a thread in reaper.c.
 */
#include "sched/thread.h"
#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/panic.h"
#include "lib/fmt.h"
#include "lib/hash.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/slab.h"
#include "sched/runq_priv.h"
#include "sched/userregs.h"
#include "x86/clock.h"
#include "x86/fpu.h"
#include "x86/swtch.h"

enum { FPU_ALIGN = 64 }; /* Intel SDM vol. 1, "XSAVE Area" */

static struct kmem_cache *thread_cache, *fpu_cache;

/* ---- birth ---- */

void thread_set_name(struct thread *t, const char *name)
{
    strlcpy(t->ctx.name, name, sizeof t->ctx.name);
}

/* The lowest byte is 0, so that no string operation runs across it (as on Linux). */
static u64 new_canary(const struct thread *t)
{
    return hash_mix(rdtsc(), (uptr)t) & ~0xfful;
}

static void thread_init_common(struct thread *t, const char *name)
{
    thread_set_name(t, name);
    t->ctx.canary = new_canary(t);
    t->ctx.irq_flags = RFLAGS_IF; /* switch_finish, the first to unlock, turns interrupts on */
    t->state = T_NEW;
    t->cpu = cpu_id();
    t->allowed = CPUMASK_ALL;
    t->start_ns = now_ns();
    list_init(&t->dead);
    list_init(&t->in_process);
    list_init(&t->pending.infos);
    refcount_init(&t->refs, 2); /* the scheduler's and the caller's */
    t->policy = sched_classes[CLASS_NORMAL];
    t->policy->attach(t);
}

static struct trapframe *stack_trapframe(const struct thread *t)
{
    return (struct trapframe *)t->ctx.stack_hi - 1;
}

/* The picture at the top of this file. */
static void lay_out_stack(struct thread *t, vaddr_t stack)
{
    t->ctx.stack_lo = stack;
    t->ctx.stack_hi = stack + KSTACK_SIZE;
    struct swtch_frame *frame = (struct swtch_frame *)stack_trapframe(t) - 1;
    *frame = (struct swtch_frame){.rip = (u64)thread_entry};
    t->rsp = (u64)frame;
}

static struct thread *thread_alloc(const char *name, u64 id)
{
    struct thread *t = kmem_cache_zalloc(thread_cache);
    if (!t)
        return NULL;
    void *stack = kstack_alloc();
    if (!stack)
        goto free_thread;
    lay_out_stack(t, (vaddr_t)stack);
    thread_init_common(t, name);
    if (!thread_table_add(t, id))
        goto free_stack;
    return t;

free_stack:
    kstack_free(stack);
free_thread:
    kmem_cache_free(thread_cache, t);
    return NULL;
}

static struct thread *thread_create_id(const char *name, void (*fn)(void *), void *arg, u64 id)
{
    struct thread *t = thread_alloc(name, id);
    if (t) {
        t->fn = fn;
        t->arg = arg;
    }
    return t;
}

struct thread *thread_create(const char *name, void (*fn)(void *), void *arg)
{
    return thread_create_id(name, fn, arg, 0);
}

struct thread *thread_create_init(void (*fn)(void *), void *arg)
{
    return thread_create_id("init", fn, arg, PID_INIT);
}

/* Inherits what the scheduler knows of its parent's wishes. */
struct thread *thread_create_user(const char *name, const struct trapframe *tf)
{
    void *fpu = kmem_cache_zalloc(fpu_cache);
    if (!fpu)
        return NULL;
    struct thread *t = thread_alloc(name, 0);
    if (!t) {
        kmem_cache_free(fpu_cache, fpu);
        return NULL;
    }
    t->fpu = fpu;
    userregs_copy(t);
    t->user_tf = stack_trapframe(t);
    *t->user_tf = *tf;
    t->allowed = thread_current()->allowed;
    t->nice = thread_current()->nice;
    return t;
}

int thread_add_user_side(void)
{
    struct thread *t = thread_current();
    if (!t->fpu) {
        void *fpu = kmem_cache_zalloc(fpu_cache);
        if (!fpu)
            return -ENOMEM;
        fpu_area_init(fpu); /* before the next switch finds it */
        WRITE_ONCE(t->fpu, fpu);
        t->user_tf = stack_trapframe(t);
    }
    memset(t->user_tf, 0, sizeof *t->user_tf);
    userregs_reset();
    return 0;
}

/* The caller's context goes on as the idle thread of its CPU: same stack, a struct thread around
 * it. */
struct thread *thread_adopt_idle(unsigned cpu)
{
    struct thread *t = kmem_cache_zalloc(thread_cache);
    if (!t)
        panic("no memory for the idle thread of cpu %u", cpu);
    char name[CTX_NAME_LEN];
    snprintf(name, sizeof name, "idle/%u", cpu);
    const struct ctx *boot = ctx_current();
    t->ctx = *boot;
    thread_init_common(t, name);
    t->ctx.canary = boot->canary;
    t->ctx.id = 0;
    t->state = T_RUNNING;
    t->on_cpu = true;
    t->cpu = cpu;
    t->allowed = cpumask_of(cpu);
    this_cpu()->current = &t->ctx;
    return t;
}

void thread_release(struct thread *t)
{
    ASSERT(!t->on_cpu && (t->state == T_DEAD || t->state == T_NEW));
    thread_id_drop(t->ctx.id);
    t->policy->detach(t);
    if (t->fpu)
        kmem_cache_free(fpu_cache, t->fpu);
    kstack_free((void *)t->ctx.stack_lo);
    kmem_cache_free(thread_cache, t);
}

/* ---- boot ---- */

void thread_init(void)
{
    thread_cache = kmem_cache_create("thread", sizeof(struct thread), 64, NULL);
    fpu_cache = kmem_cache_create("fpu", fpu_area_size(), FPU_ALIGN, NULL);
    if (!thread_cache || !fpu_cache)
        panic("no memory for threads");
    sched_dump_init();
}
