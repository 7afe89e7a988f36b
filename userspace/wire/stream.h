/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From sequence numbers to two byte streams: where a segment lies in its stream, what of it is new,
 * what was there before. What is next is told at once, from the packet itself; the rest waits until
 * order.c lets it go. Whether a flow begins or ends is not decided here.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

#include "wire/deliver.h"
#include "wire/flow_table.h"

/* A sequence number further off than the largest window (RFC 7323 2.3) belongs to something else.
 */
#define STREAM_WINDOW (INT64_C(1) << 30)

/* Where a guess about a stream's first byte is good enough to keep. */
#define STREAM_NEAR (INT64_C(1) << 20)

/* An acknowledged hole is given this much packet time to be filled from elsewhere in the capture.
 */
#define STREAM_PATIENCE INT64_C(1000000000)

/*
 * After so many acknowledged holes in a row during which nothing of a side was heard, it counts as
 * not captured: nobody waits for it until it is heard again.
 */
#define STREAM_SILENT 2

/* Walking through the chunks of a flow must stay cheap, however small a peer makes them. */
#define STREAM_MAX_CHUNKS 1024

/* Where @seq lies, in bytes from the next one that is due; negative: behind it. */
static inline int64_t stream_distance(const struct stream *stream, uint32_t seq)
{
	return (int32_t)(seq - stream->next_seq);
}

/* What an acknowledgement of everything told so far would be: a FIN counts as one byte. */
static inline uint64_t stream_reach(const struct flow *flow, enum side side)
{
	return flow->facts.side[side].delivered + flow->facts.side[side].fin;
}

/* A packet of this side was seen (an RST, which anybody may send, is none). */
static inline bool stream_is_heard(const struct flow *flow, enum side side)
{
	return flow->stream[side].based && !flow->stream[side].guessed;
}

static inline bool stream_is_absent(const struct flow *flow, enum side side)
{
	return !stream_is_heard(flow, side) || flow->stream[side].silent >= STREAM_SILENT;
}

/*
 * True for most segments by far: of a connection that stands, neither SYN nor RST nor FIN, exactly
 * what is due, in knowledge of no more than what was told, and nothing waits.
 */
static inline bool stream_is_due(
	const struct flow *flow, enum side from, const struct segment *segment)
{
	const struct flow_side *side = flow->facts.side;
	const struct stream *own = &flow->stream[from], *other = &flow->stream[side_other(from)];

	return flow->life == LIFE_OPEN && !flow->waiting &&
	       (segment->flags & (TCP_ACK | TCP_FIN | TCP_SYN | TCP_RST)) == TCP_ACK &&
	       segment->seq == own->next_seq && own->based && !own->guessed && other->based &&
	       own->interest != FLOW_IGNORE &&
	       (uint32_t)(other->next_seq - segment->ack) <= STREAM_WINDOW && !side[CLIENT].fin &&
	       !side[SERVER].fin;
}

/* What stream_appear(), stream_ack() and stream_take() do with such a segment. */
static inline void stream_take_due(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	enum side other = side_other(from);
	struct stream *own = &flow->stream[from], *acked = &flow->stream[other];
	uint64_t told = flow->facts.side[other].delivered, at = flow->facts.side[from].delivered;
	uint32_t behind = acked->next_seq - segment->ack, length = segment->payload_length;

	own->acks = true;
	acked->ack_seq = segment->ack;
	acked->acked = told > behind ? told - behind : 0;
	if (at + length > own->sent)
		own->sent = at + length;
	if (segment->payload.n) {
		const struct delivery how = { segment->time, at, segment->ttl,
			segment->flags & TCP_PSH,
			segment->altered };

		deliver_data(table, flow, from, segment->payload, &how);
	}
	if (segment->payload.n < length)
		deliver_cut(table, flow, from, length - segment->payload.n);
}

/* The byte at offset 0 has sequence number @seq. Nothing of this stream was told yet. */
void stream_base(struct stream *stream, uint32_t seq, bool guessed);

/*
 * The first packet of a side that so far was known by the other's ACKs only: what it sent before it
 * was captured becomes a gap.
 */
void stream_appear(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/* The acknowledgement of a segment without RST. */
void stream_ack(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/* The payload and the FIN of a segment of a flow that is told. */
void stream_take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/*
 * What the live capture left out on purpose before @segment and before what it acknowledges is no hole
 * that could be filled.
 */
void stream_skip(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/*
 * The payload of a segment whose checksum does not fit where others of its side do: a forgery that
 * no receiver takes, or a capture that was edited. It waits for a better copy, and counts when the
 * other side acknowledges it all the same, or the flow ends.
 */
void stream_take_unproven(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/* The payload of a SYN (RFC 7413): counts when the other side takes it, or its sender goes on. */
void stream_take_syn(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

#endif
