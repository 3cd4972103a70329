# Lucid's build: one non-recursive Makefile.
#
# Sources are found by wildcard, so that adding a file (a system call, a driver, a program, a test) edits no list.
# Everything that is made lives below build/, in folders that mirror the tree:
#
#   build/lucid.elf     the kernel, with symbols; GRUB (multiboot2) and `qemu -kernel` (PVH) both boot it
#   build/lucid-test.elf   the same objects and the in-kernel tests of tests/kernel
#   build/initrd.cpio   the root file system: user programs and user/etc
#   build/tests.cpio    /tests/*, appended to the initrd when tests run
#   build/lucid.iso     GRUB + kernel + initrd, for BIOS and (where GRUB's EFI modules are installed) UEFI
#   build/user/bin/X.elf   a user program before stripping: what gdb wants
#
# Another kind of build has a folder of its own in there: LLVM=1 makes build/llvm/lucid.elf and so on.
# `make help` lists targets and variables.

MAKEFLAGS += -rR --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# --- Variables -------------------------------------------------------------------------------------
# Only these may stand on the command line. A typing error such as `make NCUP=1` is refused by name: silently
# ignored, it costs an afternoon.
KNOWN_VARS := NCPU MEM ACCEL APPEND BOOT D QUICK REPEAT TESTS STRICT LLVM SAN COVERAGE CC CROSS_COMPILE HOSTCC PYTHON QEMU GDB V \
	BASE BENCH CMD KERNEL WALL
GIVEN_VARS := $(foreach v,$(.VARIABLES),$(if $(filter command line,$(origin $(v))),$(v)))
# make's own bookkeeping shows up as -*-command-variables-*- and the like
UNKNOWN_VARS := $(filter-out -% MAKE% $(KNOWN_VARS),$(filter-out command line,$(GIVEN_VARS)))
PYTHON ?= python3
ifneq ($(UNKNOWN_VARS),)
$(error $(shell $(PYTHON) tools/suggest.py $(firstword $(UNKNOWN_VARS)) $(KNOWN_VARS) 2>/dev/null \
	|| echo "unknown variable $(firstword $(UNKNOWN_VARS)); known: $(KNOWN_VARS)"))
endif

# Where everything is made: build/, or the folder below it that is named after the kind of build.
SPACE := $(subst ,, )
KIND  := $(strip $(if $(LLVM),llvm) $(if $(SAN),san) $(if $(COVERAGE),cov))
B     := build$(if $(KIND),/$(subst $(SPACE),-,$(KIND)))
export BUILD_DIR := $(B)

NCPU   ?= 4
MEM    ?= 512M
ACCEL  ?= tcg
APPEND ?=
BOOT   ?= iso
QEMU   ?= qemu-system-x86_64
HOSTCC ?= cc
export NCPU MEM ACCEL APPEND BOOT D QUICK REPEAT TESTS STRICT SAN COVERAGE QEMU GDB HOSTCC PYTHON
export PYTHONDONTWRITEBYTECODE := 1

Q   := $(if $(V),,@)
# -s silences the short lines too. (Single-letter flags are the first word of MAKEFLAGS, without a dash.)
say  = $(if $(V),,@$(if $(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS)))),:,printf '  %-7s %s\n' $(1) $(2)))

# --- `make setup ...` --------------------------------------------------------------------------------
# The compiler is looked for while this file is read, before any recipe runs. On a fresh machine it is setup that
# brings it, so the goals beside `setup` run in a second make that sees what was installed.
ifneq ($(filter setup,$(MAKECMDGOALS)),)

AFTER_SETUP := $(filter-out setup,$(MAKECMDGOALS))
.PHONY: setup $(AFTER_SETUP)
setup:
	@tools/setup
	$(if $(AFTER_SETUP),@$(MAKE) $(AFTER_SETUP))
$(AFTER_SETUP): setup
	@:

else

# --- Toolchain ---------------------------------------------------------------------------------------
# Native gcc on x86-64; elsewhere a cross gcc; else clang and lld. CC=, CROSS_COMPILE= and LLVM=1 override.
have = $(shell command -v $(1) 2>/dev/null)

