// SPDX-License-Identifier: BSD-2-Clause
/*
 * Bytes drive a conversation: two honest ends with loss, reordering and repetition on one channel,
 * forged segments on another. Whatever comes, bytes and gaps of a side follow each other, nothing
 * is told outside of open() and close(), and the bounds hold.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "wire/flow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MAX_FLOWS = 8,
	MAX_WAITING = 6000,
	MAX_WAITING_FLOW = 3000,
	SLACK = 4200, /* one segment, which waits before the bound is looked at */
	PORTS = 4,
};

struct user {
	struct flow *flow;
	uint64_t next[2], number;
	int closed;
};

struct state {
	uint64_t opened, closed;
	uint32_t seq[PORTS][2]; /* what each end would send next */
	int64_t time;
	struct user *users[1024];
};

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static void *on_open(void *context, struct flow *flow, const struct flow_facts *facts)
{
	struct state *state = context;
	struct user *user = calloc(1, sizeof(*user));

	CHECK(user && flow_get_facts(flow) == facts && facts->number == ++state->opened);
	user->flow = flow;
	user->number = facts->number;
	/* Every third flow is read with less interest. */
	flow_set_interest(flow, CLIENT, (enum flow_interest)(facts->number % 3));
	if (facts->number < 1024)
		state->users[facts->number] = user;
	return user;
}

static void on_segment(void *context, enum side from, const struct segment *segment)
{
	struct user *user = context;

	CHECK(!user->closed && from <= SERVER && segment->payload.n <= segment->payload_length);
}

static void advance(struct user *user, enum side from, uint64_t n)
{
	CHECK(!user->closed && n > 0);
	user->next[from] += n;
	CHECK(flow_get_facts(user->flow)->side[from].delivered == user->next[from]);
}

static void on_data(void *context, enum side from, struct bytes data, const struct delivery *how)
{
	struct user *user = context;

	CHECK(how->offset == user->next[from]);
	advance(user, from, data.n);
	if (data.n > 2 && data.p[0] == 'q')
		flow_set_interest(user->flow, from, FLOW_QUIET);
	if (data.n > 2 && data.p[0] == 'i')
		flow_set_interest(user->flow, (enum side)(data.p[1] & 1), FLOW_IGNORE);
}

static void on_gap(
	void *context, enum side from, uint64_t length, enum gap_reason why, int64_t time)
{
	(void)why;
	(void)time;
	advance(context, from, length);
}

static void on_fin(void *context, enum side from, int64_t time)
{
	struct user *user = context;

	(void)time;
	CHECK(!user->closed && flow_get_facts(user->flow)->side[from].fin);
}

static void on_reset(void *context, const struct flow_reset *reset)
{
	struct user *user = context;

	CHECK(!user->closed && flow_get_facts(user->flow)->side[reset->from].resets > 0);
}

static void on_alive(void *context, enum side from, int64_t time)
{
	struct user *user = context;

	(void)from;
	(void)time;
	CHECK(!user->closed);
}

static void on_conflict(void *context, const struct flow_conflict *conflict)
{
	struct user *user = context;

	CHECK(!user->closed && conflict->counted.n == conflict->refused.n &&
		conflict->counted.n > 0);
	CHECK(conflict->counted.n <= FLOW_CONFLICT_BYTES);
	CHECK(memcmp(conflict->counted.p, conflict->refused.p, conflict->counted.n) != 0);
}

static void on_close(void *context, const struct flow_facts *facts, enum flow_end why)
{
	struct user *user = context;

	(void)why;
	CHECK(!user->closed && facts->number == user->number);
	CHECK(facts->side[CLIENT].delivered >= user->next[CLIENT]);
	user->closed = 1;
}

static void on_ahead(void *context)
{
	const struct user *user = context;

	CHECK(!user->closed);
}

static const struct flow_events events = {
	.open = on_open,
	.segment = on_segment,
	.data = on_data,
	.gap = on_gap,
	.fin = on_fin,
	.reset = on_reset,
	.alive_after_reset = on_alive,
	.conflict = on_conflict,
	.ahead = on_ahead,
	.close = on_close,
};

static struct endpoint endpoint(uint8_t host, uint16_t port)
{
	return (struct endpoint){ .addr = { .ip = { 192, 0, 2, host }, .length = 4 },
		.port = port };
}

/* Payload that depends on its place in the stream, so that copies agree; forged ones do not. */
static void fill(uint8_t *out, size_t n, uint32_t seq, uint8_t forged)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)('a' + (seq + i) % 26 + forged);
}

/*
 * An IP datagram around the segment with a TCP checksum that fits, or does not. Its numbers are
 * left out: nobody reads them there.
 */
