/* Scripts: a file that begins with "#!interpreter [argument]" (execve(2), "Interpreter scripts").
 * The interpreter is run in its place, with the script's name as an argument.
 */
#include "abi/errno.h"
#include "mm/slab.h"
#include "proc/exec_priv.h"

static int script_load(struct exec_image *image)
{
    struct script_line *line = kmalloc(sizeof *line);
    if (!line)
        return -ENOMEM;
    int err = script_parse(image->head, image->head_len, line);
    if (!err)
        err = exec_use_interpreter(image, line->interp, line->arg[0] ? line->arg : NULL);
    kfree(line);
    return err ? err : EXEC_AGAIN;
}

struct binfmt binfmt_script = {.name = "script", .load = script_load};
