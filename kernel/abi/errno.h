/* Error numbers, with Linux's x86-64 values. A kernel function returns them negated; the user
 * library stores them positive in `errno`. Plain macros, so that assembly can include this file
 * too. Left out: numbers that only STREAMS, RFS and other long-gone subsystems ever returned. */
#pragma once

#define EPERM           1   /* operation not permitted */
#define ENOENT          2   /* no such file or directory */
#define ESRCH           3   /* no such process */
#define EINTR           4   /* interrupted by a signal */
#define EIO             5   /* input/output error */
#define ENXIO           6   /* no such device or address */
#define E2BIG           7   /* argument list too long */
#define ENOEXEC         8   /* not in an executable format */
#define EBADF           9   /* bad file descriptor */
#define ECHILD          10  /* no child processes */
#define EAGAIN          11  /* try again */
#define ENOMEM          12  /* out of memory */
#define EACCES          13  /* permission denied */
#define EFAULT          14  /* bad address */
#define ENOTBLK         15  /* a block device is required */
#define EBUSY           16  /* device or resource busy */
#define EEXIST          17  /* file exists */
#define EXDEV           18  /* link across file systems */
#define ENODEV          19  /* no such device */
#define ENOTDIR         20  /* not a directory */
#define EISDIR          21  /* is a directory */
#define EINVAL          22  /* invalid argument */
#define ENFILE          23  /* too many open files in the system */
#define EMFILE          24  /* too many open files */
#define ENOTTY          25  /* not a terminal, or not a request for this device */
#define ETXTBSY         26  /* text file busy */
#define EFBIG           27  /* file too large */
#define ENOSPC          28  /* no space left on device */
#define ESPIPE          29  /* illegal seek */
#define EROFS           30  /* read-only file system */
#define EMLINK          31  /* too many links */
#define EPIPE           32  /* broken pipe */
#define EDOM            33  /* argument outside the function's domain */
#define ERANGE          34  /* result too large */
#define EDEADLK         35  /* would deadlock */
#define ENAMETOOLONG    36  /* file name too long */
#define ENOLCK          37  /* no locks available */
#define ENOSYS          38  /* system call not implemented */
#define ENOTEMPTY       39  /* directory not empty */
#define ELOOP           40  /* too many levels of symbolic links */
#define ENOMSG          42  /* no message of the desired type */
#define EIDRM           43  /* identifier removed */
#define ENODATA         61  /* no data available */
#define ETIME           62  /* timer expired */
#define EPROTO          71  /* protocol error */
#define EBADMSG         74  /* bad message */
#define EOVERFLOW       75  /* value too large for its type */
#define EILSEQ          84  /* invalid multibyte sequence */
#define EUSERS          87  /* too many users */
#define ENOTSOCK        88  /* not a socket */
#define EDESTADDRREQ    89  /* destination address required */
#define EMSGSIZE        90  /* message too long */
#define EPROTOTYPE      91  /* wrong protocol type for the socket */
#define ENOPROTOOPT     92  /* protocol option not available */
#define EPROTONOSUPPORT 93  /* protocol not supported */
#define ESOCKTNOSUPPORT 94  /* socket type not supported */
#define EOPNOTSUPP      95  /* operation not supported */
#define EPFNOSUPPORT    96  /* protocol family not supported */
#define EAFNOSUPPORT    97  /* address family not supported */
#define EADDRINUSE      98  /* address already in use */
#define EADDRNOTAVAIL   99  /* cannot assign the requested address */
#define ENETDOWN        100 /* network is down */
#define ENETUNREACH     101 /* network is unreachable */
#define ENETRESET       102 /* connection dropped by the network */
#define ECONNABORTED    103 /* connection aborted */
#define ECONNRESET      104 /* connection reset by peer */
#define ENOBUFS         105 /* no buffer space available */
#define EISCONN         106 /* already connected */
#define ENOTCONN        107 /* not connected */
#define ESHUTDOWN       108 /* cannot send after shutdown */
#define ETOOMANYREFS    109 /* too many references */
#define ETIMEDOUT       110 /* timed out */
#define ECONNREFUSED    111 /* connection refused */
#define EHOSTDOWN       112 /* host is down */
#define EHOSTUNREACH    113 /* no route to host */
#define EALREADY        114 /* already in progress */
#define EINPROGRESS     115 /* operation now in progress */
#define ESTALE          116 /* stale file handle */
#define EUCLEAN         117 /* structure needs cleaning */
#define EDQUOT          122 /* quota exceeded */
#define ECANCELED       125 /* operation cancelled */
#define EOWNERDEAD      130 /* owner died */
#define ENOTRECOVERABLE 131 /* state not recoverable */

#define EWOULDBLOCK     EAGAIN
#define EDEADLOCK       EDEADLK
#define ENOTSUP         EOPNOTSUPP

#define MAX_ERRNO       4095 /* a system call's result in [-4095, -1] is an error */
