/* execve: a new program in an old process.
 *
 * Everything that can fail happens on the side: the arguments are copied out of the old memory,
 * the new address space is built and its stack written; only then is the old image given up. So a
 * failed execve leaves the caller as it was. Kinds of executables are rows of a table: ELF and
 * `#!` scripts here, others register.
 */
#pragma once
#include "lib/types.h"
#include "vm/uaccess.h"

struct file;
struct trapframe;
struct vmspace;

enum {
    EXEC_HEAD_BYTES = 256, /* read before a format is chosen (Linux: BINPRM_BUF_SIZE) */
    EXEC_INTERP_DEPTH = 4, /* scripts that are run by scripts; deeper: -ELOOP */
};

/* Argument and environment strings on their way: one after another, NUL-terminated, in kernel
 * memory. */
struct exec_args {
    char *buf; /* argv strings, then envp strings */
    size_t used, room;
    size_t limit;     /* strings and the pointers to them may take so much; more: -E2BIG */
    size_t env_start; /* where in buf the environment begins */
    u32 argc, envc;
};

/* One execve in progress: what a format finds, and what it leaves. */
struct exec_image {
    struct file *file; /* open for execution; replaced by a script's interpreter */
    const char *path;  /* as the caller named it: AT_EXECFN and the thread's name come from it */
    char name[EXEC_HEAD_BYTES];          /* of `file` if that is an interpreter, else empty */
    ALIGNED(8) u8 head[EXEC_HEAD_BYTES]; /* the file's first bytes, zero-padded */
    size_t head_len;
    struct exec_args args;
    unsigned depth; /* scripts so far */

    struct vmspace *vs;     /* the new address space, empty at first */
    u64 entry;              /* where it starts */
    u64 phdr, phent, phnum; /* AT_PHDR ...; phdr 0: not mapped */
    u64 load_bias;          /* how far it was shifted from its link addresses */
};

/* An open table: load is called with no lock held. It maps the program into image->vs and sets
 * entry and phdr ..., or returns -ENOEXEC if the file is not of its kind, or EXEC_AGAIN after it
 * called exec_use_interpreter, or another errno. */
enum { EXEC_AGAIN = 1 };
struct binfmt {
    const char *name;
    int (*load)(struct exec_image *image);
    struct binfmt *next;
};
/* Boot time only. Formats are asked in order of registration. */
void binfmt_register(struct binfmt *fmt);
/* For formats: run `interp` instead, with argv[0] replaced by interp, arg (NULL: none) and the
 * file's own name. */
MUST_CHECK int exec_use_interpreter(struct exec_image *image, const char *interp, const char *arg);

/* execve(2) for the running thread: on success *tf is what the new program starts with. path is a
 * kernel copy, argv and envp are the caller's arrays. 0; or an errno, and nothing has changed. */
int process_exec(const char *path, uaddr_t argv, uaddr_t envp, struct trapframe *tf);
/* The same from kernel strings, for a thread that has no user side yet (process 1): it goes to
 * user mode when its kernel function returns. */
int process_exec_kernel(const char *path, const char *const argv[], const char *const envp[]);
