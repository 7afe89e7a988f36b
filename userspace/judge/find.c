// SPDX-License-Identifier: BSD-2-Clause
#include "judge/find.h"

#include <stdarg.h>

#include "base/mem.h"
#include "base/text.h"

/* Patterns of a policy that are quoted as evidence; policies have one to four. */
#define PATTERNS_SHOWN 8

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

/* A policy as evidence: "example.com: MTA-STS enforce (file:example.com.txt), mx: a, *.b". */
void prove_policy(struct looking *look, const struct bound_policy *policy)
{
	struct text text = { 0 };

	text_printf(&text, "policy of %s: %s %s", policy->domain,
		policy->type == POLICY_STS ? "MTA-STS" : policy_type_name(policy->type),
		policy_mode_name(policy->mode));
	if (policy->id)
		text_printf(&text, ", id %s", policy->id);
	if (policy->source)
		text_printf(&text, " (%s)", policy->source);
	for (size_t i = 0; i < policy->pattern_count && i < PATTERNS_SHOWN; i++)
		text_printf(&text, "%s%s", i ? ", " : ", mx: ", policy->patterns[i]);
	prove_text(look->out, text.s);
	text_free(&text);
	if (!look->out->policy_domain)
		look->out->policy_domain = mem_strdup(policy->domain);
}

/*
 * The policy by which a fact is weighed: the strictest of the domains whose mail was seen; of mere
 * candidates (a host that serves several) the weakest. NULL: none that promises anything.
 */
const struct bound_policy *weighing_policy(const struct evidence *evidence,
	bool (*applies)(const struct bound_policy *policy))
{
	const struct bound_policy *strictest = NULL, *weakest = NULL;

	for (size_t i = 0; i < evidence->policy_count; i++) {
		const struct bound_policy *policy = &evidence->policies[i];

		if (applies && !applies(policy))
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

enum severity by_mode(const struct bound_policy *policy, enum severity enforced)
{
	return policy->mode == POLICY_ENFORCE ? enforced : SEVERITY_MEDIUM;
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
