// SPDX-License-Identifier: BSD-2-Clause
/* The server's lines: replies, and whom each of them answers. What an answer means: smtp_reply.c.
 */
#include "dialogue/echo.h"
#include "dialogue/family.h"
#include "dialogue/smtp_private.h"

/* RFC 5321 4.2; anything may stand behind the code of the last line. False: no reply line. */
static bool parse(struct bytes b, struct smtp_reply_line *out)
{
	uint64_t code;
	struct bytes digits;
	uint8_t separator = ' ';

	if (!bytes_take(&b, 3, &digits) || !text_parse_uint(digits, 999, &code) || code < 200)
		return false;
	if (b.n && (b.p[0] == '-' || b.p[0] == ' ' || b.p[0] == '\t'))
		bytes_u8(&b, &separator);
	*out = (struct smtp_reply_line){
		.code = (unsigned int)code, .text = b, .last = separator != '-'
	};
	return true;
}

/* Greeting. */

/* "220 ****": overwritten, or typed so by the product; some keep the digits 2 and 0 (C3). */
static bool is_masked_banner(struct bytes text)
{
	size_t stars = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (!memchr("20* \t", text.p[i], 5))
			return false;
		stars += text.p[i] == '*';
	}
	return stars > 0;
}

static void greeting(
	struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line)
{
	struct bytes rest = reply->text, host = command_word(&rest);

	smtp->facts.greeting_code = (uint16_t)reply->code;
	if (host.n)
		smtp_set_text(&smtp->facts.greeting_host, host, SMTP_HOST_TEXT);
	smtp->facts.greeting_family = (uint8_t)family_of_greeting(reply->text);
	smtp_is_recognised(smtp);
	if (is_masked_banner(reply->text))
		observe(smtp->observations, OBS_BANNER_MASKED, SERVER, smtp->talk->now, line->text);
}

/* It was captured, so nothing of the server's came before it, and of the client's nothing either.
 */
static void greeting_settles(struct smtp *smtp)
{
	smtp->server_hole = false;
	if (!smtp->midstream)
		return;
	smtp->client_hole = false;
	smtp->talk->reply.fragment = false;
	if (pending_front(&smtp->talk->pending) == PENDING_HOLE)
		pending_pop(&smtp->talk->pending);
	if (smtp->state[CLIENT] == CLIENT_GAP)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
	if (smtp->facts.mail_attempted)
		smtp_went_on(smtp);
}

/* Is the first reply after a late start the greeting? STARTTLS and XCLIENT are answered 220, too.
 */
static bool is_late_greeting(const struct smtp *smtp, const struct smtp_reply_line *reply)
{
	if (!smtp->midstream || smtp->facts.replies || smtp->facts.greeting_code ||
		reply->code != 220)
		return false;
	for (size_t i = 0; i < smtp->talk->pending.n; i++) {
		unsigned int kind = pending_get(&smtp->talk->pending, i).kind;

		if (smtp_is_starttls(kind) || kind == VERB_XCLIENT)
			return false;
	}
	return text_contains(reply->text, "SMTP") || !text_contains(reply->text, "TLS");
}

/* Whom a reply answers. */

static bool answers(unsigned int code, unsigned int kind)
{
	switch (code) {
	case 354:
		return kind == VERB_DATA || kind == VERB_XEXCH50;
	case 334:
		return kind == VERB_AUTH;
	case 220:
		return smtp_is_starttls(kind) || kind == VERB_XCLIENT;
	default:
		return false;
	}
}

/* 354, and no DATA was seen. */
static unsigned int unseen_data(struct smtp *smtp)
{
	smtp_settle(smtp, smtp->talk->pending.n);
	smtp->content_is_mail = smtp->transaction != TRANSACTION_NONE || !smtp->seen[CLIENT];
	smtp->passed = false;
	smtp_expect(smtp, VERB_DATA, PENDING_NO_DOMAIN);
	smtp_expect(smtp, PENDING_HOLE, PENDING_NO_DOMAIN);
	return VERB_DATA;
}

/* 334, and no AUTH was seen. */
static unsigned int unseen_auth(struct smtp *smtp)
{
	smtp_settle(smtp, smtp->talk->pending.n);
	smtp_expect(smtp, VERB_AUTH, PENDING_NO_DOMAIN);
	smtp_expect(smtp, PENDING_HOLE, PENDING_NO_DOMAIN);
	if (smtp->state[CLIENT] == CLIENT_START || smtp->state[CLIENT] == CLIENT_COMMAND ||
		smtp->state[CLIENT] == CLIENT_GAP)
		smtp_enter(smtp, CLIENT, CLIENT_AUTH);
	return VERB_AUTH;
}