ifndef LLVM
ifndef CROSS_COMPILE
  ifneq ($(filter x86_64 amd64,$(shell uname -sm)),)
  ifeq ($(shell uname -s),Linux)
  ifneq ($(call have,gcc),)
    NATIVE := 1
  endif
  endif
  endif
  ifndef NATIVE
    CROSS_COMPILE := $(firstword $(foreach p,x86_64-linux-gnu- x86_64-elf-,$(if $(call have,$(p)gcc),$(p))))
    ifeq ($(CROSS_COMPILE),)
      LLVM := 1
    endif
  endif
endif
endif

ifdef LLVM
  TOOL_CC := clang --target=x86_64-linux-gnu
  LD      := ld.lld
  AR      := $(or $(call have,llvm-ar),$(lastword $(sort $(wildcard /usr/bin/llvm-ar-*))),ar)
  NM      := $(or $(call have,llvm-nm),$(lastword $(sort $(wildcard /usr/bin/llvm-nm-*))),nm)
  STRIP   := $(or $(call have,llvm-strip),$(lastword $(sort $(wildcard /usr/bin/llvm-strip-*))),strip)
else
  TOOL_CC := $(CROSS_COMPILE)gcc
  LD      := $(CROSS_COMPILE)ld
  AR      := $(CROSS_COMPILE)ar
  NM      := $(CROSS_COMPILE)nm
  STRIP   := $(CROSS_COMPILE)strip
endif
ifneq ($(origin CC),command line)
  CC := $(TOOL_CC)
endif

IS_CLANG := $(findstring clang,$(CC))
# clang's own assembler cannot say in .debug_frame that a frame was interrupted (.cfi_signal_frame), and gdb then
# stops at traps: take GNU as for assembly where there is one for this target.
GNU_AS := $(if $(IS_CLANG),$(shell $(CC) -fno-integrated-as -c -x assembler -o /dev/null /dev/null 2>/dev/null && \
	echo -fno-integrated-as))

NEEDS_CC := $(filter-out help clean lines doctor,$(or $(MAKECMDGOALS),all))
ifneq ($(NEEDS_CC),)
ifeq ($(call have,$(firstword $(CC))),)
$(error no compiler: there is no $(firstword $(CC)) here$(if $(LLVM), (and no gcc that builds for x86-64)); `make setup` installs one)
endif
ifeq ($(call have,$(PYTHON)),)
$(error the build needs Python 3: there is no $(PYTHON) here; `make setup` installs it)
endif
CC_INCLUDE := $(shell $(CC) -print-file-name=include)
endif

# --- Flags -------------------------------------------------------------------------------------------
# What kernel and user code share. File names in debug information and in assertions are relative to the tree,
# so that two clones in different folders give the same bytes. Loops and jump targets are not aligned (clang does so
# by itself): the padding is a twentieth of the code, and an emulator executes it.
COMMON := -std=gnu17 -O2 -g -MMD -MP -ffreestanding -fno-pie -fno-pic -nostdinc -isystem $(CC_INCLUDE) \
	-ffile-prefix-map=$(CURDIR)=. $(if $(IS_CLANG),-ffile-compilation-dir=.) -fno-common -fno-strict-aliasing -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-unwind-tables $(if $(IS_CLANG),,-fno-align-jumps -fno-align-loops) \
	-Wall -Wextra -Wno-unused-parameter -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wundef \
	$(if $(STRICT),-Werror)

# The red zone would be overwritten by interrupts; the FPU belongs to user programs; address 0 is an address
# like any other to a kernel, so the compiler may not reason from "this pointer was dereferenced".
KFLAGS := $(COMMON) -mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-omit-frame-pointer \
	-fno-delete-null-pointer-checks -Wframe-larger-than=$(if $(SAN),$(if $(IS_CLANG),4096,2048),1024) -Ikernel -I$(B)/gen -D__LUCID_KERNEL__ \
	$(if $(IS_CLANG),-Wthread-safety)

# The stack canary is at %gs:40, in struct percpu. Code that runs before %gs points there is built without.
KPROTECT := -fstack-protector-strong -mstack-protector-guard=tls -mstack-protector-guard-reg=gs \
	-mstack-protector-guard-offset=40
