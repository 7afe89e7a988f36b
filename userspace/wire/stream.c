// SPDX-License-Identifier: BSD-2-Clause
#include "wire/stream.h"

#include "wire/deliver.h"
#include "wire/order.h"

void stream_base(struct stream *stream, uint32_t seq, bool guessed)
{
	stream->next_seq = seq;
	stream->acked = stream->sent = 0;
	stream->based = true;
	stream->guessed = guessed;
}

/* For waiting_add(). */
struct overlap_context {
	struct flow_table *table;
	struct flow *flow;
	enum side from;
};

static void overlap(void *context, const struct piece *held, const struct piece *came)
{
	const struct overlap_context *where = context;
	struct piece same = piece_cut_before(*held, came->offset);

	if (came->unproven)
		return;
	deliver_compare(where->table, where->flow, where->from, &same, came);
}

/* Put a copy of @piece in, and keep the bounds. */
static void wait_for_more(
	struct flow_table *table, struct flow *flow, enum side from, const struct piece *piece)
{
	struct overlap_context context = { table, flow, from };

	if (!flow->waiting) {
		flow->waiting = waiting_new(flow, &table->stats.waiting_bytes);
		list_append(&table->waiting, &flow->waiting->all);
	}
	waiting_add(flow->waiting, from, piece, overlap, &context);
}

static void keep_bounds(struct flow_table *table, struct flow *flow)
{
	struct waiting *longest;

	if (flow->waiting && (flow->waiting->bytes > table->params.max_waiting_flow ||
				     flow->waiting->count > STREAM_MAX_CHUNKS))
		order_force(table, flow, table->params.max_waiting_flow, GAP_EVICTED);
	while (table->stats.waiting_bytes > table->params.max_waiting) {
		longest = list_entry(table->waiting.next, struct waiting, all);
		order_force(table, longest->flow, 0, GAP_EVICTED);
	}
}

/* Nobody listens to this side: only follow where it is. */
static void pass(struct flow *flow, enum side from, const struct piece *piece)
{
	struct flow_side *side = &flow->facts.side[from];
	uint64_t end = piece_end(piece);

	if (end > side->delivered) {
		flow->stream[from].next_seq += (uint32_t)(end - side->delivered);
		side->delivered = end;
	}
	side->fin |= piece->fin;
}

/*
 * The part of @piece that was told before. A single byte just behind the last one is a keep-alive
 * (RFC 9293 3.8.4): it may be anything.
 */
static void take_again(
	struct flow_table *table, struct flow *flow, enum side from, struct piece *piece)
{
	struct flow_side *side = &flow->facts.side[from];
	uint64_t n = side->delivered - piece->offset;
	struct piece again = piece_split(piece, n < piece->length ? n : piece->length);

	if (again.length == 1 && n == 1 && !piece->length)
		return;
	if (!again.length)
		return;
	side->retransmissions++;
	if (flow->stream[from].interest == FLOW_FULL && again.length <= RECENT_MAX)
		deliver_compare_recent(table, flow, from, &again);
}

/*
 * @piece is next, its own sender's needs are met, and it overlaps chunks which wait because they
 * acknowledge what the other side never sent: a receiver would not have taken those (RFC 5961 5.2).
 */
static void displace(
	struct flow_table *table, struct flow *flow, enum side from, const struct piece *piece)
{
	const struct chunk *chunk;
	struct piece again;

	while ((chunk = order_front(flow, from)) && chunk->piece.offset < piece_end(piece) &&
		!order_is_met(flow, side_other(from), chunk->piece.need)) {
		again = piece_cut_before(*piece, chunk->piece.offset);
		deliver_compare(table, flow, from, &again, &chunk->piece);
		order_drop_front(flow, from);
	}
}

/* In order, and nothing that waits comes before or with it. */
static bool is_direct(const struct flow *flow, enum side from, const struct piece *piece)
{
	const struct chunk *chunk = order_front(flow, from);

	return piece->offset == flow->facts.side[from].delivered && !flow->facts.side[from].fin &&
	       order_is_met(flow, side_other(from), piece->need) &&
	       (!chunk || chunk->piece.offset >= piece_end(piece) + piece->fin);
}