/* Behind a hole, a reply that only one command can have says for itself whom it answers. */
static unsigned int guess(struct smtp *smtp, unsigned int code)
{
	for (size_t i = 0; i < smtp->talk->pending.n; i++) {
		unsigned int kind = pending_get(&smtp->talk->pending, i).kind;

		if (answers(code, kind)) {
			smtp_settle(smtp, i);
			return kind;
		}
	}
	return code == 354 ? unseen_data(smtp) : code == 334 ? unseen_auth(smtp) : PENDING_HOLE;
}

static unsigned int addressee(struct smtp *smtp, const struct smtp_reply_line *reply)
{
	unsigned int front = pending_front(&smtp->talk->pending);
	bool first = smtp->state[SERVER] == SERVER_GREETING;

	/* Whatever code a greeting has, an answer to EHLO has 250, or comes second. */
	smtp_enter(smtp, SERVER, SERVER_REPLY);
	if (first && (reply->code == 220 || smtp_is_refusal(reply->code)))
		return PENDING_GREETING;
	if (is_late_greeting(smtp, reply))
		return PENDING_GREETING;
	if (front != PENDING_NONE && front != PENDING_HOLE)
		return front;
	if (front == PENDING_HOLE || !smtp->seen[CLIENT])
		return guess(smtp, reply->code);
	return PENDING_NONE;
}

/* Wording. */

static void check_family(struct smtp *smtp, const char *decisive)
{
	unsigned int greeting_family = smtp->facts.greeting_family;

	if (!smtp->ordinary_family || !smtp->decisive_family ||
		smtp->decisive_family == greeting_family || !decisive)
		return;
	observe_text(smtp->observations, OBS_FAMILY_MISMATCH, SERVER, smtp->talk->now,
		"greeting and replies of %s, but of %s: %s", smtp_family_name(greeting_family),
		smtp_family_name(smtp->decisive_family), decisive);
}

/* The reply that decided, whichever it was. */
static const char *decisive_text(const struct smtp *smtp)
{
	if (smtp->facts.starttls_reply && !smtp->facts.starttls_accepted)
		return smtp->facts.starttls_reply;
	return smtp->facts.ehlo_refusal;
}

static void note_family(struct smtp *smtp, const struct smtp_reply_line *reply, bool decisive)
{
	unsigned int family;

	/* One ordinary reply is enough, and without a greeting that says something all are useless. */
	if (!smtp->facts.greeting_family || (!decisive && smtp->ordinary_family))
		return;
	family = family_of_reply(reply->code, reply->text);
	if (family == FAMILY_UNKNOWN)
		return;
	if (decisive)
		smtp->decisive_family = (uint8_t)family;
	else if (family == smtp->facts.greeting_family)
		smtp->ordinary_family = true;
	check_family(smtp, decisive_text(smtp));
}

/* STARTTLS. */

static void starttls_reply(
	struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line)
{
	smtp->facts.starttls_reply_code = (uint16_t)reply->code;
	smtp->facts.starttls_accepted = false;
	smtp_set_text(&smtp->facts.starttls_reply, line->text, SMTP_REPLY_TEXT);
}

/*
 * Text behind the 220 to STARTTLS. True if it is no reply to anything.
 *
 * With no byte of the client's in between, the client takes it for what the server says under TLS
 * (C15). Behind a ClientHello, it stands where the ServerHello is due (C9).
 */
static bool text_behind_220(struct smtp *smtp, const struct line *line)
{
	if (!line->text.n)
		return true;
	if (!smtp->guessed_220 && !smtp->client_since_220) {
		if (!observations_find(smtp->observations, OBS_RESPONSE_AFTER_220))
			observe(smtp->observations, OBS_RESPONSE_AFTER_220, SERVER, smtp->talk->now,
				line->text);
		return true;
	}
	if (!smtp->guessed_220 && smtp->state[CLIENT] == CLIENT_TLS)
		observe(smtp->observations, OBS_TLS_REPLACED_BY_TEXT, SERVER, smtp->talk->now,
			line->text);
	smtp_enter(smtp, SERVER, SERVER_REPLY);
	smtp_lose_step(smtp);
	return false;
}

/* Replies, line by line. */

