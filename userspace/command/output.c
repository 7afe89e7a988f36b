// SPDX-License-Identifier: BSD-2-Clause
#include "command/output.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static bool complain(const struct output *output)
{
	log_err("%s: %s: %s", output->command, output->path ? output->path : "standard output",
		errno ? strerror(errno) : "not all was written");
	return false;
}

bool output_open(struct output *output, const char *command, const char *path)
{
	struct stat st;

	*output = (struct output){ .file = stdout, .command = command };
	if (!path || strcmp(path, "-") == 0)
		return true;
	output->path = path;
	if (stat(path, &st) != 0 || S_ISREG(st.st_mode)) {
		text_printf(&output->part, "%s.part", path);
		path = output->part.s;
	}
	output->file = fopen(path, "w");
	return output->file || complain(output);
}

bool output_close(struct output *output, bool whole)
{
	FILE *file = output->file;
	bool good = true;

	output->file = NULL;
	errno = 0;
	if (file)
		good = fflush(file) == 0 && !ferror(file);
	if (file && file != stdout)
		good = fclose(file) == 0 && good;
	if (good && whole && output->part.n)
		good = rename(output->part.s, output->path) == 0;
	if (!good)
		complain(output);
	if (output->part.n && (!good || !whole))
		unlink(output->part.s);
	text_free(&output->part);
	return good;
}
