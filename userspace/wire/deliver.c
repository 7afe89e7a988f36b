// SPDX-License-Identifier: BSD-2-Clause
#include "wire/deliver.h"

/* A conflict shows this many equal bytes in front of the first that differs. */
#define CONFLICT_BEFORE 32

/* How far a peer that repeats itself can make us walk back through its stream's last pieces. */
#define MOST_ENTRIES 512

void deliver_gap(struct flow_table *table, struct flow *flow, enum side from, uint64_t length,
	enum gap_reason why)
{
	struct flow_side *side = &flow->facts.side[from];

	side->delivered += length;
	flow->stream[from].next_seq += (uint32_t)length;
	if (!flow_wants(flow, from))
		return;
	if (why != GAP_SKIPPED) {
		side->missing_bytes += length;
		table->stats.gaps++;
		table->stats.gap_bytes += length;
	}
	table->events->gap(flow->user, from, length, why, table->moment);
}

void deliver_data(struct flow_table *table, struct flow *flow, enum side from, struct bytes data,
	const struct delivery *how)
{
	struct stream *stream = &flow->stream[from];

	flow->facts.side[from].delivered += data.n;
	stream->next_seq += (uint32_t)data.n;
	if (stream->interest == FLOW_FULL && data.n <= RECENT_MAX && !how->altered)
		stream->recent =
			recent_add(table->recent, stream->recent, how->offset, how->ttl, data);
	if (flow_wants(flow, from))
		table->events->data(flow->user, from, data, how);
}

void deliver_cut(struct flow_table *table, struct flow *flow, enum side from, uint64_t length)
{
	flow->facts.side[from].snaplen = true;
	deliver_gap(table, flow, from, length, GAP_SNAPLEN);
}

void deliver_piece(struct flow_table *table, struct flow *flow, enum side from,
	const struct piece *piece, uint64_t missing)
{
	const struct delivery how = { piece->time, piece->offset, piece->ttl, piece->push,
		piece->altered };

	if (piece->data.n)
		deliver_data(table, flow, from, piece->data, &how);
	if (missing)
		deliver_cut(table, flow, from, missing);
}

void deliver_fin(struct flow_table *table, struct flow *flow, enum side from, int64_t time)
{
	flow->facts.side[from].fin = true;
	if (table->events->fin && flow_wants(flow, from))
		table->events->fin(flow->user, from, time);
}

/* @held and @came are two copies of one range, of which @held counts. Tell if they differ. */
void deliver_compare(struct flow_table *table, struct flow *flow, enum side from,
	const struct piece *held, const struct piece *came)
{
	size_t n = held->data.n < came->data.n ? held->data.n : came->data.n, start = 0;
	struct flow_conflict conflict = {
		.time = came->time,
		.from = from,
		.ttl_counted = held->ttl,
		.ttl_refused = came->ttl,
	};

	if (!n || held->altered || came->altered || memcmp(held->data.p, came->data.p, n) == 0)
		return;
	while (held->data.p[start] == came->data.p[start])
		start++;
	conflict.offset = held->offset + start;
	start = start > CONFLICT_BEFORE ? start - CONFLICT_BEFORE : 0;
	n = n - start < FLOW_CONFLICT_BYTES ? n - start : FLOW_CONFLICT_BYTES;
	conflict.counted = bytes_of(held->data.p + start, n);
	conflict.refused = bytes_of(came->data.p + start, n);
	count_up(&flow->facts.side[from].conflicts);
	if (table->events->conflict && flow_wants(flow, from))
		table->events->conflict(flow->user, &conflict);
}

/* Compare bytes that come again with those told, as far as they are still known. */
void deliver_compare_recent(
	struct flow_table *table, struct flow *flow, enum side from, const struct piece *came)
{
	uint64_t position = flow->stream[from].recent;
	struct recent_copy copy;

	for (int i = 0; i < MOST_ENTRIES && recent_get(table->recent, &position, &copy) &&
			copy.offset + copy.bytes.n > came->offset;
		i++) {
		struct piece held = {
			.offset = copy.offset,
			.data = copy.bytes,
			.length = copy.bytes.n,
			.ttl = copy.ttl,
		};
		struct piece again = *came;

		if (copy.offset >= piece_end(came))
			continue;
		held = piece_cut_before(held, again.offset);
		again = piece_cut_before(again, held.offset);
		deliver_compare(table, flow, from, &held, &again);
	}
}
