/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A survey written out, appended to a text: for a terminal, for a program, for a browser.
 */
#ifndef SINK_SURVEY_H
#define SINK_SURVEY_H

#include "sink/survey_row.h"

void survey_text(struct text *out, const struct survey_table *table);

/* A document of the event contract for each domain, `event.dataset` "stripwatch.survey". */
void survey_json(struct text *out, const struct survey_table *table, const char *host);

/* One page that needs nothing but itself. @host made it; "" if that is not told. */
void survey_html(struct text *out, const struct survey_table *table, const char *host);

#endif
