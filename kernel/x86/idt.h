/* The interrupt descriptor table: 256 gates, one stub each (entry.S). Shared by all CPUs.
 */
#pragma once

/* Fill the table; once. */
void idt_init(void);
/* Load it, and the MSRs of the syscall instruction, on this CPU. */
void idt_init_cpu(void);
