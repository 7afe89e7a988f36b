// SPDX-License-Identifier: BSD-2-Clause
/* What the client's lines mean. */
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "dialogue/smtp_private.h"

/* An argument too long for a host name is kept as a sample of this size only. */
#define HELO_SAMPLE 60

/* Bytes of a line shown as evidence before its argument: a verb, or what stands in its place. */
#define VERB_TEXT 24

static bool is_all_x(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != 'X')
			return false;
	return name.n > 0;
}

/* Is the argument free of mailboxes, credentials and free text? */
static bool is_public(const struct command *command)
{
	switch (command->verb) {
	case VERB_EHLO:
	case VERB_HELO:
	case VERB_LHLO:
	case VERB_STARTTLS:
	case VERB_ANONYMOUSTLS:
	case VERB_BDAT:
	case VERB_ETRN:
	case VERB_PROXY:
	case VERB_XEXCH50:
		return true;
	default:
		return false;
	}
}

/* A line as evidence: "MAIL <*@example.com>", "EHLO mx.example.com", "(no command)". */
static void show(struct text *text, const struct command *command)
{
	struct bytes domain = { 0 };

	if (command->verb == VERB_UNKNOWN && !is_all_x(command->name)) {
		text_puts(text, "(no command)");
		return;
	}
	text_printable(text, command->name, VERB_TEXT);
	if ((command->verb == VERB_MAIL || command->verb == VERB_RCPT) &&
		command_path(command->argument, &domain) && domain.n) {
		text_puts(text, " <*@");
		text_printable(text, domain, SMTP_HOST_TEXT);
		text_putc(text, '>');
	} else if (is_public(command) && command->argument.n) {
		text_putc(text, ' ');
		observation_text(text, command->argument, OBSERVATION_TEXT);
	}
}

static void observe_line(
	struct smtp *smtp, enum observation_kind kind, const char *before, const struct line *line)
{
	struct text text = { 0 };
	struct command command;

	text_puts(&text, before);
	if (command_parse(line->text, &command))
		show(&text, &command);
	observe_text(smtp->observations, kind, CLIENT, smtp->talk->now, "%s", text.s);
	text_free(&text);
}

/* Privacy: all of the argument, or of a path all but the domain of its mailbox. */

static size_t place(const struct line *line, const uint8_t *p)
{
	return (size_t)(p - line->text.p);
}

static void hide_path(struct smtp *smtp, const struct line *line, const struct command *command,
	struct bytes domain)
{
	const uint8_t *colon = memchr(command->argument.p, ':', command->argument.n);
	size_t from = place(line, colon) + 1, to = place(line, domain.p) - 1;
	size_t behind = to + 1 + domain.n;

	while (from < to && memchr(" \t<", line->text.p[from], 3))
		from++;
	smtp_private(smtp, CLIENT, line, from, to);
	/* Parameters may name mailboxes: ORCPT, AUTH (RFC 3461 4.2, 4954 5). */
	if (behind < line->text.n && line->text.p[behind] == '>')
		behind++;
	smtp_private(smtp, CLIENT, line, behind, line->text.n);
}

static void hide(struct smtp *smtp, const struct line *line, const struct command *command)
{
	struct bytes domain = { 0 };

	if (is_public(command)) {
		if (line->cut)
			smtp_private(smtp, CLIENT, line, line->text.n, line->text.n);
		return;
	}
	if ((command->verb == VERB_MAIL || command->verb == VERB_RCPT) &&
		command_path(command->argument, &domain) && domain.n)
		hide_path(smtp, line, command, domain);
	else if (command->verb == VERB_UNKNOWN && !is_all_x(command->name))
		smtp_private_line(smtp, CLIENT, line);
	else
		smtp_private(smtp, CLIENT, line, place(line, command->argument.p), line->text.n);
}

/* Verbs. */

static void hello(struct smtp *smtp, const struct command *command)
{
	struct smtp_facts *facts = &smtp->facts;
	struct bytes argument = command->argument, name = command_word(&argument);

	if (name.n > SMTP_HOST_TEXT)
		name.n = HELO_SAMPLE;
	free(facts->helo_name);
	facts->helo_name = !name.n ? NULL :
			   observation_is_plain(name) ? mem_string(name) :
							text_printable_string(name, name.n);
	smtp->transaction = TRANSACTION_NONE;
	smtp->chunked = false;
	if (command->verb == VERB_HELO) {
		facts->helo_verb = HELO_HELO;
	} else {
		facts->helo_verb = command->verb == VERB_LHLO ? HELO_LHLO : HELO_EHLO;
		facts->ehlo_seen = true;
		smtp->ehlo_torn = false;
		smtp->ehlo_fate = EHLO_WAITING;
	}
	smtp_expect(smtp, command->verb, PENDING_NO_DOMAIN);
}

