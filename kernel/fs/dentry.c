/* dentry.c: the name cache: a hash table of (parent, name) whose hand sweeps what nobody used.
 *
 * dentry.h tells the life cycle. Locking: a bucket's spinlock guards its chain and the names in it;
 * a rename, which changes parent and name of an entry, takes dentry_tree_lock and both buckets, so
 * holding either kind is enough to read them. Nothing here sleeps but the calls into a file system
 * and dentry_put. */
#include "fs/dentry.h"
#include "debug/assert.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/slab.h"
#include "vm/oom.h"

struct bucket {
    struct spinlock lock;
    struct dentry *first;
};

enum {
    FRAMES_PER_BUCKET = 32, /* one bucket for so many frames of RAM ... */
    MIN_BUCKETS = 256,
    MAX_BUCKETS = 1 << 14,
    ENTRIES_PER_BUCKET = 8, /* ... and so many entries each before the hand starts to sweep */
};

static struct bucket *table;
static u32 nbuckets; /* a power of two: 2^(64 - table_shift) */
static u32 table_shift;
static _Atomic u32 hand; /* the next bucket to be swept */
static _Atomic u64 ndentries;
static struct kmem_cache *dentry_cache;
static struct spinlock dentry_tree_lock = SPINLOCK_INIT("dentry tree", RANK_DENTRY_TREE);

static struct bucket *bucket_of(const struct dentry *parent, u32 hash)
{
    const u64 golden =
        0x9e3779b97f4a7c15; /* 2^64 / golden ratio: Knuth, "Multiplicative hashing" */
    return &table[((uptr)parent >> 4 ^ hash) * golden >> table_shift];
}

static void name_release(struct dentry *d)
{
    if (d->name != d->short_name)
        kfree(d->name);
}

static struct dentry *dentry_alloc(struct super *sb, const struct name *name)
{
    struct dentry *d = kmem_cache_alloc(dentry_cache);
    if (!d)
        return NULL;
    *d = (struct dentry){.refs = REFCOUNT_INIT(1), .hash = name->hash, .sb = sb, .len = name->len};
    d->name = name->len < FS_DENTRY_INLINE ? d->short_name : kmalloc(name->len + 1);
    if (!d->name) {
        kmem_cache_free(dentry_cache, d);
        return NULL;
    }
    memcpy(d->name, name->s, name->len);
    d->name[name->len] = '\0';
    atomic_fetch_add_explicit(&ndentries, 1, memory_order_relaxed);
    return d;
}

struct dentry *dentry_root(struct super *sb, struct inode *inode)
{
    struct dentry *d = dentry_alloc(sb, &(struct name){.s = ""});
    if (!d) {
        inode_put(inode);
        return NULL;
    }
    d->parent = d;
    atomic_store_explicit(&d->inode, inode, memory_order_release);
    return d;
}

/* The last reference of an entry is also the last of one child of its parent's: hence the loop
 * instead of a recursion. */
void dentry_free(struct dentry *d)
{
    do {
        struct dentry *parent = d->parent == d ? NULL : d->parent;
        ASSERT(!d->hashed && !d->mounts);
        inode_put(dentry_inode(d));
        name_release(d);
        kmem_cache_free(dentry_cache, d);
        atomic_fetch_sub_explicit(&ndentries, 1, memory_order_relaxed);
        d = parent;
    } while (d && refcount_put(&d->refs));
}

static u64 sweep_next(void);

/* --- The table --- */

static void bucket_insert(struct bucket *b, struct dentry *d) REQUIRES(&b->lock)
{
    d->next = b->first;
    b->first = d;
    d->hashed = true;
}

static void bucket_remove(struct bucket *b, struct dentry *d) REQUIRES(&b->lock)
{
    struct dentry **link = &b->first;
    while (*link != d)
        link = &(*link)->next;
    *link = d->next;
    d->hashed = false;
}

struct dentry *dentry_find(struct dentry *parent, const struct name *name)
{
    struct bucket *b = bucket_of(parent, name->hash);
    spin_lock(&b->lock);
    struct dentry *d = b->first;
    while (d && (d->hash != name->hash || d->parent != parent || d->len != name->len ||
                 memcmp(d->name, name->s, name->len) != 0))
        d = d->next;
    if (d) {
        dentry_get(d);
        d->used = true;
    }
    spin_unlock(&b->lock);
    return d;
}

