// SPDX-License-Identifier: BSD-2-Clause
#include "wire/order.h"

#include <assert.h>
#include <stdlib.h>

#include "wire/deliver.h"

/* Missing bytes of one side, for which something waits. */
struct hole {
	enum side side;
	uint64_t end;       /* it begins with the next byte that is due */
	uint64_t acked_end; /* up to here the other side acknowledged it */
	bool tail;          /* nothing of @side itself waits behind it */
};

/* Nothing waits any more: the flow goes back to its small form. */
static void release_if_empty(struct flow *flow)
{
	struct waiting *waiting = flow->waiting;

	if (!waiting || waiting->first[CLIENT] || waiting->first[SERVER])
		return;
	flow->waiting = NULL;
	waiting_free(waiting);
}

void order_drop_front(struct flow *flow, enum side side)
{
	free(waiting_pop(flow->waiting, side));
	release_if_empty(flow);
}

/*
 * The other side acknowledged it; or, where that can't be seen (or was the condition, RFC 7413),
 * its sender went on behind it.
 */
static bool is_proven(const struct flow *flow, enum side side, const struct chunk *chunk)
{
	const struct stream *stream = &flow->stream[side];
	uint64_t end = piece_end(&chunk->piece);

	return !chunk->piece.unproven || stream->acked >= end ||
	       (stream->sent >= end && (chunk->syn || !stream_is_heard(flow, side_other(side))));
}

/* Its first chunk is the next of its stream. */
static bool is_in_order(const struct flow *flow, enum side side)
{
	const struct chunk *chunk = order_front(flow, side);

	return chunk && is_proven(flow, side, chunk) && !flow->facts.side[side].fin &&
	       chunk->piece.offset <= flow->facts.side[side].delivered;
}

static void tell_front(struct flow_table *table, struct flow *flow, enum side side)
{
	struct chunk *chunk = waiting_pop(flow->waiting, side);
	const struct chunk *next = order_front(flow, side);
	const struct piece *piece = &chunk->piece;
	uint64_t missing = piece->length - piece->data.n;
	uint64_t end = piece->offset + piece->data.n;

	assert(piece->offset == flow->facts.side[side].delivered);
	if (next && next->piece.offset - end < missing)
		missing = next->piece.offset - end;
	if (piece->fin)
		deliver_fin(table, flow, side, piece->time);
	else
		deliver_piece(table, flow, side, piece, missing);
	free(chunk);
}

/*
 * Which side's first chunk goes next: of those that may, the one that came first. If each waits for
 * the other, the one that came last: a retransmission carries a younger ACK than its bytes had.
 */
static bool choose(const struct flow *flow, enum side *side)
{
	bool in_order[2], may[2], client_first;

	for (enum side i = CLIENT; i <= SERVER; i++) {
		const struct chunk *chunk = order_front(flow, i);

		in_order[i] = is_in_order(flow, i);
		may[i] = in_order[i] && order_is_met(flow, side_other(i), chunk->piece.need);
	}
	*side = may[CLIENT] ? CLIENT : SERVER;
	if (may[CLIENT] != may[SERVER])
		return true;
	if (!in_order[CLIENT] || !in_order[SERVER])
		return false;
	client_first = order_front(flow, CLIENT)->arrival < order_front(flow, SERVER)->arrival;
	*side = client_first == may[CLIENT] ? CLIENT : SERVER;
	return true;
}

/* Tell whatever may be told. */
static void pump(struct flow_table *table, struct flow *flow)
{
	enum side side;

	for (enum side i = CLIENT; flow->waiting && i <= SERVER; i++) {
		if (!flow_wants(flow, i))
			waiting_drop(flow->waiting, i);
	}
	while (flow->waiting && choose(flow, &side))
		tell_front(table, flow, side);
	release_if_empty(flow);
}

/* What is missing of @side, if anything waits for it. Call when pumped. */
static bool find_hole(const struct flow *flow, enum side side, struct hole *hole)
{
	const struct chunk *own = order_front(flow, side),
			   *other = order_front(flow, side_other(side));
	uint64_t next = flow->facts.side[side].delivered, acked = flow->stream[side].acked;

	*hole = (struct hole){ .side = side };
	if (flow->facts.side[side].fin)
		return false;
	if (own && own->piece.offset > next)
		hole->end = own->piece.offset;
	if (is_in_order(flow, side_other(side)) && !order_is_met(flow, side, other->piece.need)) {
		if (other->piece.need > acked)
			acked = other->piece.need;
		/* What the other side said in between is told in between. */
		hole->tail = !own;
		if (!own || other->piece.need < hole->end)
			hole->end = other->piece.need;
	}
	hole->acked_end = acked < hole->end ? acked : hole->end;
	return hole->end > next;
}

