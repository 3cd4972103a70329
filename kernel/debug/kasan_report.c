/* What was done wrong, in words: reports of the address sanitizer (docs/sanitizers.md shows one).
 *
 * The shadow byte says what kind of memory it was; who it belongs to is asked of whoever knows: the
 * compiler's tables for globals and stack frames, mm/ for everything that is allocated. */
#include "debug/kasan_abi.h"
#include "debug/kasan_priv.h"
#include "debug/ksym.h"
#include "lib/fmt.h"
#include "lib/klog.h"
#include "x86/percpu.h"
#include "x86/trapframe.h"

enum { ROW = 16, ROWS_AROUND = 3, FRAME_SEARCH = 4096 };

static const struct {
    u8 mark;
    const char *kind;   /* of the mistake */
    const char *legend; /* what the shadow byte means */
} marks[] = {
    {KASAN_SLAB_REDZONE, "heap out of bounds", "between heap objects"},
    {KASAN_SLAB_FREE, "use after free", "freed heap object"},
    {KASAN_BLOCK_REDZONE, "heap out of bounds", "behind a large block"},
    {KASAN_FRAME_FREE, "use of a free frame", "free frame"},
    {KASAN_VMALLOC, "vmalloc out of bounds", "behind a vmalloc area"},
    {KASAN_GLOBAL, "global out of bounds", "behind a global"},
    {KASAN_STACK_LEFT, "stack out of bounds", "below the locals"},
    {KASAN_STACK_MIDDLE, "stack out of bounds", "between locals"},
    {KASAN_STACK_RIGHT, "stack out of bounds", "above the locals"},
    {KASAN_STACK_SCOPE, "stack use out of scope", "local out of scope"},
};

/* The shadow byte that says why the byte at a is forbidden: its own, or, where its granule is
 * allowed in part, the next one's. */
static u8 reason(vaddr_t a)
{
    u8 mark = *kasan_shadow(a);
    return mark && mark < KASAN_GRANULE ? *kasan_shadow(a + KASAN_GRANULE) : mark;
}

static const char *kind_of(u8 mark)
{
    for (unsigned i = 0; i < ARRAY_SIZE(marks); i++)
        if (marks[i].mark == mark)
            return marks[i].kind;
    return "wild access";
}

static bool is_stack(u8 mark)
{
    return mark >= KASAN_STACK_LEFT && mark <= KASAN_STACK_SCOPE;
}

/* The words of the compiler's description: numbers and names with blanks between. */
static u64 next_number(const char **p)
{
    u64 n = 0;
    for (; **p >= '0' && **p <= '9'; (*p)++)
        n = n * 10 + (u64)(**p - '0');
    if (**p == ' ')
        (*p)++;
    return n;
}

static void describe_locals(const struct asan_frame *frame, vaddr_t a)
{
    char name[80];
    const char *p = frame->locals, *function = "?";
    u64 n = next_number(&p), offset = a - (vaddr_t)frame, at;
    ksym_lookup(frame->function, &function, &at);
    san_line("%#lx is in the frame of %s, which holds:", a, function);
    for (u64 i = 0; i < n; i++) {
        u64 start = next_number(&p), size = next_number(&p), len = next_number(&p);
        len = MIN(len, sizeof name - 1);
        snprintf(name, len + 1, "%s", p);
        p += len + (p[len] == ' ');
        bool behind = offset >= start + size && offset < ALIGN_UP(start + size, 32) + 32;
        san_line("    %4lu bytes at %#lx  %s%s", size, (vaddr_t)frame + start, name,
                 behind                  ? "   <== behind the end of this one"
                 : offset - start < size ? "   <== this one, which is not in scope"
                                         : "");
    }
}

/* The frame begins where its left redzone does: look downwards for the compiler's magic. */
static void describe_stack(vaddr_t a)
{
    vaddr_t lowest = MAX(ctx_current()->stack_lo, a - FRAME_SEARCH);
    for (vaddr_t at = ALIGN_DOWN(a, 8); at >= lowest; at -= 8) {
        const struct asan_frame *frame = (const void *)at;
        if (*kasan_shadow(at) == KASAN_STACK_LEFT && frame->magic == ASAN_FRAME_MAGIC) {
            describe_locals(frame, a);
            return;
        }
    }
}

static void describe(vaddr_t a, u8 mark)
{
    if (is_stack(mark))
        describe_stack(a);
    else if (!kasan_describe_global(a) && !(san_describe_hook && san_describe_hook(a)))
        san_line("%#lx belongs to nobody that is known", a);
}

static void print_row(vaddr_t row, vaddr_t a)
{
    char text[3 * ROW + 4];
    size_t n = 0;
    for (vaddr_t at = row; at < row + ROW * KASAN_GRANULE; at += KASAN_GRANULE) {
        bool here = ALIGN_DOWN(a, KASAN_GRANULE) == at;
        n += (size_t)snprintf(text + n, sizeof text - n, "%c%02x", here ? '[' : ' ',
                              *kasan_shadow(at));
        if (here)
            n += (size_t)snprintf(text + n, sizeof text - n, "]");
    }
    bool here = a - row < ROW * KASAN_GRANULE;
    san_line("%s %016lx:%s", here ? "=>" : "  ", row, text);
}

static void print_shadow(vaddr_t a)
{
    enum { BYTES = ROW * KASAN_GRANULE };
    bool seen[ARRAY_SIZE(marks)] = {false};
    vaddr_t first = ALIGN_DOWN(a, BYTES) - ROWS_AROUND * BYTES;
    vaddr_t last = ALIGN_DOWN(a, BYTES) + ROWS_AROUND * BYTES;

    san_line("shadow, a byte for 8 of memory (00: all may be touched, 01-07: the first so many):");
    for (vaddr_t row = first; row - first <= last - first; row += BYTES)
        print_row(row, a);
    for (vaddr_t at = first; at - first < last - first + BYTES; at += KASAN_GRANULE)
        for (unsigned i = 0; i < ARRAY_SIZE(marks); i++)
            seen[i] |= marks[i].mark == *kasan_shadow(at);
    for (unsigned i = 0; i < ARRAY_SIZE(marks); i++)
        if (seen[i])
            san_line("    %02x %s", marks[i].mark, marks[i].legend);
}

/* The checks keep no frame unless they report: what is on top of the stack is where they return. */
void kasan_explain_fault(const struct trapframe *tf, vaddr_t va)
{
    char name[80];
    vaddr_t a = (va - KASAN_OFFSET) << KASAN_SHIFT;
    if (a >= KERNEL_HALF && (vaddr_t)kasan_shadow(a) == va)
        klog_at(KLOG_CRIT, "KASAN: wild access to %#lx, which is mapped nowhere, in %s", a,
                ksym_format(*(u64 *)tf->rsp - 1, name, sizeof name));
}

void kasan_report(vaddr_t a, size_t len, bool write, u64 ip, u64 rbp)
{
    char name[80];
    vaddr_t bad = kasan_first_forbidden(a, len);
    u8 mark = reason(bad);
    const struct ctx *c = ctx_current();
    if (!san_begin("KASAN: %s: %s of %lu bytes at %#lx in %s", kind_of(mark),
                   write ? "write" : "read", len, a, ksym_format(ip - 1, name, sizeof name)))
        return;
    san_line("by thread %lu (%s) on CPU %u", c->id, c->name, cpu_id());
    describe(bad, mark);
    print_shadow(bad);
    san_end(ip, rbp);
}
