// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/tls.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dialogue/tls_handshake.h"
#include "dialogue/tls_state.h"

/*
 * A TLS 1.3 alert, encrypted: two bytes, the real type, the tag. Nothing else that belongs to a
 * handshake is as short, the shortest Finished has 53 bytes.
 */
#define SEALED_ALERT 19

/* An alert in clear, or two, for that matter. */
#define CLEAR_ALERT 2

/*
 * Data records of one side after which the other's Finished is not waited for any longer: it was
 * not captured. A server's TLS 1.3 handshake itself takes one to five or so.
 */
#define PATIENCE 200

/* What is done with the payload of the current record. */
enum reading { READ_NOTHING, READ_MESSAGES, READ_ALERTS, READ_SEALED };

struct direction {
	struct tls_reader reader;
	uint16_t length;      /* of the current record */
	uint8_t state;        /* enum tls_state */
	uint8_t reading;      /* enum reading */
	uint8_t data_records; /* up to PATIENCE */
	bool seen;            /* a byte came */
	bool ended;
	bool lost;          /* record boundaries were lost, or the beginning was not seen */
	bool change_cipher; /* it said so, up to TLS 1.2 */
	bool finished;      /* its Finished went by, as far as can be told */
	bool data;          /* application data went by (1.3: anything encrypted but an alert) */
	bool sought_data;   /* the same of the record that TLS_SOUGHT stands in */
};

struct tls {
	struct tls_facts facts;
	struct direction side[2];
	struct tls_handshake *handshake; /* NULL: it is over, or given up */
	struct observations *observations;
};

struct tls *tls_new(const struct tls_params *params, struct observations *observations)
{
	struct tls *tls = mem_alloc(sizeof(*tls));

	tls->observations = observations;
	tls->handshake = tls_handshake_new(params, &tls->facts, observations);
	return tls;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	tls_handshake_free(tls->handshake);
	tls_facts_free(&tls->facts);
	free(tls);
}

void tls_ahead(const struct tls *tls)
{
	/* And what lies between them, which is less than a cache line. */
	__builtin_prefetch(&tls->facts.failed);
	__builtin_prefetch(&tls->handshake);
}

void tls_facts_free(struct tls_facts *facts)
{
	cert_chain_release(facts->chain);
	free(facts->server_name);
	free(facts->next_protocol);
	*facts = (struct tls_facts){ 0 };
}

const struct tls_facts *tls_get_facts(const struct tls *tls)
{
	return &tls->facts;
}

bool tls_is_quiet(const struct tls *tls)
{
	return !tls->handshake;
}

bool tls_recognise(enum side from, struct bytes first)
{
	return tls_reader_recognise(from, true, first);
}

static void enter(struct direction *direction, enum tls_state state)
{
	assert(tls_state_may_follow(direction->state, state));
	direction->state = (uint8_t)state;
}

/* Why there is no certificate, from what the handshake says and what the capture has. */
static enum tls_unseen unseen(const struct tls *tls)
{
	const struct direction *client = &tls->side[CLIENT], *server = &tls->side[SERVER];
	enum tls_unseen why = tls_handshake_unseen(tls->handshake);

	if (why != UNSEEN_ABORTED)
		return why;
	if (server->lost)
		return UNSEEN_GAP;
	if (server->seen)
		return UNSEEN_ABORTED;
	if (!client->seen && !client->lost)
		return UNSEEN_NO_TLS;
	return server->ended ? UNSEEN_ABORTED : UNSEEN_ONE_SIDED;
}

static void end_handshake(struct tls *tls)
{
	if (!tls->handshake)
		return;
	tls->facts.unseen = (uint8_t)unseen(tls);
	tls_handshake_free(tls->handshake);
	tls->handshake = NULL;
}

void tls_take_facts(struct tls *tls, struct tls_facts *out)
{
	end_handshake(tls);
	*out = tls->facts;
	tls->facts = (struct tls_facts){ 0 };
}

