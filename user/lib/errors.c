/* The names and texts of error numbers and signals. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <util.h>

#define ERROR(number, text) [number] = {#number, text}

static const struct {
    const char *name;
    const char *text;
} errors[] = {
    ERROR(EPERM, "Operation not permitted"),
    ERROR(ENOENT, "No such file or directory"),
    ERROR(ESRCH, "No such process"),
    ERROR(EINTR, "Interrupted by a signal"),
    ERROR(EIO, "Input/output error"),
    ERROR(ENXIO, "No such device or address"),
    ERROR(E2BIG, "Argument list too long"),
    ERROR(ENOEXEC, "Not in an executable format"),
    ERROR(EBADF, "Bad file descriptor"),
    ERROR(ECHILD, "No child processes"),
    ERROR(EAGAIN, "Try again"),
    ERROR(ENOMEM, "Out of memory"),
    ERROR(EACCES, "Permission denied"),
    ERROR(EFAULT, "Bad address"),
    ERROR(ENOTBLK, "A block device is required"),
    ERROR(EBUSY, "Device or resource busy"),
    ERROR(EEXIST, "File exists"),
    ERROR(EXDEV, "Link across file systems"),
    ERROR(ENODEV, "No such device"),
    ERROR(ENOTDIR, "Not a directory"),
    ERROR(EISDIR, "Is a directory"),
    ERROR(EINVAL, "Invalid argument"),
    ERROR(ENFILE, "Too many open files in the system"),
    ERROR(EMFILE, "Too many open files"),
    ERROR(ENOTTY, "Not a terminal, or not a request for this device"),
    ERROR(ETXTBSY, "Text file busy"),
    ERROR(EFBIG, "File too large"),
    ERROR(ENOSPC, "No space left on device"),
    ERROR(ESPIPE, "Illegal seek"),
    ERROR(EROFS, "Read-only file system"),
    ERROR(EMLINK, "Too many links"),
    ERROR(EPIPE, "Broken pipe"),
    ERROR(EDOM, "Argument outside the function's domain"),
    ERROR(ERANGE, "Result too large"),
    ERROR(EDEADLK, "Would deadlock"),
    ERROR(ENAMETOOLONG, "File name too long"),
    ERROR(ENOLCK, "No locks available"),
    ERROR(ENOSYS, "System call not implemented"),
    ERROR(ENOTEMPTY, "Directory not empty"),
    ERROR(ELOOP, "Too many levels of symbolic links"),
    ERROR(ENOMSG, "No message of the desired type"),
    ERROR(EIDRM, "Identifier removed"),
    ERROR(ENODATA, "No data available"),
    ERROR(ETIME, "Timer expired"),
    ERROR(EPROTO, "Protocol error"),
    ERROR(EBADMSG, "Bad message"),
    ERROR(EOVERFLOW, "Value too large for its type"),
    ERROR(EILSEQ, "Invalid multibyte sequence"),
    ERROR(EUSERS, "Too many users"),
    ERROR(ENOTSOCK, "Not a socket"),
    ERROR(EDESTADDRREQ, "Destination address required"),
    ERROR(EMSGSIZE, "Message too long"),
    ERROR(EPROTOTYPE, "Wrong protocol type for the socket"),
    ERROR(ENOPROTOOPT, "Protocol option not available"),
    ERROR(EPROTONOSUPPORT, "Protocol not supported"),
    ERROR(ESOCKTNOSUPPORT, "Socket type not supported"),
    ERROR(EOPNOTSUPP, "Operation not supported"),
    ERROR(EPFNOSUPPORT, "Protocol family not supported"),
    ERROR(EAFNOSUPPORT, "Address family not supported"),
    ERROR(EADDRINUSE, "Address already in use"),
    ERROR(EADDRNOTAVAIL, "Cannot assign the requested address"),
    ERROR(ENETDOWN, "Network is down"),
    ERROR(ENETUNREACH, "Network is unreachable"),
    ERROR(ENETRESET, "Connection dropped by the network"),
    ERROR(ECONNABORTED, "Connection aborted"),
    ERROR(ECONNRESET, "Connection reset by peer"),
    ERROR(ENOBUFS, "No buffer space available"),
    ERROR(EISCONN, "Already connected"),
    ERROR(ENOTCONN, "Not connected"),
    ERROR(ESHUTDOWN, "Cannot send after shutdown"),
    ERROR(ETOOMANYREFS, "Too many references"),
    ERROR(ETIMEDOUT, "Timed out"),
    ERROR(ECONNREFUSED, "Connection refused"),
    ERROR(EHOSTDOWN, "Host is down"),
    ERROR(EHOSTUNREACH, "No route to host"),
    ERROR(EALREADY, "Already in progress"),
    ERROR(EINPROGRESS, "Operation now in progress"),
    ERROR(ESTALE, "Stale file handle"),
    ERROR(EUCLEAN, "Structure needs cleaning"),
    ERROR(EDQUOT, "Quota exceeded"),
    ERROR(ECANCELED, "Operation cancelled"),
    ERROR(EOWNERDEAD, "Owner died"),
    ERROR(ENOTRECOVERABLE, "State not recoverable"),
};

#define SIGNAL(name, text) [SIG##name] = {#name, text}

static const struct {
    const char *name;
    const char *text;
} signals[] = {
    SIGNAL(HUP, "Hangup"),
    SIGNAL(INT, "Interrupt"),
    SIGNAL(QUIT, "Quit"),
    SIGNAL(ILL, "Illegal instruction"),
    SIGNAL(TRAP, "Trace or breakpoint trap"),
    SIGNAL(ABRT, "Aborted"),
    SIGNAL(BUS, "Bus error"),
    SIGNAL(FPE, "Arithmetic error"),
    SIGNAL(KILL, "Killed"),
    SIGNAL(USR1, "User signal 1"),
    SIGNAL(SEGV, "Segmentation fault"),
    SIGNAL(USR2, "User signal 2"),
    SIGNAL(PIPE, "Broken pipe"),
    SIGNAL(ALRM, "Alarm clock"),
    SIGNAL(TERM, "Terminated"),
    SIGNAL(STKFLT, "Stack fault"),
    SIGNAL(CHLD, "Child changed state"),
    SIGNAL(CONT, "Continued"),
    SIGNAL(STOP, "Stopped (signal)"),
    SIGNAL(TSTP, "Stopped"),
    SIGNAL(TTIN, "Stopped (terminal input)"),
    SIGNAL(TTOU, "Stopped (terminal output)"),
    SIGNAL(URG, "Urgent input"),
    SIGNAL(XCPU, "CPU time limit exceeded"),
    SIGNAL(XFSZ, "File size limit exceeded"),
    SIGNAL(VTALRM, "Virtual timer"),
    SIGNAL(PROF, "Profiling timer"),
    SIGNAL(WINCH, "Window changed"),
    SIGNAL(IO, "Input or output possible"),
    SIGNAL(PWR, "Power failure"),
    SIGNAL(SYS, "Bad system call"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

char *strerror(int err)
{
    static char unknown[32];

    if (err == 0)
        return "Success";
    if (err > 0 && (size_t)err < COUNT(errors) && errors[err].text)
        return (char *)errors[err].text;
    snprintf(unknown, sizeof(unknown), "Error %d", err);
    return unknown;
}

const char *strerrorname_np(int err)
{
    return err > 0 && (size_t)err < COUNT(errors) ? errors[err].name : NULL;
}

const char *strsignal(int sig)
{
    static char unknown[32];

    if (sig > 0 && (size_t)sig < COUNT(signals) && signals[sig].text)
        return signals[sig].text;
    snprintf(unknown, sizeof(unknown), "Signal %d", sig);
    return unknown;
}

const char *sig_name(int sig)
{
    return sig > 0 && (size_t)sig < COUNT(signals) ? signals[sig].name : NULL;
}

int sig_number(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);

    if (*name && !*end)
        return number >= 0 && number < NSIG ? (int)number : -1;
    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int sig = 1; (size_t)sig < COUNT(signals); sig++)
        if (strcasecmp(signals[sig].name, name) == 0)
            return sig;
    return -1;
}

void perror(const char *prefix)
{
    int err = errno;

    fprintf(stderr, "%s: %s\n", prefix, strerror(err));
}
