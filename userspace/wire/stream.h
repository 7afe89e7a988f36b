/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From sequence numbers to two byte streams: where a segment lies in its stream, what of it is new,
 * what was there before. What is next is told at once, from the packet itself; the rest waits until
 * order.c lets it go. Whether a flow begins or ends is not decided here.
 */
#ifndef WIRE_STREAM_H
#define WIRE_STREAM_H

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
