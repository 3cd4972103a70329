/* fault.h: answering a page fault. */
#pragma once

#include "lib/types.h"

struct vmspace;

/* Make va accessible as pf_error (PF_* of x86/trapframe.h) asks, or say why not. PF_PRESENT says
 * that something may be in the page table: who asks without having faulted sets it. 0         go
 * on; the access will succeed, or fault again -EFAULT   nothing is mapped there -> SIGSEGV,
 * SEGV_MAPERR -EACCES   mapped, but not for this kind of access      -> SIGSEGV, SEGV_ACCERR -EIO
 * beyond the end of the file, or its disk failed -> SIGBUS -ENOMEM   no memory, and this process is
 * the one that was chosen to die (WORK_KILL is set) vs may be NULL (a kernel thread): -EFAULT.
 * Interrupts on, no spinlock held, may sleep; except when ctx_current()->nofault is set: then it
 * may be called in any state and returns -EFAULT at once. */
int vm_fault(struct vmspace *vs, vaddr_t va, unsigned pf_error);

/* Why an access would fail, for the human line: "not mapped; null pointer?", "read-only", "stack
 * guard". buf is always terminated. Takes vs->lock. Returns buf. */
const char *vm_describe_fault(struct vmspace *vs, vaddr_t va, unsigned pf_error, char *buf,
                              size_t len);