/* A hole that is known to be lost, that is: acknowledged. */
static bool find_lost(const struct flow *flow, struct hole *hole)
{
	for (enum side i = CLIENT; i <= SERVER; i++) {
		if (find_hole(flow, i, hole) && hole->acked_end > flow->facts.side[i].delivered)
			return true;
	}
	return false;
}

/*
 * An ACK may lie, to make us skip what is yet to come. It is believed if the side's own numbers say
 * that it sent so much, or if nothing at all was heard of it meanwhile.
 */
static bool is_believed(const struct flow *flow, const struct hole *hole)
{
	return !hole->tail || hole->acked_end <= flow->stream[hole->side].sent ||
	       !flow->waiting->heard[hole->side];
}

/*
 * Go on without the bytes up to @end. A single number that is missing at the end of a stream is
 * rather its FIN: if it was a byte, the hole shows as soon as its side goes on.
 */
static void give_up(struct flow_table *table, struct flow *flow, const struct hole *hole,
	uint64_t end, enum gap_reason why)
{
	struct stream *stream = &flow->stream[hole->side];
	uint64_t next = flow->facts.side[hole->side].delivered;

	if (!is_believed(flow, hole) || (hole->tail && end - next == 1)) {
		order_front(flow, side_other(hole->side))->piece.need = 0;
		return;
	}
	if (hole->tail && !flow->waiting->heard[hole->side] && stream->silent < STREAM_SILENT)
		stream->silent++;
	deliver_gap(table, flow, hole->side, end - next, why);
}

/* True if patience with an acknowledged hole is over; else it begins or goes on. */
static bool is_ripe(struct flow_table *table, struct flow *flow, const struct hole *hole)
{
	struct waiting *waiting = flow->waiting;
	uint64_t next = flow->facts.side[hole->side].delivered;

	if (hole->tail && stream_is_absent(flow, hole->side))
		return true;
	if (waiting->ripe && waiting->side == hole->side && waiting->next == next)
		return table->now - waiting->since >= STREAM_PATIENCE;
	waiting->ripe = true;
	waiting->side = (uint8_t)hole->side;
	waiting->next = next;
	waiting->since = table->now;
	waiting->heard[CLIENT] = waiting->heard[SERVER] = false;
	list_remove(&waiting->ripening);
	list_append(&table->ripening, &waiting->ripening);
	flow_table_due(table, waiting->since + STREAM_PATIENCE);
	return false;
}

void order_settle(struct flow_table *table, struct flow *flow)
{
	struct hole hole;

	for (pump(table, flow); flow->waiting; pump(table, flow)) {
		if (!find_lost(flow, &hole)) {
			flow->waiting->ripe = false;
			list_remove(&flow->waiting->ripening);
			return;
		}
		if (!is_ripe(table, flow, &hole))
			return;
		give_up(table, flow, &hole, hole.acked_end, GAP_LOST);
		/* Patience with the whole hole is over, not only with its first part. */
		flow->waiting->next = flow->facts.side[hole.side].delivered;
	}
}

void order_overdue(struct flow_table *table, struct flow *flow)
{
	struct hole hole;

	list_remove(&flow->waiting->ripening);
	/* Silence proves nothing before a packet of this flow breaks it. */
	if (find_lost(flow, &hole) &&
		(!hole.tail || hole.acked_end <= flow->stream[hole.side].sent))
		order_settle(table, flow);
}

/* Make one step towards an empty queue. Call when pumped. */
static void force_step(struct flow_table *table, struct flow *flow, bool all, enum gap_reason why)
{
	struct hole hole;
	struct chunk *chunk;
	bool found;

	for (enum side i = CLIENT; i <= SERVER; i++) {
		chunk = order_front(flow, i);
		if (!chunk || (is_proven(flow, i, chunk) && !flow->facts.side[i].fin))
			continue;
		/* Nothing better came than the one with a bad checksum. */
		if (chunk->syn || flow->facts.side[i].fin)
			order_drop_front(flow, i);
		else
			waiting_prove(flow->waiting, chunk);
		return;
	}
	if (find_lost(flow, &hole)) {
		give_up(table, flow, &hole, hole.acked_end, why);
		return;
	}
	found = find_hole(flow, CLIENT, &hole) || find_hole(flow, SERVER, &hole);
	assert(found); /* nothing waits for nothing */
	chunk = order_front(flow, hole.side);
	if (all && chunk && chunk->piece.fin && stream_is_heard(flow, side_other(hole.side)))
		order_drop_front(
			flow, hole.side); /* a FIN that nobody acknowledged proves no gap */
	else
		give_up(table, flow, &hole, hole.end, why);
}

void order_force(struct flow_table *table, struct flow *flow, size_t limit, enum gap_reason why)
{
	for (pump(table, flow); flow->waiting; pump(table, flow)) {
		if (flow->waiting->bytes <= limit && flow->waiting->count <= STREAM_MAX_CHUNKS &&
			limit)
			return;
		force_step(table, flow, !limit, why);
	}
}
