// SPDX-License-Identifier: BSD-2-Clause
#include "judge/find.h"

#include <stdarg.h>

#include "base/mem.h"
#include "base/text.h"

/* Patterns of a policy that are quoted as evidence; policies have one to four. */
#define PATTERNS_SHOWN 8

/* The same of TLSA records, which are longer. */
#define RECORDS_SHOWN 4

/* The same of a certificate's names. */
#define NAMES_SHOWN 8

void prove(struct finding *finding, const char *format, ...)
{
	struct text text = { 0 };
	va_list args;

	if (finding->evidence_count == FINDING_EVIDENCE_MAX)
		return;
	va_start(args, format);
	text_vprintf(&text, format, args);
	va_end(args);
	finding->evidence[finding->evidence_count++] = text.s;
}

void prove_text(struct finding *finding, const char *evidence)
{
	if (finding->evidence_count < FINDING_EVIDENCE_MAX)
		finding->evidence[finding->evidence_count++] = mem_strdup(evidence);
}

/* The lines that the parser kept for @kind: all of them prove the finding. */
bool observed(struct looking *look, enum observation_kind kind)
{
	const struct observations *all = &look->record->observations;
	bool found = false;

	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i].kind != kind)
			continue;
		found = true;
		look->out->time = all->list[i].time;
		prove_text(look->out, all->list[i].text);
	}
	return found;
}

bool mail_in_clear(const struct record *record)
{
	return record->smtp.cleartext_mail && !record->tls.established;
}

void prove_clear_mail(struct looking *look)
{
	const struct smtp_facts *smtp = &look->record->smtp;

	if (smtp->cleartext_mail)
		prove(look->out, "mail went in clear: %llu bytes, %u transaction%s",
			(unsigned long long)smtp->bytes_in_clear, smtp->transactions,
			smtp->transactions == 1 ? "" : "s");
}

/* "3 days before", "2 h later": @when (seconds), as seen from the session. */
static void put_distance(struct text *text, const struct looking *look, int64_t when)
{
	int64_t ago = look->record->flow.first - when * 1000000000;

	text_duration(text, ago < 0 ? -ago : ago);
	text_puts(text, ago < 0 ? " later" : " before");
}

static void put_patterns(struct text *text, const struct bound_policy *policy)
{
	bool records = policy->type == POLICY_TLSA;
	size_t most = records ? RECORDS_SHOWN : PATTERNS_SHOWN;

	for (size_t i = 0; i < policy->pattern_count && i < most; i++) {
		text_puts(text, i ? ", " : records ? ": " : ", mx: ");
		text_puts(text, policy->patterns[i]);
	}
	if (policy->pattern_count > most)
		text_puts(text, ", ...");
}

/*
 * "policy of example.com: MTA-STS enforce, id 2026, fetched 3 days before (fetch), mx: a, *.b";
 * "TLSA records of mx.example.com (tlsa.yml): 3 1 1 5fec…".
 */
static void put_policy(
	struct text *text, const struct looking *look, const struct bound_policy *policy)
{
	int64_t seconds = look->record->flow.first / 1000000000;

	if (policy->type == POLICY_TLSA)
		text_printf(text, "TLSA records of %s", policy->domain);
	else
		text_printf(text, "policy of %s: %s %s", policy->domain,
			policy->type == POLICY_STS ? "MTA-STS" : "list",
			policy_mode_name(policy->expired ? policy->stated : policy->mode));
	if (policy->id)
		text_printf(text, ", id %s", policy->id);
	/* Fetched before and confirmed since, it counts from when it was first met. */
	if (policy->since && policy->fetched > seconds && policy->since <= seconds) {
		text_puts(text, ", known since ");
		put_distance(text, look, policy->since);
	} else if (policy->fetched) {
		text_puts(text, ", fetched ");
		put_distance(text, look, policy->fetched);
	}
	if (policy->expired) {
		text_puts(text, ", expired ");
		put_distance(text, look, policy->expires);
	}
	if (policy->source)
		text_printf(text, " (%s)", policy->source);
	put_patterns(text, policy);
}