/* HELO or MAIL: if the last EHLO was refused, the client has swallowed that. */
static void note_rejected_ehlo(struct smtp *smtp, enum command_verb verb)
{
	if (smtp->ehlo_fate == EHLO_REFUSED && !smtp->facts.ehlo_complete &&
		smtp->facts.ehlo_refusal)
		observe(smtp->observations, OBS_EHLO_REJECTED, SERVER, smtp->talk->now,
			bytes_str(smtp->facts.ehlo_refusal));
	if (verb == VERB_MAIL)
		smtp_went_on(smtp);
}

static bool path_domain(const struct command *command, char domain[DOMAIN_TEXT])
{
	struct bytes raw = { 0 };

	return command_path(command->argument, &raw) && raw.n && domain_normalise(raw, domain);
}

static void mail(struct smtp *smtp, const struct command *command)
{
	char domain[DOMAIN_TEXT];

	note_rejected_ehlo(smtp, VERB_MAIL);
	smtp->facts.mail_attempted = true;
	smtp->transaction = TRANSACTION_OPEN;
	smtp->recipients = 0;
	smtp->chunked = false;
	if (path_domain(command, domain))
		smtp_strings_once(&smtp->facts.sender_domains, domain, SMTP_DOMAINS_MAX);
	smtp_expect(smtp, VERB_MAIL, PENDING_NO_DOMAIN);
}

_Static_assert(SMTP_DOMAINS_MAX < PENDING_NO_DOMAIN, "an index of a domain fits");

static void rcpt(struct smtp *smtp, const struct command *command)
{
	uint16_t index = PENDING_NO_DOMAIN;
	char domain[DOMAIN_TEXT];

	if (path_domain(command, domain)) {
		index = smtp_strings_once(&smtp->talk->candidates, domain, SMTP_DOMAINS_MAX);
		if (index == SMTP_DOMAINS_MAX) {
			index = PENDING_NO_DOMAIN;
			if (smtp->facts.recipient_domains.refused < UINT16_MAX)
				smtp->facts.recipient_domains.refused++;
		}
	}
	smtp_expect(smtp, VERB_RCPT, (uint8_t)index);
}

static bool is_mail(const struct smtp *smtp)
{
	return smtp->transaction != TRANSACTION_NONE;
}

static void data_command(struct smtp *smtp, const struct line *line)
{
	smtp->data_bare = !line->crlf;
	smtp->content_is_mail = is_mail(smtp);
	smtp->content_hole = smtp->confirmed = smtp->passed = false;
	smtp_expect(smtp, VERB_DATA, PENDING_NO_DOMAIN);
	smtp_enter(smtp, CLIENT, CLIENT_DATA);
}

static void bdat(struct smtp *smtp, const struct command *command)
{
	uint64_t octets;
	bool last;

	/* A malformed one is refused, and nothing follows it. */
	if (!command_bdat(command->argument, &octets, &last)) {
		smtp_expect(smtp, VERB_NOOP, PENDING_NO_DOMAIN);
		return;
	}
	smtp_expect(smtp, last ? (unsigned int)PENDING_BDAT_LAST : VERB_BDAT, PENDING_NO_DOMAIN);
	smtp->content_is_mail = is_mail(smtp);
	if (last)
		smtp->transaction = TRANSACTION_NONE;
	if (octets) {
		if (smtp->chunked)
			smtp->talk->content.header = false;
		else
			content_begin(&smtp->talk->content, false);
		smtp->talk->left = octets;
		smtp->chunk_begun = smtp->chunk_accepted = false;
		smtp_enter(smtp, CLIENT, CLIENT_CHUNK);
	}
	smtp->chunked = !last;
}

static void note_credentials(struct smtp *smtp, const char *what)
{
	smtp->facts.auth_in_clear = true;
	observe_text(smtp->observations, OBS_AUTH_IN_CLEAR, CLIENT, smtp->talk->now, "%s", what);
}

