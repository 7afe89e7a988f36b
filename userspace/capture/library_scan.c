// SPDX-License-Identifier: BSD-2-Clause
#include "capture/library_scan.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

/* Files that are remembered as told: an upgrade brings three new ones, a container three. */
#define FILES_MAX 4096

/* A process is looked at when it is new, and once more, since it may have been about to exec(). */
#define LOOKS 2

/* Calls between two looks at everything. */
#define FULL_EVERY 30

/* Of a process's mappings: more are none of a mail program. */
#define MAPS_MAX 20000

/* Files of users that are named in the log: whoever wants to fill it may make any number. */
#define REFUSED_MAX 8

static const char *const places[] = { "/usr/lib/*-linux-*/", "/lib/*-linux-*/", "/usr/lib64/",
	"/lib64/", "/usr/lib/", "/lib/", "/usr/local/lib/", "/usr/local/lib64/",
	"/usr/local/lib/*-linux-*/", "/opt/*/lib/" };

static const struct {
	enum library_kind kind;
	const char *stem;
} names[] = {
	{ LIBRARY_SSL, "libssl" },
	{ LIBRARY_CRYPTO, "libcrypto" },
	{ LIBRARY_GNUTLS, "libgnutls" },
};

#define NAMES (sizeof(names) / sizeof(*names))

struct process {
	pid_t pid;
	unsigned int looks;
};

struct library_scan {
	library_found *found;
	void *context;
	struct table *told;        /* struct file_key → nothing */
	struct process *processes; /* that were there last time, in ascending order */
	size_t process_count;
	unsigned int calls, refused;
};

struct file_key {
	uint64_t device, inode;
	int64_t changed; /* of an overlay only, ns */
};

struct library_scan *library_scan_new(library_found *found, void *context)
{
	struct library_scan *scan = mem_alloc(sizeof(*scan));

	scan->found = found;
	scan->context = context;
	scan->told = table_new(FILES_MAX, 1, NULL);
	return scan;
}

void library_scan_free(struct library_scan *scan)
{
	if (!scan)
		return;
	table_free(scan->told);
	free(scan->processes);
	free(scan);
}

/* "libssl.so.3", "libssl-1a2b3c.so.1.1" as Python wheels have it; not "libgnutls-dane.so.0". */
static bool is_library(const char *path, enum library_kind *kind)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < NAMES; i++) {
		size_t n = strlen(names[i].stem);

		if (strncmp(name, names[i].stem, n) != 0)
			continue;
		n += strspn(name + n, "-.0123456789abcdef");
		if (name[n - 1] == '.' && strncmp(name + n, "so", 2) == 0) {
			*kind = names[i].kind;
			return true;
		}
	}
	return false;
}

/* The functions' arguments of programs of the other width stand elsewhere. */
static bool is_ours_to_read(const char *path)
{
	unsigned char ident[EI_NIDENT];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool good = fd >= 0 && read(fd, ident, sizeof(ident)) == sizeof(ident) &&
		    memcmp(ident, ELFMAG, SELFMAG) == 0 &&
		    ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);

	if (fd >= 0)
		close(fd);
	return good;
}

static void refuse(struct library_scan *scan, const struct library *library)
{
	char *name;

	if (scan->refused++ >= REFUSED_MAX)
		return;
	name = text_printable_string(bytes_str(library->name), 200);
	log_warn("capture: %s: is not root's alone, so it is not asked for certificates", name);
	free(name);
}

/*
 * Which file it is for the kernel. Fifty containers over one image have fifty devices and one file:
 * probes are put on what lies below the overlay, and once is enough.
 */
static struct file_key key_of(const char *path, const struct stat *file)
{
	struct file_key key = { .device = file->st_dev, .inode = file->st_ino };
	struct statfs system;

	if (statfs(path, &system) == 0 && system.f_type == OVERLAYFS_SUPER_MAGIC) {
		key.device = 0;
		key.changed = file->st_ctim.tv_sec * INT64_C(1000000000) + file->st_ctim.tv_nsec;
	}
	return key;
}

/* True: the file is there. */
static bool tell(struct library_scan *scan, const struct library *library)
{
	struct file_key key;
	struct stat file;
	bool made;

	if (stat(library->path, &file) != 0 || !S_ISREG(file.st_mode))
		return false;
	key = key_of(library->path, &file);
	table_put(scan->told, bytes_of(&key, sizeof(key)), &made);
	if (!made)
		return true;
	if (library->kind != LIBRARY_NAMED &&
		(file.st_uid != 0 || file.st_mode & (S_IWGRP | S_IWOTH)))
		refuse(scan, library);
	else if (is_ours_to_read(library->path) && !scan->found(scan->context, library))
		table_remove(scan->told, bytes_of(&key, sizeof(key)));
	return true;
}