/* Ask the file system. The new entry's two references are the table's and the caller's. */
static int ask_uncached(struct dentry *parent, const struct name *name, struct dentry **out)
{
    struct inode *dir = dentry_inode(parent), *inode = NULL;
    struct dentry *d = dentry_alloc(parent->sb, name);
    if (!d)
        return -ENOMEM;
    d->parent = dentry_get(parent);
    int err = dir->ops->lookup ? dir->ops->lookup(dir, name, &inode) : -ENOENT;
    if (err && err != -ENOENT) {
        dentry_put(d);
        return err;
    }
    atomic_store_explicit(&d->inode, inode, memory_order_release);
    if (!(parent->sb->flags & SUPER_DYNAMIC)) {
        struct bucket *b = bucket_of(parent, name->hash);
        dentry_get(d);
        spin_lock(&b->lock);
        bucket_insert(b, d);
        spin_unlock(&b->lock);
    }
    *out = d;
    return 0;
}

int dentry_lookup_locked(struct dentry *parent, const struct name *name, struct dentry **out)
{
    *out = dentry_find(parent, name);
    return *out ? 0 : ask_uncached(parent, name, out);
}

int dentry_ask(struct dentry *parent, const struct name *name, struct dentry **out)
{
    if (parent->sb->flags & SUPER_DYNAMIC)
        return ask_uncached(parent, name, out);
    struct inode *dir = dentry_inode(parent);
    mutex_lock(&dir->lock);
    int err = dentry_lookup_locked(parent, name, out); /* it may have come meanwhile */
    mutex_unlock(&dir->lock);
    if (dentry_count() > (u64)nbuckets * ENTRIES_PER_BUCKET)
        sweep_next(); /* the table is full: a bucket for each newcomer keeps it so */
    return err;
}

/* --- Names come, go and move --- */

void dentry_set_inode(struct dentry *d, struct inode *inode)
{
    ASSERT(!dentry_inode(d));
    atomic_store_explicit(&d->inode, inode, memory_order_release); /* matches dentry_inode */
}

/* Two references are the table's and the caller's. Then nobody else has the entry, and nobody can
 * get it but through the bucket, whose lock we hold: it may turn negative. Otherwise those who have
 * it keep it as it was. */
struct inode *dentry_removed(struct dentry *d)
{
    struct inode *inode = NULL;
    bool unhashed = false;
    struct bucket *b = bucket_of(d->parent, d->hash);
    spin_lock(&b->lock);
    if (d->hashed && refcount_read(&d->refs) == 2) {
        inode = dentry_inode(d);
        atomic_store_explicit(&d->inode, NULL, memory_order_relaxed);
    } else if (d->hashed) {
        bucket_remove(b, d);
        unhashed = true;
    }
    spin_unlock(&b->lock);
    if (unhashed)
        dentry_put(d); /* the table's; the caller has one still */
    return inode;
}

static void short_names_swap(struct dentry *a, struct dentry *b)
{
    char tmp[FS_DENTRY_INLINE];
    memcpy(tmp, a->short_name, sizeof tmp);
    memcpy(a->short_name, b->short_name, sizeof tmp);
    memcpy(b->short_name, tmp, sizeof tmp);
}

/* a and b change places: parent and name. Nothing is allocated, so nothing can fail; the references
 * to the parents change hands with the pointers. */
static void places_swap(struct dentry *a, struct dentry *b)
{
    struct dentry was = *a;
    short_names_swap(a, b);
    a->name = b->name == b->short_name ? a->short_name : b->name;
    b->name = was.name == a->short_name ? b->short_name : was.name;
    a->len = b->len;
    b->len = was.len;
    a->hash = b->hash;
    b->hash = was.hash;
    a->parent = b->parent;
    b->parent = was.parent;
}

static void move(struct dentry *d, struct dentry *to, bool exchange)
{
    spin_lock(&dentry_tree_lock);
    struct bucket *from = bucket_of(d->parent, d->hash), *dest = bucket_of(to->parent, to->hash);
    spin_lock_pair(&from->lock, &dest->lock);
    bucket_remove(from, d);
    bucket_remove(dest, to);
    places_swap(d, to);
    bucket_insert(dest, d);
    if (exchange)
        bucket_insert(from, to);
    spin_unlock_pair(&from->lock, &dest->lock);
    spin_unlock(&dentry_tree_lock);
}

/* `to` takes d's old name with it, which only shows in /proc/PID/fd of who has the victim open. */
void dentry_moved(struct dentry *d, struct dentry *to)
{
    move(d, to, false);
    dentry_put(to); /* the table's; the caller has one still */
}

void dentry_exchanged(struct dentry *a, struct dentry *b)
{
    move(a, b, true);
}

/* --- The tree --- */

struct dentry *dentry_parent(struct dentry *d)
{
    spin_lock(&dentry_tree_lock);
    struct dentry *parent = dentry_get(d->parent);
    spin_unlock(&dentry_tree_lock);
    return parent;
}

bool dentry_is_ancestor(struct dentry *a, struct dentry *d)
{
    spin_lock(&dentry_tree_lock);
    while (d != a && d->parent != d)
        d = d->parent;
    spin_unlock(&dentry_tree_lock);
    return d == a;
}

