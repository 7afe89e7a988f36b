# SPDX-License-Identifier: BSD-2-Clause
#
# make            build/stripwatch
# make help       everything else

VERSION := 0.1.0
PREFIX  ?= /usr/local
# The machine's own /etc for a program of the machine, else one beside it.
SYSCONFDIR ?= $(if $(filter /usr /usr/local,$(PREFIX)),/etc,$(PREFIX)/etc)
CFLAGS  ?= -O2 -g
V       ?= 0

# SANITIZE=1: address and undefined-behaviour sanitizers; FUZZING=1: those and coverage for libFuzzer
# (clang). Each has a build folder of its own.
ifdef FUZZING
BUILD    := build-fuzz
CC       := clang
SAN      := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
else ifdef SANITIZE
BUILD    := build-sanitize
SAN      := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else
BUILD    := build
SAN      :=
endif

PACKAGES := libbpf libseccomp libssl libcrypto libpcap yaml-0.1 libidn2 libcares libcurl libuv sqlite3 jansson
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            $(if $(WERROR),-Werror)
ALL_CFLAGS  := -std=gnu11 -Iuserspace -Itests -I. -isystem $(BUILD) -D_GNU_SOURCE -DVERSION=\"$(VERSION)\" \
               -DRULES_DIR=\"$(PREFIX)/share/stripwatch/rules\" \
               $(WARNINGS) $(SAN) $(shell pkg-config --cflags $(PACKAGES)) $(CFLAGS)
ALL_LDFLAGS := $(SAN) $(LDFLAGS)
LDLIBS      := $(shell pkg-config --libs $(PACKAGES)) -lm

# Programs for the kernel: bpf/X.bpf.c becomes $(BUILD)/bpf/X.skel.h, which holds the object. Always
# clang, whatever CC is; bpftool stands where users have no path to.
CLANG   ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)
MACHINE := $(shell uname -m)
BPF_ARCH := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(patsubst ppc64le,powerpc,$(MACHINE))))
BPF_CFLAGS := -target bpf -g -O2 -mcpu=v3 -Wall -Wextra -D__TARGET_ARCH_$(BPF_ARCH) \
              $(addprefix -idirafter ,$(wildcard /usr/include/$(MACHINE)-linux-gnu)) \
              $(if $(WERROR),-Werror)
