// SPDX-License-Identifier: BSD-2-Clause
#include "session/conclude.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"

/*
 * A server that acknowledges but does not answer is called silent after this long: well above a
 * slow resolver's delay, well below every MTA's time-out (Postfix smtp_starttls_timeout 300 s, and
 * laboratories set 5 s).
 */
#define SILENCE (5 * (int64_t)1000000000)

/* Routes differ by a hop or two between packets; a box in the middle sits farther off (p0f). */
#define TTL_JUMP 3

void session_mark_decisive(struct session_marks *marks, const struct delivery *how)
{
	marks->decisive_ttl = how->ttl;
	marks->decisive_time = how->time;
}

/* When the client last did something towards TLS. */
static int64_t last_attempt(const struct session_marks *marks)
{
	return marks->hello_time > marks->starttls_time ? marks->hello_time : marks->starttls_time;
}

void session_mark_reset(struct session_marks *marks, const struct smtp_facts *smtp,
	const struct tls_facts *tls, const struct flow_reset *reset)
{
	bool asked = smtp && smtp->starttls_requested;
	bool tls_up = tls && tls->established;
	bool over = marks->fin[CLIENT] || marks->fin[SERVER] || (smtp && smtp->quit);

	if (over || marks->reset)
		return;
	marks->reset = mem_alloc(sizeof(*marks->reset));
	*marks->reset = *reset;
	/* A refusal in words came first: the RST decides nothing any more. */
	if (!asked || tls_up || (smtp->starttls_reply_code && !smtp->starttls_accepted))
		return;
	if (!marks->failure_time)
		marks->failure_time = reset->time;
	/* A client that has waited in vain may say so with an RST: nobody's work but its own. */
	marks->reset_at_starttls =
		reset->from == SERVER || reset->time - last_attempt(marks) < SILENCE;
}

bool session_mark_given_up(struct session_marks *marks, const struct smtp_facts *smtp,
	int64_t time)
{
	bool unanswered = smtp->starttls_requested && !marks->tls_seen[SERVER] &&
			  (smtp->starttls_accepted ? marks->tls_seen[CLIENT] :
						     !smtp->starttls_reply_code);

	if (!unanswered || marks->gap[SERVER] || marks->failure_time)
		return false;
	marks->failure_time = time;
	marks->given_up = true;
	return true;
}

/* Why bytes of @side may be missing at all; UNKNOWN_NOT if they were all seen. */
static enum unknown missing(const struct record *record, const struct session_marks *marks,
	enum side side)
{
	const struct flow_side *flow = &record->flow.side[side];

	if (record->end == FLOW_END_EVICTED)
		return UNKNOWN_EVICTED;
	if (!flow->seen)
		return UNKNOWN_ONE_SIDED;
	if (marks->gap[side]) {
		switch (marks->gap_reason[side]) {
		case GAP_SNAPLEN:
			return UNKNOWN_SNAPLEN;
		case GAP_EVICTED:
			return UNKNOWN_EVICTED;
		default:
			return UNKNOWN_GAP;
		}
	}
	if (record->flow.midstream)
		return UNKNOWN_MIDSTREAM;
	if (record->end == FLOW_END_CAPTURE && !flow->fin)
		return UNKNOWN_END;
	return UNKNOWN_NOT;
}

/* The first reason of two. */
static enum unknown either(enum unknown a, enum unknown b)
{
	return a != UNKNOWN_NOT ? a : b;
}

static void fill_unknown(struct record *record, const struct session_marks *marks)
{
	const struct smtp_facts *smtp = &record->smtp;
	const struct tls_facts *tls = &record->tls;
	enum unknown client = missing(record, marks, CLIENT);
	enum unknown server = missing(record, marks, SERVER);

	if (record->implicit_tls) {
		if (!tls->established && !tls->failed)
			record->unknown[AXIS_TLS] = (uint8_t)either(client, server);
		return;
	}
	if (smtp->offer == OFFER_UNKNOWN)
		record->unknown[AXIS_OFFER] = (uint8_t)either(server, client);
	if (!smtp->starttls_requested && !smtp->quit)
		record->unknown[AXIS_REQUEST] = (uint8_t)client;
	if (smtp->starttls_requested && !smtp->starttls_reply_code && !record->tls_tried)
		record->unknown[AXIS_REPLY] = (uint8_t)server;
	if ((smtp->starttls_accepted || record->tls_tried) && !tls->established && !tls->failed &&
		!record->stalled)
		record->unknown[AXIS_TLS] = (uint8_t)either(server, client);
	if (!smtp->cleartext_mail && !smtp->quit && !tls->established)
		record->unknown[AXIS_MAIL] = (uint8_t)client;
}

static enum action action_after_starttls(const struct record *record)
{
	const struct smtp_facts *smtp = &record->smtp;

