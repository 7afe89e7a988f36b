/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sub-commands: each takes its own argument vector (argv[0] is its name) and returns the exit
 * status of the program.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include "base/text.h"
#include "judge/rule.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_INPUT = 1, /* an input could not be read, or an output not be written; the rest was done */
	EXIT_USAGE = 2, /* wrong usage or configuration */
	EXIT_ALERT = 3, /* --fail-on: an alert of at least that severity was raised */
};

int command_policy(int argc, char **argv);
int command_read(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_status(int argc, char **argv);
int command_survey(int argc, char **argv);
int command_watch(int argc, char **argv);

/*
 * Where rules are when none are named: $STRIPWATCH_RULES, else beside the program (its source tree, its
 * prefix), else where they were to be installed. The result may stand in @room.
 */
#define RULES_PATH_ROOM 4352
const char *rules_default_path(char room[RULES_PATH_ROOM]);

/* The rules of @n files or directories; of the default path if @n is 0. NULL: mistakes, told. */
struct ruleset *rules_load_named(const char *const *paths, size_t n);

/*
 * Where the database is when none is named: $STRIPWATCH_DB, else /var/lib/stripwatch/stripwatch.db if
 * that can be written, else stripwatch/stripwatch.db in $XDG_STATE_HOME or ~/.local/state; its folder is
 * made. NULL: told. The result may stand in @room, which the caller frees.
 */
const char *store_default_path(struct text *room);

#endif
