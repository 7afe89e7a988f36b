// SPDX-License-Identifier: BSD-2-Clause
#include "session/session.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "session/conclude.h"
#include "session/witness.h"

/*
 * Which parser reads a direction. START: no byte yet. SMTP and TLS may alternate: STARTTLS leads to
 * TLS, text where a record was due leads back. DEAF: this flow is no business of ours.
 */
enum reader { READER_START, READER_SMTP, READER_TLS, READER_DEAF };

#define PRIVATE_RANGES_MAX 8

/* RFC 8314 3.3: TLS from the first byte. */
#define SUBMISSIONS_PORT 465

struct range {
	uint64_t start, end;
};

/* Ranges told by the SMTP parser since the witness was last cleared; only where there is one. */
struct privacy {
	struct range range[2][PRIVATE_RANGES_MAX];
	uint8_t n[2];
	bool overflow[2];
	uint64_t cleared[2];
};

/* What most events need comes first: flow_ahead() has fetched FLOW_AHEAD_BYTES of it by then. */
struct session {
	struct tls *tls;
	struct smtp *smtp;
	struct witness *witness;
	struct privacy *privacy;
	uint8_t reader[2];     /* enum reader */
	uint8_t interest[2];   /* enum flow_interest */
	bool recognised;       /* it is SMTP, or on a mail port: it leaves a record */
	bool told_quiet;       /* session_params.quiet knows */
	struct flow *flow;
	const struct flow_facts *facts;
	struct session_marks marks;
	const struct session_params *params;
	struct observations observations;
};

_Static_assert(offsetof(struct session, params) <= FLOW_AHEAD_BYTES, "fetched too little of it");

static void private_range(void *context, enum side from, uint64_t start, uint64_t end)
{
	struct session *session = context;
	struct privacy *privacy = session->privacy;

	if (privacy->n[from] == PRIVATE_RANGES_MAX) {
		privacy->overflow[from] = true;
		return;
	}
	privacy->range[from][privacy->n[from]++] = (struct range){ start, end };
}

/* Show the witness what has been classified since the last time, but for the private ranges. */
static void clear_witness(struct session *session, enum side from, uint64_t upto)
{
	struct privacy *privacy = session->privacy;
	uint64_t at = privacy->cleared[from];

	if (upto <= at)
		return;
	for (uint8_t i = 0; i < privacy->n[from] && !privacy->overflow[from]; i++) {
		const struct range *range = &privacy->range[from][i];

		if (range->start > at)
			witness_clear(session->witness, from, at, range->start);
		if (range->end > at)
			at = range->end;
	}
	if (!privacy->overflow[from] && at < upto)
		witness_clear(session->witness, from, at, upto);
	privacy->n[from] = 0;
	privacy->overflow[from] = false;
	privacy->cleared[from] = at > upto ? at : upto;
}

static void *session_open(void *context, struct flow *flow, const struct flow_facts *facts)
{
	const struct session_params *params = context;
	struct session *session = mem_alloc(sizeof(*session));

	session->params = params;
	session->flow = flow;
	session->facts = facts;
	session->recognised = ports_has(params->mail_ports, facts->endpoint[SERVER].port);
	if (params->witness_bytes) {
		session->witness = witness_new(params->witness_bytes);
		session->privacy = mem_alloc(sizeof(*session->privacy));
	}
	return session;
}

static void session_segment(void *user, enum side from, const struct segment *segment)
{
	struct session *session = user;

	if (session->witness && session->reader[from] != READER_DEAF)
		witness_add(session->witness, from, segment);
}

static void need_smtp(struct session *session)
{
	const struct smtp_params params = {
		.midstream = session->facts->midstream,
		.private_range = session->witness ? private_range : NULL,
		.context = session,
	};

	if (!session->smtp)
		session->smtp = smtp_new(&params, &session->observations);
}

static void need_tls(struct session *session)
{
	if (!session->tls)
		session->tls = tls_new(&session->params->tls, &session->observations);
}

static void tell_quiet(struct session *session)
{
	if (!session->params->quiet || session->told_quiet)
		return;
	session->told_quiet = true;
	session->params->quiet(session->params->context, session->facts);
}

/* Not ours: let the flow table forget the bytes; nothing will be told at the end. */
static void turn_deaf(struct session *session)
{
	session->reader[CLIENT] = session->reader[SERVER] = READER_DEAF;
	smtp_free(session->smtp);
	tls_free(session->tls);
	witness_free(session->witness);
	free(session->privacy);
	session->smtp = NULL;
	session->tls = NULL;
	session->witness = NULL;
	session->privacy = NULL;
	flow_set_interest(session->flow, CLIENT, FLOW_IGNORE);
	flow_set_interest(session->flow, SERVER, FLOW_IGNORE);
	tell_quiet(session);
}

