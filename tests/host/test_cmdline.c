/* sources: kernel/lib/cmdline.c kernel/lib/parse.c */
/* Questions to a command line. Catches: a name that is a prefix of another, quotes, what stands
 * after `--`. */
#include "shim.h"
#include <string.h>
#include "lib/cmdline.h"
#include "lib/string.h"

size_t strlcpy(char *restrict dst, const char *restrict src, size_t size)
{
    snprintf(dst, size, "%s", src);
    return strlen(src);
}

TEST(cmdline_values)
{
    char buf[32];
    cmdline_init("init=/bin/sh initrd=x init=/sbin/init empty= msg=\"two words\" \"q=a b\"");
    CHECK(cmdline_get("init", buf, sizeof buf) && strcmp(buf, "/sbin/init") == 0);
    CHECK(cmdline_get("msg", buf, sizeof buf) && strcmp(buf, "two words") == 0);
    CHECK(cmdline_get("q", buf, sizeof buf) && strcmp(buf, "a b") == 0);
    CHECK(cmdline_get("empty", buf, sizeof buf) && buf[0] == '\0');
    CHECK(!cmdline_get("ini", buf, sizeof buf) && buf[0] == '\0');
    CHECK(cmdline_get("init", buf, 4) && strcmp(buf, "/sb") == 0);
}

TEST(cmdline_flags)
{
    cmdline_init(" quiet ktest=1\tnosmp=off loud=no loud debug=0 -- later");
    CHECK(cmdline_flag("quiet") && cmdline_flag("ktest") && cmdline_flag("loud"));
    CHECK(!cmdline_flag("nosmp") && !cmdline_flag("debug") && !cmdline_flag("qui"));
    CHECK(!cmdline_flag("later"));
    char buf[8];
    CHECK(!cmdline_get("quiet", buf, sizeof buf));
}

TEST(cmdline_numbers_and_lists)
{
    cmdline_init("ring=64K bad=12x check=lock,poison");
    CHECK_EQ(cmdline_get_u64("ring", 1), 65536);
    CHECK_EQ(cmdline_get_u64("bad", 7), 7);
    CHECK_EQ(cmdline_get_u64("none", 9), 9);
    CHECK(cmdline_list_has("check", "lock") && cmdline_list_has("check", "poison"));
    CHECK(!cmdline_list_has("check", "loc") && !cmdline_list_has("ring", "64"));

    char item[16];
    CHECK(!cmdline_list_strange("check", "poison,lock", item, sizeof item));
    CHECK(!cmdline_list_strange("none", "lock", item, sizeof item));
    CHECK(cmdline_list_strange("check", "lock,pois", item, sizeof item) && !strcmp(item, "poison"));
}

TEST(cmdline_words)
{
    static const char *const want[] = {"a", "b=c d", "--", "-x", "e"};
    char word[16];
    const char *pos = NULL;
    cmdline_init("a  b=\"c d\" -- -x e ");
    for (size_t i = 0; i < ARRAY_SIZE(want); i++)
        CHECK(cmdline_next(&pos, word, sizeof word) && strcmp(word, want[i]) == 0);
    CHECK(!cmdline_next(&pos, word, sizeof word));
    cmdline_init(NULL);
    pos = NULL;
    CHECK(!cmdline_next(&pos, word, sizeof word));
}

TEST(cmdline_too_long_is_cut)
{
    char *huge = malloc(5000);
    memset(huge, 'a', 4999);
    huge[4999] = '\0';
    cmdline_init(huge);
    CHECK_EQ(strlen(cmdline_text()), CMDLINE_MAX - 1);
    free(huge);
}

int main(void)
{
    return run_tests();
}
