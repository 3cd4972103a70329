/* fsctx.c: where a process stands in the tree: working directory, root, umask.
 *
 * As with descriptors (fdtable.h), a context that one thread uses is read by it without the lock:
 * only it changes it. Changes always lock, because /proc may be reading. */
#include "fs/mount.h"
#include "fs/path.h"
#include "mm/slab.h"
#include "sched/thread.h"

struct fsctx init_fsctx = {
    .refs = REFCOUNT_INIT(1),
    .shared = true, /* by all kernel threads */
    .lock = SPINLOCK_INIT("init fsctx", RANK_FSCTX),
    .umask = 022,
};

struct fsctx *fsctx_current(void)
{
    struct fsctx *ctx = thread_current()->fsctx;
    return ctx ? ctx : &init_fsctx;
}

struct fsctx *fsctx_copy(struct fsctx *from)
{
    struct fsctx *ctx = kmalloc(sizeof *ctx);
    if (!ctx)
        return NULL;
    if (!from)
        from = &init_fsctx;
    ctx->refs = (struct refcount)REFCOUNT_INIT(1);
    ctx->shared = false;
    spin_init(&ctx->lock, "fsctx", RANK_FSCTX);
    spin_lock(&from->lock);
    ctx->cwd = from->cwd;
    ctx->root = from->root;
    ctx->umask = from->umask;
    path_get(&ctx->cwd);
    path_get(&ctx->root);
    spin_unlock(&from->lock);
    return ctx;
}

struct fsctx *fsctx_share(struct fsctx *ctx)
{
    spin_lock(&ctx->lock);
    ctx->shared = true;
    spin_unlock(&ctx->lock);
    return fsctx_get(ctx);
}

struct fsctx *fsctx_get(struct fsctx *ctx)
{
    refcount_get(&ctx->refs);
    return ctx;
}

void fsctx_put(struct fsctx *ctx)
{
    if (!ctx || !refcount_put(&ctx->refs))
        return;
    path_put(&ctx->cwd);
    path_put(&ctx->root);
    kfree(ctx);
}

u32 fsctx_umask(u32 mask)
{
    struct fsctx *ctx = fsctx_current();
    spin_lock(&ctx->lock);
    u32 old = ctx->umask;
    ctx->umask = mask & 0777;
    spin_unlock(&ctx->lock);
    return old;
}

static void copy_out_of(struct fsctx *ctx, const struct path *p, struct path *out)
{
    if (!ctx->shared && ctx == thread_current()->fsctx) {
        *out = *p;
        path_get(out);
        return;
    }
    spin_lock(&ctx->lock);
    *out = *p;
    path_get(out);
    spin_unlock(&ctx->lock);
}

void fsctx_cwd(struct fsctx *ctx, struct path *out)
{
    copy_out_of(ctx, &ctx->cwd, out);
}

void fsctx_root(struct fsctx *ctx, struct path *out)
{
    copy_out_of(ctx, &ctx->root, out);
}

bool fsctx_is_root(const struct path *p)
{
    struct fsctx *ctx = fsctx_current();
    if (!ctx->shared)
        return path_equal(p, &ctx->root);
    spin_lock(&ctx->lock);
    bool same = path_equal(p, &ctx->root);
    spin_unlock(&ctx->lock);
    return same;
}

static void replace(struct fsctx *ctx, struct path *which, const struct path *p)
{
    path_get(p);
    spin_lock(&ctx->lock);
    struct path old = *which;
    *which = *p;
    spin_unlock(&ctx->lock);
    path_put(&old);
}

void fsctx_set_cwd(const struct path *p)
{
    struct fsctx *ctx = fsctx_current();
    replace(ctx, &ctx->cwd, p);
}

void fsctx_set_root(const struct path *p)
{
    struct fsctx *ctx = fsctx_current();
    replace(ctx, &ctx->root, p);
}
