// SPDX-License-Identifier: BSD-2-Clause
#include "talk.h"

#include <stdlib.h>

#include "base/mem.h"
#include "put.h"

enum {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,
	PSH = 0x08,
	ACK = 0x10,
	URG = 0x20,
};

/* The clock: time until the other side answers, between segments of a flight, until a
 * retransmission. */
#define TURN_TIME       10000000
#define SEGMENT_TIME    50000
#define RETRANSMIT_TIME 200000000

/* One segment of a side: everything that is not the side's usual. */
struct shape {
	uint8_t flags;
	uint32_t seq;
	int32_t ack_off;
	uint8_t ttl;    /* 0: usual */
	uint16_t ip_id; /* 0: the next */
	const uint16_t *window;
	bool bad_checksum;
	struct bytes options, payload;
};

struct shot {
	struct trace *trace;
	int64_t time;
};

static void take_frame(void *context, struct bytes frame)
{
	struct shot *shot = context;

	trace_add(shot->trace, shot->time, frame);
	shot->time += 1000;
}

static void send_shape(struct talk *talk, enum side from, const struct shape *shape)
{
	struct talk_end *self = &talk->end[from], *peer = &talk->end[side_other(from)];
	struct shot shot = { .trace = talk->trace, .time = talk->now };
	struct frame_tcp tcp = {
		.from = self->at,
		.to = peer->at,
		.seq = shape->seq,
		.flags = shape->flags,
		.window = shape->window ? *shape->window : self->window,
		.ttl = shape->ttl ? shape->ttl : self->ttl,
		.checksum = shape->bad_checksum ? CHECKSUM_WRONG : self->checksum,
		.from_client = from == CLIENT,
		.extensions = talk->extensions,
		.options = shape->options,
		.payload = shape->payload,
		.fragment = talk->fragment,
		.last_first = talk->last_first,
	};

	if (shape->flags & ACK)
		tcp.ack = peer->next + (uint32_t)shape->ack_off;
	if (shape->flags & URG)
		tcp.urgent = (uint16_t)shape->payload.n;
	tcp.ip_id = shape->ip_id ? shape->ip_id : ++self->ip_id;
	if (self->captured)
		frame_build(talk->style, &tcp, take_frame, &shot);
	talk->now += SEGMENT_TIME;
}

static void send_plain(struct talk *talk, enum side from, uint8_t flags)
{
	const struct shape shape = { .flags = flags, .seq = talk->end[from].next };

	send_shape(talk, from, &shape);
	talk->end[from].owes_ack = false;
}

static void pay_ack(struct talk *talk, enum side from)
{
	if (talk->end[from].owes_ack && !talk->end[from].mute)
		send_plain(talk, from, ACK);
}

void talk_ack(struct talk *talk, enum side from)
{
	talk_flush(talk);
	send_plain(talk, from, ACK);
}

void talk_open(struct talk *talk, enum talk_start start, struct bytes early)
{
	static const uint8_t mss[4] = { 2, 4, 0x05, 0xb4 };
	struct talk_end *client = &talk->end[CLIENT], *server = &talk->end[SERVER];
	struct shape syn = { .flags = SYN,
		.seq = client->first,
		.options = { mss, sizeof(mss) },
		.payload = early };
	struct shape syn_ack = {
		.flags = SYN | ACK, .seq = server->first, .options = { mss, sizeof(mss) }
	};

	client->next = client->first + 1 + (uint32_t)early.n;
	server->next = server->first + 1;
	talk->open = start == START_WHOLE || start == START_MIDSTREAM;
	if (start == START_MIDSTREAM)
		return;
	send_shape(talk, CLIENT, &syn);
	if (start == START_UNANSWERED) {
		for (int64_t seconds = 1; seconds <= 4; seconds *= 2) {
			talk->now += seconds * TALK_SECOND;
			send_shape(talk, CLIENT, &syn);
		}
		return;
	}
	talk->now += TURN_TIME;
	if (start == START_REFUSED) {
		server->next = 0;
		send_plain(talk, SERVER, RST | ACK);
		return;
	}
	send_shape(talk, SERVER, &syn_ack);
	talk->now += TURN_TIME;
	send_plain(talk, CLIENT, ACK);
}

/* A piece of a flight, before the tap. */
struct piece {
	size_t at, length;
};

static bool in_hole(const struct talk_accident *accident, size_t at)
{
	for (size_t i = 0; i < accident->hole_count; i++)
		if (at >= accident->holes[i].at &&
			at - accident->holes[i].at < accident->holes[i].length)
			return true;
	return false;
}

/* Cut a flight of @length bytes into segments: at the segment size and at the edges of holes. */
static struct piece *cut(
	const struct talk_accident *accident, size_t length, size_t limit, size_t *count)
{
	struct piece *pieces = NULL;
	size_t room = 0, n = 0, start = 0;

	for (size_t at = 1; at <= length; at++) {
		bool edge = at < length && in_hole(accident, at) != in_hole(accident, at - 1);

		if (at < length && at - start < limit && !edge)
			continue;
		if (!in_hole(accident, start)) {
			pieces = mem_grow(pieces, n, &room, sizeof(*pieces));
			pieces[n++] = (struct piece){ .at = start, .length = at - start };
		}
		start = at;
	}
	*count = n;
	return pieces;
}

