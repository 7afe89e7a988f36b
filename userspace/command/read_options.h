/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `stripwatch read`.
 */
#ifndef COMMAND_READ_OPTIONS_H
#define COMMAND_READ_OPTIONS_H

#include "command/online_options.h"
#include "dialogue/cert.h"
#include "evidence/evidence.h"

#define READ_RULES_MAX 16

struct read_options {
	const char *format;                /* "text" or "json" */
	const char *output;                /* NULL: standard output */
	const char *ports;                 /* NULL: the mail ports; "any" */
	const char *keylog, *evidence;     /* NULL: none */
	const char *rules[READ_RULES_MAX];
	size_t rule_count;
	struct cert_params cert;
	struct evidence_params stores;
	bool look_up;                      /* --online */
	struct online_options online;
	int fail_on;                       /* enum severity; 0: never */
	char *const *paths;                /* capture files */
	size_t path_count;
};

/*
 * Fill in @options. False: the program shall end with exit status *@status (usage was asked for, or is
 * wrong; said on standard output or error).
 */
bool read_options_parse(int argc, char **argv, struct read_options *options, int *status);

/* A list as "25,2500-2599". False: it is no such list, and nothing is said. */
bool read_options_ports(const char *list, struct ports *ports);

#endif