	if (record->tls.established)
		return ACTION_TLS_ESTABLISHED;
	if (smtp->starttls_reply_code && !smtp->starttls_accepted)
		return ACTION_STARTTLS_REFUSED;
	if (smtp->starttls_accepted || record->tls_tried) {
		/* Mail in clear behind it settles the matter, whatever else is missing. */
		if (record->unknown[AXIS_TLS] && !record->tls.failed && !smtp->cleartext_mail)
			return ACTION_INCOMPLETE;
		return ACTION_TLS_FAILED;
	}
	return record->unknown[AXIS_REPLY] ? ACTION_INCOMPLETE : ACTION_STARTTLS_UNANSWERED;
}

static enum action action_after_offer(const struct record *record)
{
	const struct smtp_facts *smtp = &record->smtp;

	if (smtp->mail_attempted || smtp->auth_in_clear)
		return ACTION_NOT_REQUESTED;
	return record->unknown[AXIS_REQUEST] ? ACTION_INCOMPLETE : ACTION_NO_MAIL;
}

static enum action action_of(const struct record *record)
{
	const struct smtp_facts *smtp = &record->smtp;

	if (record->implicit_tls)
		return record->unknown[AXIS_TLS] ? ACTION_INCOMPLETE : ACTION_IMPLICIT_TLS;
	if (smtp->not_smtp)
		return ACTION_NOT_SMTP; /* never said of a connection whose beginning was missed */
	if (smtp->starttls_requested || record->tls_tried)
		return action_after_starttls(record);
	switch (smtp->offer) {
	case OFFER_MANGLED:
		return ACTION_STARTTLS_MANGLED;
	case OFFER_ABSENT:
		return ACTION_STARTTLS_ABSENT;
	case OFFER_OFFERED:
		return action_after_offer(record);
	case OFFER_NO_EHLO:
		return smtp->ehlo_refused ? ACTION_EHLO_REJECTED : ACTION_HELO_ONLY;
	default:
		return record->unknown[AXIS_OFFER] ? ACTION_INCOMPLETE : ACTION_NO_DIALOGUE;
	}
}

static enum outcome outcome_of(const struct record *record)
{
	if (record->tls.established)
		return OUTCOME_SUCCESS;
	switch (record->action) {
	case ACTION_INCOMPLETE:
	case ACTION_NO_DIALOGUE:
	case ACTION_NOT_SMTP:
		return OUTCOME_UNKNOWN;
	default:
		return OUTCOME_FAILURE;
	}
}

/* How many hops lie between two hop counts. */
static unsigned int hops(uint8_t a, uint8_t b)
{
	return a > b ? (unsigned int)(a - b) : (unsigned int)(b - a);
}

/*
 * The decisive reply against the server's other packets. A server whose hop count wanders is no
 * measure of anything.
 */
static void judge_ttl(struct record *record, const struct session_marks *marks)
{
	const struct flow_side *server = &record->flow.side[SERVER];

	if (!marks->decisive_ttl || marks->decisive_ttl == server->ttl_first)
		return;
	if (server->packets < 3 || server->ttl_changes * 2u > server->packets)
		return;
	observe_text(&record->observations, OBS_TTL_SHIFT, SERVER, marks->decisive_time,
		"decisive reply with TTL %u, the server's first packet with %u (%u of %llu differ)",
		marks->decisive_ttl, server->ttl_first, server->ttl_changes,
		(unsigned long long)server->packets);
}

static void judge_reset(struct record *record, const struct session_marks *marks)
{
	const struct flow_reset *reset = marks->reset;
	const struct flow_side *side = &record->flow.side[reset->from];
	bool jump = side->packets > 1 && hops(reset->ttl, side->ttl_first) >= TTL_JUMP;
	bool ahead = reset->distance > 0 && !marks->gap[reset->from];
	struct text signs = { 0 };

	if (marks->reset_at_starttls)
		observe_text(&record->observations, OBS_RESET_AT_STARTTLS, reset->from, reset->time,
			"RST from the %s's address after STARTTLS, before TLS was up",
			side_name(reset->from));
	if (!jump && !ahead && reset->ack_fits && !marks->alive_after_reset)
		return;
	text_printf(&signs, "RST from the %s's address", side_name(reset->from));
	if (jump)
		text_printf(&signs, "; TTL %u, its other packets %u", reset->ttl, side->ttl_first);
	if (ahead)
		text_printf(&signs, "; sequence number %lld ahead", (long long)reset->distance);
	if (!reset->ack_fits)
		text_puts(&signs, "; acknowledges what was never sent");
	if (marks->alive_after_reset)
		text_puts(&signs, "; its supposed sender went on");
	observe_text(&record->observations, OBS_RESET_INJECTED, reset->from, reset->time, "%s",
		signs.s);
	text_free(&signs);
}