/*
 * The first bytes of a direction. SMTP begins with text of the server; a TLS stream betrays itself
 * by its first byte, which no line of text starts with.
 */
static enum reader first_reader(struct session *session, enum side from, struct bytes data)
{
	bool tls = tls_recognise(from, bytes_of(data.p, 1));

	if (tls && session->reader[side_other(from)] != READER_SMTP) {
		if (!session->recognised)
			return READER_DEAF;
		need_tls(session);
		/* Where the beginning was missed, STARTTLS may have been said, but on a port without it. */
		session->marks.implicit_tls = !session->facts->midstream ||
			session->facts->endpoint[SERVER].port == SUBMISSIONS_PORT;
		return READER_TLS;
	}
	if (!session->recognised && smtp_recognise(from, data) == SMTP_NO)
		return READER_DEAF;
	need_smtp(session);
	return READER_SMTP;
}

/* Note when things happened that the facts only say have happened. */
static void note_smtp(struct session *session, enum side from, const struct delivery *how)
{
	const struct smtp_facts *facts = smtp_get_facts(session->smtp);
	struct session_marks *marks = &session->marks;
	bool refused = facts->starttls_reply_code && !facts->starttls_accepted;

	if (facts->starttls_requested && !marks->starttls_time)
		marks->starttls_time = how->time;
	if (facts->mail_attempted && !marks->mail_time)
		marks->mail_time = how->time;
	if (refused && !marks->failure_time)
		marks->failure_time = how->time;
	if (from != SERVER)
		return;
	/* The reply that decides whether there will be TLS, and the hop count it came with. */
	if ((refused && !marks->refused) || (facts->ehlo_refused && !marks->ehlo_refused) ||
		(facts->offer != marks->offer &&
			(facts->offer == OFFER_ABSENT || facts->offer == OFFER_MANGLED)))
		session_mark_decisive(marks, how);
	marks->refused = refused;
	marks->ehlo_refused = facts->ehlo_refused;
	marks->offer = facts->offer;
}

/* Where a hole may have hidden the first record, what follows need not be the start of one. */
static void begin_tls(struct session *session, enum side from)
{
	need_tls(session);
	session->reader[from] = READER_TLS;
	if (session->marks.gap_after_starttls[from])
		tls_gap(session->tls, from, 1);
}

static void feed_smtp(struct session *session, enum side from, struct bytes *data,
	const struct delivery *how)
{
	enum smtp_status status = smtp_feed(session->smtp, from, data, how->time);
	const struct smtp_facts *facts = smtp_get_facts(session->smtp);

	note_smtp(session, from, how);
	if (session->witness)
		clear_witness(session, from, smtp_classified(session->smtp, from));
	if (!session->recognised) {
		session->recognised = facts->is_smtp;
		if (facts->not_smtp) {
			turn_deaf(session);
			return;
		}
	}
	if (status == SMTP_TLS_DUE)
		begin_tls(session, from);
}

/* Text came where TLS was due: the SMTP parser goes on, with the bytes of it that TLS had taken. */
static void resume_smtp(struct session *session, enum side from, const struct delivery *how)
{
	struct bytes held = tls_held(session->tls, from);

	need_smtp(session);
	smtp_resume(session->smtp, from);
	session->reader[from] = READER_SMTP;
	if (held.n)
		feed_smtp(session, from, &held, how);
}

/* The failure of a session that is not over yet. */
static void tell_failure(const struct session *session)
{
	const struct session_params *params = session->params;
	struct record record = { .flow = *session->facts, .failure_time = session->marks.failure_time };

	if (!params->failed || !session->recognised)
		return;
	if (session->smtp)
		record.smtp.helo_name = smtp_get_facts(session->smtp)->helo_name;
	session_name(&record);
	params->failed(params->context, &record);
}

static void feed_tls(struct session *session, enum side from, struct bytes *data,
	const struct delivery *how)
{
	struct session_marks *marks = &session->marks;
	bool first = !marks->tls_seen[from];
	size_t before = data->n;
	enum tls_status status = tls_feed(session->tls, from, data, how->time);

	if (first && (before > data->n || status == TLS_MORE)) {
		marks->tls_seen[from] = true;
		if (from == CLIENT)
			marks->hello_time = how->time;
	}
	if (session->witness)
		witness_clear(session->witness, from, how->offset, how->offset + before - data->n);
	if (!marks->failure_time && tls_get_facts(session->tls)->failed) {
		marks->failure_time = how->time;
		tell_failure(session);
	}
	if (status == TLS_TEXT) {
		if (from == SERVER)
			session_mark_decisive(marks, how);
		resume_smtp(session, from, how);
	}
}

