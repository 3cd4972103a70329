/* stack.c: stacks that grow by themselves.
 *
 * A stack is a vma with VMA_GROWSDOWN. A fault in the free space below extends it down to the page
 * touched, as far as RLIMIT_STACK and as long as a gap of STACK_GUARD_GAP to the next vma remains:
 * what runs over then dies, rather than writing into somebody else's memory. (The gap is wider than
 * a page because a function with a large array may step over one page without touching it.) */
#include "vm/vm_priv.h"

#include "abi/resource.h"
#include "mm/layout.h"
#include "sched/cred.h"

enum {
    STACK_INITIAL = 128 << 10, /* mapped from the start; costs nothing until it is touched */
};
/* The room below USER_TOP that mmap leaves to the stack: its limit, within these bounds (Linux's).
 */
#define STACK_ROOM_MIN (128ull << 20)
#define STACK_ROOM_MAX (USER_TOP / 6 * 5)

static u64 stack_limit(void)
{
    return ALIGN_DOWN(limit_current(RLIMIT_STACK), PAGE_SIZE);
}

vaddr_t vm_mmap_top(void)
{
    u64 room = MIN(MAX(stack_limit(), STACK_ROOM_MIN), STACK_ROOM_MAX);
    return ALIGN_DOWN(USER_TOP - room - STACK_GUARD_GAP, PAGE_SIZE);
}

int vm_map_stack(struct vmspace *vs, vaddr_t *top)
{
    u64 len = MIN((u64)STACK_INITIAL, MAX(stack_limit(), PAGE_SIZE));
    struct map_request req = {.addr = USER_TOP - len,
                              .len = len,
                              .prot = PROT_READ | PROT_WRITE,
                              .flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN};
    int err = vm_map(vs, &req);
    if (err)
        return err;
    mutex_lock(&vs->lock);
    vs->stack_top = USER_TOP;
    vs->mmap_top = vm_mmap_top();
    mutex_unlock(&vs->lock);
    *top = USER_TOP;
    return 0;
}

struct vma *vm_grow_stack(struct vmspace *vs, vaddr_t va)
{
    struct vma *stack = vma_at_or_above(vs, va);
    if (!stack || !(stack->flags & VMA_GROWSDOWN) || va < USER_MIN)
        return NULL;
    vaddr_t start = ALIGN_DOWN(va, PAGE_SIZE);
    struct vma *below = stack->below;
    u64 more = (stack->start - start) >> PAGE_SHIFT;
    if (stack->end - start > stack_limit() || vm_check_limits(vs, more, 0))
        return NULL;
    if (below && below->end + STACK_GUARD_GAP > start)
        return NULL;
    vma_resize(vs, stack, start, stack->end);
    return stack;
}
