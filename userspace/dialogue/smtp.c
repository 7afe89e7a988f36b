// SPDX-License-Identifier: BSD-2-Clause
/*
 * The SMTP parser's frame: bytes and gaps in, state by state (smtp_state.h), facts out. What the
 * lines mean is in smtp_client.c and smtp_server.c.
 */
#include "dialogue/smtp.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "dialogue/smtp_private.h"

/* A first line of another protocol need not end: this much of it is enough to know. */
#define FOREIGN_BYTES 512

struct smtp *smtp_new(const struct smtp_params *params, struct observations *observations)
{
	struct smtp *smtp = mem_alloc(sizeof(*smtp));

	smtp->talk = mem_alloc(sizeof(*smtp->talk));
	smtp->midstream = params->midstream;
	smtp->observations = observations;
	smtp->first_line = true;
	if (params->private_range) {
		smtp->privacy = mem_alloc(sizeof(*smtp->privacy));
		smtp->privacy->tell = params->private_range;
		smtp->privacy->context = params->context;
	}
	if (params->midstream) {
		smtp->state[CLIENT] = CLIENT_GAP;
		smtp->state[SERVER] = SERVER_GAP;
		smtp->client_hole = smtp->server_hole = true;
		smtp->transaction = TRANSACTION_UNKNOWN;
		smtp_lose_step(smtp);
	}
	return smtp;
}

static void talk_free(struct smtp_talk *talk)
{
	if (!talk)
		return;
	smtp_strings_free(&talk->candidates);
	pending_free(&talk->pending);
	line_done(&talk->line[CLIENT]);
	line_done(&talk->line[SERVER]);
	free(talk);
}

void smtp_free(struct smtp *smtp)
{
	if (!smtp)
		return;
	smtp_facts_free(&smtp->facts);
	talk_free(smtp->talk);
	free(smtp->privacy);
	free(smtp);
}

/* Both sides are in TLS, and nothing is left over: an established session need not pay for text. */
static void fall_silent(struct smtp *smtp)
{
	struct smtp_talk *talk = smtp->talk;

	if (smtp->state[CLIENT] != CLIENT_TLS || smtp->state[SERVER] != SERVER_TLS ||
		talk->reply.open || smtp->chunked || talk->pending.n ||
		!line_at_start(&talk->line[CLIENT]) || !line_at_start(&talk->line[SERVER]))
		return;
	talk_free(talk);
	smtp->talk = NULL;
}

/* Text may come again. */
static void wake(struct smtp *smtp)
{
	if (!smtp->talk)
		smtp->talk = mem_alloc(sizeof(*smtp->talk));
}

void smtp_enter(struct smtp *smtp, enum side side, unsigned int state)
{
	if (smtp->state[side] == state)
		return;
	log_debug("dialogue: %s: %s -> %s", side_name(side),
		smtp_state_name(side, smtp->state[side]), smtp_state_name(side, state));
	smtp_state_enter(&smtp->state[side], side, state);
}

void smtp_count(struct smtp *smtp, enum side side, uint64_t n)
{
	if (smtp->privacy)
		smtp->privacy->offset[side] += n;
}

static void tell_range(struct smtp_privacy *privacy, enum side side, uint64_t start, uint64_t end)
{
	/* The front of a line may have been told as content. */
	if (start < privacy->end[side])
		start = privacy->end[side];
	if (start >= end)
		return;
	privacy->end[side] = end;
	privacy->tell(privacy->context, side, start, end);
}

void smtp_tell_private(struct smtp *smtp, enum side side, uint64_t n)
{
	struct smtp_privacy *privacy = smtp->privacy;

	if (privacy)
		tell_range(privacy, side, privacy->offset[side] - n, privacy->offset[side]);
}

uint64_t smtp_classified(const struct smtp *smtp, enum side side)
{
	bool opaque = side == CLIENT ? smtp->state[CLIENT] == CLIENT_OPAQUE
				     : smtp->state[SERVER] == SERVER_OPAQUE;

	/* What is not read any more is never classified. */
	if (opaque || !smtp->privacy)
		return 0;
	return smtp->privacy->offset[side] - (smtp->talk ? smtp->talk->line[side].length : 0);
}

void smtp_private(
	struct smtp *smtp, enum side side, const struct line *line, size_t from, size_t to)
{
	struct smtp_privacy *privacy = smtp->privacy;
	uint64_t start;