bool library_scan_file(struct library_scan *scan, const char *path)
{
	const struct library library = { LIBRARY_NAMED, path, path };

	errno = EINVAL;
	return tell(scan, &library);
}

static void scan_place(struct library_scan *scan, const char *place)
{
	for (size_t i = 0; i < NAMES; i++) {
		struct text pattern = { 0 };
		glob_t matches = { 0 };

		text_printf(&pattern, "%s%s[.-]*so*", place, names[i].stem);
		if (glob(pattern.s, GLOB_NOSORT, NULL, &matches) == 0)
			for (size_t j = 0; j < matches.gl_pathc; j++) {
				struct library library = { .path = matches.gl_pathv[j],
					.name = matches.gl_pathv[j] };

				if (is_library(library.path, &library.kind))
					tell(scan, &library);
			}
		globfree(&matches);
		text_free(&pattern);
	}
}

void library_scan_system(struct library_scan *scan)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		scan_place(scan, places[i]);
}

/*
 * A line of /proc/PID/maps: "START-END r-xp OFFSET DEVICE INODE      PATH". The file is opened by
 * its mapping, whatever its path leads to by now or elsewhere; or below the process's root, where
 * mappings may not be followed.
 */
static void look_at_mapping(struct library_scan *scan, pid_t pid, const char *line)
{
	const char *path = strchr(line, '/');
	struct library library = { .name = path };
	struct text mapping = { 0 }, below = { 0 };
	unsigned long start, end;
	char mode[5];

	if (!path || !is_library(path, &library.kind) ||
		sscanf(line, "%lx-%lx %4s", &start, &end, mode) != 3 || !strchr(mode, 'x'))
		return;
	text_printf(&mapping, "/proc/%d/map_files/%lx-%lx", (int)pid, start, end);
	text_printf(&below, "/proc/%d/root%s", (int)pid, path);
	library.path = mapping.s;
	if (!tell(scan, &library)) {
		library.path = below.s;
		tell(scan, &library);
	}
	text_free(&mapping);
	text_free(&below);
}

static void look_at_process(struct library_scan *scan, pid_t pid)
{
	char path[32], *line = NULL;
	size_t room = 0, n = 0;
	ssize_t length;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		return;
	while (n++ < MAPS_MAX && (length = getline(&line, &room, maps)) > 0) {
		line[length - 1] = '\0';
		/* Most are none: one search before all else. */
		if (strstr(line, "/lib"))
			look_at_mapping(scan, pid, line);
	}
	free(line);
	fclose(maps);
}

static int compare(const void *a, const void *b)
{
	const struct process *p = a, *q = b;

	return p->pid < q->pid ? -1 : p->pid > q->pid;
}

/* All that are there, in ascending order. */
static struct process *list_processes(size_t *count)
{
	DIR *folder = opendir("/proc");
	struct process *list = NULL;
	struct dirent *entry;
	size_t n = 0, room = 0;
	uint64_t pid;

	while (folder && (entry = readdir(folder))) {
		if (!text_parse_uint(bytes_str(entry->d_name), INT32_MAX, &pid))
			continue;
		list = mem_grow(list, n, &room, sizeof(*list));
		list[n++] = (struct process){ .pid = (pid_t)pid };
	}
	if (folder)
		closedir(folder);
	if (n)
		qsort(list, n, sizeof(*list), compare);
	*count = n;
	return list;
}

void library_scan_processes(struct library_scan *scan)
{
	bool all = scan->calls++ % FULL_EVERY == 0;
	struct process *list;
	size_t n, old = 0;

	if (all)
		library_scan_system(scan);
	list = list_processes(&n);
	for (size_t i = 0; i < n; i++) {
		while (old < scan->process_count && scan->processes[old].pid < list[i].pid)
			old++;
		if (old < scan->process_count && scan->processes[old].pid == list[i].pid)
			list[i].looks = scan->processes[old].looks;
		if (!all && list[i].looks >= LOOKS)
			continue;
		list[i].looks++;
		look_at_process(scan, list[i].pid);
	}
	free(scan->processes);
	scan->processes = list;
	scan->process_count = n;
}
