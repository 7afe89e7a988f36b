// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs a fuzz target over the files and folders named on the command line: how `make check` replays
 * a corpus where there is no libFuzzer. Speaks TAP.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	struct stat st;
	size_t n;

	if (!file || fstat(fileno(file), &st) != 0) {
		perror(path);
		return -1;
	}
	/* Exactly the file's size, so that a sanitizer sees the first byte read beyond it. */
	data = malloc((size_t)st.st_size ? (size_t)st.st_size : 1);
	n = data ? fread(data, 1, (size_t)st.st_size, file) : 0;
	fclose(file);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

static int replay_folder(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, alphasort), bad = 0;
	char name[4096];

	if (n < 0)
		return replay_file(path);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.' && replay_file(name) < 0)
			bad = -1;
		free(names[i]);
	}
	free(names);
	return bad;
}

int main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		int result = replay_folder(argv[i]);

		printf("%s %d - replay %s\n", result < 0 ? "not ok" : "ok", i, argv[i]);
		bad |= result;
	}
	printf("1..%d\n", argc - 1);
	return bad ? 1 : 0;
}
