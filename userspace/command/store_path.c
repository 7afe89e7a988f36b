// SPDX-License-Identifier: BSD-2-Clause
#include "command/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define STORE_FOLDER "/var/lib/stripwatch"
#define STORE_NAME   "stripwatch.db"

/* Make @path and the folders above it, for their owner alone. */
static bool make_folders(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		mkdir(path, 0700);
		*at = '/';
	}
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	log_err("command: %s: %s", path, strerror(errno));
	return false;
}

/* The folder for one user's own state (XDG Base Directory Specification). False: none is known. */
static bool own_folder(struct text *out)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	/* By that specification a path that is not absolute is not to be used. */
	if (state && *state == '/')
		text_printf(out, "%s/stripwatch", state);
	else if (home && *home == '/')
		text_printf(out, "%s/.local/state/stripwatch", home);
	return out->n > 0;
}

const char *store_default_path(struct text *room)
{
	const char *named = getenv("STRIPWATCH_DB");
	const char *system = STORE_FOLDER "/" STORE_NAME;

	if (named && *named)
		return named;
	if (access(system, R_OK | W_OK) == 0 ||
		(access(system, F_OK) != 0 && access(STORE_FOLDER, W_OK | X_OK) == 0))
		return system;
	if (!own_folder(room)) {
		log_err("command: no database: name one with --db");
		return NULL;
	}
	if (!make_folders(room->s))
		return NULL;
	text_puts(room, "/" STORE_NAME);
	return room->s;
}
