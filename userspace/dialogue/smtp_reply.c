// SPDX-License-Identifier: BSD-2-Clause
/* What the answers to commands mean. */
#include "dialogue/smtp_private.h"

/* Replies without a command that are worth an observation: one may be chance, more say no more. */
#define UNEXPECTED_MAX 2

/* EHLO. */

void smtp_ehlo_begins(struct smtp *smtp)
{
	smtp->talk->reply.ehlo = true;
	ehlo_begin(&smtp->talk->ehlo);
	smtp_strings_free(&smtp->facts.extensions);
	smtp->facts.offer = OFFER_UNKNOWN;
	smtp->facts.ehlo_complete = false;
}

void smtp_keyword(struct smtp *smtp, struct bytes text)
{
	ehlo_line(&smtp->talk->ehlo, text);
	smtp_strings_add(&smtp->facts.extensions, text, SMTP_EXTENSIONS_MAX, SMTP_EXTENSION_TEXT);
	if (ehlo_has(&smtp->talk->ehlo, EHLO_STARTTLS))
		smtp->facts.offer = OFFER_OFFERED;
}

/*
 * A 250 that nobody is known to have asked for is an EHLO's answer if its lines are keywords. The
 * first line seen begins the list at once where there is no list yet that could be lost.
 */
void smtp_perhaps_keyword(struct smtp *smtp, struct bytes text)
{
	struct ehlo trial;

	if (smtp->ehlo_torn && smtp->talk->reply.fragment) {
		smtp->talk->reply.ehlo = true;
		smtp_keyword(smtp, text);
		return;
	}
	ehlo_begin(&trial);
	ehlo_line(&trial, text);
	if (!ehlo_is_recognised(&trial) && (smtp->talk->reply.fragment || smtp->facts.extensions.n))
		return;
	smtp_ehlo_begins(smtp);
	smtp_keyword(smtp, text);
}

static void observe_mask(struct smtp *smtp, enum observation_kind kind, uint16_t index, bool ended)
{
	const char *text =
		index == EHLO_NO_LINE ? NULL : smtp_strings_get(&smtp->facts.extensions, index);

	if (text)
		observe_text(smtp->observations, kind, SERVER, smtp->talk->now, "%u%c%s",
			smtp->talk->reply.code, ended && index + 1u == smtp->talk->ehlo.lines ? ' ' : '-',
			text);
}

/* @ended: by its last line; else what is missing may hold anything. */
void smtp_ehlo_ends(struct smtp *smtp, bool ended)
{
	bool whole = ended && !smtp->talk->reply.fragment;
	uint16_t mangled = ehlo_mangled(&smtp->talk->ehlo);

	smtp->talk->reply.ehlo = false;
	if (!smtp_is_ehlo(smtp->talk->reply.to) && !ehlo_is_recognised(&smtp->talk->ehlo)) {
		/* It was some other list. */
		smtp_strings_free(&smtp->facts.extensions);
		return;
	}
	smtp_is_recognised(smtp);
	smtp_strings_trim(&smtp->facts.extensions);
	smtp->facts.ehlo_complete = whole;
	smtp->ehlo_fate = EHLO_ACCEPTED;
	smtp->ehlo_torn = !ended;
	observe_mask(smtp, OBS_KEYWORD_MASKED, mangled, ended);
	observe_mask(smtp, OBS_KEYWORD_MASKED_OTHER, ehlo_masked_other(&smtp->talk->ehlo), ended);
	if (whole && smtp->facts.offer != OFFER_OFFERED)
		smtp->facts.offer = mangled != EHLO_NO_LINE ? OFFER_MANGLED : OFFER_ABSENT;
}

static void ehlo_refused(struct smtp *smtp, const struct line *line)
{
	smtp->facts.ehlo_refused = true;
	smtp->ehlo_fate = EHLO_REFUSED;
	smtp_set_text(&smtp->facts.ehlo_refusal, line->text, SMTP_REPLY_TEXT);
}

void smtp_reply_abandon(struct smtp *smtp)
{
	if (smtp->talk->reply.ehlo)
		smtp_ehlo_ends(smtp, false);
	smtp->talk->reply.open = false;
}

/* STARTTLS. */

