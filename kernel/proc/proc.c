/* Where this layer fills in the tables that lower ones declare (DESIGN: "Where control goes up").
 */
#include "fs/procfs.h"
#include "proc/exec_priv.h"
#include "proc/proc_priv.h"
#include "proc/sigqueue.h"
#include "vm/oom.h"

void proc_init(void)
{
    sigqueue_init();
    binfmt_register(&binfmt_elf);
    binfmt_register(&binfmt_script);
    oom_set_ops(&proc_oom_ops);
    procfs_set_pid_ops(&proc_pid_ops);
}
