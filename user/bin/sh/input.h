/* Where commands come from, and what the parser makes of them. */
#pragma once

#include "sh.h"

struct input {
    /* The next line with its newline, allocated; NULL at the end. `continued`: a command goes on.
     */
    char *(*next_line)(struct input *in, bool continued);
    char *line;
    size_t pos;
    unsigned int line_number; /* of the current one */
    const char *string;       /* what is left of a string given as input */
    int fd;
    bool at_end;
    bool cut_short; /* the end that came was that of a command only: ^C or ^D inside it */
};

void input_from_fd(struct input *in, int fd);
void input_from_string(struct input *in, const char *text);
void input_from_terminal(struct input *in);

/* Parse one complete command from the input. NULL with *end at the end of the input, or without
 * after an empty line or a syntax error (already reported; then last_status is 2). The tree lives
 * until memory_free(mark). */
struct node *parse_command(struct input *in, bool *end);