	if (!privacy)
		return;
	start = privacy->offset[side] - line->length;
	/* What was cut off was not looked at. */
	if (line->cut && to == line->text.n)
		tell_range(privacy, side, start + from, privacy->offset[side]);
	else
		tell_range(privacy, side, start + from, start + to);
}

void smtp_private_line(struct smtp *smtp, enum side side, const struct line *line)
{
	smtp_private(smtp, side, line, 0, line->text.n);
}

static void drop_line(struct smtp *smtp, enum side side)
{
	smtp_tell_private(smtp, side, line_drop(&smtp->talk->line[side]));
}

void smtp_give_up(struct smtp *smtp, bool foreign)
{
	smtp_reply_abandon(smtp);
	if (foreign) {
		smtp->facts.not_smtp = true;
		smtp->facts.is_smtp = false;
	}
	if (smtp->state[CLIENT] != CLIENT_TLS && smtp->state[CLIENT] != CLIENT_TLS_DUE)
		smtp_enter(smtp, CLIENT, CLIENT_OPAQUE);
	if (smtp->state[SERVER] != SERVER_TLS && smtp->state[SERVER] != SERVER_TLS_DUE)
		smtp_enter(smtp, SERVER, SERVER_OPAQUE);
	smtp_settle(smtp, smtp->talk->pending.n);
}

/* The queue of commands. */

static void settle_one(struct smtp *smtp, struct pending_entry entry)
{
	const char *domain;

	if (entry.kind == PENDING_CHUNK || entry.kind == PENDING_CHUNK_LAST)
		smtp->facts.cleartext_mail = true;
	if (entry.kind != VERB_RCPT || entry.domain == PENDING_NO_DOMAIN)
		return;
	domain = smtp_strings_get(&smtp->talk->candidates, entry.domain);
	if (domain)
		smtp_strings_once(&smtp->facts.recipient_domains, domain, SMTP_DOMAINS_MAX);
}

void smtp_settle(struct smtp *smtp, size_t n)
{
	while (n--) {
		settle_one(smtp, pending_get(&smtp->talk->pending, 0));
		pending_pop(&smtp->talk->pending);
	}
	if (!smtp->talk->pending.n)
		smtp_strings_free(&smtp->talk->candidates);
}

void smtp_lose_step(struct smtp *smtp)
{
	smtp_settle(smtp, smtp->talk->pending.n);
	pending_push(&smtp->talk->pending, PENDING_HOLE, PENDING_NO_DOMAIN);
}

void smtp_expect(struct smtp *smtp, unsigned int kind, uint8_t domain)
{
	if (pending_push(&smtp->talk->pending, kind, domain))
		return;
	smtp_lose_step(smtp);
	pending_push(&smtp->talk->pending, kind, domain);
}

/* Commands may be missing behind those that wait. */
static void expect_hole(struct smtp *smtp)
{
	if (pending_back(&smtp->talk->pending) != PENDING_HOLE)
		smtp_expect(smtp, PENDING_HOLE, PENDING_NO_DOMAIN);
}

void smtp_went_on(struct smtp *smtp)
{
	bool unsuccessful = smtp->ehlo_fate == EHLO_REFUSED || smtp->ehlo_fate == EHLO_NEVER;

	if (smtp->facts.offer == OFFER_UNKNOWN && unsuccessful && !smtp->client_hole)
		smtp->facts.offer = OFFER_NO_EHLO;
}

/* TLS. */

/* Is @c, the first byte of a line, the first byte of TLS? */
static bool tls_begins(const struct smtp *smtp, enum side side, uint8_t c)
{
	bool due = side == CLIENT ? smtp->state[CLIENT] == CLIENT_TLS_DUE ||
					    smtp->state[CLIENT] == CLIENT_STARTTLS
				  : smtp->state[SERVER] == SERVER_TLS_DUE;
	bool lost = side == CLIENT ? smtp->state[CLIENT] == CLIENT_GAP
				   : smtp->state[SERVER] == SERVER_GAP;
	bool asked = smtp->facts.starttls_requested || smtp->facts.starttls_accepted;

	/* An SSLv2 hello, or garbage: in any case not the text that may come instead. */
	if (due || (lost && asked))
		return smtp_is_binary(c);
	/* Nothing visible led to it, but no line begins like this. */
	return smtp_is_record(c) && (smtp->facts.is_smtp || smtp->midstream || lost);
}

