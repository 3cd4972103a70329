# Lucid's main commands for a gdb that was built without Python: less detail than lucid.py has, from the same debug
# information. A gdb script has no local variables, no recursion and no way to clean up after an error, so these walk
# the kernel's data by loops and never change a register.
source tools/gdb/start.gdb

define-prefix lucid

# $found: the next thread whose number is at least $id, and $id becomes that number; 0 if there is none. A walk of the
# table of threads (lib/xarray.h), which passes over what is empty a whole node at a time.
define lucid-next-thread
  set $table = &'kernel/sched/threadtab.c'::table
  set $found = (struct thread *)0
  set $end = 1 << 6 * $table->levels
  while $found == 0 && $id < $end && $table->levels > 0
    set $node = (struct xa_node *)$table->root
    set $level = (int)$table->levels - 1
    while $node != 0 && $level > 0
      set $node = (struct xa_node *)$node->slots[$id >> 6 * $level & 63]
      if $node != 0
        set $level = $level - 1
      end
    end
    if $node == 0
      set $id = (($id >> 6 * $level) + 1) << 6 * $level
    else
      if $node->present >> ($id & 63) & 1
        set $found = (struct thread *)$node->slots[$id & 63]
      else
        set $id = $id + 1
      end
    end
  end
end

define lucid-ps-line
  printf "%5lu %3u %-15s ", $found->ctx.id, $found->cpu, $found->ctx.name
  output $found->state
  echo \n
end

define lucid ps
  if $argc != 0
    echo lucid ps takes no arguments\n
  else
    echo   TID CPU NAME            STATE\n
    set $cpu = 0
    while $cpu < ncpus && runqs[$cpu].idle != 0
      set $found = runqs[$cpu].idle
      lucid-ps-line
      set $cpu = $cpu + 1
    end
    set $id = 1
    lucid-next-thread
    while $found != 0
      lucid-ps-line
      set $id = $id + 1
      lucid-next-thread
    end
  end
end
document lucid ps
Every thread: lucid ps.
Number, the CPU it runs or ran on, state, name; the idle threads first.
end

define lucid cpu
  echo CPU  THREAD SPINS NOPREEM QUEUE NAME     (info threads says where each is)\n
  set $cpu = 0
  while $cpu < ncpus
    set $ctx = percpu[$cpu].current
    if $ctx != 0
      printf "%3d %7lu %5u %7u %5u %s\n", $cpu, $ctx->id, $ctx->spin_depth, $ctx->preempt_depth, runqs[$cpu].nready, $ctx->name
    end
    set $cpu = $cpu + 1
  end
end
document lucid cpu
What each CPU runs: lucid cpu.
Thread, spinlocks held, times that preemption was forbidden, length of the queue.
end

define lucid bt
  if $argc != 1
    echo lucid bt TID\n
  else
    set $id = (long)$arg0
    lucid-next-thread
    if $found == 0 || $found->ctx.id != $arg0
      echo no such thread; lucid ps lists them\n
    else
      if $found->on_cpu
        printf "thread %lu runs on CPU %u: select that with gdb's thread command, then bt\n", $found->ctx.id, $found->cpu
      else
        set $at = ((struct swtch_frame *)$found->rsp)->rip
        set $link = ((struct swtch_frame *)$found->rsp)->rbp
        info symbol $at
        while $link >= $found->ctx.stack_lo && $link < $found->ctx.stack_hi - 8
          info symbol ((unsigned long *)$link)[1]
          set $link = ((unsigned long *)$link)[0]
        end
      end
    end
  end
end
document lucid bt
The kernel stack of a thread that does not run: lucid bt TID.
By frame pointers: the functions only, and not across a trap into the program.
end

define lucid trap
  if $argc == 0
    set $tf = (struct trapframe *)((struct thread *)percpu[$_thread - 1].current)->user_tf
  else
    set $tf = (struct trapframe *)($arg0)
  end
  if $tf == 0
    echo this thread is the kernel's: it never comes from a program\n
  else
    if $tf->vector == TRAP_SYSCALL
      printf "system call %lu\n", $tf->error ? $tf->error : $tf->rax
    else
      printf "vector %lu, error %#lx, cr2 (if a page fault) %#lx\n", $tf->vector, $tf->error, (unsigned long)$cr2
    end
    print/x *$tf
    info symbol $tf->rip
  end
end
document lucid trap
What a program had in its registers when it came into the kernel: lucid trap [struct trapframe *].
Without an address: the program of the thread that this CPU runs.
end

define lucid pt
  if $argc != 1
    echo lucid pt ADDRESS\n
  else
    set $va = (unsigned long)($arg0)
    set $level = 4
    set $table = percpu[$_thread - 1].current != 0 ? ((struct thread *)percpu[$_thread - 1].current)->pt : 0
    if $table == 0
      set $table = &kernel_pt
    end
    set $entries = (unsigned long)$table->top
    while $level > 0
      set $slot = $va >> 12 + 9 * ($level - 1) & 511
      set $entry = ((unsigned long *)$entries)[$slot]
      printf "  %d [%3d] %#018lx  %c%c%c%c%c%c%c%c\n", $level, $slot, $entry, $entry & 1 ? 'P' : '-', $entry & 2 ? 'W' : '-', $entry & 4 ? 'U' : '-', $entry & 32 ? 'A' : '-', $entry & 64 ? 'D' : '-', $entry & 256 ? 'G' : '-', $entry & PTE_COW ? 'C' : '-', $entry >> 63 ? 'N' : '-'
      set $entries = ($entry & 0x000ffffffffff000) + DIRECT_BASE
      set $level = $level - 1
      if ($entry & 1) == 0
        echo not mapped\n
        set $level = 0
      else
        if $entry & 128 && $level > 0
          printf "a leaf of %d MiB\n", $level == 2 ? 1024 : 2
          set $level = 0
        end
      end
    end
  end
end
document lucid pt
Walk the page tables of the thread that this CPU runs: lucid pt ADDRESS.
P present, W writable, U user, A accessed, D dirty, G global, C copy-on-write, N no execute.
end

define lucid irq-on
  maintenance packet Qqemu.sstep=0x1
end
document lucid irq-on
Let interrupts and timers in while gdb steps: lucid irq-on.
end

define lucid irq-off
  maintenance packet Qqemu.sstep=0x7
end
document lucid irq-off
Mask interrupts and stop timers while gdb steps, as QEMU does by itself: lucid irq-off.
end