static void tls_due(struct smtp *smtp)
{
	smtp_settle(smtp, smtp->talk->pending.n);
	smtp->client_since_220 = false;
	smtp->guessed_220 = false;
	smtp->transaction = TRANSACTION_NONE;
	smtp->facts.starttls_accepted = true;
	smtp_enter(smtp, SERVER, SERVER_TLS_DUE);
	if (smtp->state[CLIENT] != CLIENT_TLS)
		smtp_enter(smtp, CLIENT, CLIENT_TLS_DUE);
}

static void starttls_answered(struct smtp *smtp, unsigned int code)
{
	smtp->facts.starttls_reply_code = (uint16_t)code;
	if (code == 220) {
		tls_due(smtp);
		return;
	}
	observe(smtp->observations, OBS_STARTTLS_REFUSED, SERVER, smtp->talk->now,
		bytes_str(smtp->facts.starttls_reply));
	if (smtp->state[CLIENT] == CLIENT_STARTTLS)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}

void smtp_tls_began(struct smtp *smtp)
{
	if (smtp->state[SERVER] != SERVER_TLS_DUE || !smtp->guessed_220)
		return;
	smtp->facts.starttls_accepted = true;
	smtp->facts.starttls_reply_code = 220;
	smtp_is_recognised(smtp);
}

/* DATA, BDAT. */

static void begin_content(struct smtp *smtp, bool hole)
{
	content_begin(&smtp->talk->content, smtp->data_bare);
	smtp->content_hole |= hole;
	if (smtp->content_hole)
		content_gap(&smtp->talk->content);
	smtp_enter(smtp, CLIENT, CLIENT_CONTENT);
}

static void data_accepted(struct smtp *smtp)
{
	pending_become(&smtp->talk->pending, PENDING_CONTENT);
	smtp->confirmed = true;
	smtp->replies_due = smtp->recipients;
	if (smtp->passed) {
		/* It did not wait for this. */
		smtp->facts.cleartext_mail |= smtp->content_is_mail;
		return;
	}
	switch (smtp->state[CLIENT]) {
	case CLIENT_DATA:
		begin_content(smtp, false);
		break;
	case CLIENT_START:
	case CLIENT_GAP:
	case CLIENT_COMMAND:
		/* Its first bytes were missed, or taken for commands. */
		begin_content(smtp, true);
		break;
	default:
		break;
	}
}

static void data_refused(struct smtp *smtp)
{
	pending_pop(&smtp->talk->pending);
	if (smtp->state[CLIENT] == CLIENT_DATA)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
	else if (smtp->state[CLIENT] == CLIENT_CONTENT && !smtp->confirmed)
		smtp_enter(smtp, CLIENT, CLIENT_GAP);
}

/* The reply to the lone dot: what the server calls the end is the end. */
static void content_answered(struct smtp *smtp, unsigned int code)
{
	bool lost = smtp->content_hole || !smtp->seen[CLIENT];

	if (smtp->facts.helo_verb == HELO_LHLO && smtp->replies_due > 1) {
		smtp->replies_due--;
	} else {
		pending_pop(&smtp->talk->pending);
		smtp->replies_due = 0;
	}
	if (lost && code != 421)
		smtp->facts.cleartext_mail |= smtp->content_is_mail;
	if (smtp->state[CLIENT] != CLIENT_CONTENT)
		return;
	if (smtp->talk->content.loose_end) {
		smtp_content_ends(smtp);
	} else if (lost && code != 421) {
		/* The dot went missing, and perhaps commands with it. */
		smtp->transaction = TRANSACTION_UNKNOWN;
		smtp_enter(smtp, CLIENT, CLIENT_GAP);
		smtp_lose_step(smtp);
	}
}

static void chunk_answered(struct smtp *smtp, unsigned int kind, unsigned int code)
{
	bool seen = kind == PENDING_CHUNK || kind == PENDING_CHUNK_LAST;
	bool last = kind == PENDING_BDAT_LAST || kind == PENDING_CHUNK_LAST;

	if (smtp_is_positive(code) && seen)
		smtp->facts.cleartext_mail = true;
	else if (smtp_is_positive(code))
		smtp->chunk_accepted = true;
	if (!last || smtp->facts.helo_verb != HELO_LHLO) {
		pending_pop(&smtp->talk->pending);
		return;
	}
	if (!smtp->replies_due)
		smtp->replies_due = smtp->recipients;
	if (smtp->replies_due <= 1)
		pending_pop(&smtp->talk->pending);
	if (smtp->replies_due)
		smtp->replies_due--;
}

