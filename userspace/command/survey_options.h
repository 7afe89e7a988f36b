/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of `stripwatch survey`.
 */
#ifndef COMMAND_SURVEY_OPTIONS_H
#define COMMAND_SURVEY_OPTIONS_H

#include "command/domains.h"
#include "command/online_options.h"

enum survey_format { SURVEY_TEXT, SURVEY_JSON, SURVEY_HTML };

struct survey_options {
	struct online_options online;
	struct domains domains;
	size_t top;         /* domains of the history; 0: none */
	const char *list;   /* NULL: none */
	const char *output; /* NULL: standard output */
	enum survey_format format;
};

/*
 * Fill in @options, to be released by survey_options_fini() in any case. False: the program shall
 * end with exit status *@status (usage was asked for, or is wrong; told).
 */
bool survey_options_parse(int argc, char **argv, struct survey_options *options, int *status);
void survey_options_fini(struct survey_options *options);

#endif
