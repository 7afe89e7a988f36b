// SPDX-License-Identifier: BSD-2-Clause
#include "command/command.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the running program's file lies, without a final slash. False: it can't be told. */
static bool program_folder(char *folder, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", folder, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	folder[n] = '\0';
	slash = strrchr(folder, '/');
	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/*
 * A program that was built and not installed finds the rules of its own tree, one that was
 * installed somewhere else than configured those beside it.
 */
const char *rules_default_path(char room[RULES_PATH_ROOM])
{
	static const char *const beside[] = { "../rules", "../share/stripwatch/rules" };
	const char *named = getenv("STRIPWATCH_RULES");
	char folder[PATH_MAX];

	if (named && *named)
		return named;
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		if (!program_folder(folder, sizeof(folder)))
			break;
		snprintf(room, RULES_PATH_ROOM, "%s/%s", folder, beside[i]);
		if (access(room, R_OK) == 0)
			return room;
	}
	return RULES_DIR;
}

struct ruleset *rules_load_named(const char *const *paths, size_t n)
{
	char room[RULES_PATH_ROOM];
	const char *standard = rules_default_path(room);
	struct text errors = { 0 };
	struct ruleset *rules;

	rules = n ? rules_load(paths, n, &errors) : rules_load(&standard, 1, &errors);
	if (errors.n)
		fputs(errors.s, stderr);
	text_free(&errors);
	return rules;
}
