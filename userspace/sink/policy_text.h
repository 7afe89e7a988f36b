/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cached policies in words, for people: appended to a text. Times are seconds since 1970.
 */
#ifndef SINK_POLICY_TEXT_H
#define SINK_POLICY_TEXT_H

#include "evidence/policy_refresh.h"
#include "judge/verdict.h"
#include "sink/columns.h"

/* A table: the head, then a row for each policy. */
void policy_text_head(struct columns *columns);
void policy_text_row(struct columns *columns, const struct cached_policy *policy, int64_t now);

/* Everything about one policy and its earlier versions. */
void policy_text_show(struct text *out, struct policy_cache *cache,
	const struct cached_policy *policy, int64_t now);

/* What a look at a domain came to: a line, and one for each alert. */
void policy_text_look(struct text *out, const struct refresh_result *result,
	const struct alerts *alerts, int64_t now);

#endif
