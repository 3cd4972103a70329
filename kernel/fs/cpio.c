/* cpio.c: the newc format, with every length checked before it is used. */
#include "fs/cpio.h"
#include "abi/errno.h"
#include "abi/limits.h"
#include "lib/string.h"

enum { MAGIC_LEN = 6, FIELDS = 13, FIELD_LEN = 8, HEADER_LEN = MAGIC_LEN + FIELDS * FIELD_LEN };

enum field {
    F_INO,
    F_MODE,
    F_UID,
    F_GID,
    F_NLINK,
    F_MTIME,
    F_FILESIZE,
    F_DEVMAJOR,
    F_DEVMINOR,
    F_RDEVMAJOR,
    F_RDEVMINOR,
    F_NAMESIZE,
    F_CHECK,
};
_Static_assert(F_CHECK + 1 == FIELDS, "the header has 13 fields");

static int bad(struct cpio *c, const char *what)
{
    c->error = what;
    return -EINVAL;
}

static bool parse_field(const u8 *s, u32 *out)
{
    u32 n = 0;
    for (int i = 0; i < FIELD_LEN; i++) {
        u8 c = s[i];
        u32 digit = c >= '0' && c <= '9'   ? c - (u32)'0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10u
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10u
                                           : 16;
        if (digit == 16)
            return false;
        n = n << 4 | digit;
    }
    *out = n;
    return true;
}

/* What begins with these bytes, if it is no newc header? */
static const char *what_else(const u8 *h)
{
    if (memcmp(h, "07070", 5) == 0)
        return "an old cpio format (only \"newc\" is known)";
    if (h[0] == 0x1f && h[1] == 0x8b)
        return "compressed by gzip: unpack it first";
    return "no cpio archive";
}

static int parse_header(struct cpio *c, u32 f[FIELDS], bool *summed)
{
    const u8 *h = c->bytes + c->pos;
    if (c->len - c->pos < HEADER_LEN)
        return bad(c, "cut off in a header");
    *summed = memcmp(h, "070702", MAGIC_LEN) == 0;
    if (!*summed && memcmp(h, "070701", MAGIC_LEN) != 0)
        return bad(c, what_else(h));
    for (size_t i = 0; i < FIELDS; i++)
        if (!parse_field(h + MAGIC_LEN + i * FIELD_LEN, &f[i]))
            return bad(c, "a header field is no hexadecimal number");
    return 0;
}

static u32 sum_of(const u8 *data, u64 len)
{
    u32 sum = 0;
    for (u64 i = 0; i < len; i++)
        sum += data[i];
    return sum;
}

/* The name and the data that follow the header; moves c->pos behind them. */
static int parse_body(struct cpio *c, const u32 f[FIELDS], bool summed, struct cpio_entry *out)
{
    u64 name_at = c->pos + HEADER_LEN, name_len = f[F_NAMESIZE];
    if (name_len == 0 || name_len > PATH_MAX)
        return bad(c, "a name of impossible length");
    if (name_len > c->len - name_at)
        return bad(c, "cut off in a name");
    out->name = (const char *)c->bytes + name_at;
    if (out->name[name_len - 1] != '\0' || strnlen(out->name, name_len) != name_len - 1)
        return bad(c, "a name that is not terminated where it should be");
    u64 data_at = ALIGN_UP(name_at + name_len, 4ul);
    out->size = f[F_FILESIZE];
    if (data_at > c->len || out->size > c->len - data_at)
        return bad(c, "cut off in a file's data");
    out->data = c->bytes + data_at;
    if (summed && sum_of(out->data, out->size) != f[F_CHECK])
        return bad(c, "a file's checksum is wrong");
    c->pos = MIN(ALIGN_UP(data_at + out->size, 4ul), c->len);
    return 0;
}

int cpio_next(struct cpio *c, struct cpio_entry *out)
{
    u32 f[FIELDS];
    bool summed;
    while (c->pos < c->len && c->bytes[c->pos] == 0)
        c->pos++; /* padding between archives */
    if (c->pos == c->len)
        return 0;
    int err = parse_header(c, f, &summed);
    if (err)
        return err;
    *out = (struct cpio_entry){
        .ino = f[F_INO],
        .mode = f[F_MODE],
        .uid = f[F_UID],
        .gid = f[F_GID],
        .nlink = f[F_NLINK],
        .mtime = f[F_MTIME],
        .dev_major = f[F_DEVMAJOR],
        .dev_minor = f[F_DEVMINOR],
        .rdev_major = f[F_RDEVMAJOR],
        .rdev_minor = f[F_RDEVMINOR],
    };
    err = parse_body(c, f, summed, out);
    if (err)
        return err;
    out->trailer = strcmp(out->name, "TRAILER!!!") == 0;
    return 1;
}