static void take_piece(
	struct flow_table *table, struct flow *flow, enum side from, struct piece *piece)
{
	struct flow_side *side = &flow->facts.side[from];

	if (piece->offset < side->delivered)
		take_again(table, flow, from, piece);
	if (!piece->length && (!piece->fin || piece->offset < side->delivered || side->fin))
		return;
	/* Behind its FIN a keep-alive looks like a byte in the FIN's place. */
	if (side->fin && piece->length == 1 && piece->offset == side->delivered)
		return;
	if (flow->waiting && piece->offset == side->delivered && !side->fin &&
		order_is_met(flow, side_other(from), piece->need))
		displace(table, flow, from, piece);
	if (is_direct(flow, from, piece)) {
		deliver_piece(table, flow, from, piece, piece->length - piece->data.n);
		if (piece->fin)
			deliver_fin(table, flow, from, piece->time);
		return;
	}
	wait_for_more(table, flow, from, piece);
	keep_bounds(table, flow);
}

/* What of @segment's acknowledgement is known as an offset in the other side's stream; 0: nothing.
 */
static uint64_t acked_offset(const struct flow *flow, enum side from, const struct segment *segment)
{
	enum side other = side_other(from);
	const struct stream *stream = &flow->stream[other];
	int64_t distance = stream_distance(stream, segment->ack);
	int64_t offset = (int64_t)flow->facts.side[other].delivered + distance;

	if (!(segment->flags & TCP_ACK) || !stream->based || distance > STREAM_WINDOW)
		return 0;
	return offset > 0 ? (uint64_t)offset : 0;
}

/*
 * A forged SYN-ACK may have told us a wrong beginning. The right one is where the first payload and
 * what the other side acknowledges agree.
 */
static void correct_base(struct flow *flow, enum side from, const struct segment *segment)
{
	struct stream *stream = &flow->stream[from];
	int64_t distance = stream_distance(stream, segment->seq);

	if (flow->facts.side[from].delivered || order_front(flow, from) ||
		!segment->payload_length || (distance <= STREAM_NEAR && distance >= -STREAM_NEAR) ||
		segment->seq - stream->ack_seq > STREAM_NEAR)
		return;
	stream_base(stream, segment->seq, false);
}

/* Where @segment lies, from the stream's first byte on. False: in none that we follow. */
static bool locate(
	const struct flow *flow, enum side from, const struct segment *segment, struct piece *piece)
{
	int64_t distance = stream_distance(&flow->stream[from], segment->seq);
	int64_t offset = (int64_t)flow->facts.side[from].delivered + distance;
	uint64_t before = offset < 0 ? (uint64_t)-offset : 0;

	*piece = (struct piece){
		.offset = offset > 0 ? (uint64_t)offset : 0,
		.data = segment->payload,
		.length = segment->payload_length,
		.need = acked_offset(flow, from, segment),
		.time = segment->time,
		.ttl = segment->ttl,
		.push = segment->flags & TCP_PSH,
		.fin = segment->flags & TCP_FIN && before <= segment->payload_length,
		.altered = segment->altered,
	};
	if (before) {
		piece_split(piece, before < piece->length ? before : piece->length);
		piece->offset = 0;
	}
	return distance <= STREAM_WINDOW && distance >= -STREAM_WINDOW;
}

void stream_take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	struct stream *stream = &flow->stream[from];
	struct piece piece;
	uint64_t end;

	correct_base(flow, from, segment);
	if (!locate(flow, from, segment, &piece)) {
		table->stats.stray++;
		return;
	}
	end = piece_end(&piece);
	if (end + piece.fin > stream->sent)
		stream->sent = end + piece.fin;
	if (!piece.length && !piece.fin)
		return;
	if (flow->waiting)
		waiting_drop_unproven(flow->waiting, from, piece.offset, end);
	if (flow_wants(flow, from))
		take_piece(table, flow, from, &piece);
	else
		pass(flow, from, &piece);
}

