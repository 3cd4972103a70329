/* The bytes of files: offsets, holes, truncation, appending, limits; and that reading, writing and
 * mapping agree. */
#include "fs_test.h"
#include "vm/vmspace.h"

static bool all_are(const char *p, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != c)
            return false;
    return true;
}

/* Catches: an offset that does not move, moves for pread, or is not shared by whoever shares the
 * file. */
KTEST(fs_file_offsets)
{
    char buf[16];
    T_BEGIN("/t");
    struct file *f = t_open("/t/a", O_RDWR | O_CREAT);
    KT_ASSERT(f);
    KT_EQ(t_write(f, "0123456789", 10), 10);
    KT_EQ(file_seek(f, 0, SEEK_CUR), 10);
    KT_EQ(t_read(f, buf, 4), 0);
    KT_EQ(file_seek(f, -4, SEEK_END), 6);
    KT_EQ(t_read(f, buf, 16), 4);
    KT_EQ(memcmp(buf, "6789", 4), 0);
    KT_EQ(kfile_read(f, buf, 3, 2), 3);
    KT_EQ(memcmp(buf, "234", 3), 0);
    KT_EQ(file_seek(f, 0, SEEK_CUR), 10);
    KT_EQ(kfile_write(f, "xy", 2, 1), 2);
    KT_EQ(file_seek(f, 0, SEEK_SET), 0);
    KT_EQ(t_read(f, buf, 16), 10);
    KT_EQ(memcmp(buf, "0xy3456789", 10), 0);
    KT_EQ(file_seek(f, -1, SEEK_SET), -EINVAL);
    KT_EQ(file_seek(f, 0, 77), -EINVAL);
    KT_EQ(file_seek(f, S64_MAX, SEEK_CUR), -EOVERFLOW);
    struct uio uio;
    uio_kernel(&uio, buf, 1, UIO_READ);
    u64 negative = (u64)-1;
    KT_EQ(file_pread(f, &uio, &negative), -EINVAL);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: a hole that is not zero or takes memory; wrong st_blocks; SEEK_DATA and SEEK_HOLE. */
KTEST(fs_file_holes)
{
    char *buf = kmalloc(PAGE_SIZE);
    struct stat st;
    KT_ASSERT(buf);
    T_BEGIN("/t");
    struct file *f = t_open("/t/a", O_RDWR | O_CREAT);
    KT_ASSERT(f);
    KT_EQ(kfile_write(f, "end", 3, 10 * PAGE_SIZE + 5), 3);
    KT_EQ(file_stat(f, &st), 0);
    KT_EQ(st.st_size, 10 * PAGE_SIZE + 8);
    KT_EQ(st.st_blocks, 8);
    memset(buf, 'x', PAGE_SIZE);
    KT_EQ(kfile_read(f, buf, PAGE_SIZE, 3 * PAGE_SIZE + 7), PAGE_SIZE);
    KT_ASSERT(all_are(buf, 0, PAGE_SIZE));
    KT_EQ(kfile_read(f, buf, PAGE_SIZE, 10 * PAGE_SIZE), 8);
    KT_ASSERT(all_are(buf, 0, 5) && memcmp(buf + 5, "end", 3) == 0);
    KT_EQ(file_seek(f, 0, SEEK_DATA), 10 * PAGE_SIZE);
    KT_EQ(file_seek(f, 0, SEEK_HOLE), 0);
    KT_EQ(file_seek(f, 10 * PAGE_SIZE + 2, SEEK_DATA), 10 * PAGE_SIZE + 2);
    KT_EQ(file_seek(f, 10 * PAGE_SIZE + 2, SEEK_HOLE), 10 * PAGE_SIZE + 8);
    KT_EQ(file_seek(f, 10 * PAGE_SIZE + 8, SEEK_DATA), -ENXIO);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    kfree(buf);
    T_END();
}

/* Catches: bytes that come back after the file was cut and grew again; pages or blocks not given
 * back. */
KTEST(fs_file_truncate)
{
    char *buf = kmalloc(2 * PAGE_SIZE);
    struct stat st;
    KT_ASSERT(buf);
    T_BEGIN("/t");
    struct file *f = t_open("/t/a", O_RDWR | O_CREAT);
    KT_ASSERT(f);
    memset(buf, 'x', 2 * PAGE_SIZE);
    for (u64 i = 0; i < 4; i++)
        KT_EQ(t_write(f, buf, 2 * PAGE_SIZE), 2 * PAGE_SIZE);
    KT_EQ(file_truncate(f, PAGE_SIZE + 100), 0);
    KT_EQ(file_stat(f, &st), 0);
    KT_EQ(st.st_blocks, 16);
    KT_EQ(f->inode->obj.nresident, 2);
    KT_EQ(file_truncate(f, 3 * PAGE_SIZE), 0);
    KT_EQ(kfile_read(f, buf, 2 * PAGE_SIZE, PAGE_SIZE), 2 * PAGE_SIZE);
    KT_ASSERT(all_are(buf, 'x', 100) && all_are(buf + 100, 0, 2 * PAGE_SIZE - 100));
    KT_EQ(file_truncate(f, -1), -EINVAL);
    KT_EQ(vfs_truncate("/t/a", 0), 0);
    KT_EQ(file_stat(f, &st), 0);
    KT_EQ(st.st_blocks, 0);
    KT_EQ(vfs_truncate("/t", 0), -EISDIR);
    KT_EQ(file_truncate(f, S64_MAX), -EFBIG);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    kfree(buf);
    T_END();
}

/* Catches: O_APPEND that writes where the offset is. */
KTEST(fs_file_append)
{
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "one"), 0);
    struct file *f = t_open("/t/a", O_WRONLY | O_APPEND), *g = t_open("/t/a", O_WRONLY | O_APPEND);
    KT_ASSERT(f && g);
    KT_EQ(t_write(f, "two", 3), 3);
    KT_EQ(t_write(g, "three", 5), 5);
    KT_EQ(file_seek(f, 0, SEEK_SET), 0);
    KT_EQ(t_write(f, "4", 1), 1);
    KT_ASSERT(t_holds("/t/a", "onetwothree4"));
    file_set_flags(f, 0);
    KT_EQ(file_seek(f, 0, SEEK_SET), 0);
    KT_EQ(t_write(f, "O", 1), 1);
    KT_ASSERT(t_holds("/t/a", "Onetwothree4"));
    file_put(f);
    file_put(g);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: a file that dies with its name, or memory that stays after the last close. */
