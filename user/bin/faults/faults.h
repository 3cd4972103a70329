/* What a program must not do: the list that main.c works through. */
#pragma once

struct fault {
    const char *name, *what;
    int (*act)(void);  /* returns an error number, 0 for none */
    int signal, error; /* one of them is expected, */
    int may_pass;      /* or nothing, where the machine does not check */
};

extern const struct fault faults[]; /* ends with name NULL */
