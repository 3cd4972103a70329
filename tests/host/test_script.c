/* sources: kernel/proc/scriptline.c kernel/lib/string.c */
/* The "#!" line. Catches: a read past the head of the file, a name that is cut and run all the
 * same, blanks taken for a part of a name.
 */
#include "shim.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "proc/exec_priv.h"

static struct script_line line;

static int parse(const char *text)
{
    return script_parse((const u8 *)text, strlen(text), &line);
}

TEST(script_plain)
{
    CHECK_EQ(parse("#!/bin/sh\necho hi\n"), 0);
    CHECK(strcmp(line.interp, "/bin/sh") == 0 && line.arg[0] == '\0');
    CHECK_EQ(parse("#! \t/bin/awk   -f \t\nBEGIN"), 0);
    CHECK(strcmp(line.interp, "/bin/awk") == 0 && strcmp(line.arg, "-f") == 0);
    CHECK_EQ(parse("#!/usr/bin/env lua -x y\n"), 0);
    CHECK(strcmp(line.arg, "lua -x y") == 0); /* one argument, blanks and all */
    CHECK_EQ(parse("#!/bin/sh"), 0);          /* the file ends before its line does */
    CHECK(strcmp(line.interp, "/bin/sh") == 0);
}

TEST(script_refused)
{
    const char *const bad[] = {"",           "#", "#!", "!#/bin/sh\n", "#!\n", "#!   \n/bin/sh\n",
                               "\n#!/bin/sh"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK_EQ(parse(bad[i]), -ENOEXEC);
    CHECK_EQ(script_parse((const u8 *)"#!/bin/sh\0rest", 14, &line), 0); /* a NUL ends the line */
    CHECK(strcmp(line.interp, "/bin/sh") == 0);
}

/* The head of the file ends inside the interpreter's name: it might be cut, so it is not run. */
TEST(script_cut_name)
{
    u8 head[EXEC_HEAD_BYTES];
    memset(head, 'x', sizeof head);
    head[0] = '#';
    head[1] = '!';
    CHECK_EQ(script_parse(head, sizeof head, &line), -ENOEXEC);
    head[200] = ' ';
    CHECK_EQ(script_parse(head, sizeof head, &line), 0); /* only the argument is cut */
    CHECK_EQ(strlen(line.interp), 198);
    CHECK_EQ(strlen(line.arg), sizeof head - 201);
}

/* Any bytes of any length: no access outside of the head (the sanitizer watches), results
 * terminated. */
TEST(script_noise)
{
    static const char alphabet[] = "#! \t\n/ab";
    for (int round = 0; round < 20000; round++) {
        size_t len = rnd_below(EXEC_HEAD_BYTES + 1);
        u8 *head = malloc(len + 1);
        for (size_t i = 0; i < len; i++)
            head[i] = (u8)alphabet[rnd_below(sizeof alphabet)]; /* its NUL too */
        if (len > 2 && rnd_below(4))
            memcpy(head, "#!", 2);
        u8 *exact = malloc(len ? len : 1);
        memcpy(exact, head, len);
        if (script_parse(exact, len, &line) == 0) {
            CHECK(strlen(line.interp) > 0 && strlen(line.interp) < sizeof line.interp);
            CHECK(strlen(line.arg) < sizeof line.arg && !strchr(line.interp, ' '));
        }
        free(head);
        free(exact);
    }
}

int main(void)
{
    return run_tests();
}