/* Bytes that nobody needs to compare with later copies: content, established TLS. */
static void settle_interest(struct session *session, enum side from)
{
	enum flow_interest want = FLOW_FULL;

	if (session->reader[from] == READER_TLS)
		want = tls_is_quiet(session->tls) ? FLOW_QUIET : FLOW_FULL;
	else if (session->smtp)
		want = smtp_in_content(session->smtp, from) ? FLOW_QUIET : FLOW_FULL;
	if (want == session->interest[from] || session->reader[from] == READER_DEAF)
		return;
	session->interest[from] = (uint8_t)want;
	flow_set_interest(session->flow, from, want);
	if (session->reader[CLIENT] == READER_TLS && session->reader[SERVER] == READER_TLS &&
		tls_is_quiet(session->tls))
		tell_quiet(session);
}

static void session_data(void *user, enum side from, struct bytes data, const struct delivery *how)
{
	struct session *session = user;
	struct delivery at = *how;

	if (session->witness)
		witness_data(session->witness, from, how->offset, data);
	if (session->reader[from] == READER_START && data.n) {
		session->reader[from] = (uint8_t)first_reader(session, from, data);
		if (session->reader[from] == READER_DEAF)
			turn_deaf(session);
	}
	while (data.n && session->reader[from] != READER_DEAF) {
		size_t before = data.n;

		if (session->reader[from] == READER_TLS)
			feed_tls(session, from, &data, &at);
		else
			feed_smtp(session, from, &data, &at);
		at.offset += before - data.n;
	}
	settle_interest(session, from);
}

/* The server has agreed, and the client has begun: what the server says next is TLS. */
static bool answer_is_tls(const struct session *session, enum side from)
{
	return from == SERVER && session->reader[CLIENT] == READER_TLS &&
	       smtp_get_facts(session->smtp)->starttls_accepted;
}

/*
 * Bytes that the live capture left out where they say nothing: content of a message, and TLS that
 * is up. False: elsewhere, they are missed.
 */
static bool skip(struct session *session, enum side from, uint64_t length)
{
	if (session->reader[from] == READER_TLS && tls_get_facts(session->tls)->established) {
		tls_skip(session->tls, from, length);
		return true;
	}
	return session->reader[from] == READER_SMTP && smtp_skip(session->smtp, from, length);
}

static void session_gap(void *user, enum side from, uint64_t length, enum gap_reason why,
	int64_t time)
{
	struct session *session = user;

	(void)time;
	if (session->reader[from] == READER_DEAF ||
		(why == GAP_SKIPPED && skip(session, from, length)))
		return;
	session->marks.gap[from] = true;
	if (why != GAP_LOST)
		session->marks.gap_reason[from] = (uint8_t)why;
	if (session->reader[from] == READER_TLS) {
		tls_gap(session->tls, from, length);
		return;
	}
	need_smtp(session);
	session->marks.gap_after_starttls[from] |= smtp_get_facts(session->smtp)->starttls_requested;
	if (answer_is_tls(session, from)) {
		begin_tls(session, from);
		return;
	}
	smtp_gap(session->smtp, from, length);
	session->reader[from] = READER_SMTP;
}

/* A handshake that ends with the connection has failed, and a retry need not wait for the other side. */
static void end_tls(struct session *session, enum side from, int64_t time)
{
	struct session_marks *marks = &session->marks;

	tls_end(session->tls, from);
	if (marks->failure_time || !tls_get_facts(session->tls)->failed)
		return;
	marks->failure_time = time;
	tell_failure(session);
}

static void session_fin(void *user, enum side from, int64_t time)
{
	struct session *session = user;

	session->marks.fin[from] = true;
	if (session->reader[from] == READER_TLS)
		end_tls(session, from, time);
	else if (session->reader[from] == READER_SMTP)
		smtp_end(session->smtp, from);
	if (from == CLIENT && session->smtp &&
		session_mark_given_up(&session->marks, smtp_get_facts(session->smtp), time))
		tell_failure(session);
}

static void session_reset(void *user, const struct flow_reset *reset)
{
	struct session *session = user;

	if (session->reader[CLIENT] == READER_DEAF)
		return;
	session_mark_reset(&session->marks, session->smtp ? smtp_get_facts(session->smtp) : NULL,
		session->tls ? tls_get_facts(session->tls) : NULL, reset);
	if (session->reader[reset->from] == READER_TLS && reset->distance == 0)
		tls_end(session->tls, reset->from);
	if (session->marks.failure_time == reset->time)
		tell_failure(session);
}

