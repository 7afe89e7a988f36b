// SPDX-License-Identifier: BSD-2-Clause
/*
 * Connections from their first packet to their end. How a segment changes the streams stands in
 * stream.c, what SYN and RST mean in handshake.c and reset.c; here is what makes a flow come and
 * go.
 */
#include "wire/flow.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wire/handshake.h"
#include "wire/order.h"
#include "wire/reset.h"

#define SECOND INT64_C(1000000000)

/* A packet that is this far ahead of all others may have a wrong clock: the next one decides. */
#define CLOCK_JUMP (3600 * SECOND)

/* A SYN flood may take no more than this share of the table... */
#define NEW_SHARE 16
/* ... but this many in any case. */
#define NEW_LEAST 64

/* Checksums are verified for segments no longer than this: those of a dialogue. */
#define CHECKSUM_MAX 4096

static int64_t clamp_time(int64_t time)
{
	if (time < 0)
		return 0;
	return time < TIME_MAX ? time : TIME_MAX;
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value > 0 ? clamp_time(value) : otherwise;
}

static size_t size_or_default(size_t value, size_t otherwise)
{
	return value ? value : otherwise;
}

struct flow_table *flow_table_new(
	const struct flow_params *params, const struct flow_events *events, void *context)
{
	struct flow_table *table = mem_alloc(sizeof(*table));
	struct flow_params *p = &table->params;

	flow_table_init(table);
	table->events = events;
	table->context = context;
	*p = *params;
	p->max_flows = size_or_default(p->max_flows, 1000000);
	p->max_waiting = size_or_default(p->max_waiting, (size_t)64 << 20);
	p->max_waiting_flow = size_or_default(p->max_waiting_flow, (size_t)256 << 10);
	table->recent = recent_new(size_or_default(p->recent_bytes, (size_t)2 << 20));
	table->max_new = p->max_flows / NEW_SHARE;
	if (table->max_new < NEW_LEAST)
		table->max_new = NEW_LEAST;
	table->timeout[AGE_NEW] = or_default(p->half_open_timeout, 60 * SECOND);
	table->timeout[AGE_OPEN] = or_default(p->idle_timeout, 900 * SECOND);
	table->timeout[AGE_DOUBTED] = table->timeout[AGE_NEW];
	table->timeout[AGE_LINGER] = or_default(p->linger, SECOND);
	for (enum flow_age age = AGE_NEW; age <= AGE_OPEN; age++) {
		int64_t grain = table->timeout[age] / 16;

		table->grain[age] = grain < SECOND ? grain : SECOND;
	}
	return table;
}

/* End it: what waits is told or becomes a gap, then close(). @keep: remember the addresses. */
static void end(struct flow_table *table, struct flow *flow, enum flow_end why, bool keep)
{
	if (flow->life == LIFE_NEW)
		table->stats.attempts++;
	if (flow_is_told(flow)) {
		order_force(table, flow, 0, why == FLOW_END_EVICTED ? GAP_EVICTED : GAP_LOST);
		table->events->close(flow->user, &flow->facts, why);
	}
	if (keep)
		flow_enter(table, flow, LIFE_ENDED);
	else
		flow_drop(table, flow);
}

/* How a flow ends whose time is over, or whose place is taken: @open if it was open. */
static enum flow_end natural_end(const struct flow *flow, enum flow_end open)
{
	switch ((enum flow_life)flow->life) {
	case LIFE_DOUBTED:
	case LIFE_RESET:
		return FLOW_END_RESET;
	case LIFE_FINISHED:
		return FLOW_END_FIN;
	default:
		return open;
	}
}

/* FINs end a flow when both were acknowledged, or, after the linger, when nobody else is there. */
static void check_end(struct flow_table *table, struct flow *flow)
{
	bool fin = false, all = true, acked = true;

	if (flow->life == LIFE_NEW || flow->life == LIFE_RESET)
		return;
	for (enum side i = CLIENT; i <= SERVER; i++) {
		const struct flow_side *side = &flow->facts.side[i];

		fin |= side->fin;
		all &= side->fin || stream_is_absent(flow, i);
		acked &= side->fin && flow->stream[i].acked > side->delivered;
	}
	if (acked)
		end(table, flow, FLOW_END_FIN, true);
	else if (fin && all && flow->life != LIFE_FINISHED)
		flow_enter(table, flow, LIFE_FINISHED);
	else if (!(fin && all) && flow->life == LIFE_FINISHED)
		flow_enter(table, flow, LIFE_OPEN);
}

static void expire_holes(struct flow_table *table)
{
	struct waiting *waiting;
	struct flow *flow;

	while (!list_is_empty(&table->ripening)) {
		waiting = list_entry(table->ripening.next, struct waiting, ripening);
		if (table->now - waiting->since < STREAM_PATIENCE) {
			flow_table_due(table, waiting->since + STREAM_PATIENCE);
			return;
		}
		flow = waiting->flow;
		order_overdue(table, flow);
		check_end(table, flow);
	}
}