/* Other commands. */

static void mail_answered(struct smtp *smtp, unsigned int code)
{
	if (smtp_is_positive(code))
		smtp->facts.transactions++;
	/* Nothing that a later command opened is closed by this. */
	else if (smtp_is_refusal(code) && smtp->transaction == TRANSACTION_OPEN) {
		for (size_t i = 0; i < smtp->talk->pending.n; i++)
			if (pending_get(&smtp->talk->pending, i).kind == VERB_MAIL)
				return;
		smtp->transaction = TRANSACTION_NONE;
		if (smtp->state[CLIENT] == CLIENT_DATA)
			smtp->content_is_mail = false;
	}
}

static void auth_answered(struct smtp *smtp, unsigned int code)
{
	smtp->challenged = code == 334;
	if (smtp->challenged)
		return;
	pending_pop(&smtp->talk->pending);
	if (smtp->state[CLIENT] == CLIENT_AUTH)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}

static void xexch50_answered(struct smtp *smtp, unsigned int code)
{
	if (code != 354) {
		pending_pop(&smtp->talk->pending);
		return;
	}
	/* One more reply comes behind the octets. */
	pending_become(&smtp->talk->pending, VERB_UNKNOWN);
	if (!smtp->talk->left || smtp->state[CLIENT] != CLIENT_COMMAND)
		return;
	smtp->content_is_mail = false;
	smtp->talk->content.header = false;
	smtp->chunk_begun = true;
	smtp_enter(smtp, CLIENT, CLIENT_CHUNK);
}

/* The last line of a reply that answers the command at the front. */
void smtp_answer(struct smtp *smtp, unsigned int kind, const struct smtp_reply_line *reply,
	const struct line *line)
{
	unsigned int code = reply->code;

	switch (kind) {
	case VERB_DATA:
		if (code == 354)
			data_accepted(smtp);
		else
			data_refused(smtp);
		return;
	case PENDING_CONTENT:
		content_answered(smtp, code);
		return;
	case VERB_BDAT:
	case PENDING_BDAT_LAST:
	case PENDING_CHUNK:
	case PENDING_CHUNK_LAST:
		chunk_answered(smtp, kind, code);
		return;
	case VERB_AUTH:
		auth_answered(smtp, code);
		return;
	case VERB_XEXCH50:
		xexch50_answered(smtp, code);
		return;
	case VERB_RCPT:
		if (smtp_is_positive(code)) {
			smtp->recipients++;
			smtp_settle(smtp, 1);
			return;
		}
		break;
	default:
		break;
	}
	pending_pop(&smtp->talk->pending);
	if (smtp_is_ehlo(kind) && smtp_is_refusal(code))
		ehlo_refused(smtp, line);
	else if (smtp_is_starttls(kind))
		starttls_answered(smtp, code);
	else if (kind == VERB_HELO && smtp_is_positive(code))
		smtp_went_on(smtp);
	else if (kind == VERB_MAIL)
		mail_answered(smtp, code);
	else if ((kind == VERB_TURN || kind == VERB_ATRN) && smtp_is_positive(code))
		smtp_give_up(smtp, false);
	else if (kind == PENDING_MASKED && code >= 500)
		observe_text(smtp->observations, OBS_EHLO_MASKED, CLIENT, smtp->talk->now,
			"first command XXXX, answered %u", code);
}

/* A reply whose command was not seen. */
void smtp_unasked(struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line)
{
	unsigned int code = reply->code;

	if (smtp->talk->reply.to == PENDING_HOLE && code == 220 && !smtp->facts.starttls_accepted) {
		/* To STARTTLS, perhaps. What follows tells. */
		smtp->guessed_220 = true;
		smtp_enter(smtp, SERVER, SERVER_TLS_DUE);
	}
	/* 421 may come at any time, RFC 5321 3.8. */
	if (smtp->talk->reply.to != PENDING_NONE || code == 421 || smtp->unexpected >= UNEXPECTED_MAX)
		return;
	smtp->unexpected++;
	observe(smtp->observations, OBS_REPLY_UNEXPECTED, SERVER, smtp->talk->now, line->text);
}