static bool start_tls(struct smtp *smtp, enum side side, const struct bytes *data)
{
	if (!line_at_start(&smtp->talk->line[side]) || !tls_begins(smtp, side, data->p[0]))
		return false;
	if (side == SERVER)
		smtp_tls_began(smtp);
	smtp_enter(smtp, side, side == CLIENT ? CLIENT_TLS : SERVER_TLS);
	return true;
}

/* Lines. */

/* The first line may be another protocol's; its front is enough to know. */
static bool is_foreign(const struct smtp *smtp, enum side side)
{
	struct bytes front = line_peek(&smtp->talk->line[side]);
	bool first = side == CLIENT ? smtp->first_line : smtp->state[SERVER] == SERVER_GREETING;

	if (!first || smtp->midstream || smtp->facts.is_smtp || front.n < FOREIGN_BYTES)
		return false;
	return smtp_is_foreign(side, front);
}

static void feed_line(struct smtp *smtp, enum side side, struct bytes *data)
{
	size_t before = data->n;
	struct line line;
	bool whole = line_next(&smtp->talk->line[side], data, &line);

	smtp_count_taken(smtp, side, before, data);
	if (whole) {
		/* What holds it must not be touched by what it leads to. */
		struct line_reader reader = smtp->talk->line[side];

		smtp->talk->line[side] = (struct line_reader){ 0 };
		if (side == CLIENT)
			smtp_client_line(smtp, &line);
		else
			smtp_server_line(smtp, &line);
		line_done(&reader);
	} else if (is_foreign(smtp, side)) {
		drop_line(smtp, side);
		smtp_give_up(smtp, true);
	}
}

static void feed_opaque(struct smtp *smtp, enum side side, struct bytes *data)
{
	smtp_count(smtp, side, data->n);
	smtp_tell_private(smtp, side, data->n);
	bytes_skip(data, data->n);
}

static enum smtp_status feed_client(struct smtp *smtp, struct bytes *data)
{
	while (data->n) {
		switch (smtp->state[CLIENT]) {
		case CLIENT_START:
			smtp_feed_start(smtp, data);
			break;
		case CLIENT_PROXY:
			smtp_feed_proxy(smtp, data);
			break;
		case CLIENT_CONTENT:
			smtp_feed_content(smtp, data);
			break;
		case CLIENT_CHUNK:
			smtp_feed_chunk(smtp, data);
			break;
		case CLIENT_OPAQUE:
			feed_opaque(smtp, CLIENT, data);
			break;
		case CLIENT_TLS:
			return SMTP_TLS_DUE;
		default:
			if (start_tls(smtp, CLIENT, data))
				return SMTP_TLS_DUE;
			feed_line(smtp, CLIENT, data);
		}
	}
	return SMTP_MORE;
}

static enum smtp_status feed_server(struct smtp *smtp, struct bytes *data)
{
	while (data->n) {
		if (smtp->state[SERVER] == SERVER_OPAQUE)
			feed_opaque(smtp, SERVER, data);
		else if (smtp->state[SERVER] == SERVER_TLS || start_tls(smtp, SERVER, data))
			return SMTP_TLS_DUE;
		else
			feed_line(smtp, SERVER, data);
	}
	return SMTP_MORE;
}

enum smtp_status smtp_feed(struct smtp *smtp, enum side from, struct bytes *data, int64_t time)
{
	enum smtp_status status;

	if (!data->n)
		return SMTP_MORE;
	wake(smtp);
	smtp->talk->now = time;
	smtp->seen[from] = true;
	if (from == SERVER) {
		smtp->server_spoke = true;
		status = feed_server(smtp, data);
	} else {
		if (smtp->server_spoke && line_at_start(&smtp->talk->line[CLIENT]))
			smtp->flight = true;
		smtp->server_spoke = false;
		smtp->client_since_220 = true;
		status = feed_client(smtp, data);
	}
	if (status == SMTP_TLS_DUE)
		fall_silent(smtp);
	return status;
}

/* Gaps. */