static void expire(struct flow_table *table)
{
	struct flow *flow;

	table->due = TIME_MAX;
	expire_holes(table);
	for (enum flow_age age = AGE_NEW; age < AGES; age++) {
		while ((flow = flow_overdue(table, age)))
			end(table, flow, natural_end(flow, FLOW_END_IDLE), false);
	}
}

/* Back, far ahead, or something is due. */
static void advance_oddly(struct flow_table *table, int64_t time)
{
	int64_t before = table->moment;

	time = clamp_time(time);
	table->moment = time > table->now ? time : table->now;
	if (table->started && time - table->now > CLOCK_JUMP && llabs(time - before) > CLOCK_JUMP)
		return; /* not before another packet says so too */
	table->started = true;
	table->now = table->moment;
	if (table->now >= table->due)
		expire(table);
}

/* Nearly always time just goes on a little. */
static inline void advance(struct flow_table *table, int64_t time)
{
	if (time >= table->now && time < table->due && time <= table->now + CLOCK_JUMP &&
		table->started)
		table->moment = table->now = time;
	else
		advance_oddly(table, time);
}

void flow_tick(struct flow_table *table, int64_t now)
{
	advance(table, now);
}

/* Room for one more: attempts go first, then what is over anyway, then who was silent longest. */
static void make_room(struct flow_table *table)
{
	static const enum flow_age order[] = { AGE_NEW, AGE_LINGER, AGE_DOUBTED, AGE_OPEN };
	struct flow *flow = NULL;

	if (table->new_flows >= table->max_new)
		end(table, flow_oldest(table, AGE_NEW), FLOW_END_EVICTED, false);
	if (table->stats.flows < table->params.max_flows)
		return;
	for (size_t i = 0; !flow; i++)
		flow = flow_oldest(table, order[i]);
	table->stats.evicted += flow->life == LIFE_OPEN;
	end(table, flow, natural_end(flow, FLOW_END_EVICTED), false);
}

/* Counts that hold for every packet of a flow, whatever becomes of it. */
static void count_packet(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	struct flow_side *side = &flow->facts.side[from];

	count_packets_up(&side->packets);
	side->payload_bytes += segment->payload_length;
	if (segment->time > flow->facts.last)
		flow->facts.last = segment->time;
	else if (segment->time < flow->facts.first)
		flow->facts.first = segment->time;
	flow_touch(table, flow);
}

/*
 * A checksum that does not fit means a forgery for us alone (the receiver drops it), or an
 * interface that fills checksums in after the capture: then no segment of this side has one that
 * fits.
 */
static bool is_damaged(struct flow *flow, enum side from, const struct segment *segment)
{
	struct stream *stream = &flow->stream[from];

	if (stream->interest != FLOW_FULL || segment->payload_length > CHECKSUM_MAX ||
		(!segment->payload_length && !(segment->flags & (TCP_SYN | TCP_FIN | TCP_RST))))
		return false;
	switch (segment_checksum(segment)) {
	case CHECKSUM_GOOD:
		stream->good = true;
		return false;
	case CHECKSUM_BAD:
		return stream->good;
	default:
		return false;
	}
}

static void hear(struct flow *flow, enum side from, const struct segment *segment)
{
	struct flow_side *side = &flow->facts.side[from];

	if (!side->seen) {
		side->seen = true;
		side->ttl_first = segment->ttl;
		flow->facts.one_sided = !flow->facts.side[side_other(from)].seen;
	}
	if (segment->ttl != side->ttl_first)
		count_up(&side->ttl_changes);
	if (segment->flags & TCP_RST)
		return;
	flow->stream[from].silent = 0;
	if (flow->waiting)
		flow->waiting->heard[from] = true;
}

static void tell_open(struct flow_table *table, struct flow *flow)
{
	flow_enter(table, flow, LIFE_OPEN);
	flow->facts.number = ++table->stats.opened;
	if (table->events->open)
		flow->user = table->events->open(table->context, flow, &flow->facts);
}

/* Neither SYN nor RST: a segment of a connection that stands. */
static void take_plain(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	stream_appear(table, flow, from, segment);
	/* RFC 9293 3.10.7.4: without ACK a receiver drops it; some captures know no ACK at all. */
	if (!(segment->flags & TCP_ACK) && flow->stream[from].acks) {
		table->stats.stray++;
		return;
	}
	if (flow->life == LIFE_RESET || flow->life == LIFE_DOUBTED)
		reset_reconsider(table, flow, from, segment);
	stream_ack(table, flow, from, segment);
	if (!flow_is_told(flow))
		return;
	stream_take(table, flow, from, segment);
	if (flow->waiting)
		order_settle(table, flow);
	if (flow->life == LIFE_DOUBTED)
		reset_confirm(table, flow);
	if (flow->facts.side[CLIENT].fin || flow->facts.side[SERVER].fin ||
		flow->life == LIFE_FINISHED)
		check_end(table, flow);
}