KTEST(fs_file_unlinked_lives)
{
    char buf[8];
    T_BEGIN("/t");
    struct file *f = t_open("/t/a", O_RDWR | O_CREAT);
    KT_ASSERT(f);
    KT_EQ(t_write(f, "alive", 5), 5);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    KT_EQ(t_make("/t/a", "another"), 0);
    KT_EQ(kfile_read(f, buf, 8, 0), 5);
    KT_EQ(memcmp(buf, "alive", 5), 0);
    KT_EQ(f->inode->nlink, 0);
    u64 inodes = inode_count();
    file_put(f);
    KT_EQ(inode_count(), inodes - 1);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: read, write, a shared and a private mapping that disagree about a byte; a mapping that
 * does not keep its file. */
KTEST(fs_file_mapping)
{
    struct vmspace *vs;
    char buf[8];
    u64 word = 0x1122334455667788;
    T_BEGIN("/t");
    KT_EQ(vmspace_create(&vs), 0);
    struct file *f = t_open("/t/a", O_RDWR | O_CREAT);
    KT_ASSERT(f);
    KT_EQ(file_truncate(f, 2 * PAGE_SIZE), 0);
    struct map_request shared = {
        .len = 4 * PAGE_SIZE, .prot = PROT_READ | PROT_WRITE, .flags = MAP_SHARED};
    struct map_request private = {
        .len = 4 * PAGE_SIZE, .prot = PROT_READ | PROT_WRITE, .flags = MAP_PRIVATE};
    KT_EQ(file_mmap(f, &shared), 0);
    KT_EQ(vm_map(vs, &shared), 0);
    KT_EQ(file_mmap(f, &private), 0);
    KT_EQ(vm_map(vs, &private), 0);
    KT_EQ(kfile_write(f, "from fd", 8, 100), 8);
    KT_EQ(vm_read(vs, shared.addr + 100, buf, 8), 8);
    KT_EQ(memcmp(buf, "from fd", 8), 0);
    KT_EQ(vm_write(vs, shared.addr + PAGE_SIZE, &word, 8), 8);
    KT_EQ(kfile_read(f, buf, 8, PAGE_SIZE), 8);
    KT_EQ(memcmp(buf, &word, 8), 0);
    KT_EQ(vm_write(vs, private.addr, &word, 8), 8);
    KT_EQ(kfile_read(f, buf, 8, 0), 8);
    KT_ASSERT(all_are(buf, 0, 8));
    KT_EQ(vm_read(vs, shared.addr + 2 * PAGE_SIZE, buf, 1), 0); /* beyond the end */
    KT_EQ(file_truncate(f, 100), 0);
    KT_EQ(vm_read(vs, shared.addr + PAGE_SIZE, buf, 1), 0);
    file_put(f);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    KT_EQ(vm_read(vs, shared.addr, buf, 8), 8); /* the file lives on in its mapping */
    vmspace_put(vs);
    T_END();
}

/* Catches: a mapping with more rights than the file was opened with. */
KTEST(fs_file_mapping_rights)
{
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "x"), 0);
    struct file *r = t_open("/t/a", O_RDONLY), *w = t_open("/t/a", O_WRONLY);
    KT_ASSERT(r && w);
    struct map_request req = {
        .len = PAGE_SIZE, .prot = PROT_READ | PROT_WRITE, .flags = MAP_SHARED};
    KT_EQ(file_mmap(r, &req), -EACCES);
    KT_EQ(file_mmap(w, &req), -EACCES);
    req.prot = PROT_READ;
    KT_EQ(file_mmap(r, &req), 0);
    KT_EQ(req.max_prot & PROT_WRITE, 0);
    vm_object_put(req.obj);
    file_put(r);
    file_put(w);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: a running program overwritten, or one that stays locked after it ended. */
