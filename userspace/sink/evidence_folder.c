// SPDX-License-Identifier: BSD-2-Clause
#include "sink/evidence_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

struct capture_file {
	char *name;
	struct timespec written;
	uint64_t bytes;
};

struct folder {
	struct capture_file *list;
	size_t n, room;
	uint64_t bytes;
};

static bool is_capture(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && name[0] != '.' && strcmp(name + n - 5, ".pcap") == 0;
}

static void note(struct folder *files, int folder, const char *name)
{
	struct stat status;

	if (!is_capture(name) || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
		!S_ISREG(status.st_mode))
		return;
	files->list = mem_grow(files->list, files->n, &files->room, sizeof(*files->list));
	files->list[files->n++] = (struct capture_file){
		.name = mem_strdup(name),
		.written = status.st_mtim,
		.bytes = (uint64_t)status.st_size,
	};
	files->bytes += (uint64_t)status.st_size;
}

static void look(struct folder *files, int folder)
{
	/* A descriptor of its own: reading moves it, and closedir() closes it. */
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(directory)) != NULL)
		note(files, folder, entry->d_name);
	closedir(directory);
}

static int by_age(const void *a, const void *b)
{
	const struct capture_file *x = a, *y = b;

	if (x->written.tv_sec != y->written.tv_sec)
		return x->written.tv_sec < y->written.tv_sec ? -1 : 1;
	if (x->written.tv_nsec != y->written.tv_nsec)
		return x->written.tv_nsec < y->written.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

uint64_t evidence_folder_prune(int folder, uint64_t max)
{
	struct folder files = { 0 };

	look(&files, folder);
	if (files.bytes > max) {
		qsort(files.list, files.n, sizeof(*files.list), by_age);
		for (size_t i = 0; i < files.n && files.bytes > max - max / 10; i++) {
			unlinkat(folder, files.list[i].name, 0);
			files.bytes -= files.list[i].bytes;
		}
	}
	for (size_t i = 0; i < files.n; i++)
		free(files.list[i].name);
	free(files.list);
	return files.bytes;
}
