// SPDX-License-Identifier: BSD-2-Clause
/*
 * grepmem PID TEXT: whether a process has a text anywhere in the memory that it can read, the kernel's
 * ring included. Prints where; exit status as grep's: 0 found, 1 not found, 2 it can't be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK ((size_t)1 << 20)

struct search {
	int memory;
	const char *text;
	size_t length;
	char *block; /* BLOCK, and what of the text may lie behind it */
	size_t bytes, found;
};

static void look_at(struct search *search, unsigned long long start, unsigned long long end,
	const char *what)
{
	for (unsigned long long at = start; at < end; at += BLOCK) {
		size_t want = BLOCK + search->length - 1;
		ssize_t n;

		if (want > end - at)
			want = (size_t)(end - at);
		n = pread(search->memory, search->block, want, (off_t)at);
		if (n <= 0)
			continue; /* a page that nobody can read, as of a device */
		search->bytes += (size_t)n;
		if (!memmem(search->block, (size_t)n, search->text, search->length))
			continue;
		search->found++;
		printf("%llx-%llx%s\n", start, end, what);
	}
}

static bool look_everywhere(struct search *search, FILE *maps)
{
	char line[4352];

	while (fgets(line, sizeof(line), maps)) {
		unsigned long long start, end;
		int rest = 0;

		if (sscanf(line, "%llx-%llx r%*s %*s %*s %*s%n", &start, &end, &rest) < 2)
			continue;
		line[strcspn(line, "\n")] = '\0';
		look_at(search, start, end, rest ? line + rest : "");
	}
	return search->bytes > 0;
}

int main(int argc, char **argv)
{
	struct search search = { 0 };
	char path[64];
	FILE *maps;
	bool looked;

	if (argc != 3 || strlen(argv[2]) < 4) {
		fputs("usage: grepmem PID TEXT (of 4 letters or more)\n", stderr);
		return 2;
	}
	search.text = argv[2];
	search.length = strlen(argv[2]);
	search.block = malloc(BLOCK + search.length);
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[1]);
	search.memory = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
	maps = fopen(path, "re");
	if (!search.block || search.memory < 0 || !maps) {
		fprintf(stderr, "grepmem: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	looked = look_everywhere(&search, maps);
	fclose(maps);
	close(search.memory);
	free(search.block);
	printf("%zu bytes, found in %zu places\n", search.bytes, search.found);
	return !looked ? 2 : search.found ? 0 : 1;
}