/*
 * A ClientHello without an answer for so long. What a server says to a client that has given up
 * (OpenSSL's sends an alert when it meets the end of the stream) is none.
 */
static bool hello_unanswered(const struct record *record, const struct session_marks *marks)
{
	if (!marks->hello_time || !record->tls.client_hello)
		return false;
	if (marks->given_up)
		return marks->failure_time - marks->hello_time >= SILENCE;
	return !marks->tls_seen[SERVER] && record->flow.last - marks->hello_time >= SILENCE;
}

/*
 * Silence after STARTTLS, or after a ClientHello, of a server that is known to be there: nothing of
 * it is missing, the connection lasted, and no RST cut it short.
 */
static void judge_silence(struct record *record, const struct session_marks *marks)
{
	const struct smtp_facts *smtp = &record->smtp;
	bool server_seen = missing(record, marks, SERVER) == UNKNOWN_NOT ||
			   missing(record, marks, SERVER) == UNKNOWN_END;

	if (!server_seen || marks->reset_at_starttls)
		return;
	if (smtp->starttls_requested && !smtp->starttls_reply_code && !record->tls_tried &&
		record->flow.last - marks->starttls_time >= SILENCE)
		record->server_silent_after_starttls = true;
	if (hello_unanswered(record, marks) &&
		!observations_find(&record->observations, OBS_TLS_REPLACED_BY_TEXT))
		record->stalled = true;
}

void session_name(struct record *record)
{
	/* A fixed key: the same packets must give the same name in every run. */
	static const struct hash_key key = { { 0x243f6a8885a308d3u, 0x13198a2e03707345u } };
	uint8_t block[2 * (sizeof(struct addr) + 2) + 8] = { 0 };
	size_t n = 0;
	uint64_t id;

	for (int side = CLIENT; side <= SERVER; side++) {
		const struct endpoint *endpoint = &record->flow.endpoint[side];

		memcpy(block + n, &endpoint->addr, sizeof(endpoint->addr));
		n += sizeof(endpoint->addr);
		block[n++] = (uint8_t)(endpoint->port >> 8);
		block[n++] = (uint8_t)endpoint->port;
	}
	for (int shift = 56; shift >= 0; shift -= 8)
		block[n++] = (uint8_t)((uint64_t)record->flow.first >> shift);
	id = hash_bytes(&key, bytes_of(block, n));
	for (int i = 0; i < 16; i++)
		record->id[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
	record->id[16] = '\0';
}

/* A server that was heard, and spoke no TLS, is not a direction that was not captured. */
static void settle_unseen(struct record *record, const struct session_marks *marks)
{
	if (record->tls.unseen == UNSEEN_ONE_SIDED && record->flow.side[SERVER].seen)
		record->tls.unseen = marks->gap[SERVER] ? UNSEEN_GAP : UNSEEN_ABORTED;
}

/*
 * Nothing that was parsed before the client spoke TLS is of this handshake: an MTA reads the
 * certificates of TLSA records on the same thread.
 */
void session_add_process(struct record *record, const struct session_marks *marks,
	struct process_certs *shown, struct cert_cache *cache)
{
	const struct flow_facts *flow = &record->flow;
	int64_t first = marks->hello_time ? marks->hello_time : flow->first;
	struct cert_chain *chain = process_certs_take(shown, &flow->endpoint[CLIENT],
		&flow->endpoint[SERVER], first, flow->last, cache, &record->process);

	if (!chain)
		return;
	if (record->tls.chain) {
		record->process.chain = record->process.alone = false;
		cert_chain_release(chain);
		return;
	}
	record->tls.chain = chain;
	record->tls.unseen = UNSEEN_NOT;
}

void session_conclude(struct record *record, const struct session_marks *marks)
{
	const struct flow_side *side = record->flow.side;

	record->implicit_tls = marks->implicit_tls;
	record->tls_tried = marks->tls_seen[CLIENT] || marks->tls_seen[SERVER];
	record->starttls_time = marks->starttls_time;
	record->failure_time = marks->failure_time;
	record->mail_time = marks->mail_time;
	record->complete = !record->flow.midstream && !record->flow.one_sided &&
			   side[CLIENT].missing_bytes == 0 && side[SERVER].missing_bytes == 0 &&
			   (record->end == FLOW_END_FIN || record->end == FLOW_END_RESET);
	settle_unseen(record, marks);
	judge_ttl(record, marks);
	if (marks->reset)
		judge_reset(record, marks);
	judge_silence(record, marks);
	fill_unknown(record, marks);
	if (record->stalled && !record->failure_time)
		record->failure_time = record->flow.last;
	record->action = (uint8_t)action_of(record);
	record->outcome = (uint8_t)outcome_of(record);
	session_name(record);
}
