/* What the files of exec share: the arguments, the initial stack, the formats.
 */
#pragma once
#include "proc/exec.h"

extern struct binfmt binfmt_elf, binfmt_script;

/* execargs.c. 0, -E2BIG, -EFAULT, -ENOMEM. The caller frees args whatever they return. */
MUST_CHECK int exec_args_copy(struct exec_args *args, uaddr_t argv, uaddr_t envp);
MUST_CHECK int exec_args_copy_kernel(struct exec_args *args, const char *const argv[],
                                     const char *const envp[]);
/* Replace argv[0] by n other strings. 0, -E2BIG, -ENOMEM. */
MUST_CHECK int exec_args_replace_first(struct exec_args *args, const char *const strings[],
                                       unsigned n);
void exec_args_free(struct exec_args *args);

/* execstack.c: write the initial stack of image into image->vs; *sp is where it begins. 0, -E2BIG,
 * -ENOMEM. */
MUST_CHECK int exec_build_stack(struct exec_image *image, u64 *sp);

/* Take apart a script's first line; pure, for tests. head holds len bytes of the file. */
struct script_line {
    char interp[EXEC_HEAD_BYTES];
    char arg[EXEC_HEAD_BYTES]; /* empty: none */
};
/* 0, or -ENOEXEC: not a script, or a name that does not fit. */
MUST_CHECK int script_parse(const u8 *head, size_t len, struct script_line *out);
