# Settings and commands that every gdb on Lucid starts with, with Python or without.

set osabi none
set architecture i386:x86-64
set confirm off
set print pretty on
# The memory of a stopped machine may be another process's at the next command.
set stack-cache off
set code-cache off

# The machine is on already.
define hook-run
  printf "The machine runs since QEMU started: c (continue) goes on.\n"
  run-is-not-for-machines
end

# From power-on to the kernel's first line of C. Only from there on do its addresses exist, so only then can
# ordinary breakpoints be set; a hardware breakpoint needs no memory.
define lucid-enter
  if $pc == 0xfff0
    thbreak kmain
    continue
  end
end
document lucid-enter
From power-on to the kernel's first line of C (kmain).
end