/* Where this side's state survives missing bytes, true. */
static bool client_survives(struct smtp *smtp, uint64_t length)
{
	switch (smtp->state[CLIENT]) {
	case CLIENT_CONTENT:
		smtp->content_hole = true;
		content_gap(&smtp->talk->content);
		return true;
	case CLIENT_CHUNK:
		/* What is missing is counted like what is there. */
		smtp->talk->content.header = false;
		if (!smtp->chunk_begun)
			smtp_chunk_begins(smtp);
		if (smtp->content_is_mail)
			smtp->facts.bytes_in_clear +=
				length < smtp->talk->left ? length : smtp->talk->left;
		if (length > smtp->talk->left)
			return false;
		smtp->talk->left -= length;
		if (!smtp->talk->left)
			smtp_chunk_ends(smtp);
		return true;
	case CLIENT_DATA:
		smtp->content_hole = true;
		expect_hole(smtp);
		return true;
	default:
		return smtp->state[CLIENT] == CLIENT_TLS || smtp->state[CLIENT] == CLIENT_OPAQUE;
	}
}

static void gap_client(struct smtp *smtp, uint64_t length)
{
	drop_line(smtp, CLIENT);
	smtp_count(smtp, CLIENT, length);
	/* What is missing was the first that the client said, behind whatever the server had. */
	smtp->flight = smtp->server_spoke = false;
	smtp->client_since_220 = true;
	smtp->doubt = false;
	if (client_survives(smtp, length))
		return;
	smtp->client_hole = true;
	smtp->transaction = TRANSACTION_UNKNOWN;
	smtp_enter(smtp, CLIENT, CLIENT_GAP);
	expect_hole(smtp);
}

static void gap_server(struct smtp *smtp, uint64_t length)
{
	drop_line(smtp, SERVER);
	smtp_count(smtp, SERVER, length);
	if (smtp->state[SERVER] == SERVER_TLS || smtp->state[SERVER] == SERVER_OPAQUE)
		return;
	smtp_reply_abandon(smtp);
	smtp->server_hole = true;
	smtp->server_spoke = true;
	smtp->challenged = false;
	smtp_enter(smtp, SERVER, SERVER_GAP);
	smtp_lose_step(smtp);
}

void smtp_gap(struct smtp *smtp, enum side from, uint64_t length)
{
	if (!length)
		return;
	wake(smtp);
	if (from == CLIENT)
		gap_client(smtp, length);
	else
		gap_server(smtp, length);
}

bool smtp_skip(struct smtp *smtp, enum side from, uint64_t length)
{
	if (!smtp_in_content(smtp, from))
		return false;
	wake(smtp);
	if (smtp->state[CLIENT] == CLIENT_CHUNK)
		return smtp_skip_chunk(smtp, length);
	smtp_count(smtp, CLIENT, length);
	drop_line(smtp, CLIENT);
	content_skip(&smtp->talk->content);
	smtp_content_passes(smtp, length);
	return true;
}

void smtp_end(struct smtp *smtp, enum side from)
{
	bool whole;

	wake(smtp);
	whole = line_at_start(&smtp->talk->line[from]);
	drop_line(smtp, from);
	if (from == CLIENT)
		return;
	if (smtp->talk->reply.open && smtp->talk->reply.ehlo && !smtp->talk->reply.fragment &&
		whole)
		observe_text(smtp->observations, OBS_LAST_LINE_MISSING, SERVER, smtp->talk->now,
			"EHLO reply ends after %u continuation lines", smtp->talk->reply.lines);
	smtp_reply_abandon(smtp);
}

void smtp_resume(struct smtp *smtp, enum side from)
{
	wake(smtp);
	if (from == CLIENT && smtp->state[CLIENT] == CLIENT_TLS)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
	else if (from == SERVER && smtp->state[SERVER] == SERVER_TLS)
		smtp_enter(smtp, SERVER, SERVER_REPLY);
	else
		return;
	/* What was said under TLS is not known. */
	smtp_lose_step(smtp);
}

bool smtp_in_content(const struct smtp *smtp, enum side from)
{
	return from == CLIENT &&
	       (smtp->state[CLIENT] == CLIENT_CONTENT || smtp->state[CLIENT] == CLIENT_CHUNK);
}

const struct smtp_facts *smtp_get_facts(const struct smtp *smtp)
{
	return &smtp->facts;
}

void smtp_take_facts(struct smtp *smtp, struct smtp_facts *out)
{
	if (smtp->talk) {
		smtp_reply_abandon(smtp);
		smtp_settle(smtp, smtp->talk->pending.n);
	}
	*out = smtp->facts;
	smtp->facts = (struct smtp_facts){ 0 };
}