static void reply_begins(
	struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line)
{
	bool fragment = smtp->state[SERVER] == SERVER_GAP;
	unsigned int to = addressee(smtp, reply);
	bool refused = smtp_is_ehlo(to) ? smtp_is_refusal(reply->code)
					: smtp_is_starttls(to) && reply->code != 220;

	smtp->talk->reply = (struct reply){
		.code = (uint16_t)reply->code, .to = (uint8_t)to, .open = true, .fragment = fragment
	};
	if (to == PENDING_GREETING) {
		greeting(smtp, reply, line);
		greeting_settles(smtp);
	}
	/* RFC 5321 4.1.1.1: it is 250. Another code's single line answers another command. */
	if (smtp_is_ehlo(to) && smtp_is_positive(reply->code) && (reply->code == 250 || !reply->last))
		smtp_ehlo_begins(smtp);
	if (smtp_is_ehlo(to) && refused)
		smtp_set_text(&smtp->facts.ehlo_refusal, line->text, SMTP_REPLY_TEXT);
	if (smtp_is_starttls(to))
		starttls_reply(smtp, reply, line);
	if (to < COMMAND_VERBS && echo_differs(reply->code, reply->text, to))
		observe_text(smtp->observations, OBS_COMMAND_ECHO, SERVER, smtp->talk->now,
			"the client sent %s, the server answers %u %.*s", command_name(to),
			reply->code,
			(int)(reply->text.n < SMTP_REPLY_TEXT ? reply->text.n : SMTP_REPLY_TEXT),
			(const char *)reply->text.p);
	if (to != PENDING_GREETING && to != PENDING_HOLE && to != PENDING_NONE)
		note_family(smtp, reply, refused);
}

static void reply_continues(struct smtp *smtp, const struct smtp_reply_line *reply)
{
	bool first = smtp->talk->reply.lines == 0;

	if (smtp->talk->reply.to == PENDING_GREETING && text_contains(reply->text, "SMTP"))
		smtp->greeting_is_smtp = true;
	if (smtp->talk->reply.ehlo && !first)
		smtp_keyword(smtp, reply->text);
	else if (smtp->talk->reply.to == PENDING_HOLE && reply->code == 250 &&
		 (!first || smtp->talk->reply.fragment))
		smtp_perhaps_keyword(smtp, reply->text);
	if (smtp->talk->reply.lines < UINT16_MAX)
		smtp->talk->reply.lines++;
}

static void reply_ends(
	struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line)
{
	unsigned int to = smtp->talk->reply.to, front = pending_front(&smtp->talk->pending);

	smtp->talk->reply.open = false;
	smtp->facts.replies++;
	if (smtp->talk->reply.ehlo)
		smtp_ehlo_ends(smtp, smtp_is_positive(reply->code));
	if (to == PENDING_GREETING)
		return;
	if (to == PENDING_HOLE || to == PENDING_NONE || front == PENDING_NONE ||
		front == PENDING_HOLE)
		smtp_unasked(smtp, reply, line);
	else
		smtp_answer(smtp, front, reply, line);
}

/* Replies quote mailboxes and credentials: what is not known to be free of them is private. */
static void hide(struct smtp *smtp, const struct smtp_reply_line *reply, const struct line *line)
{
	unsigned int to = smtp->talk->reply.to;
	bool has_text = reply->text.n > 0;
	bool quotes = to == VERB_MAIL || to == VERB_RCPT || to == VERB_VRFY || to == VERB_EXPN ||
		      to == VERB_AUTH || to == VERB_UNKNOWN || to == PENDING_HOLE ||
		      to == PENDING_NONE;

	if (has_text && !smtp->talk->reply.ehlo && (quotes || memchr(reply->text.p, '@', reply->text.n)))
		smtp_private(smtp, SERVER, line, line->text.n - reply->text.n, line->text.n);
	else if (line->cut)
		smtp_private(smtp, SERVER, line, line->text.n, line->text.n);
}

void smtp_server_line(struct smtp *smtp, const struct line *line)
{
	struct smtp_reply_line reply;

	if (smtp->state[SERVER] == SERVER_TLS_DUE && text_behind_220(smtp, line))
		return;
	if (!parse(line->text, &reply)) {
		/* Inside a reply it is passed over; as the first line it is another protocol. */
		smtp_private_line(smtp, SERVER, line);
		if (smtp->state[SERVER] == SERVER_GREETING && line->text.n)
			smtp_give_up(smtp, true);
		return;
	}
	if (!smtp->talk->reply.open)
		reply_begins(smtp, &reply, line);
	reply_continues(smtp, &reply);
	if (smtp->privacy)
		hide(smtp, &reply, line);
	if (reply.last)
		reply_ends(smtp, &reply, line);
}