/* True if @version is known and its handshakes end in a ChangeCipherSpec and a Finished. */
static bool is_before_1_3(const struct tls_facts *facts)
{
	return facts->server_hello && facts->version < TLS_1_3;
}

static bool is_1_3(const struct tls_facts *facts)
{
	return facts->server_hello && facts->version >= TLS_1_3;
}

static bool is_done(const struct direction *direction)
{
	return direction->finished || direction->data;
}

/* Has anything decided what becomes of this handshake? */
static void judge_handshake(struct tls *tls)
{
	const struct direction *client = &tls->side[CLIENT], *server = &tls->side[SERVER];
	struct tls_facts *facts = &tls->facts;

	if (!tls->handshake)
		return;
	/* Up to TLS 1.2 a server's data proves the client's Finished; RFC 7918 is for clients only.
	 */
	if (!facts->failed &&
		((is_done(client) && is_done(server)) || (is_before_1_3(facts) && server->data)))
		facts->established = true;
	if (facts->failed || facts->established || client->data_records >= PATIENCE ||
		server->data_records >= PATIENCE)
		end_handshake(tls);
}

static void fail(struct tls *tls)
{
	if (tls->handshake)
		tls->facts.failed = true;
	judge_handshake(tls);
}

/* A record of application data type has passed. */
static void note_data(struct tls *tls, struct direction *direction)
{
	bool early = tls->handshake->early_data && !tls->facts.server_hello;

	if (direction->data_records < PATIENCE)
		direction->data_records++;
	if ((direction->length == SEALED_ALERT && !is_before_1_3(&tls->facts)) ||
		(early && direction == &tls->side[CLIENT]))
		return;
	if (direction->state == TLS_SOUGHT)
		direction->sought_data = true;
	else
		direction->data = true;
}

/* The last byte of a record's payload came, or went missing. */
static void end_record(struct tls *tls, struct direction *direction, enum side from)
{
	struct tls_handshake *handshake = tls->handshake;
	bool read = direction->reading == READ_SEALED;

	direction->reading = READ_NOTHING;
	if (!handshake)
		return;
	if (read)
		direction->finished |= handshake->finished[from];
	/* What can't be decrypted is judged by its looks. */
	if (direction->reader.type == TLS_APPLICATION_DATA &&
		(!read || (!handshake->opener[from] && !handshake->finished[from])))
		note_data(tls, direction);
	if (direction->reader.type == TLS_HANDSHAKE && direction->state == TLS_OPAQUE &&
		direction->change_cipher && is_before_1_3(&tls->facts))
		direction->finished = true;
	judge_handshake(tls);
}

/* In TLS 1.3 nothing is in clear behind the ServerHello. */
static void leave_clear(struct tls *tls)
{
	for (enum side side = CLIENT; side <= SERVER; side++) {
		if (tls->side[side].state != TLS_CLEAR)
			continue;
		tls->side[side].reading = READ_NOTHING;
		enter(&tls->side[side], TLS_OPAQUE);
	}
}

static void read_messages(struct tls *tls, enum side from, struct bytes payload, int64_t time)
{
	bool known = is_1_3(&tls->facts);

	tls_handshake_messages(tls->handshake, from, payload, time);
	if (is_1_3(&tls->facts) && !known)
		leave_clear(tls);
}

/* ChangeCipherSpec: up to TLS 1.2 encryption begins; in 1.3 it means nothing (RFC 8446 D.4). */
static void change_cipher(struct tls *tls, struct direction *direction, enum side from)
{
	const struct tls_facts *facts = &tls->facts;

	if (direction->state != TLS_CLEAR || is_1_3(facts) ||
		(facts->hello_retry && !facts->server_hello))
		return;
	direction->change_cipher = true;
	tls_handshake_change_cipher(tls->handshake, from);
	enter(direction, TLS_OPAQUE);
}