static void auth(struct smtp *smtp, const struct command *command)
{
	struct bytes response = command->argument;

	command_word(&response);
	/* RFC 4954 4: "=" is a response of no bytes. */
	if (response.n && !text_is(response, "="))
		note_credentials(smtp, "AUTH, with initial response");
	smtp->challenged = false;
	smtp_expect(smtp, VERB_AUTH, PENDING_NO_DOMAIN);
	smtp_enter(smtp, CLIENT, CLIENT_AUTH);
}

static void starttls(struct smtp *smtp, const struct command *command)
{
	smtp->facts.starttls_requested = true;
	smtp_expect(smtp, command->verb, PENDING_NO_DOMAIN);
	smtp_enter(smtp, CLIENT, CLIENT_STARTTLS);
}

/* A line of X is what Cisco makes of a command that it does not know. */
static void unknown(struct smtp *smtp, const struct command *command, const struct line *line)
{
	bool masked = is_all_x(command->name);
	unsigned int kind = VERB_UNKNOWN;

	if (masked && command->name.n == strlen("STARTTLS") && !command->argument.n &&
		!smtp->facts.starttls_accepted)
		observe(smtp->observations, OBS_COMMAND_MASKED, CLIENT, smtp->talk->now, line->text);
	else if (masked && command->name.n == strlen("EHLO") && command->argument.n &&
		 smtp->facts.helo_verb == HELO_NONE)
		kind = PENDING_MASKED;
	smtp_expect(smtp, kind, PENDING_NO_DOMAIN);
}

static void run(struct smtp *smtp, const struct command *command, const struct line *line)
{
	switch (command->verb) {
	case VERB_HELO:
		note_rejected_ehlo(smtp, VERB_HELO);
		hello(smtp, command);
		return;
	case VERB_EHLO:
	case VERB_LHLO:
		hello(smtp, command);
		return;
	case VERB_STARTTLS:
	case VERB_ANONYMOUSTLS:
		starttls(smtp, command);
		return;
	case VERB_MAIL:
		mail(smtp, command);
		return;
	case VERB_RCPT:
		rcpt(smtp, command);
		return;
	case VERB_DATA:
		data_command(smtp, line);
		return;
	case VERB_BDAT:
		bdat(smtp, command);
		return;
	case VERB_AUTH:
	case VERB_EXPS:
		auth(smtp, command);
		return;
	case VERB_UNKNOWN:
		unknown(smtp, command, line);
		return;
	case VERB_XEXCH50:
		if (!command_xexch50(command->argument, &smtp->talk->left))
			smtp->talk->left = 0;
		break;
	case VERB_RSET:
		smtp->transaction = TRANSACTION_NONE;
		smtp->chunked = false;
		break;
	case VERB_QUIT:
		smtp->facts.quit = true;
		break;
	default:
		break;
	}
	smtp_expect(smtp, command->verb, PENDING_NO_DOMAIN);
}

/*
 * A client sends these only when it has read every reply before (RFC 2920 3.1 for most): as the
 * first line behind what the server said, they put both sides in step again after a hole.
 */
static bool is_synchronous(enum command_verb verb)
{
	switch (verb) {
	case VERB_EHLO:
	case VERB_HELO:
	case VERB_LHLO:
	case VERB_STARTTLS:
	case VERB_ANONYMOUSTLS:
	case VERB_MAIL:
	case VERB_AUTH:
	case VERB_RSET:
	case VERB_QUIT:
	case VERB_NOOP:
		return true;
	default:
		return false;
	}
}

static void find_step(struct smtp *smtp, enum command_verb verb)
{
	bool hole = smtp->server_hole;

	for (size_t i = 0; i < smtp->talk->pending.n; i++)
		hole |= pending_get(&smtp->talk->pending, i).kind == PENDING_HOLE;
	if (!hole || !is_synchronous(verb))
		return;
	if (smtp->talk->reply.open || !line_at_start(&smtp->talk->line[SERVER]))
		return;
	if (smtp->state[SERVER] != SERVER_GAP && smtp->state[SERVER] != SERVER_REPLY)
		return;
	smtp_settle(smtp, smtp->talk->pending.n);
	smtp->server_hole = false;
	smtp_enter(smtp, SERVER, SERVER_REPLY);
}

/* False if the line is no command to answer. */
static bool is_command(struct smtp *smtp, const struct command *command, const struct line *line)
{
	bool first = smtp->first_line;

	smtp->first_line = false;
	if (command->verb != VERB_UNKNOWN && command->verb != VERB_PROXY)
		smtp_is_recognised(smtp);
	if (!first || smtp->midstream)
		return true;
	if (command->verb == VERB_PROXY) {
		observe(smtp->observations, OBS_PROXY_HEADER, CLIENT, smtp->talk->now, line->text);
		smtp->first_line = true;
		return false;
	}
	if (command->verb == VERB_UNKNOWN && !smtp->greeting_is_smtp &&
		smtp_is_foreign(CLIENT, line->text)) {
		smtp_private_line(smtp, CLIENT, line);
		smtp_give_up(smtp, true);
		return false;
	}
	return true;
}

