/* sources: kernel/proc/elfcheck.c kernel/lib/string.c */
/* ELF headers, good, bad and random. Catches: a segment outside of user space or of its file, sums
 * that wrap, overlaps.
 */
#include "shim.h"
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/layout.h"
#include "proc/elf_priv.h"

enum { FILE_SIZE = 0x10000 };
static struct elf64_ehdr eh;
static struct elf64_phdr ph[4];
static struct elf_layout out;

/* A sound program: text, data with bss, a stack note. */
static void sound(void)
{
    eh = (struct elf64_ehdr){
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = 0x401000,
        .e_phoff = sizeof eh,
        .e_phentsize = sizeof ph[0],
        .e_phnum = 3,
    };
    memcpy(eh.e_ident, ELF_MAGIC, 4);
    eh.e_ident[EI_CLASS] = ELFCLASS64;
    eh.e_ident[EI_DATA] = ELFDATA2LSB;
    memset(ph, 0, sizeof ph);
    ph[0] = (struct elf64_phdr){.p_type = PT_LOAD,
                                .p_flags = PF_R | PF_X,
                                .p_vaddr = 0x400000,
                                .p_filesz = 0x2345,
                                .p_memsz = 0x2345};
    ph[1] = (struct elf64_phdr){.p_type = PT_LOAD,
                                .p_flags = PF_R | PF_W,
                                .p_offset = 0x3f00,
                                .p_vaddr = 0x404f00,
                                .p_filesz = 0x200,
                                .p_memsz = 0x5000};
    ph[2] = (struct elf64_phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
}

static int check(void)
{
    int err = elf_check_header(&eh, sizeof eh);
    return err ? err : elf_check_segments(&eh, ph, FILE_SIZE, &out);
}

TEST(elf_sound)
{
    sound();
    CHECK_EQ(check(), 0);
    CHECK_EQ(out.bias, 0);
    CHECK_EQ(out.lo, 0x400000);
    CHECK_EQ(out.hi, 0x40a000);
    CHECK_EQ(out.entry, 0x401000);
    CHECK_EQ(out.phdr, 0x400000 + sizeof eh);
}

TEST(elf_static_pie)
{
    sound();
    eh.e_type = ET_DYN;
    eh.e_entry = 0x1000;
    ph[0].p_vaddr = 0;
    ph[1].p_vaddr = 0x4f00;
    CHECK_EQ(check(), 0);
    CHECK_EQ(out.bias, ELF_DYN_BASE);
    CHECK_EQ(out.entry, ELF_DYN_BASE + 0x1000);
    CHECK_EQ(out.phdr, ELF_DYN_BASE + sizeof eh);
}

/* Each damages one thing. */
#define REFUSED(damage)                                                                            \
    do {                                                                                           \
        sound();                                                                                   \
        damage;                                                                                    \
        CHECK_EQ(check(), -ENOEXEC);                                                               \
    } while (0)

TEST(elf_bad_header)
{
    REFUSED(eh.e_ident[1] = 'e');
    REFUSED(eh.e_ident[EI_CLASS] = 1);
    REFUSED(eh.e_ident[EI_DATA] = 2);
    REFUSED(eh.e_machine = 3);
    REFUSED(eh.e_type = ET_REL);
    REFUSED(eh.e_phnum = 0);
    REFUSED(eh.e_phnum = ELF_MAX_PHDRS + 1);
    REFUSED(eh.e_phentsize = 32);
    REFUSED(eh.e_entry = 0x3fffff);
    REFUSED(eh.e_entry = 0x40a000);
    REFUSED(eh.e_entry = U64_MAX);
    sound();
    CHECK_EQ(elf_check_header(&eh, sizeof eh - 1), -ENOEXEC);
    CHECK_EQ(elf_check_header(&eh, 0), -ENOEXEC);
}

TEST(elf_bad_segments)
{
    REFUSED(ph[0].p_type = ph[1].p_type = PT_NOTE);
    REFUSED(ph[2].p_type = PT_INTERP);
    REFUSED(ph[0].p_filesz = ph[0].p_memsz + 1);
    REFUSED(ph[1].p_filesz = FILE_SIZE);
    REFUSED(ph[1].p_offset = U64_MAX - 0xff);
    REFUSED(ph[1].p_offset = FILE_SIZE - 0x100 + 1);
    REFUSED(ph[0].p_vaddr = 0x400001); /* not congruent to its offset */
    REFUSED(ph[0].p_vaddr = 0);        /* the null page */
    REFUSED(ph[0].p_memsz = 0x5000);   /* overlaps the next */
    REFUSED(ph[1].p_vaddr = 0x400f00); /* below its predecessor's end */
    REFUSED(ph[1].p_memsz = U64_MAX);
    REFUSED(ph[1].p_memsz = USER_TOP);
    REFUSED(ph[1].p_vaddr = 0xffff800000000f00);
    REFUSED(ph[1].p_vaddr = U64_MAX - 0xff);
    REFUSED((eh.e_type = ET_DYN, ph[1].p_vaddr = U64_MAX - 0xff));
}

/* Whatever passes may be mapped without another look. */
static void check_promises(void)
{
    u64 floor = USER_MIN;
    for (unsigned i = 0; i < eh.e_phnum; i++) {
        if (ph[i].p_type != PT_LOAD || ph[i].p_memsz == 0)
            continue;
        u64 va = ph[i].p_vaddr + out.bias;
        CHECK(va >= floor && ph[i].p_memsz <= USER_TOP && va <= USER_TOP - ph[i].p_memsz);
        CHECK(ph[i].p_offset <= FILE_SIZE && ph[i].p_filesz <= FILE_SIZE - ph[i].p_offset);
        CHECK(ph[i].p_filesz <= ph[i].p_memsz && (ph[i].p_offset ^ va) % 4096 == 0);
        floor = va + ph[i].p_memsz;
    }
    CHECK(out.entry >= out.lo && out.entry < out.hi && out.hi <= USER_TOP);
}

TEST(elf_noise)
{
    unsigned passed = 0;
    for (int round = 0; round < 300000; round++) {
        sound();
        for (u64 n = rnd_below(4); n > 0;
             n--) { /* overwrite a word or two, by anything or something near */
            u64 *words = rnd_below(4) ? (u64 *)ph : (u64 *)&eh;
            u64 count = (words == (u64 *)ph ? sizeof ph[0] * 3 : sizeof eh) / 8;
            u64 *w = &words[rnd_below(count)];
            *w = rnd_below(2) ? rnd() : *w + rnd_below(0x3000) - 0x1800;
        }
        if (eh.e_phnum > ARRAY_SIZE(ph))
            eh.e_phnum = 3; /* the caller has read as many as it says */
        if (check() == 0) {
            passed++;
            check_promises();
        }
    }
    CHECK(passed > 1000); /* else this tested nothing */
}

int main(void)
{
    return run_tests();
}