/* The first record of a side: one that can't be first means that the beginning was not seen. */
static void begin_stream(struct direction *direction)
{
	uint8_t type = direction->reader.type;
	bool first = type == TLS_HANDSHAKE || type == TLS_ALERT || type == TLS_SSLV2_HELLO;

	direction->lost |= !first;
	enter(direction, first ? TLS_CLEAR : TLS_OPAQUE);
}

static void begin_data(struct tls *tls, struct direction *direction, enum side from)
{
	if (direction->state == TLS_CLEAR) {
		/* 0-RTT data follows its ClientHello; before TLS 1.3 something was missed. */
		direction->lost |=
			!is_1_3(&tls->facts) && !(from == CLIENT && tls->handshake->early_data);
		enter(direction, TLS_OPAQUE);
	}
	if (direction->state == TLS_OPAQUE && tls->handshake->opener[from])
		direction->reading = READ_SEALED;
}

/* What the payload of a record is good for. */
static void begin_content(
	struct tls *tls, struct direction *direction, enum side from, int64_t time)
{
	struct tls_handshake *handshake = tls->handshake;

	switch (direction->reader.type) {
	case TLS_CHANGE_CIPHER_SPEC:
		change_cipher(tls, direction, from);
		break;
	case TLS_ALERT:
		/* OpenSSL has clients that refuse a certificate under TLS 1.3 say so in clear. */
		if (direction->state == TLS_CLEAR ||
			(direction->state == TLS_OPAQUE && is_1_3(&tls->facts) &&
				direction->length == CLEAR_ALERT))
			direction->reading = READ_ALERTS;
		break;
	case TLS_HANDSHAKE:
		if (direction->state == TLS_CLEAR)
			direction->reading = READ_MESSAGES;
		break;
	case TLS_SSLV2_HELLO:
		handshake->sslv2 = true;
		direction->reading = READ_MESSAGES;
		tls_messages_expect(
			&handshake->messages[from], direction->reader.head[2], direction->length);
		read_messages(
			tls, from, bytes_of(direction->reader.head + 2, TLS_HEADER - 2), time);
		break;
	case TLS_APPLICATION_DATA:
		begin_data(tls, direction, from);
		break;
	default:
		break;
	}
}

static void begin_record(struct tls *tls, struct direction *direction, enum side from, int64_t time)
{
	const struct tls_reader *reader = &direction->reader;

	direction->reading = READ_NOTHING;
	direction->length = (uint16_t)reader->left;
	if (reader->type == TLS_SSLV2_HELLO)
		direction->length = (uint16_t)(direction->length + TLS_HEADER - 2);
	if (direction->state == TLS_START)
		begin_stream(direction);
	if (direction->state == TLS_SOUGHT) {
		enter(direction, TLS_REJOINED);
		direction->data |= direction->sought_data;
	}
	if (tls->handshake)
		begin_content(tls, direction, from, time);
	if (!reader->left)
		end_record(tls, direction, from);
}

struct bytes tls_held(const struct tls *tls, enum side from)
{
	const struct tls_reader *reader = &tls->side[from].reader;

	return bytes_of(reader->head, tls->side[from].state == TLS_TALKING ? reader->have : 0);
}

/* A text line in evidence: what was held of it and what there is of the rest, to its end. */
static void observe_line(struct tls *tls, enum observation_kind kind, enum side from, int64_t time,
	struct bytes data)
{
	struct bytes held = tls_held(tls, from);
	uint8_t line[OBSERVATION_TEXT];
	size_t n = held.n;

	memcpy(line, held.p, n);
	for (size_t i = 0; i < data.n && n < sizeof(line); i++) {
		if (data.p[i] == '\r' || data.p[i] == '\n')
			break;
		line[n++] = data.p[i];
	}
	observe(tls->observations, kind, from, time, bytes_of(line, n));
}