static void seal(struct segment *segment, bool bad, uint8_t *datagram)
{
	size_t n = 20 + segment->payload.n;
	uint32_t sum = 6 + (uint32_t)n;

	memset(datagram, 0, 40);
	datagram[32] = 5 << 4;
	memcpy(datagram + 40, segment->payload.p, segment->payload.n);
	for (size_t i = 0; i < 4; i++) {
		sum += (uint32_t)segment->from.addr.ip[i] << (i & 1 ? 0 : 8);
		sum += (uint32_t)segment->to.addr.ip[i] << (i & 1 ? 0 : 8);
	}
	for (size_t i = 0; i < n; i++)
		sum += (uint32_t)datagram[20 + i] << (i & 1 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = bad ? sum | 1 : ~sum;
	datagram[36] = (uint8_t)(sum >> 8);
	datagram[37] = (uint8_t)sum;
	segment->ip = bytes_of(datagram, 20 + n);
	segment->ip_header = 20;
	if (!bad && segment_checksum(segment) != CHECKSUM_GOOD)
		abort();
}

/*
 * Eight bytes a step: who, flags, sequence number and its shift, length, ACK's shift, time, what the
 * capture made of it, what is wrong with it.
 */
static void step(struct state *state, struct flow_table *table, const uint8_t in[8])
{
	static const int64_t pauses[] = { 1, 50, 5000, 1200000, 30000000, 70000000, 950000000,
		-4000 };
	uint8_t payload[4096], datagram[sizeof(payload) + 40];
	enum side from = (enum side)(in[0] & 1);
	uint32_t *own = &state->seq[in[0] >> 1 & 3][from],
		 *other = &state->seq[in[0] >> 1 & 3][!from];
	uint16_t port = (uint16_t)(4000 + (in[0] >> 1 & 3));
	int32_t shift = (int8_t)in[2] * (in[7] & 1 ? 90000 : 3);
	/* Left out by a live capture: before the segment, and before what it acknowledges. */
	const struct packet packet = {
		.skipped = in[6] & 8 ? 5u << (in[6] >> 5 << 2) : 0,
		.skipped_back = in[6] & 16 ? 5u << (in[6] >> 5 << 2) : 0,
	};
	struct segment segment = {
		.from = from == CLIENT ? endpoint(1, port) : endpoint(2, 25),
		.to = from == CLIENT ? endpoint(2, 25) : endpoint(1, port),
		.flags = in[1] & 0x3f,
		.ttl = (uint8_t)(64 - (in[7] >> 1 & 3)),
		.packet = &packet,
		.payload_length = in[3] & 0x80 ? (in[3] & 0x7fu) * 32u : in[3] & 0x1fu,
	};

	state->time += pauses[in[5] & 7] * 1000 * (1 + (in[5] >> 3));
	segment.time = state->time;
	segment.seq = *own + (uint32_t)shift;
	segment.ack = *other + (uint32_t)((int8_t)in[4] * (in[7] & 8 ? 70000 : 1));
	fill(payload, segment.payload_length, segment.seq, in[7] >> 4 & 1);
	segment.payload = bytes_of(payload, segment.payload_length);
	segment.ip = bytes_of(payload, 0);
	if (in[7] & 64 && !(in[7] & 32))
		seal(&segment, in[7] >> 7, datagram);
	segment.altered = in[6] & 4;
	if (in[7] & 32)
		segment.payload.n /= 2;
	if (in[6] & 1) /* it counts as sent, but is lost */
		*own += segment.payload_length + !!(segment.flags & (TCP_SYN | TCP_FIN));
	if (in[6] & 2)
		return;
	/* Announced too late and in the wrong order: that must not matter. */
	flow_ahead(table, &segment.from, &segment.to);
	flow_feed(table, &segment);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct flow_params params = {
		.max_flows = MAX_FLOWS,
		.max_waiting = MAX_WAITING,
		.max_waiting_flow = MAX_WAITING_FLOW,
		.recent_bytes = 5000,
	};
	struct state state = { .time = INT64_C(1700000000000000000) };
	struct flow_table *table = flow_table_new(&params, &events, &state);
	struct flow_stats stats;

	for (int i = 0; i < PORTS; i++) {
		state.seq[i][CLIENT] = 0xffffffc0u + (uint32_t)i * 0x40000000u;
		state.seq[i][SERVER] = 0x7fffff00u;
	}
	for (; size >= 8; data += 8, size -= 8) {
		step(&state, table, data);
		flow_get_stats(table, &stats);
		CHECK(stats.flows <= MAX_FLOWS && stats.waiting_bytes <= MAX_WAITING + SLACK);
	}
	/*
	 * The first may be a clock gone wrong, the second may end a flow by its FINs, and the
	 * memory of that fades with the third.
	 */
	for (int i = 0; i < 3; i++)
		flow_tick(table, state.time + (3000 + 100 * i) * INT64_C(1000000000));
	flow_get_stats(table, &stats);
	CHECK(stats.flows == 0 && stats.waiting_bytes == 0 && stats.opened == state.opened);
	flow_table_free(table);
	for (uint64_t i = 1; i <= state.opened && i < 1024; i++) {
		CHECK(state.users[i]->closed);
		free(state.users[i]);
	}
	return 0;
}
