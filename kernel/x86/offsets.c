/* Structure offsets and constants for assembly. Compiled, never linked: the build turns each
 * `->NAME value` that the compiler prints into a #define of build/gen/x86/offsets.h. */
#include "x86/cpu.h"
#include "x86/gdt.h"
#include "x86/percpu.h"
#include "x86/trapframe.h"

#define VALUE(name, v)             asm("\n->" #name " %0" ::"i"(v))
#define OFFSET(name, type, member) VALUE(name, __builtin_offsetof(type, member))

void offsets(void);
void offsets(void)
{
    OFFSET(PERCPU_SELF, struct percpu, self);
    OFFSET(PERCPU_USER_RSP, struct percpu, user_rsp);
    OFFSET(PERCPU_KERNEL_RSP, struct percpu, kernel_rsp);

    OFFSET(TF_RBX, struct trapframe, rbx);
    OFFSET(TF_RBP, struct trapframe, rbp);
    OFFSET(TF_R12, struct trapframe, r12);
    OFFSET(TF_R13, struct trapframe, r13);
    OFFSET(TF_R14, struct trapframe, r14);
    OFFSET(TF_R15, struct trapframe, r15);
    OFFSET(TF_RCX, struct trapframe, rcx);
    OFFSET(TF_R11, struct trapframe, r11);
    OFFSET(TF_VECTOR, struct trapframe, vector);
    OFFSET(TF_ERROR, struct trapframe, error);
    OFFSET(TF_RIP, struct trapframe, rip);
    OFFSET(TF_CS, struct trapframe, cs);
    OFFSET(TF_RFLAGS, struct trapframe, rflags);
    OFFSET(TF_RSP, struct trapframe, rsp);
    OFFSET(TF_SS, struct trapframe, ss);
    VALUE(TF_SIZE, sizeof(struct trapframe));

    VALUE(SEL_UDATA, SEL_UDATA);
    VALUE(SEL_UCODE, SEL_UCODE);
    VALUE(TRAP_SYSCALL, TRAP_SYSCALL);
    VALUE(TRAP_GP, TRAP_GP);
    VALUE(TRAP_DB, TRAP_DB);
    VALUE(TRAP_NMI, TRAP_NMI);
    VALUE(TRAP_DF, TRAP_DF);
    VALUE(TRAP_MC, TRAP_MC);
    VALUE(MSR_GS_BASE, MSR_GS_BASE);
}
