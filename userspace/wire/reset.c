// SPDX-License-Identifier: BSD-2-Clause
#include "wire/reset.h"

#include "wire/stream.h"

/* Captures swap neighbours: what follows an RST sooner than this may have been sent before it. */
#define REORDER_TIME INT64_C(10000000)

bool reset_refuses(const struct flow *flow, enum side from, const struct segment *segment)
{
	if (from == CLIENT || !flow->facts.side[CLIENT].syn)
		return true;
	return segment->flags & TCP_ACK &&
	       segment->ack - (flow->stream[CLIENT].isn + 1) <= UINT16_MAX;
}

/* @seq minus what is due; 0 also for what the other side expects, or its own packets led up to. */
static int64_t distance_of(const struct flow *flow, enum side from, uint32_t seq)
{
	const struct stream *stream = &flow->stream[from];
	uint64_t delivered = flow->facts.side[from].delivered;
	int64_t distance = stream_distance(stream, seq);

	if (!stream->based || distance == (int64_t)(stream->acked - delivered) ||
		distance == (int64_t)(stream->sent - delivered))
		return 0;
	return distance - flow->facts.side[from].fin;
}

static bool ack_fits(const struct flow *flow, enum side from, const struct segment *segment)
{
	enum side other = side_other(from);
	const struct stream *stream = &flow->stream[other];
	uint64_t sent = stream_reach(flow, other);
	int64_t limit;

	if (!(segment->flags & TCP_ACK) || !stream_is_heard(flow, other))
		return true;
	sent = stream->sent > sent ? stream->sent : sent;
	limit = (int64_t)(sent - flow->facts.side[other].delivered);
	return stream_distance(stream, segment->ack) <= limit;
}

void reset_take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	struct flow_side *side = flow->facts.side;
	struct flow_reset reset = {
		.time = segment->time,
		.from = from,
		.distance = distance_of(flow, from, segment->seq),
		.ttl = segment->ttl,
		.ip_id = segment->ip_id,
		.ack_fits = ack_fits(flow, from, segment),
	};
	bool exact = reset.distance == 0;

	if (side[CLIENT].fin && side[SERVER].fin)
		return;
	count_up(&side[from].resets);
	if (table->events->reset && flow_wants(flow, from))
		table->events->reset(flow->user, &reset);
	if (reset.distance < 0 || reset.distance > STREAM_WINDOW || flow->life == LIFE_RESET ||
		flow->life == LIFE_FINISHED || (flow->life == LIFE_DOUBTED && !exact))
		return;
	flow->reset_side = (uint8_t)from;
	flow->reset_seq = segment->seq;
	flow->reset_time = table->moment;
	flow_enter(table, flow, exact ? LIFE_RESET : LIFE_DOUBTED);
}

/* New data in sequence behind the RST, or an ACK of new data: behind in number or in time. */
static bool lives(const struct flow_table *table, const struct flow *flow, enum side from,
	const struct segment *segment)
{
	enum side other = side_other(from);
	const struct stream *own = &flow->stream[from], *acked = &flow->stream[other];
	uint32_t length = segment->payload_length + !!(segment->flags & TCP_FIN);
	uint32_t end = segment->seq + length;
	bool later = table->moment - flow->reset_time >= REORDER_TIME;
	int64_t known = (int64_t)(acked->acked - flow->facts.side[other].delivered);
	int64_t sent = (int64_t)(acked->sent - flow->facts.side[other].delivered);
	int64_t ack = stream_distance(acked, segment->ack);

	if (length && stream_distance(own, segment->seq) <= 0 && stream_distance(own, end) > 0 &&
		(later || (int32_t)(end - flow->reset_seq) > 0))
		return true;
	return later && segment->flags & TCP_ACK && acked->based && ack > known && ack <= sent;
}

void reset_reconsider(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	if (from != flow->reset_side || !lives(table, flow, from, segment))
		return;
	flow_enter(table, flow, LIFE_OPEN);
	if (table->events->alive_after_reset && flow_wants(flow, from))
		table->events->alive_after_reset(flow->user, from, segment->time);
}

void reset_confirm(struct flow_table *table, struct flow *flow)
{
	if (flow->stream[flow->reset_side].next_seq == flow->reset_seq)
		flow_enter(table, flow, LIFE_RESET);
}
