/* Redirections: descriptors are changed in place, and for what runs inside the shell put back
 * afterwards. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <util.h>

#include "sh.h"

/* A here-document becomes a file without a name. */
static int open_document(const struct redirect *r)
{
    char name[] = "/tmp/.sh-XXXXXX";
    char *text = r->expand ? expand_document(r->target) : r->target;
    int fd = mkstemp(name);

    if (fd < 0)
        return -1;
    unlink(name);
    write_all(fd, text, strlen(text));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* The descriptor that a redirection leads to; -1: reported. *opened: it is new, and to be closed.
 */
static int redirect_source(const struct redirect *r, bool *opened)
{
    int flags = r->op == '<'   ? O_RDONLY
                : r->op == 'r' ? O_RDWR | O_CREAT
                : r->op == 'a' ? O_WRONLY | O_CREAT | O_APPEND
                               : O_WRONLY | O_CREAT | O_TRUNC;
    char *target = r->op == 'h' ? "" : expand_one(r->target), *end = target;

    *opened = r->op != '&';
    int fd = r->op == 'h'   ? open_document(r)
             : r->op == '&' ? (int)strtol(target, &end, 10)
                            : open(target, flags, 0666);
    if (r->op == '&' && (end == target || *end || fcntl(fd, F_GETFD) < 0)) {
        errno = EBADF;
        fd = -1;
    }
    if (fd < 0)
        complain("%s: %s", r->op == 'h' ? "here-document" : target, strerror(errno));
    return fd;
}

bool redirect_all(const struct redirect *list, int saved[10])
{
    fflush(stdout);
    for (int i = 0; saved && i < 10; i++)
        saved[i] = -1;
    for (; list; list = list->next) {
        if (saved && list->fd < 10 && saved[list->fd] == -1) {
            saved[list->fd] = fcntl(list->fd, F_DUPFD_CLOEXEC, 10);
            if (saved[list->fd] < 0)
                saved[list->fd] = -2; /* it was closed */
        }
        if (list->op == '&' && strcmp(list->target, "-") == 0) {
            close(list->fd);
            continue;
        }
        bool opened;
        int fd = redirect_source(list, &opened);
        if (fd < 0)
            return false;
        if (fd != list->fd) {
            dup2(fd, list->fd);
            if (opened)
                close(fd);
        }
    }
    return true;
}

void redirect_undo(int saved[10])
{
    fflush(stdout);
    for (int i = 0; i < 10; i++) {
        if (saved[i] == -2)
            close(i);
        if (saved[i] < 0)
            continue;
        dup2(saved[i], i);
        close(saved[i]);
    }
}
