// SPDX-License-Identifier: BSD-2-Clause
/* Facts of the dialogue in clear. */
#include "judge/find.h"

#include "base/text.h"

/*
 * Consecutive sessions without the offer after which a server that is known to be a pool of uneven
 * hosts counts as having lost it.
 */
#define MIXED_MISSES 3

/* A clear session this long after a failed attempt may be its retry: Postfix queues up to hours. */
#define RETRY_WINDOW (24 * 3600 * (int64_t)1000000000)

/* "EHLO reply: PIPELINING, SIZE 1000, …" */
static void prove_extensions(struct looking *look)
{
	const struct smtp_facts *smtp = &look->record->smtp;
	struct text list = { 0 };

	for (const char *line = smtp_strings_next(&smtp->extensions, NULL); line;
		line = smtp_strings_next(&smtp->extensions, line)) {
		if (list.n > 400)
			break;
		text_printf(&list, "%s%s", list.n ? ", " : "", line);
	}
	prove(look->out, "whole EHLO reply, no STARTTLS in it: %s", list.n ? list.s : "(no keywords)");
	text_free(&list);
}

static bool offer_missing(const struct record *record)
{
	return record->smtp.offer == OFFER_ABSENT || record->smtp.offer == OFFER_MANGLED;
}

bool find_starttls_absent(struct looking *look)
{
	if (look->record->smtp.offer != OFFER_ABSENT)
		return false;
	prove_extensions(look);
	prove_clear_mail(look);
	prove_expired(look);
	return true;
}

bool find_starttls_lost(struct looking *look)
{
	const struct history_facts *history = &look->evidence->history;
	const struct record *record = look->record;
	struct text when = { 0 };

	if (!history->offered_count)
		return false;
	if (!offer_missing(record) &&
		!(record->smtp.offer == OFFER_NO_EHLO && record->smtp.ehlo_refused))
		return false;
	/* A pool of uneven hosts behind one address: one miss says nothing. */
	if (history->offered_mixed && history->missed_count + 1 < MIXED_MISSES)
		return false;
	text_time(&when, history->offered_last);
	if (offer_missing(record))
		prove_extensions(look);
	else
		prove(look->out, "EHLO refused: %s",
			record->smtp.ehlo_refusal ? record->smtp.ehlo_refusal : "");
	prove(look->out, "this server offered STARTTLS %u time%s before, last at %s", history->offered_count,
		history->offered_count == 1 ? "" : "s", when.s);
	if (history->missed_count)
		prove(look->out, "since then %u session%s without the offer", history->missed_count,
			history->missed_count == 1 ? "" : "s");
	prove_clear_mail(look);
	text_free(&when);
	look->out->confidence = !history->offered_to_client || history->offered_mixed ?
					CONFIDENCE_HINT :
					CONFIDENCE_LIKELY;
	/* Servers may be set up to offer it to some only (F5): a hint is no reason to wake somebody. */
	if (!mail_in_clear(record) || look->out->confidence == CONFIDENCE_HINT)
		look->out->severity = SEVERITY_MEDIUM;
	return true;
}

bool find_starttls_mangled(struct looking *look)
{
	bool whole = look->record->smtp.offer == OFFER_MANGLED;

	if (!observed(look, OBS_KEYWORD_MASKED))
		return false;
	/* Offered all the same: what was masked is another keyword. */
	if (look->record->smtp.offer == OFFER_OFFERED)
		return false;
	look->out->confidence = whole ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
	(void)observed(look, OBS_BANNER_MASKED);
	prove_clear_mail(look);
	return true;
}

bool find_starttls_command_mangled(struct looking *look)
{
	if (!observed(look, OBS_COMMAND_MASKED))
		return false;
	prove_clear_mail(look);
	return true;
}

bool find_starttls_refused(struct looking *look)
{
	if (!observed(look, OBS_STARTTLS_REFUSED))
		return false;
	prove_clear_mail(look);
	if (!look->record->smtp.cleartext_mail)
		look->out->severity = SEVERITY_LOW;
	return true;
}

bool find_starttls_swallowed(struct looking *look)
{
	struct text lasted = { 0 };

	if (!look->record->server_silent_after_starttls)
		return false;
	look->out->time = look->record->starttls_time;
	look->out->confidence = CONFIDENCE_LIKELY;
	text_duration(&lasted, look->record->flow.last - look->record->starttls_time);
	prove(look->out, "C: STARTTLS");
	prove(look->out, "no answer, though the connection lasted another %s", lasted.s);
	text_free(&lasted);
	return true;
}

/* A hole in the client's direction may hide the command; a late start or an early end can't. */
static bool request_may_hide(const struct record *record)
{
	switch (record->unknown[AXIS_REQUEST]) {
	case UNKNOWN_NOT:
	case UNKNOWN_MIDSTREAM:
	case UNKNOWN_END:
		return false;
	default:
		return true;
	}
}

bool find_starttls_not_requested(struct looking *look)
{
	const struct smtp_facts *smtp = &look->record->smtp;

	if (smtp->offer != OFFER_OFFERED || smtp->starttls_requested || !mail_in_clear(look->record))
		return false;
	if (request_may_hide(look->record))
		return false;
	prove(look->out, "S: STARTTLS was offered");
	prove(look->out, "C: never asked for it");
	prove_clear_mail(look);
	return true;
}

bool find_tls_no_longer_requested(struct looking *look)
{
	const struct history_facts *history = &look->evidence->history;
	struct text when = { 0 };

	if (!history->client_tls_last || !find_starttls_not_requested(look))
		return false;
	look->out->confidence = CONFIDENCE_LIKELY;
	text_time(&when, history->client_tls_last);
	prove(look->out, "this client used TLS with this server at %s", when.s);
	text_free(&when);
	return true;
}

bool find_ehlo_rejected(struct looking *look)
{
	if (!observed(look, OBS_EHLO_REJECTED))
		return false;
	prove_clear_mail(look);
	return true;
}

bool find_ehlo_mangled(struct looking *look)
{
	return observed(look, OBS_EHLO_MASKED);
}

bool find_command_echo_mangled(struct looking *look)
{
	return observed(look, OBS_COMMAND_ECHO);
}

bool find_reply_family_mismatch(struct looking *look)
{
	look->out->confidence = CONFIDENCE_LIKELY;
	return observed(look, OBS_FAMILY_MISMATCH);
}

bool find_plaintext_after_starttls(struct looking *look)
{
	return observed(look, OBS_PLAINTEXT_AFTER_STARTTLS);
}

bool find_response_after_220(struct looking *look)
{
	return observed(look, OBS_RESPONSE_AFTER_220);
}

bool find_no_tls_after_220(struct looking *look)
{
	if (!observed(look, OBS_NO_TLS_AFTER_220))
		return false;
	prove_clear_mail(look);
	return true;
}

bool find_cleartext_retry(struct looking *look)
{
	const struct history_facts *history = &look->evidence->history;
	const struct record *record = look->record;
	int64_t since = record->flow.first - history->failure_last;
	struct text ago = { 0 };

	if (!history->failure_last || since < 0 || since > RETRY_WINDOW || !mail_in_clear(record))
		return false;
	look->out->confidence = since < RETRY_WINDOW / 24 ? CONFIDENCE_CERTAIN : CONFIDENCE_LIKELY;
	if (history->failure_tampered)
		look->out->severity = SEVERITY_HIGH;
	text_duration(&ago, since);
	prove(look->out, "this client's attempt at TLS with this server failed %s earlier (session %s)",
		ago.s, history->failure_session);
	prove_clear_mail(look);
	text_free(&ago);
	return true;
}
