/* wait4(2): options, and how a status word is put together and taken apart. */
#pragma once

#define WNOHANG    1
#define WUNTRACED  2
#define WSTOPPED   2
#define WEXITED    4
#define WCONTINUED 8
#define WNOWAIT    0x01000000

#define P_ALL      0 /* waitid: any child; the one of this pid; those of this group */
#define P_PID      1
#define P_PGID     2

#define __WNOTHREAD 0x20000000 /* wait4: not the children of other threads */
#define __WALL      0x40000000 /* wait4: children of either kind */
#define __WCLONE    0x80000000 /* wait4: only those that do not report by SIGCHLD */

/* The kernel's side. */
#define W_EXITCODE(code, sig) ((((code)&0xff) << 8) | (sig))
#define W_STOPCODE(sig)       (((sig) << 8) | 0x7f)
#define W_CONTINUED           0xffff

/* The parent's side. */
#define WEXITSTATUS(status)  (((status)&0xff00) >> 8)
#define WTERMSIG(status)     ((status)&0x7f)
#define WSTOPSIG(status)     WEXITSTATUS(status)
#define WIFEXITED(status)    (WTERMSIG(status) == 0)
#define WIFSIGNALED(status)  (((status)&0xffff) - 1U < 0xffU)
#define WIFSTOPPED(status)   (((status)&0xff) == 0x7f)
#define WIFCONTINUED(status) ((status) == W_CONTINUED)
#define WCOREDUMP(status)    ((status)&0x80)
