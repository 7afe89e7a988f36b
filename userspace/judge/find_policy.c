// SPDX-License-Identifier: BSD-2-Clause
/* Facts against promises: policies and MX sets. */
#include "judge/find.h"

bool find_cleartext_under_policy(struct looking *look)
{
	const struct bound_policy *policy = weighing_policy(look->evidence, NULL);

	if (!policy || !mail_in_clear(look->record))
		return false;
	look->out->severity = by_mode(policy, SEVERITY_CRITICAL);
	look->out->confidence = policy->recipient_seen ? CONFIDENCE_CERTAIN : CONFIDENCE_HINT;
	look->out->time = look->record->mail_time;
	prove_policy(look, policy);
	prove_clear_mail(look);
	return true;
}

static bool mx_refused(const struct bound_policy *policy)
{
	return policy->mx_matches == ANSWER_NO;
}

bool find_mx_not_in_policy(struct looking *look)
{
	const struct bound_policy *policy = weighing_policy(look->evidence, mx_refused);

	if (!policy)
		return false;
	look->out->severity = by_mode(policy, SEVERITY_HIGH);
	look->out->confidence = policy->recipient_seen ? CONFIDENCE_CERTAIN : CONFIDENCE_HINT;
	prove_policy(look, policy);
	prove(look->out, "the server is %s (%s)", look->evidence->mx,
		mx_source_name(look->evidence->mx_source));
	return true;
}

bool find_mx_redirected(struct looking *look)
{
	const struct evidence *evidence = look->evidence;
	char address[ENDPOINT_TEXT];

	if (!*evidence->redirected_domain)
		return false;
	look->out->confidence = CONFIDENCE_LIKELY;
	prove(look->out, "mail for %s went to %s, which is none of its mail servers",
		evidence->redirected_domain,
		endpoint_format(&look->record->flow.endpoint[SERVER], address));
	for (size_t i = 0; i < evidence->policy_count; i++) {
		const struct bound_policy *policy = &evidence->policies[i];

		if (strcmp(policy->domain, evidence->redirected_domain) == 0 &&
			policy->mode != POLICY_NONE) {
			prove_policy(look, policy);
			look->out->severity = by_mode(policy, SEVERITY_HIGH);
		}
	}
	return true;
}
