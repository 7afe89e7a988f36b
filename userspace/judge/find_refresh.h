/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a look at a domain's MTA-STS policy came to, as findings: the same facts, rules and alerts
 * as for a session, without one.
 */
#ifndef JUDGE_FIND_REFRESH_H
#define JUDGE_FIND_REFRESH_H

#include "evidence/policy_refresh.h"
#include "judge/field.h"

/* Findings of @result at @now (seconds); *@out is overwritten, findings_free() releases it. */
void refresh_findings(const struct refresh_result *result, int64_t now, struct findings *out);

/* A subject that has no session: who judges it sees an empty record of the time @now. */
struct refresh_subject {
	struct subject subject;
	struct record record;
	struct evidence evidence;
	struct findings findings;
};

/* @result as something to judge; borrows from it. refresh_subject_free() takes NULL too. */
struct refresh_subject *refresh_subject_new(const struct refresh_result *result, int64_t now);
void refresh_subject_free(struct refresh_subject *subject);

#endif