static void send_piece(struct talk *talk, enum side from, struct bytes flight, struct piece piece)
{
	const struct talk_end *self = &talk->end[from];
	struct shape shape = {
		.flags = ACK,
		.seq = self->next + (uint32_t)piece.at,
		.ttl = self->accident.ttl,
		.payload = bytes_of(flight.p + piece.at, piece.length),
	};

	if (piece.at + piece.length == flight.n)
		shape.flags |= PSH;
	if (self->accident.urgent)
		shape.flags |= URG;
	send_shape(talk, from, &shape);
	if (self->accident.duplicate)
		send_shape(talk, from, &shape);
}

static void send_decoy(struct talk *talk, enum side from)
{
	const struct talk_end *self = &talk->end[from];
	const struct talk_accident *accident = &self->accident;
	struct shape shape = {
		.flags = ACK | PSH,
		.seq = self->next + (uint32_t)accident->decoy_at,
		.ttl = accident->decoy_ttl,
		.bad_checksum = accident->decoy_bad_checksum,
		.payload = text_bytes(&accident->decoy_bytes),
	};

	send_shape(talk, from, &shape);
}

static void send_pieces(struct talk *talk, enum side from, struct bytes flight,
	const struct piece *pieces, size_t count)
{
	const struct talk_accident *accident = &talk->end[from].accident;
	size_t skip = accident->lose && count ? 1 : 0;

	if (accident->decoy && accident->decoy_first)
		send_decoy(talk, from);
	for (size_t i = skip; i < count; i++)
		send_piece(
			talk, from, flight, pieces[accident->reorder ? count - 1 - i + skip : i]);
	if (skip) {
		talk->now += RETRANSMIT_TIME;
		send_piece(talk, from, flight, pieces[0]);
	}
	if (accident->decoy && !accident->decoy_first)
		send_decoy(talk, from);
}

static void fly(struct talk *talk, enum side from)
{
	struct talk_end *self = &talk->end[from];
	struct text old = self->flight;
	struct piece *pieces;
	size_t count, limit = talk->split ? talk->split : talk->mss;

	if (self->pending.n == 0)
		return;
	pay_ack(talk, side_other(from)); /* for what this side sent before, unanswered */
	talk->now += TURN_TIME;
	self->flight = self->pending;
	self->pending = old;
	text_reset(&self->pending);
	self->flight_seq = self->next;
	pieces = cut(&self->accident, self->flight.n, limit, &count);
	send_pieces(talk, from, text_bytes(&self->flight), pieces, count);
	free(pieces);
	self->next += (uint32_t)self->flight.n;
	self->owes_ack = false;
	talk->end[side_other(from)].owes_ack = true;
	text_free(&self->accident.decoy_bytes);
	self->accident = (struct talk_accident){ 0 };
}

void talk_flush(struct talk *talk)
{
	/* At most one side has anything: talk_say() sees to it. */
	fly(talk, CLIENT);
	fly(talk, SERVER);
}

void talk_say(struct talk *talk, enum side from, struct bytes bytes)
{
	fly(talk, side_other(from));
	text_add(&talk->end[from].pending, bytes);
}

void talk_wait(struct talk *talk, int64_t ns)
{
	talk_flush(talk);
	pay_ack(talk, CLIENT);
	pay_ack(talk, SERVER);
	talk->now += ns;
}

void talk_keepalive(struct talk *talk, enum side from)
{
	static const uint8_t nothing[1];
	struct shape shape = { .flags = ACK, .payload = { nothing, 1 } };

	talk_wait(talk, TURN_TIME);
	shape.seq = talk->end[from].next - 1;
	send_shape(talk, from, &shape);
	talk->now += TURN_TIME;
	if (!talk->end[side_other(from)].mute)
		send_plain(talk, side_other(from), ACK);
}

void talk_retransmit(struct talk *talk, enum side from)
{
	const struct talk_end *self = &talk->end[from];
	struct shape shape = { .flags = ACK | PSH };

	talk_flush(talk);
	talk->now += RETRANSMIT_TIME;
	shape.seq = self->flight_seq;
	shape.payload = text_bytes(&self->flight);
	send_shape(talk, from, &shape);
}

void talk_fin(struct talk *talk, enum side from)
{
	struct talk_end *self = &talk->end[from];

	talk_flush(talk);
	pay_ack(talk, side_other(from));
	talk->now += TURN_TIME;
	send_plain(talk, from, FIN | ACK);
	self->fin = true;
	self->next++;
	talk->end[side_other(from)].owes_ack = true;
}

void talk_reset(struct talk *talk, enum side from, const struct talk_reset *how)
{
	struct shape shape = {
		.flags = how->without_ack ? RST : RST | ACK,
		.ack_off = how->ack,
		.ttl = how->ttl,
		.ip_id = how->ip_id,
		.window = &how->window,
		.bad_checksum = how->bad_checksum,
	};

	talk_flush(talk);
	talk->now += TURN_TIME / 10;
	shape.seq = talk->end[from].next + (uint32_t)how->seq;
	send_shape(talk, from, &shape);
	if (!how->goes_on)
		talk->open = false;
}

void talk_close(struct talk *talk, enum side first)
{
	enum side second = side_other(first);

	talk_flush(talk);
	if (talk->open) {
		if (!talk->end[first].fin)
			talk_fin(talk, first);
		if (!talk->end[second].fin)
			talk_fin(talk, second);
		pay_ack(talk, first);
		pay_ack(talk, second);
		talk->open = false;
	}
	for (int i = 0; i < 2; i++) {
		text_free(&talk->end[i].pending);
		text_free(&talk->end[i].flight);
		text_free(&talk->end[i].accident.decoy_bytes);
	}
}