static void session_alive_after_reset(void *user, enum side from, int64_t time)
{
	struct session *session = user;

	(void)time;
	if (session->marks.reset && session->marks.reset->from == from)
		session->marks.alive_after_reset = true;
}

/*
 * What of a line may be shown: up to the first address or argument. Server replies may quote
 * addresses, client lines carry them.
 */
static struct bytes public_part(enum side from, struct bytes line)
{
	for (size_t i = 0; i < line.n; i++) {
		uint8_t c = line.p[i];
		bool stop = c == '<' || c == '@' || c == ':' || c == '\r' || c == '\n';

		if (stop || (from == CLIENT && c == ' '))
			return bytes_of(line.p, i);
	}
	return line;
}

static void session_conflict(void *user, const struct flow_conflict *conflict)
{
	struct session *session = user;
	enum side from = conflict->from;
	char *counted, *refused;

	if (session->reader[from] == READER_DEAF)
		return;
	if (session->reader[from] != READER_SMTP || !session->smtp ||
		smtp_in_content(session->smtp, from)) {
		observe_text(&session->observations, OBS_SEGMENT_CONFLICT, from, conflict->time,
			"two copies of the %s's bytes at offset %llu differ (TTL %u, %u)",
			side_name(from), (unsigned long long)conflict->offset,
			conflict->ttl_counted, conflict->ttl_refused);
		return;
	}
	counted = text_printable_string(public_part(from, conflict->counted), 60);
	refused = text_printable_string(public_part(from, conflict->refused), 60);
	observe_text(&session->observations, OBS_SEGMENT_CONFLICT, from, conflict->time,
		"%s bytes at offset %llu: \"%s\" (TTL %u) and \"%s\" (TTL %u)", side_name(from),
		(unsigned long long)conflict->offset, counted, conflict->ttl_counted, refused,
		conflict->ttl_refused);
	free(counted);
	free(refused);
}

static void session_free(struct session *session)
{
	smtp_free(session->smtp);
	tls_free(session->tls);
	witness_free(session->witness);
	free(session->privacy);
	observations_free(&session->observations);
	free(session->marks.reset);
	free(session);
}

/* Everything that the session knows moves into a record. */
static struct record *record_of(struct session *session, const struct flow_facts *facts,
	enum flow_end why)
{
	struct record *record = mem_alloc(sizeof(*record));

	record->flow = *facts;
	record->end = why;
	if (session->tls)
		tls_take_facts(session->tls, &record->tls);
	else
		record->tls.unseen = UNSEEN_NO_TLS;
	if (session->smtp)
		smtp_take_facts(session->smtp, &record->smtp);
	record->observations = session->observations;
	session->observations = (struct observations){ 0 };
	record->witness = session->witness;
	session->witness = NULL;
	return record;
}

static void name_connection(struct record *record, struct community_ids *ids)
{
	const struct endpoint *endpoint = record->flow.endpoint;

	if (ids)
		community_id(ids, &endpoint[CLIENT], &endpoint[SERVER], 0, record->community_id);
}

/* The parser that reads most of what comes: TLS where there is any. */
static void session_ahead(void *user)
{
	const struct session *session = user;

	if (session->tls)
		tls_ahead(session->tls);
	else if (session->smtp)
		__builtin_prefetch(session->smtp);
}

static void session_close(void *user, const struct flow_facts *facts, enum flow_end why)
{
	struct session *session = user;
	const struct session_params *params = session->params;
	struct record *record = NULL;

	if (session->recognised && session->reader[CLIENT] != READER_DEAF) {
		record = record_of(session, facts, why);
		session_conclude(record, &session->marks);
		if (params->process_certs)
			session_add_process(record, &session->marks, params->process_certs,
				params->tls.certs);
		name_connection(record, params->community_ids);
	}
	session_free(session);
	if (record)
		params->done(params->context, record);
}

#define SESSION_EVENTS                                  \
	.open = session_open,                           \
	.data = session_data,                           \
	.gap = session_gap,                             \
	.fin = session_fin,                             \
	.reset = session_reset,                         \
	.alive_after_reset = session_alive_after_reset, \
	.conflict = session_conflict,                   \
	.ahead = session_ahead,                         \
	.close = session_close

const struct flow_events session_events = { SESSION_EVENTS };
const struct flow_events session_events_witness = { SESSION_EVENTS, .segment = session_segment };
