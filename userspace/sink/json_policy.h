/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents about policies, in the manner of the event contract: alerts without a session, and
 * `event.dataset` "stripwatch.policy" for what a policy is and what a look at it came to. Each one
 * line, appended to a buffer. Times are seconds since 1970.
 */
#ifndef SINK_JSON_POLICY_H
#define SINK_JSON_POLICY_H

#include "evidence/policy_refresh.h"
#include "judge/verdict.h"
#include "sink/nest.h"

/*
 * An alert about @subject, which has no session: as json_alert(), without what stands for a
 * connection.
 */
void json_policy_alert(struct text *out, const struct subject *subject, const struct alert *alert);

/* What @policy is at @now. @versions_of: with its earlier versions; NULL: without. */
void json_policy(struct text *out, const struct cached_policy *policy, int64_t now,
	const char *host, struct policy_cache *versions_of);

/* What a look came to; result->policy may be NULL. */
void json_policy_look(
	struct text *out, const struct refresh_result *result, int64_t now, const char *host);

/* "@timestamp" to "observer" of a document that is none of a session; @now in seconds. */
void json_policy_begin(
	struct nest *nest, struct text *out, const char *dataset, int64_t now, const char *host);

#endif
