/* poll(2). */
#pragma once

struct pollfd {
    int fd; /* negative: ignored, revents becomes 0 */
    short events;
    short revents;
};
_Static_assert(sizeof(struct pollfd) == 8, "struct pollfd is part of the ABI");

#define POLLIN     0x0001
#define POLLPRI    0x0002
#define POLLOUT    0x0004
#define POLLERR    0x0008 /* the following three are reported without being asked for */
#define POLLHUP    0x0010
#define POLLNVAL   0x0020
#define POLLRDNORM 0x0040
#define POLLRDBAND 0x0080
#define POLLWRNORM 0x0100
#define POLLWRBAND 0x0200
#define POLLRDHUP  0x2000

typedef unsigned long nfds_t;