EARLY := $(wildcard boot/*.c kernel/x86/early*.c)

# What waits for people, speaks when something is wrong, prints for /proc or runs once need not be fast: there -Os
# saves a fifth.
UNHURRIED := $(if $(SAN),,kernel/debug/% kernel/dev/% kernel/fs/procfs% kernel/fs/initrd% kernel/fs/cpio% \
	kernel/proc/procpid% kernel/proc/usym% kernel/sched/dump% kernel/x86/acpi%)

# COVERAGE=1: gcc's counters, in all but what runs before the rest and what writes them out (kernel/debug/gcov.c).
GCOV_C := kernel/debug/gcov.c
KCOVER := $(if $(COVERAGE),-fprofile-arcs -ftest-coverage -fprofile-info-section=.gcov_info -fprofile-update=atomic)
ifdef COVERAGE
ifneq ($(IS_CLANG),)
$(error COVERAGE=1 needs gcc: only its libgcov works without a C library)
endif
KFLAGS += -DCOVERAGE
LIBGCOV := $(shell $(CC) -print-file-name=libgcov.a)
endif

# SAN=1: the compiler checks every memory access (KASAN) and every operation that C may leave undefined (UBSAN);
# docs/sanitizers.md explains both. Not checked: what runs before there is shadow memory or makes it, and what reads
# memory that is forbidden to all others: a slab's free objects, a stack that may be broken; and what makes mistakes for
# the processor to find.
SAN_ONLY   := $(wildcard kernel/*/kasan*.c kernel/*/ubsan*.c kernel/*/sanitizer.c)
SAN_EXEMPT := $(EARLY) $(SAN_ONLY) kernel/main.c kernel/lib/block.c kernel/mm/slab_pages.c \
	kernel/debug/backtrace.c kernel/debug/crash.c
SAN_GCC    := -fasan-shadow-offset=0xdffffc0000000000 --param asan-stack=1 --param asan-globals=1 \
	--param asan-instrumentation-with-call-threshold=0
SAN_CLANG  := -mllvm -asan-mapping-offset=0xdffffc0000000000 -mllvm -asan-stack=1 -mllvm -asan-globals=1 \
	-mllvm -asan-instrumentation-with-call-threshold=0
SAN_CHECKS := -fsanitize=kernel-address $(if $(IS_CLANG),$(SAN_CLANG),$(SAN_GCC)) -fsanitize=undefined \
	$(if $(IS_CLANG),-Xclang) -fsanitize-address-use-after-scope -fno-optimize-sibling-calls
ifdef SAN
KFLAGS += -DSAN
# For the file $<: the checks; or the names that leave memcpy and its kin to their checking versions.
KSAN = $(if $(filter $(SAN_EXEMPT),$<),$(SAN_$(notdir $<)),$(SAN_CHECKS))
SAN_block.c := $(foreach f,memcpy memmove memset memcmp memchr,-D$(f)=plain_$(f))
endif

KLDFLAGS := -nostdlib -static -z max-page-size=4096 -z noexecstack --build-id=none

# A section for each function, so that a program carries what it calls of the library and no more.
UFLAGS := $(COMMON) -fno-stack-protector -ffunction-sections -Iuser/include -Ikernel
STRIP_DEBUG := $(STRIP) --strip-debug
ULDFLAGS := -nostdlib -static --gc-sections -z max-page-size=4096 -z noexecstack --build-id=none

