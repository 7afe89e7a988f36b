// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fields that evidence and findings fill: what the rest of the world says of the session.
 */
#include "judge/field_get.h"

FIELD_GETTER(destination_domain)
{
	return give_string(value, subject->evidence->mx);
}

FIELD_GETTER(mx_source)
{
	const struct evidence *evidence = subject->evidence;

	return give_string(value, evidence->mx[0] ? mx_source_name(evidence->mx_source) : NULL);
}

/* In the contract's order; true if there is error @nth, which is then in @value. */
FIELD_GETTER(certificate_errors)
{
	static const struct {
		unsigned int problems;
		const char *word;
	} errors[] = {
		{ CERT_EXPIRED, "expired" },
		{ CERT_NOT_YET_VALID, "not-yet-valid" },
		{ CERT_SELF_SIGNED, "self-signed" },
		/* What can't be read can't be trusted either. */
		{ CERT_NOT_TRUSTED | CERT_UNREADABLE, "not-trusted" },
		{ CERT_REVOKED, "revoked" },
		{ CERT_WEAK, "weak" },
	};
	const struct evidence *evidence = subject->evidence;
	size_t nth = i;

	if (!subject->record->tls.chain)
		return give_absent(value);
	/* A greeting is the server's own word: it can't prove a mismatch. */
	if (evidence->host_matches == ANSWER_NO && evidence->mx_source > MX_GREETING && nth-- == 0)
		return give_string(value, "host-mismatch");
	for (size_t k = 0; k < sizeof(errors) / sizeof(*errors); k++) {
		if ((evidence->cert_problems & errors[k].problems) && nth-- == 0)
			return give_string(value, errors[k].word);
	}
	return give_absent(value);
}

static const struct bound_policy *policy_of(const struct subject *subject, size_t i)
{
	return i < subject->evidence->policy_count ? &subject->evidence->policies[i] : NULL;
}

static bool give_answer(struct value *value, enum answer answer)
{
	return give_seen(value, answer == ANSWER_YES, answer != ANSWER_UNKNOWN);
}

/* Seconds since 1970; 0: not known. */
static bool give_known_time(struct value *value, int64_t seconds)
{
	return seconds ? give_time_seconds(value, seconds) : give_absent(value);
}

FIELD_GETTER(policy_domain)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_string(value, policy->domain));
}

FIELD_GETTER(policy_type)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_string(value, policy_type_name(policy->type)));
}

FIELD_GETTER(policy_mode)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_string(value, policy_mode_name(policy->mode)));
}

FIELD_GETTER(policy_source)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_string(value, policy->source));
}

FIELD_GETTER(policy_id)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_string(value, policy->id));
}

FIELD_GETTER(policy_fetched)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_known_time(value, policy->fetched));
}

FIELD_GETTER(policy_expires)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_known_time(value, policy->expires));
}

/* Only said where it is so. */
FIELD_GETTER(policy_expired)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_seen(value, policy->expired, false));
}

FIELD_GETTER(policy_mx_matches)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_answer(value, policy->mx_matches));
}

FIELD_GETTER(policy_certificate_matches)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_answer(value, policy->certificate_matches));
}

/* Only said where it is so. */
FIELD_GETTER(policy_recipient_seen)
{
	const struct bound_policy *policy = policy_of(subject, i);

	return policy && row(give_seen(value, policy->recipient_seen, false));
}

static const struct finding *finding_of(const struct subject *subject, size_t i)
{
	return i < subject->findings->n ? &subject->findings->list[i] : NULL;
}

FIELD_GETTER(finding_id)
{
	const struct finding *finding = finding_of(subject, i);

	return finding && row(give_string(value, finding_name(finding->id)));
}

FIELD_GETTER(finding_severity)
{
	const struct finding *finding = finding_of(subject, i);

	return finding && row(give_string(value, severity_name(finding->severity)));
}

FIELD_GETTER(finding_evidence)
{
	const struct finding *finding = finding_of(subject, i);

	if (!finding)
		return give_absent(value);
	if (finding->evidence_count)
		value->kind = VALUE_STRINGS;
	else
		give_absent(value);
	return true;
}

bool field_get_inner_finding_evidence(
	const struct subject *subject, size_t i, size_t j, struct value *value)
{
	const struct finding *finding = finding_of(subject, i);

	if (!finding || j >= finding->evidence_count)
		return give_absent(value);
	return give_string(value, finding->evidence[j]);
}
