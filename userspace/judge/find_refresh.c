// SPDX-License-Identifier: BSD-2-Clause
#include "judge/find_refresh.h"

#include <stdlib.h>

#include "base/mem.h"
#include "judge/find.h"

/* Failures in a row from which on a failure is no accident any more. */
#define FAILURES_MANY 3

#define NS INT64_C(1000000000)

static struct finding *add(struct findings *findings, enum finding_id id, enum severity severity,
	const struct refresh_result *result, int64_t now)
{
	struct finding *finding = &findings->list[findings->n++];

	*finding = (struct finding){
		.id = id,
		.severity = severity,
		.confidence = CONFIDENCE_CERTAIN,
		.result_type = finding_result_type(id),
		.policy_domain = mem_strdup(result->domain),
		.time = now * NS,
	};
	return finding;
}

/* What is still in force, as a line of evidence. */
static void prove_cached(struct finding *finding, const struct cached_policy *policy, int64_t now)
{
	struct text left = { 0 };

	text_duration(&left, (policy->expires - now) * NS);
	prove(finding, "cached: mode %s, id %s, in force for %s more",
		policy_mode_name(policy->policy.mode), policy->id ? policy->id : "not known",
		left.s);
	text_free(&left);
}

/* The fetch itself: the domain announces a policy that can't be had. */
static void find_failed_fetch(
	const struct refresh_result *result, int64_t now, struct findings *out)
{
	enum finding_id id;
	struct finding *finding;

	switch (result->outcome) {
	case STS_FETCH_ERROR:
		id = FINDING_POLICY_FETCH_ERROR;
		break;
	case STS_WEBPKI_INVALID:
		id = FINDING_POLICY_WEBPKI_INVALID;
		break;
	case STS_INVALID:
		id = FINDING_POLICY_INVALID;
		break;
	default:
		return;
	}
	finding = add(out, id, SEVERITY_LOW, result, now);
	prove(finding, "%s", result->reason);
	if (result->id)
		prove(finding, "the record announces the policy %s", result->id);
}

/*
 * It vanished or can't be looked up while it is in force. A name server or web server that is down
 * for a while does the same: once is a hint.
 */
static void find_hidden(const struct refresh_result *result, int64_t now, struct findings *out)
{
	const struct cached_policy *policy = result->policy;
	bool enforced = policy->policy.mode == POLICY_ENFORCE;
	bool many = policy->failures >= FAILURES_MANY;
	struct finding *finding = add(out, FINDING_POLICY_HIDDEN,
		enforced && many ? SEVERITY_HIGH : SEVERITY_MEDIUM, result, now);

	finding->confidence =
		many || result->change == POLICY_RECORD_GONE ? CONFIDENCE_LIKELY : CONFIDENCE_HINT;
	prove(finding, "%s", result->reason);
	prove_cached(finding, policy, now);
	prove(finding, "tries in a row that failed: %u", policy->failures);
}

/* The promise itself was taken back before its time. */
static void find_downgraded(const struct refresh_result *result, int64_t now, struct findings *out)
{
	const struct cached_policy *policy = result->policy;
	bool enforced = result->change == POLICY_WEAKENED || policy->policy.mode == POLICY_ENFORCE;
	struct finding *finding = add(out, FINDING_POLICY_DOWNGRADED,
		enforced ? SEVERITY_MEDIUM : SEVERITY_LOW, result, now);
	struct text left = { 0 };

	if (result->change == POLICY_RECORD_GONE) {
		prove(finding, "the record is gone: %s", result->reason);
		prove_cached(finding, policy, now);
		return;
	}
	text_duration(&left, (policy->before_expires - now) * NS);
	if (result->change == POLICY_WEAKENED)
		prove(finding, "mode %s became %s, %s before the old policy would have ended",
			policy_mode_name(policy->before), policy_mode_name(policy->policy.mode),
			left.s);
	else
		prove(finding,
			"none of the old mx patterns is left, %s before the old policy would have "
			"ended",
			left.s);
	if (result->id)
		prove(finding, "the new policy's id is %s", result->id);
	text_free(&left);
}

void refresh_findings(const struct refresh_result *result, int64_t now, struct findings *out)
{
	out->n = 0;
	if (result->status == REFRESH_FAILED)
		find_failed_fetch(result, now, out);
	/* What has been told once and merely lasts is no news; a failure that lasts is. */
	if (!result->policy || (!result->change_is_new && result->status != REFRESH_FAILED))
		return;
	if (result->change == POLICY_HIDDEN || result->change == POLICY_RECORD_GONE)
		find_hidden(result, now, out);
	if (result->change == POLICY_RECORD_GONE ||
		(result->change_is_new && (result->change == POLICY_WEAKENED ||
						  result->change == POLICY_MX_REPLACED)))
		find_downgraded(result, now, out);
}

struct refresh_subject *refresh_subject_new(const struct refresh_result *result, int64_t now)
{
	struct refresh_subject *subject = mem_alloc(sizeof(*subject));
	const struct cached_policy *policy = result->policy;

	subject->record.flow.first = subject->record.flow.last = now * NS;
	if (policy) {
		subject->evidence.policies[0] = (struct bound_policy){
			.domain = policy->domain,
			.type = POLICY_STS,
			.mode = policy->policy.mode,
			.source = policy->source,
			.id = policy->id,
			.fetched = policy->fetched,
			.patterns = policy->policy.mx,
			.pattern_count = policy->policy.mx_count,
		};
		subject->evidence.policy_count = 1;
	}
	refresh_findings(result, now, &subject->findings);
	subject->subject = (struct subject){
		.record = &subject->record,
		.evidence = &subject->evidence,
		.findings = &subject->findings,
	};
	return subject;
}

void refresh_subject_free(struct refresh_subject *subject)
{
	if (!subject)
		return;
	findings_free(&subject->findings);
	free(subject);
}
