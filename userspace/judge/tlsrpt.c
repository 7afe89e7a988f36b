// SPDX-License-Identifier: BSD-2-Clause
#include "judge/tlsrpt.h"

#include <stdarg.h>
#include <stdio.h>

/* Mail is handed in there, not delivered to a domain's MX (RFC 6409). */
#define PORT_SUBMISSION 587

/* Alerts by which a client says what it has against a certificate (RFC 8446 6.2). */
#define ALERT_CERTIFICATE_REVOKED 44
#define ALERT_CERTIFICATE_EXPIRED 45
#define ALERT_UNKNOWN_CA          48

#define NOT_SUPPORTED "starttls-not-supported"
#define VALIDATION    "validation-failure"
#define NOT_TRUSTED   "certificate-not-trusted"
#define EXPIRED       "certificate-expired"
#define HOST_MISMATCH "certificate-host-mismatch"

const char *tlsrpt_type_name(enum tlsrpt_type type)
{
	static const char *const names[] = {
#define X(name, text) [name] = text,
		TLSRPT_TYPE_LIST(X)
#undef X
	};

	return names[type];
}

/* How far the attempt came. */
enum attempt {
	ATTEMPT_NONE,    /* it was none, or too little was seen */
	ATTEMPT_REFUSED, /* no STARTTLS to be had */
	ATTEMPT_FAILED,  /* begun, and TLS did not come up */
	ATTEMPT_TLS,
};

static bool was_reset(const struct subject *subject)
{
	return findings_find(subject->findings, FINDING_RESET_AT_STARTTLS) ||
	       findings_find(subject->findings, FINDING_RESET_INJECTED);
}

static enum attempt attempt_of(const struct subject *subject)
{
	const struct record *record = subject->record;

	if (record->smtp.tls_report_mail || record->smtp.auth_in_clear ||
		record->flow.endpoint[SERVER].port == PORT_SUBMISSION)
		return ATTEMPT_NONE;
	switch (record->action) {
	case ACTION_TLS_ESTABLISHED:
		return ATTEMPT_TLS;
	case ACTION_TLS_FAILED:
		return record->unknown[AXIS_TLS] ? ATTEMPT_NONE : ATTEMPT_FAILED;
	case ACTION_STARTTLS_UNANSWERED:
		if (record->unknown[AXIS_REPLY])
			return ATTEMPT_NONE;
		return was_reset(subject) ? ATTEMPT_FAILED : ATTEMPT_REFUSED;
	case ACTION_STARTTLS_REFUSED:
	case ACTION_STARTTLS_ABSENT:
	case ACTION_STARTTLS_MANGLED:
	case ACTION_EHLO_REJECTED:
		return ATTEMPT_REFUSED;
	default:
		return ATTEMPT_NONE;
	}
}

static void fail(struct tlsrpt_event *event, const char *result_type, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct tlsrpt_event *event, const char *result_type, const char *format, ...)
{
	va_list args;

	event->result_type = result_type;
	va_start(args, format);
	vsnprintf(event->reason, sizeof(event->reason), format, args);
	va_end(args);
}

static void judge_refused(const struct subject *subject, struct tlsrpt_event *event)
{
	const struct record *record = subject->record;

	switch (record->action) {
	case ACTION_STARTTLS_REFUSED:
		fail(event, NOT_SUPPORTED, "STARTTLS was answered %u",
			record->smtp.starttls_reply_code);
		break;
	case ACTION_STARTTLS_UNANSWERED:
		fail(event, NOT_SUPPORTED, "STARTTLS was not answered");
		break;
	case ACTION_STARTTLS_MANGLED:
		fail(event, NOT_SUPPORTED, "STARTTLS was overwritten in the EHLO reply");
		break;
	case ACTION_EHLO_REJECTED:
		fail(event, NOT_SUPPORTED, "EHLO was refused");
		break;
	default:
		fail(event, NOT_SUPPORTED, "STARTTLS was not offered");
	}
}

/* What is wrong with the certificate that was shown: names, dates, authorities. False: nothing. */
static bool judge_certificate(const struct subject *subject, struct tlsrpt_event *event)
{
	const unsigned int untrusted =
		CERT_NOT_TRUSTED | CERT_SELF_SIGNED | CERT_REVOKED | CERT_UNREADABLE;
	const struct cert_chain *chain = subject->record->tls.chain;
	unsigned int problems = subject->evidence->cert_problems;

	if (!chain)
		return false;
	if (problems & CERT_REVOKED)
		fail(event, NOT_TRUSTED, "revoked");
	else if (problems & untrusted)
		fail(event, NOT_TRUSTED, "%s", chain->reason ? chain->reason : "no trusted path");
	else if (problems & CERT_NOT_YET_VALID)
		fail(event, EXPIRED, "not yet valid");
	else if (problems & CERT_EXPIRED)
		fail(event, EXPIRED, "%s", "");
	else if (event->policy->certificate_matches == ANSWER_NO)
		fail(event, HOST_MISMATCH, "%s", "");
	return event->result_type != NULL;
}

/* The first alert of the client; NULL: it sent none. */
static const struct tls_alert *client_alert(const struct tls_facts *tls)
{
	for (uint8_t i = 0; i < tls->alert_count; i++)
		if (tls->alerts[i].from == CLIENT)
			return &tls->alerts[i];
	return NULL;
}

/* The finding that says how the handshake failed, by name. */
static const char *how_it_failed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const char *type = findings->list[i].result_type;

		if (type && strcmp(type, VALIDATION) == 0)
			return finding_name(findings->list[i].id);
	}
	return "tls-handshake-failed";
}