void stream_take_unproven(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	const struct flow_side *side = &flow->facts.side[from];
	struct piece piece;

	if (!flow_wants(flow, from) || side->fin || !locate(flow, from, segment, &piece) ||
		piece_end(&piece) <= side->delivered)
		return;
	piece = piece_cut_before(piece, side->delivered);
	piece.fin = false;
	piece.unproven = true;
	wait_for_more(table, flow, from, &piece);
	keep_bounds(table, flow);
}

void stream_take_syn(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	struct piece piece = {
		.data = segment->payload,
		.length = segment->payload_length,
		.time = segment->time,
		.ttl = segment->ttl,
		.push = segment->flags & TCP_PSH,
		.unproven = true,
	};

	if (!piece.length || order_front(flow, from) || flow->facts.side[from].delivered)
		return;
	wait_for_more(table, flow, from, &piece);
	order_front(flow, from)->syn = true; /* nothing else can wait yet */
	keep_bounds(table, flow);
}

/* A side that went on behind its FIN, and the other side takes it: so the FIN was not its own. */
static void refute_fin(struct flow_table *table, struct flow *flow, enum side side, int64_t time)
{
	const struct chunk *chunk = order_front(flow, side);
	struct flow_side *facts = &flow->facts.side[side];

	if (!facts->fin || !chunk || chunk->piece.offset > facts->delivered ||
		flow->stream[side].acked < facts->delivered + 2)
		return;
	facts->fin = false;
	if (table->events->alive_after_reset && flow_wants(flow, side))
		table->events->alive_after_reset(flow->user, side, time);
}

void stream_ack(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	enum side other = side_other(from);
	struct stream *stream = &flow->stream[other];
	int64_t distance;

	if (!(segment->flags & TCP_ACK))
		return;
	flow->stream[from].acks = true;
	stream->ack_seq = segment->ack;
	if (!stream->based)
		stream_base(stream, segment->ack, true);
	distance = stream_distance(stream, segment->ack);
	if (distance > STREAM_WINDOW || distance < -STREAM_WINDOW)
		return;
	stream->acked = acked_offset(flow, from, segment);
	refute_fin(table, flow, other, segment->time);
}

/* How much of the next @length bytes of a side is a gap: what waits in it, if only for a proof, is not. */
static uint64_t gap_before(const struct flow *flow, enum side side, uint64_t length)
{
	const struct chunk *chunk = order_front(flow, side);
	uint64_t next = flow->facts.side[side].delivered;

	return chunk && chunk->piece.offset - next < length ? chunk->piece.offset - next : length;
}

/* Up to @end, whose last @n bytes were left out. What waits in between is told in its place. */
static void skip_to(
	struct flow_table *table, struct flow *flow, enum side side, uint32_t end, uint32_t n)
{
	const struct stream *stream = &flow->stream[side];
	int64_t left = stream_distance(stream, end), before = 0;

	while (stream->based && left > 0 && left <= n && left != before) {
		uint64_t gap = gap_before(flow, side, (uint64_t)left);

		before = left;
		if (gap)
			deliver_gap(table, flow, side, gap, GAP_SKIPPED);
		if (flow->waiting)
			order_settle(table, flow);
		left = stream_distance(stream, end);
	}
}

void stream_skip(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	const struct packet *packet = segment->packet;

	if (!packet)
		return;
	if (packet->skipped_back && segment->flags & TCP_ACK)
		skip_to(table, flow, side_other(from), segment->ack, packet->skipped_back);
	if (packet->skipped)
		skip_to(table, flow, from, segment->seq, packet->skipped);
}

void stream_appear(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	struct stream *stream = &flow->stream[from];
	int64_t distance = stream_distance(stream, segment->seq);
	uint64_t gap;

	if (!stream->based) {
		stream_base(stream, segment->seq, false);
		return;
	}
	if (!stream->guessed)
		return;
	stream->guessed = false;
	/* One byte behind is a keep-alive. */
	if (distance > STREAM_NEAR || distance < -STREAM_NEAR ||
		(distance < -1 && flow->facts.midstream)) {
		stream_base(stream, segment->seq, false);
	} else if (distance > 0 && (uint64_t)distance <= stream->acked && flow_is_told(flow)) {
		gap = gap_before(flow, from, (uint64_t)distance);
		if (gap)
			deliver_gap(table, flow, from, gap, GAP_LOST);
	}
}