KTEST(fs_file_text_busy)
{
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "x"), 0);
    struct file *w = t_open("/t/a", O_WRONLY), *x = t_open("/t/a", O_RDONLY);
    KT_ASSERT(w && x);
    KT_EQ(file_deny_write(x), -ETXTBSY);
    file_put(w);
    KT_EQ(file_deny_write(x), 0);
    KT_EQ(t_open_error("/t/a", O_RDWR), -ETXTBSY);
    KT_EQ(vfs_truncate("/t/a", 0), -ETXTBSY);
    file_put(x);
    KT_EQ(t_open_error("/t/a", O_RDWR), 0);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}

/* Catches: times that do not move, or move when they should not. */
KTEST(fs_file_times)
{
    struct stat a, b;
    const struct timespec set[2] = {{.tv_sec = 1000, .tv_nsec = 5},
                                    {.tv_sec = 0, .tv_nsec = UTIME_OMIT}};
    const struct timespec early[2] = {{.tv_sec = -1, .tv_nsec = 999999999},
                                      {.tv_sec = -10, .tv_nsec = 0}};
    T_BEGIN("/t");
    KT_EQ(t_make("/t/a", "x"), 0);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/a", 0, &a), 0);
    KT_EQ(vfs_utimens(AT_FDCWD, "/t/a", set, 0), 0);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/a", 0, &b), 0);
    KT_EQ(b.st_atim.tv_sec, 1000);
    KT_EQ(b.st_atim.tv_nsec, 5);
    KT_EQ(b.st_mtim.tv_nsec, a.st_mtim.tv_nsec);
    KT_ASSERT(b.st_ctim.tv_sec > a.st_ctim.tv_sec || b.st_ctim.tv_nsec > a.st_ctim.tv_nsec);
    KT_ASSERT(t_holds("/t/a", "x")); /* atime is older than mtime: this read counts */
    KT_EQ(vfs_stat(AT_FDCWD, "/t/a", 0, &a), 0);
    KT_ASSERT(a.st_atim.tv_sec > 1000);
    KT_EQ(vfs_utimens(AT_FDCWD, "/t/a", early, 0), 0);
    KT_EQ(vfs_stat(AT_FDCWD, "/t/a", 0, &b), 0);
    KT_EQ(b.st_atim.tv_sec, -1);
    KT_EQ(b.st_atim.tv_nsec, 999999999);
    KT_EQ(b.st_mtim.tv_sec, -10);
    KT_EQ(vfs_unlink(AT_FDCWD, "/t/a"), 0);
    T_END();
}
