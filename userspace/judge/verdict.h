/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session's findings, through the rules, become alerts. Repeats of one alert within its rule's
 * window are counted and not raised. No output, no clock: time is the session's.
 */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include "judge/rule.h"

struct alert {
	const struct rule *rule;
	const struct finding *finding;   /* what it is about; NULL: the rule names none */
	enum severity severity;
	enum confidence confidence;
	char *message;                   /* owned */
	uint64_t suppressed;             /* repeats that were only counted since the last one raised */
	int64_t time;                    /* of the decisive packet, ns */
};

/* More rules than this do not fire for one session; the severest are kept. */
#define ALERTS_MAX 16

struct alerts {
	struct alert list[ALERTS_MAX];
	size_t n;
};

struct verdict;

/* @rules live longer. */
struct verdict *verdict_new(const struct ruleset *rules);
void verdict_free(struct verdict *verdict);

/*
 * The alerts of one session, severest first, none where its scope says so; *@out is overwritten, alerts_free()
 * releases it.
 */
void verdict_judge(struct verdict *verdict, const struct subject *subject, struct alerts *out);
void alerts_free(struct alerts *alerts);

/* Alerts that were only counted, in all. */
uint64_t verdict_suppressed(const struct verdict *verdict);

#endif