static void meet_text(struct tls *tls, enum side from, struct bytes data, int64_t time)
{
	struct direction *direction = &tls->side[from];
	const struct direction *client = &tls->side[CLIENT];
	bool begun = client->seen || client->lost || direction->state != TLS_START;

	enter(direction, TLS_TALKING);
	if (from == SERVER && client->ended) {
		/* Exim says "421 ... lost input connection" to a client that has left: no deceit. */
		fail(tls);
		return;
	}
	if (tls->facts.established || (!tls->handshake && !tls->facts.failed))
		observe_line(tls, OBS_TEXT_INSIDE_TLS, from, time, data);
	/* After a fatal alert a server may well go on in clear, as some do. */
	else if (from == SERVER && begun && !tls->facts.failed)
		observe_line(tls, OBS_TLS_REPLACED_BY_TEXT, from, time, data);
	fail(tls);
}

static void meet_junk(struct tls *tls, enum side from, struct bytes data, int64_t time)
{
	struct direction *direction = &tls->side[from];
	uint8_t head[TLS_HEADER];
	size_t held = direction->reader.have;

	/* As many bytes as a header has; they may be anybody's content. */
	memcpy(head, direction->reader.head, held);
	memcpy(head + held, data.p, TLS_HEADER - held);
	enter(direction, TLS_BROKEN);
	observe_text(tls->observations, OBS_TLS_BROKEN, from, time,
		"%02x %02x %02x %02x %02x where a record is due", head[0], head[1], head[2],
		head[3], head[4]);
	fail(tls);
}

/* Record boundaries are lost: nothing that is said from here on can be told. */
static void lose_track(struct tls *tls, struct direction *direction, enum side from)
{
	direction->lost = true;
	direction->reader = (struct tls_reader){ 0 };
	direction->reading = READ_NOTHING;
	if (tls->handshake)
		tls_handshake_gap(tls->handshake, from, UINT64_MAX);
	enter(direction, TLS_GAP);
}

/* Bytes behind a gap: a sender's segments often begin with a record. */
static void seek_record(
	struct tls *tls, struct direction *direction, enum side from, struct bytes *data)
{
	if (data->n < TLS_HEADER || !tls_header_plausible(data->p) ||
		tls_reader_header(&direction->reader, from, false, data) != TLS_HEADER_RECORD) {
		bytes_skip(data, data->n);
		/* Each try wears the patience out as a record does. */
		if (direction->data_records < PATIENCE)
			direction->data_records++;
		judge_handshake(tls);
		return;
	}
	direction->length = (uint16_t)direction->reader.left;
	direction->sought_data = false;
	enter(direction, TLS_SOUGHT);
}