# --- Sources -----------------------------------------------------------------------------------------
rwildcard = $(foreach d,$(wildcard $(1)/*),$(call rwildcard,$(d),$(2)) $(filter $(2),$(d)))

OFFSETS_C := $(wildcard kernel/x86/offsets.c)
KSRC := $(sort $(filter-out $(OFFSETS_C) $(if $(COVERAGE),,$(GCOV_C)) $(if $(SAN),,$(SAN_ONLY)), \
	$(wildcard boot/*.c boot/*.S) $(call rwildcard,kernel,%.c %.S)))
KOBJ := $(KSRC:%=$(B)/%.o)
KTEST_SRC := $(sort $(filter-out $(if $(SAN),,tests/kernel/test_san.c),$(wildcard tests/kernel/*.c)))
KTEST_OBJ := $(KTEST_SRC:%=$(B)/%.o)

LIBU_SRC := $(sort $(wildcard user/lib/*.c user/lib/*.S))
LIBU_OBJ := $(LIBU_SRC:%=$(B)/%.o)

# A program is one file, or a folder of files. PROG_bin lists the names; OBJ_user/bin/sh its objects.
prog_names = $(sort $(basename $(notdir $(wildcard $(1)/*.c))) $(notdir $(patsubst %/,%,$(dir $(wildcard $(1)/*/*.c)))))
prog_objs  = $(patsubst %,$(B)/%.o,$(wildcard $(1).c $(1)/*.c))

BIN_PROGS  := $(addprefix user/bin/,$(call prog_names,user/bin)) $(addprefix user/demo/,$(call prog_names,user/demo))
TEST_PROGS := $(addprefix tests/user/,$(call prog_names,tests/user))
# The benchmark runs on Linux too; its archive has it as /init.
PROGS      := $(BIN_PROGS) $(TEST_PROGS) user/bench
PROG_OBJ   := $(foreach p,$(PROGS),$(call prog_objs,$(p)))
ETC        := $(call rwildcard,user/etc,%)

ifneq ($(words $(BIN_PROGS)),$(words $(sort $(notdir $(BIN_PROGS)))))
$(error user/bin and user/demo both hold a program of the same name: one would hide the other in /bin)
endif

# --- Stamps ------------------------------------------------------------------------------------------
# A stamp's content is a list of words, and the file is touched only when the words change: objects depend on the
# flags they were built with, and images on the list of what they hold, so that removing a source relinks too.
.PHONY: FORCE
FORCE:

STAMP_kflags := $(CC) $(GNU_AS) $(KFLAGS) $(KPROTECT) $(UNHURRIED) $(KCOVER) $(if $(SAN),$(SAN_CHECKS) $(SAN_EXEMPT))
STAMP_uflags := $(CC) $(UFLAGS)
STAMP_kernel := $(LD) $(KLDFLAGS) $(KOBJ) $(KTEST_OBJ)
STAMP_libu   := $(LIBU_OBJ)
STAMP_progs  := $(LD) $(ULDFLAGS) $(PROG_OBJ)
STAMP_strip  := $(STRIP_DEBUG)
STAMP_initrd := $(BIN_PROGS) $(ETC)
STAMP_tests  := $(TEST_PROGS)
STAMPS := $(addprefix $(B)/stamp/,kflags uflags kernel libu progs strip initrd tests)

$(STAMPS): $(B)/stamp/%: FORCE
	@mkdir -p $(@D); echo '$(STAMP_$*)' | cmp -s - $@ || echo '$(STAMP_$*)' > $@

# --- Kernel ------------------------------------------------------------------------------------------
.PHONY: all objs kernel iso
all: kernel initrd $(B)/lucid.iso
kernel: $(B)/lucid.elf $(B)/lucid-test.elf
objs: $(KOBJ) $(KTEST_OBJ)

$(B)/%.c.o: KPROT = $(if $(filter $(EARLY),$<),-fno-stack-protector,$(KPROTECT))
$(B)/kernel/%.c.o: KSIZE = $(if $(filter $(UNHURRIED),$<),-Os)
$(B)/kernel/%.c.o: KCOV = $(if $(filter $(EARLY) $(GCOV_C),$<),,$(KCOVER))

$(filter %.c.o,$(KOBJ) $(KTEST_OBJ)): $(B)/%.c.o: %.c $(B)/stamp/kflags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(KSIZE) $(KPROT) $(KCOV) $(KSAN) -c -o $@ $<

$(filter %.S.o,$(KOBJ)): $(B)/%.S.o: %.S $(B)/stamp/kflags
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(GNU_AS) -c -o $@ $<

# Structure offsets for assembly: offsets.c is compiled, never linked; its asm() markers `->NAME value` become
# #defines. Objects need the header before their first dependency file exists, hence the order-only line.
# (clang must leave the markers unparsed: its own assembler would refuse them.)
ifneq ($(OFFSETS_C),)
OFFSETS_H := $(B)/gen/x86/offsets.h
$(KOBJ) $(KTEST_OBJ): | $(OFFSETS_H)
endif
$(B)/gen/x86/offsets.h: kernel/x86/offsets.c $(B)/stamp/kflags tools/mkoffsets.py
	$(call say,GEN,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(if $(IS_CLANG),-fno-integrated-as) -MT $@ -MF $(@:.h=.d) -S -o $(@:.h=.s) $<
	$(Q)$(PYTHON) tools/mkoffsets.py $(@:.h=.s) $@

# The symbol table for backtraces is part of the kernel, but it can only be made from the linked kernel. So link
# twice: first with an empty table, then with the table made from the first link. The table is the last section;
# postlink.py proves that the second link moved nothing.
$(B)/ksyms0.S: tools/mksyms.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/mksyms.py </dev/null >$@
$(B)/%.ksyms.S: $(B)/%.pass1 tools/mksyms.py
	$(Q)$(NM) -n $< | $(PYTHON) tools/mksyms.py >$@
$(B)/ksyms0.o $(B)/lucid.ksyms.o $(B)/lucid-test.ksyms.o: %.o: %.S
	$(Q)$(CC) -ffile-prefix-map=$(CURDIR)=. -c -o $@ $<

# Two kernels from the same objects: the one that people boot, and the one that also holds the in-kernel tests.
link = $(LD) $(KLDFLAGS) -T linker.ld -o $@ $(filter %.o,$^) $(LIBGCOV)
$(B)/lucid.pass1: $(KOBJ)
$(B)/lucid-test.pass1: $(KOBJ) $(KTEST_OBJ)
$(B)/lucid.pass1 $(B)/lucid-test.pass1: $(B)/ksyms0.o linker.ld $(B)/stamp/kernel
	$(Q)$(link)
$(B)/lucid.elf: $(KOBJ)
$(B)/lucid-test.elf: $(KOBJ) $(KTEST_OBJ)
$(B)/lucid.elf $(B)/lucid-test.elf: $(B)/%.elf: $(B)/%.pass1 $(B)/%.ksyms.o tools/postlink.py
	$(call say,LD,$@)
	$(Q)$(link)
	$(Q)$(PYTHON) tools/postlink.py $@ --pass1 $<

# --- User programs -----------------------------------------------------------------------------------
.PHONY: user initrd
user: $(PROGS:%=$(B)/%.elf)
initrd: $(B)/initrd.cpio $(B)/tests.cpio $(B)/bench.cpio

UOBJ := $(LIBU_OBJ) $(PROG_OBJ) $(B)/user/crt0.S.o

$(filter %.c.o,$(UOBJ)): $(B)/%.c.o: %.c $(B)/stamp/uflags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<

$(filter %.S.o,$(UOBJ)): $(B)/%.S.o: %.S $(B)/stamp/uflags
	$(call say,AS,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<

$(B)/user/libu.a: $(LIBU_OBJ) $(B)/stamp/libu
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcsD $@ $(LIBU_OBJ)

define prog_rule
$(B)/$(1).elf: $(call prog_objs,$(1)) $(B)/user/crt0.S.o $(B)/user/libu.a user/user.ld $(B)/stamp/progs
	$$(call say,LD,$$@)
	$(Q)$(LD) $(ULDFLAGS) -T user/user.ld -o $$@ $(B)/user/crt0.S.o $(call prog_objs,$(1)) $(B)/user/libu.a
endef
$(foreach p,$(PROGS),$(eval $(call prog_rule,$(p))))

$(PROGS:%=$(B)/%.stripped): %.stripped: %.elf $(B)/stamp/strip
	$(Q)$(STRIP_DEBUG) -o $@ $<

# --- Images ------------------------------------------------------------------------------------------
# mkcpio takes GUEST_PATH=FILE pairs; folders on the way are made, programs are executable by their place.
BIN_MAIN := $(foreach p,$(BIN_PROGS),$(wildcard $(p).c $(p)/main.c))

$(B)/gen/help: $(BIN_MAIN) $(B)/stamp/initrd tools/mkhelp.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/mkhelp.py -o $@ $(BIN_MAIN)

$(B)/initrd.cpio: $(BIN_PROGS:%=$(B)/%.stripped) $(ETC) $(B)/gen/help $(B)/stamp/initrd tools/mkcpio.py
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/mkcpio.py -o $@ bin/ dev/ etc/ proc/ root/ tmp/ \
		etc/help=$(B)/gen/help $(foreach p,$(BIN_PROGS),bin/$(notdir $(p))=$(B)/$(p).stripped) $(foreach f,$(ETC),$(f:user/%=%)=$(f))

$(B)/tests.cpio: $(TEST_PROGS:%=$(B)/%.stripped) $(B)/stamp/tests tools/mkcpio.py
	$(call say,CPIO,$@)
	$(Q)$(PYTHON) tools/mkcpio.py -o $@ tests/ $(foreach p,$(TEST_PROGS),tests/$(notdir $(p))=$(B)/$(p).stripped)

$(B)/bench.cpio: $(B)/user/bench.stripped tools/mkcpio.py
	$(Q)$(PYTHON) tools/mkcpio.py -o $@ dev/ proc/ tmp/ init=$<

# Without GRUB there is no ISO, and mkiso says so (status 3); all else works, so only `make iso` fails then.
iso: $(B)/lucid.iso
	@test -e $<
$(B)/lucid.iso: $(B)/lucid.elf $(B)/initrd.cpio boot/grub.cfg tools/mkiso
	$(call say,ISO,$@)
	$(Q)$(PYTHON) tools/mkiso --output $@ --kernel $(B)/lucid.elf --initrd $(B)/initrd.cpio --config boot/grub.cfg || test $$? = 3

# --- Running -----------------------------------------------------------------------------------------
.PHONY: qemu qemu-gui gdb gdb-server rr-record rr-replay
QEMU_NEEDS := kernel initrd $(if $(filter iso,$(BOOT)),$(B)/lucid.iso)
qemu: $(QEMU_NEEDS)
	@$(PYTHON) tools/run
qemu-gui: $(QEMU_NEEDS)
	@$(PYTHON) tools/run --gui
gdb: $(QEMU_NEEDS)
	@$(PYTHON) tools/debug.py
gdb-server: $(QEMU_NEEDS)
	@$(PYTHON) tools/run --gdb
rr-record: kernel initrd
	@$(PYTHON) tools/rr.py record
rr-replay:
	@$(PYTHON) tools/rr.py replay

# --- Checking ----------------------------------------------------------------------------------------
.PHONY: lint analyze test coverage covered-test stress-boot repro lines size
lint: export LINT_CC := $(CC)
lint: export LINT_NM := $(NM)
lint: export LINT_KFLAGS := $(KFLAGS)
lint: export LINT_UFLAGS := $(UFLAGS)
lint:
	@$(PYTHON) tools/lint.py
analyze: export ANALYZE_GCC := $(CROSS_COMPILE)gcc
analyze: $(OFFSETS_H)
	@$(PYTHON) tools/analyze.py '$(KFLAGS)' $(filter %.c,$(KSRC) $(KTEST_SRC)) \
		-- '$(UFLAGS)' $(filter %.c,$(UOBJ:$(B)/%.o=%))
# Tests that build elsewhere use the same toolchain.
test repro: export BUILD_VARS := $(foreach v,LLVM SAN COVERAGE CC CROSS_COMPILE STRICT,\
	$(if $(filter command line,$(origin $(v))),'$(v)=$($(v))'))
test: all
	@$(PYTHON) tools/test
coverage:
	@$(MAKE) COVERAGE=1 covered-test
covered-test: export TOOL_PREFIX := $(CROSS_COMPILE)
covered-test: all
	@rm -rf $(B)/counters
	@status=0; $(PYTHON) tools/test --machines || status=$$?; $(PYTHON) tools/coverage.py && exit $$status
stress-boot: kernel initrd
	@$(PYTHON) tools/test --stress-boot
repro:
	@$(PYTHON) tools/test --repro
lines:
	@$(PYTHON) tools/lines.py
size: $(B)/lucid.elf
	@$(PYTHON) tools/imagesize.py $< $(KOBJ)

# --- Measuring ---------------------------------------------------------------------------------------
# user/bench in a machine whose clock counts instructions, on this kernel or on another's; docs/measuring.md.
.PHONY: bench bench-linux bench-boot profile
bench bench-linux bench-boot profile: kernel initrd
bench:
	@$(PYTHON) tools/bench $(BENCH)
bench-linux:
	@$(PYTHON) tools/bench --linux $(BENCH)
bench-boot:
	@$(PYTHON) tools/bench --boot
profile:
	@$(PYTHON) tools/profile $(if $(CMD),--command '$(CMD)',--bench '$(or $(BENCH),null_syscall)')

# --- Editors ---------------------------------------------------------------------------------------
compile_commands.json: FORCE
	@$(PYTHON) tools/compdb.py '$(CC) $(KFLAGS)' $(filter %.c,$(KSRC) $(KTEST_SRC)) \
		-- '$(CC) $(UFLAGS)' $(filter %.c,$(UOBJ:$(B)/%.o=%)) >$@

# --- Housekeeping ------------------------------------------------------------------------------------
.PHONY: clean help doctor
doctor:
	@tools/setup --doctor
clean:
	rm -rf $(B)

help:
	@echo 'Targets'
	@echo '  all            kernel, initrd and ISO below build/ (the default)'
	@echo '  qemu           boot in QEMU through GRUB, console in this terminal (C-a x leaves)'
	@echo '  qemu-gui       the same with a screen and a PS/2 keyboard'
	@echo '  gdb            the machine under gdb, stopped where the kernel begins'
	@echo '  rr-record      run with one CPU and record it;  rr-replay  the same run again, under gdb, also backwards'
	@echo '  gdb-server     only the machine: it waits for a gdb at build/run/gdb.sock'
	@echo '  test           the whole suite; the last line says passed, failed, skipped'
	@echo '  lint           layers, lengths, headers, words, documentation references'
	@echo '  bench          what each operation costs, in instructions, beside its bar; BASE=file compares'
	@echo '  bench-boot     from the kernel'\''s entry to the prompt, by stage, and from QEMU'\''s start in time'
	@echo '  bench-linux    the same program on a Linux kernel, side by side: KERNEL=vmlinuz, WALL=1 by time'
	@echo '  analyze        clang-tidy and gcc -fanalyzer over every file; only what changed the second time'
	@echo '  coverage       the suite with counters: lines reached, by folder; the others in build/cov/untested.txt'
	@echo '  profile        where its instructions go: BENCH=stat, or a line for the shell: CMD="ls /"'
	@echo '  stress-boot    100 boots in a row at NCPU=4'
	@echo '  repro          build two clones in different folders and compare every byte'
	@echo '  iso kernel initrd user objs   parts of all'
	@echo '  lines          non-blank lines by folder'
	@echo '  size           bytes of the kernel image by folder, against its limit'
	@echo '  compile_commands.json   for clangd and editors'
	@echo '  setup          install what is missing (asks for root only then)'
	@echo '  doctor         each tool, its version, and how to install it here'
	@echo '  clean          remove build/'
	@echo 'Variables'
	@echo '  NCPU=4  MEM=512M  ACCEL=tcg|kvm|hvf   the machine'
	@echo '  APPEND="..."   words for the kernel command line'
	@echo '  BOOT=iso|direct   through GRUB, or straight to the PVH entry (no GRUB needed)'
	@echo '  D=1            log interrupts to build/qemu.log and decode them with source lines'
	@echo '  QUICK=1  REPEAT=n  TESTS=glob   for test'
	@echo '  BASE=build/bench.json  BENCH="fork* pipe*"  KERNEL=file  WALL=1   for bench'
	@echo '  STRICT=1       warnings are errors (CI)       V=1  show commands'
	@echo '  SAN=1          the kernel checks its own memory accesses and arithmetic (build/san; docs/sanitizers.md)'
	@echo '  COVERAGE=1     count which lines run (a build of its own in build/cov; `make coverage` does all)'
	@echo '  LLVM=1  CC=  CROSS_COMPILE=  HOSTCC=  PYTHON=  QEMU=  GDB=   tools'

-include $(KOBJ:.o=.d) $(KTEST_OBJ:.o=.d) $(UOBJ:.o=.d) $(B)/gen/x86/offsets.d

endif # setup
