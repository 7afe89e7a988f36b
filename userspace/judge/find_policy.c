// SPDX-License-Identifier: BSD-2-Clause
/* Facts against promises: policies and MX sets. */
#include "judge/find.h"

#include "base/mem.h"
#include "base/text.h"

bool find_cleartext_under_policy(struct looking *look)
{
	const struct bound_policy *policy = weighing_policy(look->evidence, NULL);

	if (!policy || !mail_in_clear(look->record))
		return false;
	look->out->severity = by_mode(policy, SEVERITY_CRITICAL);
	look->out->confidence = how_sure(look, policy);
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
	/* Lists get out of date. */
	look->out->severity =
		by_mode(policy, policy->type == POLICY_LIST ? SEVERITY_MEDIUM : SEVERITY_HIGH);
	look->out->confidence = how_sure(look, policy);
	limit_to_name(look);
	prove_policy(look, policy);
	prove(look->out, "the server is %s (%s)", look->evidence->mx,
		mx_source_name(look->evidence->mx_source));
	return true;
}

bool find_mx_redirected(struct looking *look)
{
	const struct evidence *evidence = look->evidence;
	/* What we are told of a domain's servers is perhaps not what the client was told. */
	bool by_chance = evidence->redirected_source == MX_DNS_RESOLVED;
	char address[ENDPOINT_TEXT];

	if (!*evidence->redirected_domain)
		return false;
	look->out->confidence = by_chance ? CONFIDENCE_HINT : CONFIDENCE_LIKELY;
	if (by_chance)
		look->out->severity = SEVERITY_LOW;
	prove(look->out, "mail for %s went to %s, which is none of its mail servers (%s)",
		evidence->redirected_domain,
		endpoint_format(&look->record->flow.endpoint[SERVER], address),
		mx_source_name(evidence->redirected_source));
	for (size_t i = 0; i < evidence->policy_count; i++) {
		const struct bound_policy *policy = &evidence->policies[i];

		if (strcmp(policy->domain, evidence->redirected_domain) == 0 &&
			policy->mode != POLICY_NONE) {
			prove_policy(look, policy);
			if (!by_chance)
				look->out->severity = by_mode(policy, SEVERITY_HIGH);
		}
	}
	return true;
}

bool find_tlsa_mismatch(struct looking *look)
{
	const struct evidence *evidence = look->evidence;
	const struct bound_policy *policy = dane_policy(evidence);

	if (!policy || policy->certificate_matches != ANSWER_NO)
		return false;
	limit_to_name(look);
	prove_policy(look, policy);
	prove_text(look->out, evidence->dane_why);
	prove_leaf(look);
	prove(look->out, "MX name: %s (%s)", evidence->mx, mx_source_name(evidence->mx_source));
	return true;
}

/* The first policy that this befell. */
static const struct bound_policy *changed_policy(
	const struct evidence *evidence, bool (*is_it)(enum policy_change change))
{
	for (size_t i = 0; i < evidence->policy_count; i++)
		if (is_it(evidence->policies[i].change))
			return &evidence->policies[i];
	return NULL;
}

static bool is_hidden(enum policy_change change)
{
	return change == POLICY_HIDDEN || change == POLICY_RECORD_GONE;
}

/* A record that is gone is both: withdrawn before its time, or hidden. */
static bool is_downgraded(enum policy_change change)
{
	return change == POLICY_WEAKENED || change == POLICY_MX_REPLACED ||
	       change == POLICY_RECORD_GONE;
}

/* Failures in a row from which on a failure is no accident any more. */
#define FAILURES_MANY 3

bool find_policy_hidden(struct looking *look)
{
	const struct bound_policy *policy = changed_policy(look->evidence, is_hidden);
	bool many;

	if (!policy)
		return false;
	many = policy->failures >= FAILURES_MANY;
	if (many && policy->mode == POLICY_ENFORCE)
		look->out->severity = SEVERITY_HIGH;
	look->out->confidence =
		many || policy->change == POLICY_RECORD_GONE ? CONFIDENCE_LIKELY : CONFIDENCE_HINT;
	/* RFC 8460 4.3.2.1 */
	if (policy->type == POLICY_TLSA)
		look->out->result_type = "dnssec-invalid";
	prove_policy(look, policy);
	if (policy->error)
		prove_text(look->out, policy->error);
	prove(look->out, "tries in a row that failed: %u", policy->failures);
	return true;
}

bool find_policy_downgraded(struct looking *look)
{
	const struct bound_policy *policy = changed_policy(look->evidence, is_downgraded);
	struct text until = { 0 };

	if (!policy)
		return false;
	if (policy->change != POLICY_WEAKENED && policy->mode != POLICY_ENFORCE)
		look->out->severity = SEVERITY_LOW;
	prove_policy(look, policy);
	text_time_seconds(&until, policy->before_expires);
	if (policy->change == POLICY_RECORD_GONE)
		prove(look->out, "the record is gone%s%s", policy->error ? ": " : "",
			policy->error ? policy->error : "");
	else if (policy->change == POLICY_WEAKENED)
		prove(look->out, "mode %s became %s; the old policy was to hold until %s",
			policy_mode_name(policy->before), policy_mode_name(policy->mode), until.s);
	else
		prove(look->out,
			"none of the old mx patterns is left; the old policy was to hold until %s",
			until.s);
	text_free(&until);
	return true;
}

bool find_policy_invalid(struct looking *look)
{
	const struct evidence *evidence = look->evidence;

	if (!evidence->invalid_domain)
		return false;
	prove(look->out, "policy of %s: %s", evidence->invalid_domain, evidence->invalid_why);
	look->out->policy_domain = mem_strdup(evidence->invalid_domain);
	return true;
}
