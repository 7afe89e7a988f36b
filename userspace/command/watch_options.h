/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `stripwatch watch`: what it says outranks the configuration file.
 */
#ifndef COMMAND_WATCH_OPTIONS_H
#define COMMAND_WATCH_OPTIONS_H

#include "config.h"

#define CONFIG_PATH "/etc/stripwatch/stripwatch.yml"

/* WATCH_FITTING: text, unless others are told and nobody sits at a terminal. */
enum watch_format { WATCH_FITTING, WATCH_TEXT, WATCH_JSON, WATCH_NOTHING };

struct watch_options {
	const char *config; /* NULL: CONFIG_PATH if it is there, else the defaults */
	const char *interfaces[LIVE_INTERFACES_MAX];
	size_t interface_count;
	const char *hook, *ports, *db, *user, *socket, *evidence, *trust;
	const char *rules[CONFIG_RULES_MAX];
	size_t rule_count;
	enum watch_format format; /* of standard output */
	bool online, check;       /* --check: only look at the configuration */
	bool verbose;
};

/*
 * Fill in @options. False: the program shall end with exit status *@status (usage was asked for, or
 * is wrong; told).
 */
bool watch_options_parse(int argc, char **argv, struct watch_options *options, int *status);

/* The configuration that they name, with themselves put over it. NULL: mistakes, told. */
struct config *watch_options_config(const struct watch_options *options);

#endif
