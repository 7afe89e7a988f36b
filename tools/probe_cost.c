// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the BPF programs of a process cost, by the kernel's own statistics:
 *
 *   probe_cost --count INTERFACE   has the kernel count, until it is ended; says "ready". At tcx of
 * the interface it puts a program "nothing" that does just that: the floor probe_cost PID NAME RUNS
 * NANOSECONDS, a line for each program that the process holds
 *
 * What counting itself costs is in the figures, and is most of the floor's.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

#define PROGRAMS_MAX 64

/* Of the kernel's list, which older headers don't have (6.6). */
enum { TCX_INGRESS = 46, TCX_EGRESS = 47 };

static bool attach(int program, const char *interface, unsigned int where)
{
	union bpf_attr attr = { 0 };

	attr.link_create.prog_fd = (unsigned int)program;
	attr.link_create.target_ifindex = if_nametoindex(interface);
	attr.link_create.attach_type = where;
	return syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)) >= 0;
}

/* Without tcx there is no floor; what else is asked for can be counted all the same. */
static void lay_floor(const char *interface)
{
	const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 }, /* TC_ACT_UNSPEC */
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int program = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "nothing", "GPL", nothing,
		sizeof(nothing) / sizeof(*nothing), NULL);

	if (program < 0 || !attach(program, interface, TCX_INGRESS) ||
		!attach(program, interface, TCX_EGRESS))
		perror("probe_cost: no floor");
}

static int count(const char *interface)
{
	lay_floor(interface);
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0) {
		perror("probe_cost: BPF_ENABLE_STATS");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

static void tell(unsigned int id)
{
	struct bpf_prog_info info = { 0 };
	unsigned int length = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &length) == 0)
		printf("%s %llu %llu\n", info.name, (unsigned long long)info.run_cnt,
			(unsigned long long)info.run_time_ns);
	if (fd >= 0)
		close(fd);
}

/* The program that a descriptor, or a link, is of; 0: none. */
static unsigned int program_of(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[256];
	unsigned int id = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "prog_id: %u", &id) == 1)
			break;
	if (file)
		fclose(file);
	return id;
}

static bool is_new(unsigned int seen[PROGRAMS_MAX], unsigned int id)
{
	size_t i = 0;

	while (i < PROGRAMS_MAX && seen[i] && seen[i] != id)
		i++;
	if (i == PROGRAMS_MAX || seen[i] == id)
		return false;
	seen[i] = id;
	return true;
}

static int look(const char *process)
{
	unsigned int seen[PROGRAMS_MAX] = { 0 };
	struct text path = { 0 };
	struct dirent *entry;
	DIR *folder;

	text_printf(&path, "/proc/%s/fdinfo", process);
	folder = opendir(path.s);
	while (folder && (entry = readdir(folder))) {
		unsigned int id;

		text_reset(&path);
		text_printf(&path, "/proc/%s/fdinfo/%s", process, entry->d_name);
		id = program_of(path.s);
		if (id && is_new(seen, id))
			tell(id);
	}
	text_free(&path);
	if (!folder) {
		perror("probe_cost");
		return 1;
	}
	closedir(folder);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--count") == 0)
		return count(argv[2]);
	if (argc == 2)
		return look(argv[1]);
	fputs("usage: probe_cost --count INTERFACE | PID\n", stderr);
	return 2;
}