BPF        := $(sort $(wildcard bpf/*.bpf.c))
SKELETONS  := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.skel.h,$(BPF))

# The rooms, in the order in which data passes through them.
ROOMS   := base capture wire dialogue session evidence judge sink
MODULES := $(foreach room,$(ROOMS),$(sort $(wildcard userspace/$(room)/*.c))) \
           $(wildcard userspace/pipeline.c userspace/config*.c)
MAIN    := $(wildcard userspace/main.c userspace/command/*.c)
TEST_HELPERS = $(call objects,$(sort $(wildcard tests/*.c)))
UNIT    := $(sort $(wildcard tests/unit/*.c))
FUZZ    := $(sort $(wildcard tests/fuzz/fuzz_*.c))
TOOLS   := $(sort $(wildcard tools/*.c))

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIBRARY := $(BUILD)/libstripwatch.a
UNIT_PROGRAMS   := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT))
REPLAY_PROGRAMS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/replay/%,$(FUZZ))
FUZZ_PROGRAMS   := $(patsubst tests/fuzz/fuzz_%.c,build-fuzz/fuzz/%,$(FUZZ))
TOOL_PROGRAMS   := $(patsubst tools/%.c,$(BUILD)/tools/%,$(TOOLS)) $(BUILD)/tools/middlebox

# V=1 shows commands; make -s shows nothing.
ifneq ($(V),0)
say =
else ifneq ($(findstring s,$(firstword -$(MAKEFLAGS))),)
say = @
else
say = @printf '  %-6s %s\n' $(1) $@;
endif

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: all tools check unit replay fuzz fuzz-programs bench bench-instructions bench-live bench-policies install clean help format

all: $(BUILD)/stripwatch

$(BUILD)/stripwatch: $(call objects,$(MAIN)) $(LIBRARY)
	$(call say,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(call objects,$(MODULES))
	$(call say,AR)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(wildcard bpf/*.h)
	@mkdir -p $(@D)
	$(call say,BPF)$(CLANG) $(BPF_CFLAGS) -c -o $@ $<

$(BUILD)/bpf/%.skel.h: $(BUILD)/bpf/%.bpf.o
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name $* >$@

.SECONDARY: $(SKELETONS:.skel.h=.bpf.o)

# System headers, as these are for the sake of warnings, are in no .d file.
$(call objects,$(wildcard userspace/capture/live_*.c)): $(SKELETONS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MD -MP -c -o $@ $<

# A tool may have more files than its own: they come before the library.
$(BUILD)/tools/%: $(BUILD)/tools/%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(LDLIBS) -lssl

# Tools of several files: the dialogues of tests/pcaps, the inputs of the benchmark.
$(BUILD)/tools/mkvolume: $(call objects,$(sort $(wildcard tools/volume/*.c)))
$(BUILD)/tools/mkpcap: $(call objects,$(sort $(wildcard tools/dlg/*.c)))

# The lab's own: what it does to mail on its way is no business of other tools.
$(BUILD)/tools/middlebox: $(call objects,$(sort $(wildcard tests/lab/middlebox/*.c))) $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lssl

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(TEST_HELPERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lssl -lcmocka

$(BUILD)/replay/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

tools: $(TOOL_PROGRAMS)
unit: $(UNIT_PROGRAMS)
replay: $(REPLAY_PROGRAMS)

# Everything that must pass: unit tables, replayed corpora, captures with their goldens, style.
check: $(BUILD)/stripwatch tools unit replay
	@BUILD=$(BUILD) tests/run

# libFuzzer programs (clang); `make fuzz SECONDS=60` runs each of them that long.
SECONDS ?= 60
build-fuzz/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,FUZZ)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

fuzz-programs:
	@$(MAKE) --no-print-directory FUZZING=1 $(FUZZ_PROGRAMS)

fuzz: fuzz-programs
	@tests/fuzz/run $(SECONDS) $(FUZZ_PROGRAMS)

bench: $(BUILD)/stripwatch tools
	@BUILD=$(BUILD) tools/bench
	@echo
	@$(BUILD)/tools/bench_policies

bench-live: $(BUILD)/stripwatch tools
	@BUILD=$(BUILD) tools/bench_live

bench-policies: $(BUILD)/tools/bench_policies
	@$<

bench-instructions: $(BUILD)/stripwatch tools
	@BUILD=$(BUILD) tools/bench --instructions

install: all
	install -D -m 755 $(BUILD)/stripwatch $(DESTDIR)$(PREFIX)/bin/stripwatch
	install -d $(DESTDIR)$(PREFIX)/share/stripwatch/rules
	install -m 644 rules/*.yml $(DESTDIR)$(PREFIX)/share/stripwatch/rules/
	test -e $(DESTDIR)$(SYSCONFDIR)/stripwatch/stripwatch.yml || \
		install -D -m 644 etc/stripwatch.yml $(DESTDIR)$(SYSCONFDIR)/stripwatch/stripwatch.yml
	install -D -m 644 etc/stripwatch.yml $(DESTDIR)$(PREFIX)/share/doc/stripwatch/stripwatch.yml
	test -e $(DESTDIR)$(SYSCONFDIR)/logrotate.d/stripwatch || \
		install -D -m 644 etc/stripwatch.logrotate $(DESTDIR)$(SYSCONFDIR)/logrotate.d/stripwatch
	install -D -m 644 etc/stripwatch.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/stripwatch.conf
	install -D -m 644 etc/stripwatch.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/stripwatch.conf
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' etc/stripwatch.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/stripwatch.service
	chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/stripwatch.service
	install -D -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/doc/stripwatch/LICENSE
	install -m 644 README.md $(DESTDIR)$(PREFIX)/share/doc/stripwatch/

format:
	clang-format -i $(MODULES) $(MAIN) $(UNIT) $(FUZZ) $(TOOLS) $(wildcard userspace/*/*.h tools/*/*.[ch] bpf/*.[ch] \
		tests/lab/middlebox/*.[ch])

clean:
	rm -rf build build-sanitize build-fuzz

help:
	@echo 'make                 build/stripwatch'
	@echo 'make check           all tests; ends with "N passed, N failed"'
	@echo 'make fuzz SECONDS=N  run every fuzz target for N seconds (clang)'
	@echo 'make bench           speed and memory beside a bare libpcap loop (and tshark, if there)'
	@echo 'make bench-instructions  the same in instructions (valgrind), which repeat exactly'
	@echo 'make bench-live      what the live sensor costs a mail gateway (root; needs the mail lab)'
	@echo 'make bench-policies  what 100, 1,000 and 10,000 cached policies cost'
	@echo 'make install         to DESTDIR and PREFIX (default /usr/local); configuration to SYSCONFDIR'
	@echo '                     (/etc), where a file that is there stays as it is'
	@echo 'make format          clang-format over the sources'
	@echo 'make clean'
	@echo
	@echo 'V=1 shows commands, WERROR=1 makes warnings errors, SANITIZE=1 builds with ASan and UBSan'
	@echo 'into build-sanitize; CC, CFLAGS and LDFLAGS are yours.'

-include $(wildcard $(BUILD)/userspace/*.d $(BUILD)/userspace/*/*.d $(BUILD)/tests/*.d \
	$(BUILD)/tests/*/*.d $(BUILD)/tests/*/*/*.d $(BUILD)/tools/*.d $(BUILD)/tools/*/*.d)
