/* The initial stack of a program, as Linux and the System V ABI ("Process Initialization") have
 * it:
 *
 *     top     8 zero bytes
 *             the path given to execve                      <- AT_EXECFN
 *             environment strings, argument strings
 *             "x86_64"                                      <- AT_PLATFORM
 *             16 random bytes                               <- AT_RANDOM
 *             auxiliary vector: pairs (type, value), AT_NULL last
 *             envp[0] ... envp[envc - 1], NULL
 *             argv[0] ... argv[argc - 1], NULL
 *     %rsp -> argc                                             (16-byte aligned)
 *
 * It is written into an address space that does not run yet, from the top down, so that the stack
 * grows as it would.
 */
#include "abi/auxvec.h"
#include "abi/errno.h"
#include "abi/time.h"
#include "fs/random.h"
#include "lib/string.h"
#include "proc/exec_priv.h"
#include "proc/sigframe.h"
#include "sched/cred.h"
#include "sched/thread.h"
#include "vm/vmspace.h"
#include "x86/cpu.h"

enum { PAGE = 4096, RANDOM_BYTES = 16, AUX_MAX = 24 };

struct stack {
    struct vmspace *vs;
    u64 sp;
    u64 execfn, strings, platform, random; /* where they came to lie */
    struct {
        u64 type, value;
    } aux[AUX_MAX];
    unsigned naux;
};

static int push(struct stack *s, const void *data, size_t len, u64 *where)
{
    s->sp -= len;
    if (where)
        *where = s->sp;
    return vm_write(s->vs, s->sp, data, len) == len ? 0 : -ENOMEM;
}

static int push_strings(struct stack *s, const struct exec_image *image)
{
    static const char platform[] = "x86_64";
    const u64 zero = 0;
    u8 random[RANDOM_BYTES];
    random_bytes(random, sizeof random);
    int err = push(s, &zero, sizeof zero, NULL);
    if (!err)
        err = push(s, image->path, strlen(image->path) + 1, &s->execfn);
    if (!err)
        err = push(s, image->args.buf, image->args.used, &s->strings);
    if (!err)
        err = push(s, platform, sizeof platform, &s->platform);
    s->sp = ALIGN_DOWN(s->sp, 16);
    if (!err)
        err = push(s, random, sizeof random, &s->random);
    return err;
}

static void aux(struct stack *s, u64 type, u64 value)
{
    s->aux[s->naux].type = type;
    s->aux[s->naux++].value = value;
}

static void fill_aux(struct stack *s, const struct exec_image *image)
{
    const struct cred *cred = thread_current()->cred;
    aux(s, AT_MINSIGSTKSZ, MAX(sigframe_size_max(), (u64)MINSIGSTKSZ));
    aux(s, AT_HWCAP, cpuid(1, 0).edx);
    aux(s, AT_PAGESZ, PAGE);
    aux(s, AT_CLKTCK, USER_HZ);
    aux(s, AT_PHDR, image->phdr);
    aux(s, AT_PHENT, image->phent);
    aux(s, AT_PHNUM, image->phnum);
    aux(s, AT_BASE, 0); /* no dynamic linker */
    aux(s, AT_FLAGS, 0);
    aux(s, AT_ENTRY, image->entry);
    aux(s, AT_UID, cred->uid);
    aux(s, AT_EUID, cred->euid);
    aux(s, AT_GID, cred->gid);
    aux(s, AT_EGID, cred->egid);
    aux(s, AT_SECURE, cred->uid != cred->euid || cred->gid != cred->egid);
    aux(s, AT_RANDOM, s->random);
    aux(s, AT_HWCAP2, read_cr4() & CR4_FSGSBASE ? 1 << 1 : 0); /* HWCAP2_FSGSBASE */
    aux(s, AT_EXECFN, s->execfn);
    aux(s, AT_PLATFORM, s->platform);
    aux(s, AT_NULL, 0);
}

/* Words on their way to the stack, upwards from `va`, a buffer at a time. */
struct words {
    struct vmspace *vs;
    u64 va;
    unsigned n;
    bool failed;
    u64 buf[32];
};

static void words_flush(struct words *w)
{
    size_t len = w->n * sizeof w->buf[0];
    if (len && vm_write(w->vs, w->va, w->buf, len) != len)
        w->failed = true;
    w->va += len;
    w->n = 0;
}

static void word(struct words *w, u64 value)
{
    w->buf[w->n++] = value;
    if (w->n == ARRAY_SIZE(w->buf))
        words_flush(w);
}

/* The addresses of `count` strings that follow one another from kernel address s, stack address
 * va; then NULL. */
static const char *words_strings(struct words *w, const char *s, u64 *va, u32 count)
{
    for (u32 i = 0; i < count; i++) {
        size_t size = strlen(s) + 1;
        word(w, *va);
        s += size;
        *va += size;
    }
    word(w, 0);
    return s;
}

static int write_vectors(struct stack *s, const struct exec_args *args)
{
    struct words w = {.vs = s->vs, .va = s->sp};
    u64 va = s->strings;
    word(&w, args->argc);
    const char *p = words_strings(&w, args->buf, &va, args->argc);
    words_strings(&w, p, &va, args->envc);
    for (unsigned i = 0; i < s->naux; i++) {
        word(&w, s->aux[i].type);
        word(&w, s->aux[i].value);
    }
    words_flush(&w);
    return w.failed ? -ENOMEM : 0;
}

int exec_build_stack(struct exec_image *image, u64 *sp)
{
    struct stack s = {.vs = image->vs};
    const struct exec_args *args = &image->args;
    int err = vm_map_stack(image->vs, &s.sp);
    if (!err)
        err = push_strings(&s, image);
    if (err)
        return err;
    fill_aux(&s, image);
    u64 nwords = 1 + args->argc + 1 + args->envc + 1 + 2 * s.naux;
    s.sp = ALIGN_DOWN(s.sp - nwords * sizeof(u64), 16);
    err = write_vectors(&s, args);

    mutex_lock(&image->vs->lock);
    image->vs->arg_start = s.strings;
    image->vs->arg_end = image->vs->env_start = s.strings + args->env_start;
    image->vs->env_end = s.strings + args->used;
    mutex_unlock(&image->vs->lock);
    *sp = s.sp;
    return err;
}
