/* Terminal modes. */
#pragma once

#include "abi/termios.h"
#include <sys/types.h>

int tcgetattr(int fd, struct termios *t);
int tcsetattr(int fd, int when, const struct termios *t);
void cfmakeraw(struct termios *t);
int tcflush(int fd, int queue);