static void take_damaged(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	count_up(&flow->facts.side[from].bad_checksums);
	table->stats.bad_checksum++;
	if (!flow_is_told(flow) || segment->flags & (TCP_SYN | TCP_RST))
		return;
	stream_take_unproven(table, flow, from, segment);
	if (flow->waiting)
		order_settle(table, flow);
}

static void take_syn(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	stream_ack(table, flow, from, segment);
	if (flow->waiting && flow_is_told(flow))
		order_settle(table, flow);
}

static void take_reset(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	if (flow->life != LIFE_NEW)
		reset_take(table, flow, from, segment);
	else if (reset_refuses(flow, from, segment))
		end(table, flow, FLOW_END_RESET, false);
}

static void tell_segment(const struct flow_table *table, const struct flow *flow, enum side from,
	const struct segment *segment)
{
	if (table->events->segment && flow_is_told(flow) && flow_wants(flow, from))
		table->events->segment(flow->user, from, segment);
}

/* Whatever it is. */
static void take_any(struct flow_table *table, struct flow *flow, enum side from,
	const struct segment *segment, bool damaged)
{
	bool reset = segment->flags & TCP_RST;
	bool syn = segment->flags & TCP_SYN && !reset, fits = true;

	if (!damaged && syn)
		fits = handshake_take(table, flow, from, segment);
	if (flow->life == LIFE_NEW && handshake_is_answered(flow, from, segment))
		tell_open(table, flow);
	tell_segment(table, flow, from, segment);
	if (!damaged && flow_is_told(flow))
		stream_skip(table, flow, from, segment);
	if (damaged)
		take_damaged(table, flow, from, segment);
	else if (!fits)
		table->stats.stray++;
	else if (reset)
		take_reset(table, flow, from, segment);
	else if (syn)
		take_syn(table, flow, from, segment);
	else
		take_plain(table, flow, from, segment);
}

static void take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment)
{
	bool damaged = is_damaged(flow, from, segment);

	count_packet(table, flow, from, segment);
	if (!damaged)
		hear(flow, from, segment);
	if (!damaged && stream_is_due(flow, from, segment)) {
		tell_segment(table, flow, from, segment);
		stream_take_due(table, flow, from, segment);
		return;
	}
	take_any(table, flow, from, segment, damaged);
}

/* The next connection on the addresses of @flow begins. */
static struct flow *start_over(struct flow_table *table, struct flow *flow,
	const struct segment *segment, uint32_t hash, enum side *from)
{
	struct handshake_syn syn = handshake_pending(flow, segment);

	end(table, flow, natural_end(flow, FLOW_END_REUSED), false);
	make_room(table);
	return handshake_begin(table, segment, hash, &syn, from);
}

void flow_feed(struct flow_table *table, const struct segment *segment)
{
	struct flow *flow;
	enum side from;
	uint32_t hash = flow_hash(table, &segment->from, &segment->to);

	table->stats.segments++;
	advance(table, segment->time);
	flow = flow_find(table, segment, hash, &from);
	if (flow && (segment->flags & TCP_SYN || flow->syn_pending) &&
		handshake_starts_over(flow, from, segment))
		flow = start_over(table, flow, segment, hash, &from);
	if (!flow && handshake_begins(segment)) {
		make_room(table);
		flow = handshake_begin(table, segment, hash, NULL, &from);
	}
	if (!flow)
		table->stats.stray++;
	else if (flow->life != LIFE_ENDED)
		take(table, flow, from, segment);
}

void flow_get_stats(const struct flow_table *table, struct flow_stats *stats)
{
	*stats = table->stats;
}

void flow_set_interest(struct flow *flow, enum side side, enum flow_interest interest)
{
	flow->stream[side].interest = (uint8_t)interest;
}

const struct flow_facts *flow_get_facts(const struct flow *flow)
{
	return &flow->facts;
}

static int by_number(const void *a, const void *b)
{
	const struct flow *const *x = a, *const *y = b;

	return ((*x)->facts.number > (*y)->facts.number) -
	       ((*x)->facts.number < (*y)->facts.number);
}

void flow_table_end(struct flow_table *table)
{
	struct flow **flows;
	size_t n = 0;

	flows = mem_alloc(table->stats.flows * sizeof(struct flow *));
	for (size_t i = 0; i <= table->mask; i++) {
		for (struct flow *flow = table->buckets[i]; flow; flow = flow->chain) {
			if (flow_is_told(flow))
				flows[n++] = flow;
		}
	}
	qsort(flows, n, sizeof(*flows), by_number);
	for (size_t i = 0; i < n; i++)
		end(table, flows[i], natural_end(flows[i], FLOW_END_CAPTURE), false);
	free(flows);
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	flow_table_end(table);
	recent_free(table->recent);
	flow_table_fini(table);
	free(table);
}