static void command_line(struct smtp *smtp, const struct line *line, bool first_of_flight)
{
	struct command command;

	if (!command_parse(line->text, &command) || !is_command(smtp, &command, line))
		return;
	if (first_of_flight)
		find_step(smtp, command.verb);
	smtp->facts.commands++;
	if (smtp->privacy)
		hide(smtp, line, &command);
	run(smtp, &command, line);
}

/* True if it was an answer to a challenge, not a command. */
static bool auth_line(struct smtp *smtp, const struct line *line)
{
	if (!smtp->challenged && command_is_certain(line->text)) {
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
		return false;
	}
	smtp_private_line(smtp, CLIENT, line);
	/* RFC 4954 4. */
	if (text_is(line->text, "*"))
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
	else if (line->text.n && (smtp->challenged || !smtp->seen[SERVER] || smtp->server_hole))
		note_credentials(smtp, "AUTH, answer to a challenge");
	return true;
}

/* What a client says when its DATA was refused: the rest is more likely the text of a message. */
static bool may_follow_refusal(struct bytes line)
{
	struct command command;

	if (!command_parse(line, &command))
		return false;
	return command.verb == VERB_RSET || command.verb == VERB_QUIT ||
	       command.verb == VERB_MAIL || command.verb == VERB_NOOP ||
	       command.verb == VERB_EHLO || command.verb == VERB_HELO || command.verb == VERB_LHLO;
}

/* The first line behind a DATA that was not answered. True if it is content. */
static bool data_line(struct smtp *smtp, const struct line *line)
{
	bool over;

	if (command_is_certain(line->text) && may_follow_refusal(line->text)) {
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
		return false;
	}
	content_begin(&smtp->talk->content, smtp->data_bare);
	if (smtp->content_hole)
		content_gap(&smtp->talk->content);
	smtp_enter(smtp, CLIENT, CLIENT_CONTENT);
	over = content_line(&smtp->talk->content, line);
	smtp_content_passes(smtp, line->length);
	if (over)
		smtp_content_ends(smtp);
	return true;
}

/* A line somewhere behind a gap. True if it is no command beyond doubt. */
static bool lost_line(struct smtp *smtp, const struct line *line, bool first_of_flight)
{
	if (command_is_certain(line->text) && (!smtp->doubt || first_of_flight)) {
		smtp->doubt = false;
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
		return false;
	}
	smtp_private_line(smtp, CLIENT, line);
	/* Once there is content, only its end, or the server's word, leads out of it. */
	if (line->text.n)
		smtp->doubt = !text_is(line->text, ".");
	return true;
}

static void clear_text(struct smtp *smtp, const struct line *line)
{
	if (smtp->state[CLIENT] == CLIENT_TLS_DUE) {
		observe_line(smtp, OBS_NO_TLS_AFTER_220, "after 220: ", line);
		if (smtp->state[SERVER] == SERVER_TLS_DUE)
			smtp_enter(smtp, SERVER, SERVER_REPLY);
	} else if (smtp->seen[SERVER] && !smtp->server_hole &&
		   pending_front(&smtp->talk->pending) != PENDING_HOLE) {
		observe_line(smtp, OBS_PLAINTEXT_AFTER_STARTTLS, "STARTTLS, then ", line);
	}
	smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}

void smtp_client_line(struct smtp *smtp, const struct line *line)
{
	bool first_of_flight = smtp->flight;

	smtp->flight = false;
	switch (smtp->state[CLIENT]) {
	case CLIENT_AUTH:
		if (auth_line(smtp, line))
			return;
		break;
	case CLIENT_DATA:
		if (data_line(smtp, line))
			return;
		break;
	case CLIENT_GAP:
		if (lost_line(smtp, line, first_of_flight))
			return;
		break;
	case CLIENT_STARTTLS:
	case CLIENT_TLS_DUE:
		/* An empty line is answered by nobody and says nothing. */
		if (!line->text.n)
			return;
		clear_text(smtp, line);
		break;
	default:
		break;
	}
	command_line(smtp, line, first_of_flight);
}