/* A certificate is to blame only where it was the client that gave up. */
static void judge_failed(const struct subject *subject, struct tlsrpt_event *event)
{
	const struct tls_alert *alert = client_alert(&subject->record->tls);
	char room[16];

	if (!alert) {
		fail(event, VALIDATION, "%s", how_it_failed(subject->findings));
		return;
	}
	if (event->type != TLSRPT_TLSA && judge_certificate(subject, event))
		return;
	switch (alert->code) {
	case ALERT_UNKNOWN_CA:
	case ALERT_CERTIFICATE_REVOKED:
		event->result_type = NOT_TRUSTED;
		break;
	case ALERT_CERTIFICATE_EXPIRED:
		event->result_type = EXPIRED;
		break;
	default:
		event->result_type = VALIDATION;
	}
	fail(event, event->result_type, "TLS alert of the client: %s",
		tls_alert_name(alert->code, room));
}

/* False: what was seen proves neither success nor failure. */
static bool judge_sts(const struct subject *subject, struct tlsrpt_event *event)
{
	const struct bound_policy *policy = event->policy;

	if (policy->mx_matches == ANSWER_NO) {
		fail(event, VALIDATION, "%.100s matches no mx of the policy",
			subject->evidence->mx);
		return true;
	}
	return judge_certificate(subject, event) ||
	       (policy->mx_matches == ANSWER_YES && policy->certificate_matches == ANSWER_YES);
}

static bool judge_tlsa(const struct subject *subject, struct tlsrpt_event *event)
{
	if (event->policy->certificate_matches == ANSWER_NO)
		fail(event, VALIDATION, "%s", subject->evidence->dane_why);
	return event->policy->certificate_matches != ANSWER_UNKNOWN;
}

static bool judge(const struct subject *subject, enum attempt attempt, struct tlsrpt_event *event)
{
	switch (attempt) {
	case ATTEMPT_REFUSED:
		judge_refused(subject, event);
		return true;
	case ATTEMPT_FAILED:
		judge_failed(subject, event);
		return true;
	case ATTEMPT_TLS:
		if (event->type == TLSRPT_TLSA)
			return judge_tlsa(subject, event);
		return event->type == TLSRPT_NO_POLICY || judge_sts(subject, event);
	default:
		return false;
	}
}

/* The only domain that the server is bound for, as far as is known, where no recipient was seen. */
static bool only_candidate(const struct evidence *evidence, const struct bound_policy *policy)
{
	for (size_t i = 0; i < evidence->policy_count; i++) {
		const struct bound_policy *other = &evidence->policies[i];

		if (other->type != POLICY_TLSA && strcmp(other->domain, policy->domain) != 0)
			return false;
	}
	return !evidence->mx_ambiguous;
}

/* In force when the session began, as far as is known: a sender can't keep what it has not met. */
static bool in_force(const struct record *record, const struct bound_policy *policy)
{
	return !policy->expired && policy->since <= record->flow.first / 1000000000;
}

/* Whether the attempt counts for @policy, and as what. */
static bool counts(const struct subject *subject, const struct bound_policy *policy,
	struct tlsrpt_event *event)
{
	const struct evidence *evidence = subject->evidence;
	bool known = policy->recipient_seen;
	bool sure = known && policy->mx_matches != ANSWER_UNKNOWN; /* else it may be a relay */

	if (policy->type == POLICY_LIST || !in_force(subject->record, policy))
		return false;
	if (policy->type == POLICY_TLSA) {
		known = !evidence->mx_ambiguous;
		sure = evidence->mx_source !=
		       MX_DNS_RESOLVED; /* what others' look-ups say may differ */
	} else if (!known) {
		known = !subject->record->smtp.recipient_domains.n &&
			only_candidate(evidence, policy);
	}
	if (!known)
		return false;
	*event = (struct tlsrpt_event){
		.policy = policy,
		.type = policy->type == POLICY_TLSA     ? TLSRPT_TLSA
			: policy->mode == POLICY_NONE ? TLSRPT_NO_POLICY
							: TLSRPT_STS,
		.confidence = sure ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY,
	};
	return true;
}

/* A certificate that TLSA records name is right, whatever MTA-STS says of it (RFC 8461 2). */
static bool overruled(const struct evidence *evidence, const struct tlsrpt_event *event)
{
	bool certificate =
		event->result_type && strncmp(event->result_type, "certificate-", 12) == 0;

	if (event->type == TLSRPT_TLSA || !certificate)
		return false;
	for (size_t i = 0; i < evidence->policy_count; i++)
		if (evidence->policies[i].type == POLICY_TLSA &&
			evidence->policies[i].certificate_matches == ANSWER_YES)
			return true;
	return false;
}

size_t tlsrpt_judge(const struct subject *subject, struct tlsrpt_event out[TLSRPT_EVENTS_MAX])
{
	const struct evidence *evidence = subject->evidence;
	enum attempt attempt = evidence->policy_count ? attempt_of(subject) : ATTEMPT_NONE;
	size_t n = 0;

	if (attempt == ATTEMPT_NONE || !scope_may_alert(subject->scope, subject->record))
		return 0;
	for (size_t i = 0; i < evidence->policy_count; i++)
		if (counts(subject, &evidence->policies[i], &out[n]) &&
			judge(subject, attempt, &out[n]) && !overruled(evidence, &out[n]))
			n++;
	return n;
}
