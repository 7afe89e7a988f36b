// SPDX-License-Identifier: BSD-2-Clause
/* Facts of the certificates that were shown. */
#include "judge/find.h"

#include "base/text.h"

/* A new certificate is due when the old one had less than this left. */
#define RENEWAL_SECONDS (45 * (int64_t)86400)

/* One key is suspicious under this many names of unrelated owners. */
#define SHARED_NAMES 3

/* TLSA records ask for other things than names, dates and authorities: find_tlsa_mismatch(). */
static bool asks_for_names(const struct bound_policy *policy)
{
	return policy->type != POLICY_TLSA && policy->mx_matches != ANSWER_NO;
}

/*
 * Certificates matter where a policy says so: enforce HIGH, testing MEDIUM, else the fact's own.
 * One that a TLSA record names is the right one, whoever else does not trust it (RFC 8461 2).
 */
static void weigh_certificate(struct looking *look)
{
	const struct bound_policy *policy = weighing_policy(look->evidence, asks_for_names);
	const struct bound_policy *dane = dane_policy(look->evidence);

	if (dane && dane->certificate_matches == ANSWER_YES) {
		prove(look->out, "DANE: %s", look->evidence->dane_why);
	} else if (policy) {
		look->out->severity = by_mode(policy, SEVERITY_HIGH);
		prove_policy(look, policy);
	}
}

bool find_certificate_host_mismatch(struct looking *look)
{
	if (look->evidence->host_matches != ANSWER_NO)
		return false;
	prove_leaf(look);
	prove(look->out, "MX name: %s (%s)", look->evidence->mx,
		mx_source_name(look->evidence->mx_source));
	limit_to_name(look);
	weigh_certificate(look);
	return true;
}

bool find_certificate_expired(struct looking *look)
{
	const struct cert_chain *chain = look->record->tls.chain;
	struct text from = { 0 }, until = { 0 };

	if (!chain || !(look->evidence->cert_problems & (CERT_EXPIRED | CERT_NOT_YET_VALID)))
		return false;
	text_time_seconds(&from, chain->valid_from);
	text_time_seconds(&until, chain->valid_until);
	prove(look->out, "valid from %s to %s", from.s, until.s);
	text_free(&from);
	text_free(&until);
	prove_leaf(look);
	weigh_certificate(look);
	return true;
}

bool find_certificate_not_trusted(struct looking *look)
{
	const unsigned int bits =
		CERT_NOT_TRUSTED | CERT_SELF_SIGNED | CERT_REVOKED | CERT_UNREADABLE;
	const struct cert_chain *chain = look->record->tls.chain;

	if (!chain || !(look->evidence->cert_problems & bits))
		return false;
	if (look->evidence->cert_problems & CERT_REVOKED) {
		prove_text(look->out, "the certificate is revoked");
		look->out->severity = SEVERITY_MEDIUM;
	}
	if (chain->reason)
		prove_text(look->out, chain->reason);
	prove_leaf(look);
	weigh_certificate(look);
	return true;
}

bool find_certificate_changed(struct looking *look)
{
	const struct history_facts *history = &look->evidence->history;
	int64_t now = look->record->flow.first / 1000000000;
	struct text when = { 0 };

	if (!history->leaf_changed || history->leaf_not_after - now < RENEWAL_SECONDS)
		return false;
	look->out->confidence = CONFIDENCE_LIKELY;
	text_time(&when, history->leaf_last);
	prove(look->out, "at %s this server showed a key issued by %s", when.s,
		history->leaf_issuer);
	text_free(&when);
	prove_leaf(look);
	/* A new issuer that nobody trusts is what an interception box brings. */
	if (look->evidence->cert_problems & (CERT_NOT_TRUSTED | CERT_SELF_SIGNED) ||
		look->evidence->host_matches == ANSWER_NO)
		look->out->severity = SEVERITY_MEDIUM;
	return true;
}

bool find_certificate_shared(struct looking *look)
{
	const struct history_facts *history = &look->evidence->history;

	if (history->key_names < SHARED_NAMES)
		return false;
	look->out->confidence = CONFIDENCE_LIKELY;
	prove(look->out, "the same key for %u unrelated names: %s", history->key_names,
		history->key_example);
	prove_leaf(look);
	return true;
}