/* A piece of what the live capture hands up of established TLS: is it lines, and nothing else? */
static bool is_text(enum side from, struct bytes data)
{
	struct tls_reader reader = { 0 };
	struct bytes front = data;

	if (!data.n || data.p[data.n - 1] != '\n' ||
		tls_reader_header(&reader, from, false, &front) != TLS_HEADER_TEXT)
		return false;
	for (size_t i = 0; i < data.n; i++) {
		uint8_t c = data.p[i];

		if ((c < ' ' || c > '~') && c != '\r' && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

static void take_payload(struct tls *tls, struct direction *direction, enum side from,
	struct bytes *data, int64_t time)
{
	struct tls_reader *reader = &direction->reader;
	struct bytes piece;

	bytes_take(data, data->n < reader->left ? data->n : reader->left, &piece);
	reader->left -= (uint32_t)piece.n;
	if (direction->reading == READ_MESSAGES)
		read_messages(tls, from, piece, time);
	else if (direction->reading == READ_ALERTS &&
		 !tls_handshake_alerts(tls->handshake, from, piece))
		direction->reading = READ_NOTHING;
	else if (direction->reading == READ_SEALED)
		tls_handshake_sealed(tls->handshake, from, piece, reader->left, time);
	if (!reader->left)
		end_record(tls, direction, from);
}

static enum tls_status take_header(struct tls *tls, struct direction *direction, enum side from,
	struct bytes *data, int64_t time)
{
	bool rejoined = direction->state == TLS_SOUGHT || direction->state == TLS_REJOINED;
	enum tls_header header =
		tls_reader_header(&direction->reader, from, direction->state == TLS_START, data);

	if (header == TLS_HEADER_RECORD) {
		begin_record(tls, direction, from, time);
	} else if (header != TLS_HEADER_MORE && rejoined) {
		lose_track(tls, direction, from);
		bytes_skip(data, data->n);
	} else if (header == TLS_HEADER_TEXT) {
		meet_text(tls, from, *data, time);
		return TLS_TEXT;
	} else if (header == TLS_HEADER_JUNK) {
		meet_junk(tls, from, *data, time);
	}
	return TLS_MORE;
}

/* True where a record after the other is all there is to see. */
static bool is_on_track(const struct direction *direction)
{
	return direction->state == TLS_OPAQUE || direction->state == TLS_CLEAR ||
	       direction->state == TLS_REJOINED;
}

enum tls_status tls_feed(struct tls *tls, enum side from, struct bytes *data, int64_t time)
{
	struct direction *direction = &tls->side[from];

	if (!tls->handshake && is_on_track(direction) && tls_reader_hop(&direction->reader, data))
		return TLS_MORE;
	direction->seen |= data->n > 0;
	if (direction->state == TLS_TALKING && data->n && !tls_recognise(from, *data)) {
		direction->reader.have = 0;
		return TLS_TEXT;
	}
	if (direction->state == TLS_GAP && data->n)
		seek_record(tls, direction, from, data);
	if (direction->state == TLS_SKIPPED && is_text(from, *data)) {
		meet_text(tls, from, *data, time);
		return TLS_TEXT;
	}
	while (data->n) {
		if (direction->state == TLS_BROKEN || direction->state == TLS_TALKING ||
			direction->state == TLS_SKIPPED)
			bytes_skip(data, data->n);
		else if (direction->reader.left)
			take_payload(tls, direction, from, data, time);
		else if (take_header(tls, direction, from, data, time) == TLS_TEXT)
			return TLS_TEXT;
	}
	return TLS_MORE;
}

/* A hole in the payload of one record costs what that record says, and no more. */
static void lose_payload(
	struct tls *tls, struct direction *direction, enum side from, uint64_t length)
{
	direction->reader.left -= (uint32_t)length;
	if (tls->handshake && direction->reading != READ_NOTHING)
		tls_handshake_gap(tls->handshake, from, length);
	if (direction->reading != READ_MESSAGES)
		direction->reading = READ_NOTHING;
	if (!direction->reader.left)
		end_record(tls, direction, from);
}

void tls_gap(struct tls *tls, enum side from, uint64_t length)
{
	struct direction *direction = &tls->side[from];

	if (!length || direction->state == TLS_TALKING || direction->state == TLS_BROKEN ||
		direction->state == TLS_GAP)
		return;
	if (length <= direction->reader.left)
		lose_payload(tls, direction, from, length);
	else
		lose_track(tls, direction, from);
}

void tls_skip(struct tls *tls, enum side from, uint64_t length)
{
	struct direction *direction = &tls->side[from];

	if (direction->state != TLS_OPAQUE && direction->state != TLS_REJOINED &&
		direction->state != TLS_SKIPPED) {
		tls_gap(tls, from, length);
		return;
	}
	direction->reader = (struct tls_reader){ 0 };
	direction->reading = READ_NOTHING;
	if (direction->state != TLS_SKIPPED)
		enter(direction, TLS_SKIPPED);
}

void tls_end(struct tls *tls, enum side from)
{
	const struct direction *client = &tls->side[CLIENT], *server = &tls->side[SERVER];

	tls->side[from].ended = true;
	if (!tls->handshake || client->lost || server->lost)
		return;
	/* Of a side that was never heard it is not known what it did. */
	if ((!client->seen && !client->ended) || (!server->seen && !server->ended))
		return;
	if (!is_done(&tls->side[from]) || tls->side[side_other(from)].ended)
		fail(tls);
}
