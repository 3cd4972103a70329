/* Signals: numbers, sets, the kernel's sigaction and siginfo. The user library wraps struct
 * ksigaction in POSIX's struct sigaction; both have the same layout. */
#pragma once

#include "abi/types.h"

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPWR    30
#define SIGSYS    31
#define SIGRTMIN  32
#define SIGRTMAX  64
#define NSIG      65 /* signals are 1..64 */

/* A set of signals: bit (sig - 1). sigsetsize in the rt_ calls is sizeof(sigset_t), 8. */
typedef struct {
    uint64_t bits;
} sigset_t;
_Static_assert(sizeof(sigset_t) == 8, "sigset_t is part of the ABI");

#define SIGSET_BIT(sig) (UINT64_C(1) << ((sig)-1))

#define SIG_BLOCK       0
#define SIG_UNBLOCK     1
#define SIG_SETMASK     2

#define SA_NOCLDSTOP    0x00000001
#define SA_NOCLDWAIT    0x00000002
#define SA_SIGINFO      0x00000004
#define SA_RESTORER     0x04000000
#define SA_ONSTACK      0x08000000
#define SA_RESTART      0x10000000
#define SA_NODEFER      0x40000000
#define SA_RESETHAND    0x80000000

#define KSIG_DFL        0 /* values of ksigaction.handler */
#define KSIG_IGN        1

struct ksigaction {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer; /* user code that calls rt_sigreturn (SA_RESTORER) */
    sigset_t mask;
};
_Static_assert(sizeof(struct ksigaction) == 32, "struct ksigaction is part of the ABI");

typedef union sigval {
    int sival_int;
    void *sival_ptr;
} sigval_t;

/* What happened, for a handler with SA_SIGINFO. Which members count depends on si_signo and
 * si_code. */
typedef struct siginfo {
    int si_signo;
    int si_errno;
    int si_code;
    int __pad0;
    union {
        struct { /* kill, SIGCHLD */
            pid_t si_pid;
            uid_t si_uid;
            union {
                struct {
                    int si_status; /* exit code or signal (SIGCHLD) */
                    clock_t si_utime;
                    clock_t si_stime;
                };
                sigval_t si_value;
            };
        };
        struct { /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
            void *si_addr;
        };
        char __pad[112];
    };
} siginfo_t;
_Static_assert(sizeof(siginfo_t) == 128, "siginfo_t is part of the ABI");
_Static_assert(offsetof(siginfo_t, si_addr) == 16, "siginfo_t is part of the ABI");
_Static_assert(offsetof(siginfo_t, si_status) == 24, "siginfo_t is part of the ABI");

#define SI_USER       0
#define SI_KERNEL     0x80
#define SI_QUEUE      (-1)
#define SI_TIMER      (-2)
#define SI_TKILL      (-6)

#define ILL_ILLOPN    2
#define ILL_PRVOPC    5
#define FPE_INTDIV    1
#define FPE_FLTINV    7
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define TRAP_BRKPT    1
#define TRAP_TRACE    2

#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6
