/* The arguments of execve, between two address spaces.
 *
 * They are copied out of the old program's memory before it goes, packed one after another into
 * one kernel buffer, and written from there to the new stack in one piece.
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/resource.h"
#include "lib/string.h"
#include "mm/kmap.h"
#include "mm/slab.h"
#include "proc/exec_priv.h"
#include "sched/cred.h"

enum {
    FIRST_ROOM = 4096,
    KMALLOC_ROOM = 32768
}; /* beyond that, contiguous frames are too much to ask */

/* execve(2), "Limits on size of arguments and environment": a quarter of the stack, within
 * bounds. */
static size_t size_limit(void)
{
    const u64 most = 6 << 20;
    u64 quarter = limit_current(RLIMIT_STACK) / 4;
    return quarter < ARG_MAX ? ARG_MAX : quarter > most ? most : quarter;
}

static char *room_alloc(size_t size)
{
    return size <= KMALLOC_ROOM ? kmalloc(size) : vmalloc(size);
}

static void room_free(char *buf, size_t size)
{
    if (size <= KMALLOC_ROOM)
        kfree(buf);
    else
        vfree(buf);
}

/* Make room for `more` bytes behind those in use. */
static int grow(struct exec_args *args, size_t more)
{
    size_t room = args->room ? args->room : FIRST_ROOM;
    while (room - args->used < more)
        room *= 2;
    if (room == args->room)
        return 0;
    char *buf = room_alloc(room);
    if (!buf)
        return -ENOMEM;
    if (args->buf) {
        memcpy(buf, args->buf, args->used);
        room_free(args->buf, args->room);
    }
    args->buf = buf;
    args->room = room;
    return 0;
}

void exec_args_free(struct exec_args *args)
{
    if (args->buf)
        room_free(args->buf, args->room);
    args->buf = NULL;
}

/* What the limit leaves for one more string: each costs its bytes and a pointer. */
static size_t left(const struct exec_args *args)
{
    size_t spent = args->used + (args->argc + args->envc + 2) * sizeof(u64);
    return spent < args->limit ? args->limit - spent : 0;
}

/* Append the user string at p. It is copied into what room there is; if it does not end there,
 * into more. */
static int add_user_string(struct exec_args *args, uaddr_t p)
{
    size_t most = MIN(left(args), (size_t)MAX_ARG_STRLEN);
    for (;;) {
        size_t room = MIN(args->room - args->used, most);
        ssize_t len = room ? str_in(args->buf + args->used, p, room) : -ENAMETOOLONG;
        if (len >= 0) {
            args->used += (size_t)len + 1;
            return 0;
        }
        if (len != -ENAMETOOLONG)
            return (int)len;
        if (room == most)
            return -E2BIG;
        int err = grow(args, args->room - args->used + 1);
        if (err)
            return err;
    }
}

/* Append a NULL-terminated array of user strings; a NULL array is an empty one, as on Linux. */
static int add_user_array(struct exec_args *args, uaddr_t array, u32 *count)
{
    if (uaddr_is_null(array))
        return 0;
    for (;; array = uaddr_add(array, sizeof(u64))) {
        u64 p;
        int err = copy_in(&p, array, sizeof p);
        if (err || !p)
            return err;
        err = add_user_string(args, uaddr(p));
        if (err)
            return err;
        ++*count;
    }
}

static int add_kernel_string(struct exec_args *args, const char *s)
{
    size_t size = strlen(s) + 1;
    if (size > left(args))
        return -E2BIG;
    int err = grow(args, size);
    if (err)
        return err;
    memcpy(args->buf + args->used, s, size);
    args->used += size;
    return 0;
}

/* A program may count on argv[0]: without one it gets an empty string (Linux since 5.18). */
static int end_of_argv(struct exec_args *args)
{
    int err = 0;
    if (args->argc == 0) {
        err = add_kernel_string(args, "");
        args->argc = 1;
    }
    args->env_start = args->used;
    return err;
}

int exec_args_copy(struct exec_args *args, uaddr_t argv, uaddr_t envp)
{
    *args = (struct exec_args){.limit = size_limit()};
    int err = grow(args, 1);
    if (!err)
        err = add_user_array(args, argv, &args->argc);
    if (!err)
        err = end_of_argv(args);
    if (!err)
        err = add_user_array(args, envp, &args->envc);
    return err;
}

int exec_args_copy_kernel(struct exec_args *args, const char *const argv[],
                          const char *const envp[])
{
    *args = (struct exec_args){.limit = size_limit()};
    int err = 0;
    for (; *argv && !err; argv++, args->argc++)
        err = add_kernel_string(args, *argv);
    if (!err)
        err = end_of_argv(args);
    for (; *envp && !err; envp++, args->envc++)
        err = add_kernel_string(args, *envp);
    return err;
}

int exec_args_replace_first(struct exec_args *args, const char *const strings[], unsigned n)
{
    size_t old = strlen(args->buf) + 1, size = 0;
    for (unsigned i = 0; i < n; i++)
        size += strlen(strings[i]) + 1;
    if (size > left(args))
        return -E2BIG;
    int err = grow(args, size);
    if (err)
        return err;
    memmove(args->buf + size, args->buf + old, args->used - old);
    char *p = args->buf;
    for (unsigned i = 0; i < n; i++) {
        size_t len = strlen(strings[i]) + 1;
        memcpy(p, strings[i], len);
        p += len;
    }
    args->used += size - old;
    args->env_start += size - old;
    args->argc += n - 1;
    return 0;
}
