// SPDX-License-Identifier: BSD-2-Clause
#include "wire/handshake.h"

#include "wire/stream.h"

bool handshake_begins(const struct segment *segment)
{
	bool same = segment->from.port == segment->to.port &&
		    addr_equal(&segment->from.addr, &segment->to.addr);

	return !same && !(segment->flags & TCP_RST) &&
	       (segment->flags & TCP_SYN ||
		       (segment->payload_length >= 2 && !(segment->flags & TCP_FIN)));
}

/* Which side sends the first segment that is seen of a connection. */
static enum side guess_sender(const struct flow_params *params, const struct segment *segment)
{
	const struct ports *ports = params->server_ports;
	bool from = ports && ports_has(ports, segment->from.port);
	bool to = ports && ports_has(ports, segment->to.port);

	if (segment->flags & TCP_SYN)
		return segment->flags & TCP_ACK ? SERVER : CLIENT;
	if (from != to)
		return from ? SERVER : CLIENT;
	if (params->any_port &&
		(bytes_starts(segment->payload, "220 ") || bytes_starts(segment->payload, "220-")))
		return SERVER;
	/* A client that says EHLO or HELO first needs no look: the first sender is the client. */
	return CLIENT;
}

static void set_isn(struct flow *flow, enum side side, uint32_t isn)
{
	stream_base(&flow->stream[side], isn + 1, false);
	flow->stream[side].isn = isn;
	flow->facts.side[side].syn = true;
	flow->facts.midstream = false;
}

struct flow *handshake_begin(struct flow_table *table, const struct segment *segment, uint32_t hash,
	const struct handshake_syn *syn, enum side *from)
{
	bool known = syn && syn->known;
	struct flow *flow;

	*from = known && !(segment->flags & TCP_SYN) ? CLIENT
						     : guess_sender(&table->params, segment);
	flow = flow_make(table, *from == CLIENT ? &segment->from : &segment->to,
		*from == CLIENT ? &segment->to : &segment->from, hash);
	flow->facts.first = flow->facts.last = segment->time;
	flow->facts.vlan = segment->vlan;
	flow->facts.midstream = true;
	flow->facts.one_sided = true;
	if (segment->packet) {
		flow->facts.source = segment->packet->source;
		flow->facts.interface = segment->packet->interface;
	}
	if (known)
		set_isn(flow, CLIENT, syn->isn);
	return flow;
}

/* True if the known bytes of this stream count from @isn. */
static bool is_isn(const struct flow *flow, enum side side, uint32_t isn)
{
	const struct stream *stream = &flow->stream[side];
	uint32_t first = stream->next_seq - (uint32_t)flow->facts.side[side].delivered;

	return stream->based && isn + 1 == first;
}

/* Does @segment prove the SYN in doubt? */
static bool proves_pending(const struct flow *flow, enum side from, const struct segment *segment)
{
	if (!flow->syn_pending || !(segment->flags & TCP_ACK))
		return false;
	if (from != flow->pending_side)
		return segment->flags & TCP_SYN && segment->ack == flow->pending_isn + 1 &&
		       !is_isn(flow, from, segment->seq);
	return !(segment->flags & TCP_SYN) && segment->seq == flow->pending_isn + 1 &&
	       !stream_is_heard(flow, side_other(from));
}

bool handshake_starts_over(struct flow *flow, enum side from, const struct segment *segment)
{
	const struct flow_side *side = flow->facts.side;

	if (segment->flags & TCP_RST)
		return false;
	if (proves_pending(flow, from, segment))
		return true;
	if (!(segment->flags & TCP_SYN) || is_isn(flow, from, segment->seq))
		return false;
	if (flow->life == LIFE_ENDED)
		return true;
	/* The other SYN of this connection. */
	if (segment->flags & TCP_ACK || (flow->life == LIFE_NEW && !side[from].seen))
		return false;
	if (flow->life == LIFE_RESET || side[CLIENT].fin || side[SERVER].fin)
		return true;
	flow->syn_pending = true;
	flow->pending_side = (uint8_t)from;
	flow->pending_isn = segment->seq;
	return false;
}

struct handshake_syn handshake_pending(const struct flow *flow, const struct segment *segment)
{
	return (struct handshake_syn){
		.isn = flow->pending_isn,
		.known = flow->syn_pending && segment->flags & TCP_ACK,
	};
}

/* A SYN-ACK that answers another SYN than the one we know is not believed. */
static bool is_answer(const struct flow *flow, enum side from, const struct segment *segment)
{
	const struct stream *asked = &flow->stream[side_other(from)];
	uint32_t beyond = segment->ack - (asked->isn + 1);

	return !flow->facts.side[side_other(from)].syn || beyond <= UINT16_MAX;
}

bool handshake_take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	struct stream *stream = &flow->stream[from];
	struct flow_side *side = &flow->facts.side[from];

	if (segment->flags & TCP_ACK && !is_answer(flow, from, segment))
		return false;
	if (!side->syn && is_isn(flow, from, segment->seq)) { /* late */
		stream->isn = segment->seq;
		stream->guessed = false;
		side->syn = true;
		flow->facts.midstream = false;
	} else if (!side->syn && !side->delivered && (!stream->based || stream->guessed)) {
		set_isn(flow, from, segment->seq);
	}
	if (!side->syn || stream->isn != segment->seq)
		return false;
	stream_take_syn(table, flow, from, segment);
	return true;
}

bool handshake_is_answered(const struct flow *flow, enum side from, const struct segment *segment)
{
	const struct flow_side *side = flow->facts.side;

	if (segment->flags & TCP_RST)
		return false;
	if (segment->flags & TCP_SYN)
		return side[CLIENT].syn && side[SERVER].syn;
	return segment->payload_length ||
	       (from == CLIENT && side[SERVER].syn && segment->flags & TCP_ACK &&
		       segment->ack == flow->stream[SERVER].isn + 1);
}