size_t dentry_name_prepend(const struct dentry *d, char *buf, size_t room)
{
    spin_lock(&dentry_tree_lock);
    size_t len = d->len;
    if (len <= room)
        memcpy(buf + room - len, d->name, len);
    spin_unlock(&dentry_tree_lock);
    return len;
}

/* The hand takes only what nobody has: an entry that somebody asks about is unhashed only because
 * its name was removed. (Of a dynamic file system it never was hashed; a root has no name.) */
bool dentry_is_gone(const struct dentry *d)
{
    return !READ_ONCE(d->hashed) && d->parent != d && !(d->sb->flags & SUPER_DYNAMIC);
}

/* --- Giving memory back --- */

/* Take the entries out of bucket b that only the table refers to: all of sb's (NULL: of any), or,
 * with a second chance, those not used since the last round. Chained through `next`. */
static struct dentry *bucket_sweep(struct bucket *b, const struct super *sb, bool second_chance)
{
    struct dentry *taken = NULL;
    spin_lock(&b->lock);
    for (struct dentry **link = &b->first; *link;) {
        struct dentry *d = *link;
        bool keep =
            refcount_read(&d->refs) > 1 || (sb && d->sb != sb) || (second_chance && d->used);
        d->used = d->used && !second_chance;
        if (keep) {
            link = &d->next;
            continue;
        }
        *link = d->next;
        d->hashed = false;
        d->next = taken;
        taken = d;
    }
    spin_unlock(&b->lock);
    return taken;
}

static u64 put_chain(struct dentry *d)
{
    u64 n = 0;
    while (d) {
        struct dentry *next = d->next;
        dentry_put(d);
        d = next;
        n++;
    }
    return n;
}

/* Move the hand on by one bucket. */
static u64 sweep_next(void)
{
    u32 at = atomic_fetch_add_explicit(&hand, 1, memory_order_relaxed) & (nbuckets - 1);
    return put_chain(bucket_sweep(&table[at], NULL, true));
}

u64 dentry_shrink(u64 n)
{
    u64 freed = 0;
    for (u32 i = 0; i < 2 * nbuckets && freed < n; i++)
        freed += sweep_next();
    return freed;
}

/* Put d, which its bucket has given up. Returns the bucket of its parent, which d may have been the
 * last to hold. */
static struct bucket *put_and_climb(struct dentry *d)
{
    struct dentry *parent = dentry_parent(d);
    dentry_put(d);
    spin_lock(&dentry_tree_lock);
    struct bucket *b = bucket_of(parent->parent, parent->hash);
    spin_unlock(&dentry_tree_lock);
    dentry_put(parent);
    return b;
}

/* A child holds its parent, so a tree goes leaf by leaf. Go on with the parents at once: looking
 * for them round by round would take as many rounds as the tree is deep. */
static u64 put_trees(struct dentry *d, const struct super *sb)
{
    u64 n = 0;
    while (d) {
        struct dentry *next = d->next, *more = bucket_sweep(put_and_climb(d), sb, false);
        struct dentry **end = &more;
        while (*end)
            end = &(*end)->next;
        *end = next;
        d = more;
        n++;
    }
    return n;
}

void dentry_shrink_all(struct super *sb)
{
    u64 freed;
    do {
        freed = 0;
        for (u32 i = 0; i < nbuckets; i++)
            freed += put_trees(bucket_sweep(&table[i], sb, false), sb);
    } while (freed);
}

/* Memory is short: give up so many entries as fill npages, and let the slabs have them. */
static u64 shrink_pages(u64 npages)
{
    dentry_shrink(npages * (PAGE_SIZE / sizeof(struct dentry)));
    return slab_shrink();
}

static struct shrinker shrinker = {.name = "dentry", .shrink = shrink_pages};

u64 dentry_count(void)
{
    return atomic_load_explicit(&ndentries, memory_order_relaxed);
}

u32 name_hash(const char *s, size_t len)
{
    u32 hash = NAME_HASH_START;
    for (size_t i = 0; i < len; i++)
        hash = name_hash_add(hash, s[i]);
    return hash;
}

void dentry_init(void)
{
    struct frame_stats fs;
    frame_stats(&fs);
    nbuckets = MIN_BUCKETS;
    while (nbuckets < MAX_BUCKETS && nbuckets < fs.total / FRAMES_PER_BUCKET)
        nbuckets *= 2;
    table_shift = 64u - (u32)__builtin_ctz(nbuckets);
    dentry_cache = kmem_cache_create("dentry", sizeof(struct dentry), 0, NULL);
    table = kcalloc(nbuckets, sizeof *table);
    if (!dentry_cache || !table)
        panic("no memory for the name cache");
    for (u32 i = 0; i < nbuckets; i++)
        spin_init(&table[i].lock, "dentry bucket", RANK_DENTRY_HASH);
    shrinker_register(&shrinker);
}
