/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was known before a survey: cached policies, the sensor's memory, a list of domains. Only
 * read.
 */
#ifndef COMMAND_SURVEY_KNOWN_H
#define COMMAND_SURVEY_KNOWN_H

#include "command/survey_options.h"
#include "sink/survey_row.h"

/* Members that are not there are NULL. */
struct survey_known {
	struct store *store;
	struct policy_cache *cache;
	struct history *history;
	struct policy_list *list;
};

/* False: told. survey_known_close() in any case. */
bool survey_known_open(struct survey_known *known, const struct survey_options *options);
void survey_known_close(struct survey_known *known);

/* Add the @n domains with the most mail. False: nothing is remembered (told). */
bool survey_known_top(struct survey_known *known, size_t n, struct domains *domains);

/* Fill in all of @row but its domain, which is there. Borrowed until close. */
void survey_known_add(struct survey_known *known, struct survey_row *row, int64_t now);

#endif