void prove_policy(struct looking *look, const struct bound_policy *policy)
{
	struct text text = { 0 };

	put_policy(&text, look, policy);
	prove_text(look->out, text.s);
	text_free(&text);
	if (!look->out->policy_domain)
		look->out->policy_domain = mem_strdup(policy->domain);
}

void prove_expired(struct looking *look)
{
	const struct evidence *evidence = look->evidence;
	struct text text = { 0 };

	for (size_t i = 0; i < evidence->policy_count; i++) {
		if (!evidence->policies[i].expired)
			continue;
		text_reset(&text);
		put_policy(&text, look, &evidence->policies[i]);
		prove_text(look->out, text.s);
	}
	text_free(&text);
}

/* Among lists, or among what domains say themselves. Expired ones neither add nor take away. */
static const struct bound_policy *weigh(const struct evidence *evidence, bool lists,
	bool (*applies)(const struct bound_policy *policy))
{
	const struct bound_policy *strictest = NULL, *weakest = NULL;

	for (size_t i = 0; i < evidence->policy_count; i++) {
		const struct bound_policy *policy = &evidence->policies[i];

		if ((policy->type == POLICY_LIST) != lists || policy->expired ||
			(applies && !applies(policy)))
			continue;
		if (policy->recipient_seen && (!strictest || policy->mode > strictest->mode))
			strictest = policy;
		if (!policy->recipient_seen && (!weakest || policy->mode < weakest->mode))
			weakest = policy;
	}
	if (!strictest)
		strictest = weakest;
	return strictest && strictest->mode != POLICY_NONE ? strictest : NULL;
}

/* Of policies that are as strict the first: DANE, which outranks the others, comes first. */
const struct bound_policy *weighing_policy(const struct evidence *evidence,
	bool (*applies)(const struct bound_policy *policy))
{
	const struct bound_policy *own = weigh(evidence, false, applies);

	return own ? own : weigh(evidence, true, applies);
}

const struct bound_policy *dane_policy(const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->policy_count; i++)
		if (evidence->policies[i].type == POLICY_TLSA)
			return &evidence->policies[i];
	return NULL;
}

/* Somebody's list is not the domain's own word. */
enum severity by_mode(const struct bound_policy *policy, enum severity enforced)
{
	if (policy->mode != POLICY_ENFORCE)
		return SEVERITY_MEDIUM;
	return policy->type == POLICY_LIST && enforced > SEVERITY_HIGH ? SEVERITY_HIGH : enforced;
}

enum confidence how_sure(const struct looking *look, const struct bound_policy *policy)
{
	if (!policy->recipient_seen)
		return CONFIDENCE_HINT;
	return policy->since > look->record->flow.first / 1000000000 ? CONFIDENCE_LIKELY
								     : CONFIDENCE_CERTAIN;
}

void limit_to_name(struct looking *look)
{
	if (look->evidence->mx_source == MX_DNS_RESOLVED &&
		look->out->confidence > CONFIDENCE_LIKELY)
		look->out->confidence = CONFIDENCE_LIKELY;
}

void prove_leaf(struct looking *look)
{
	const struct cert *leaf = record_leaf(look->record);
	struct text text = { 0 };
	size_t before;

	text_puts(&text, "certificate: ");
	text_puts(&text, leaf->subject ? leaf->subject : "(unreadable)");
	text_puts(&text, ", issued by ");
	text_puts(&text, leaf->issuer ? leaf->issuer : "(unreadable)");
	prove_text(look->out, text.s);
	text_reset(&text);
	text_puts(&text, "names: ");
	before = text.n;
	for (size_t i = 0; i < leaf->dns_count && i < NAMES_SHOWN; i++) {
		if (i > 0)
			text_puts(&text, ", ");
		text_puts(&text, leaf->dns_names[i]);
	}
	if (text.n == before)
		text_puts(&text, "none");
	if (leaf->dns_count > NAMES_SHOWN)
		text_puts(&text, ", ...");
	prove_text(look->out, text.s);
	text_free(&text);
}
