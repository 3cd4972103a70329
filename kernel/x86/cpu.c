/* What this processor can do, and switching it on.
 *
 * Nothing is used that CPUID has not offered. What Lucid cannot do without is named on the console
 * before anything else happens; what is merely better is used where present.
 */
#include "x86/cpu.h"
#include "x86/cpufeature.h"
#include "x86/earlycon.h"
#include "lib/string.h"

u8 cpu_has_smap; /* read by entry.S and usercopy.S */
bool cpu_has_fsgsbase;
struct cpu_features cpu_features;

struct feature {
    const char *name; /* as in /proc/cpuinfo */
    u32 leaf;
    u8 reg; /* 0 eax, 1 ebx, 2 ecx, 3 edx */
    u8 bit;
    bool required;
    u64 cr4; /* what to set when it is there */
};

static const struct feature table[] = {
    {"fpu", 1, 3, 0, true, 0},
    {"pse", 1, 3, 3, true, 0},
    {"tsc", 1, 3, 4, true, 0},
    {"msr", 1, 3, 5, true, 0},
    {"pae", 1, 3, 6, true, 0},
    {"mce", 1, 3, 7, false, CR4_MCE},
    {"cx8", 1, 3, 8, true, 0},
    {"apic", 1, 3, 9, true, 0},
    {"pge", 1, 3, 13, true, CR4_PGE},
    {"cmov", 1, 3, 15, true, 0},
    {"pat", 1, 3, 16, false, 0},
    {"fxsr", 1, 3, 24, true, CR4_OSFXSR},
    {"sse", 1, 3, 25, true, CR4_OSXMMEXCPT},
    {"sse2", 1, 3, 26, true, 0},
    {"cx16", 1, 2, 13, false, 0},
    {"xsave", 1, 2, 26, false, CR4_OSXSAVE},
    {"avx", 1, 2, 28, false, 0},
    {"rdrand", 1, 2, 30, false, 0},
    {"hypervisor", 1, 2, 31, false, 0},
    {"fsgsbase", 7, 1, 0, false, CR4_FSGSBASE},
    {"smep", 7, 1, 7, false, CR4_SMEP},
    {"erms", 7, 1, 9, false, 0},
    {"smap", 7, 1, 20, false, CR4_SMAP},
    {"umip", 7, 2, 2, false, CR4_UMIP},
    {"syscall", 0x80000001, 3, 11, true, 0},
    {"nx", 0x80000001, 3, 20, true, 0},
    {"pdpe1gb", 0x80000001, 3, 26, false, 0},
    {"rdtscp", 0x80000001, 3, 27, false, 0},
    {"lm", 0x80000001, 3, 29, true, 0},
    {"invtsc", 0x80000007, 3, 8, false, 0},
};
_Static_assert(ARRAY_SIZE(table) <= 64, "cpu_features.have is one word");

static bool feature_present(const struct feature *f)
{
    u32 max = cpuid(f->leaf & 0x80000000, 0).eax;
    if (f->leaf > max)
        return false;
    struct cpuid r = cpuid(f->leaf, 0);
    u32 regs[4] = {r.eax, r.ebx, r.ecx, r.edx};
    return regs[f->reg] >> f->bit & 1;
}

static void say(const char *s)
{
    earlycon_write(s, strlen(s));
}

bool cpu_detect(void)
{
    bool ok = true;
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++) {
        if (feature_present(&table[i])) {
            cpu_features.have |= BIT(i);
            cpu_features.cr4 |= table[i].cr4;
        } else if (table[i].required) {
            say("Lucid: this processor lacks a feature that the kernel needs: ");
            say(table[i].name);
            say("\n");
            ok = false;
        }
    }
    cpu_has_smap = cpu_has("smap");
    cpu_has_fsgsbase = cpu_has("fsgsbase");
    return ok;
}

bool cpu_has(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
        if (strcmp(table[i].name, name) == 0)
            return cpu_features.have >> i & 1;
    return false;
}

const char *cpu_feature_name(unsigned i)
{
    return i < ARRAY_SIZE(table) && (cpu_features.have >> i & 1) ? table[i].name : NULL;
}

unsigned cpu_feature_count(void)
{
    return ARRAY_SIZE(table);
}

void cpu_init(void)
{
    write_cr4(read_cr4() | cpu_features.cr4);
    write_cr0((read_cr0() | CR0_WP | CR0_MP | CR0_NE) & ~(u64)(CR0_EM | CR0_TS));
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
}
