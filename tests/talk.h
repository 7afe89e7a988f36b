/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conversations for tests of the flow table: a script of segments in, a transcript of events out.
 *
 * A line of a script is
 *
 *	MS SIDE FLAGS SEQ ACK [WORD...] ["PAYLOAD"]
 *
 * with the time in ms, C or S, letters of SFRPAU (or - for none), and numbers relative to the
 *side's initial sequence number, so that the first byte is 1. Words: ttl=N, port=N (the client's),
 *id=N, isn=N (added to SEQ, and to the ACK of the other side's lines from then on), fill=N (payload
 *of N bytes a to z), cut=N (so many of the payload's last bytes were not captured), skipped=N and
 *back=N (the live capture left so much out before it, and of the other side), good, bad
 * (checksum), altered (the capture put other bytes in the place of some). The payload knows \r and
 * \n.
 *
 * A transcript has one line an event; each begins with the flow's number if that is not 1.
 */
#ifndef TESTS_TALK_H
#define TESTS_TALK_H

#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

#include "base/side.h"
#include "base/text.h"
#include "wire/flow.h"

#define MS INT64_C(1000000)

struct talk {
	struct flow_table *table;
	struct text got;
	uint32_t isn[2];       /* by enum side */
	int interest[2];       /* set when a flow opens: enum flow_interest */
	const char *ignore_at; /* data that starts with this makes its side FLOW_IGNORE */
	bool quiet;            /* write nothing down */
	struct flow *flow;     /* the latest */
};

/* What open() returns. */
struct talk_flow {
	struct talk *talk;
	struct flow *flow;
	uint64_t number;
	uint64_t next[2];
	bool closed;
};

static inline struct text *talk_line(struct talk_flow *flow)
{
	if (flow->number != 1)
		text_printf(&flow->talk->got, "%lu ", (unsigned long)flow->number);
	return &flow->talk->got;
}

static inline char talk_side(enum side side)
{
	return side == CLIENT ? 'C' : 'S';
}

static inline void *talk_open(void *context, struct flow *flow, const struct flow_facts *facts)
{
	struct talk *talk = context;
	struct talk_flow *user = calloc(1, sizeof(*user));

	assert_non_null(user);
	user->talk = talk;
	user->flow = talk->flow = flow;
	user->number = facts->number;
	for (int i = 0; i < 2; i++)
		flow_set_interest(flow, (enum side)i, (enum flow_interest)talk->interest[i]);
	if (talk->quiet)
		return user;
	text_printf(talk_line(user), "open %u>%u%s\n", facts->endpoint[CLIENT].port,
		facts->endpoint[SERVER].port, facts->midstream ? " midstream" : "");
	return user;
}

/* Whatever else is tested: bytes and gaps of a side follow each other without a hole. */
static inline void talk_advance(struct talk_flow *flow, enum side from, uint64_t offset, uint64_t n)
{
	assert_int_equal(flow->next[from], offset);
	flow->next[from] += n;
	assert_int_equal(flow_get_facts(flow->flow)->side[from].delivered, flow->next[from]);
}

static inline void talk_data(
	void *context, enum side from, struct bytes data, const struct delivery *how)
{
	struct talk_flow *flow = context;

	talk_advance(flow, from, how->offset, data.n);
	if (flow->talk->ignore_at && bytes_starts(data, flow->talk->ignore_at))
		flow_set_interest(flow->flow, from, FLOW_IGNORE);
	if (flow->talk->quiet)
		return;
	text_printf(talk_line(flow), "%c ", talk_side(from));
	text_printable(&flow->talk->got, data, 40);
	text_putc(&flow->talk->got, '\n');
}

static inline void talk_gap(
	void *context, enum side from, uint64_t length, enum gap_reason why, int64_t time)
{
	static const char *const reasons[] = {
#define X(name, text, comment) text,
		GAP_REASON_LIST(X)
#undef X
	};
	struct talk_flow *flow = context;

	(void)time;
	assert_true(length > 0);
	talk_advance(flow, from, flow->next[from], length);
	if (!flow->talk->quiet)
		text_printf(talk_line(flow), "%c -- %lu %s\n", talk_side(from),
			(unsigned long)length, reasons[why]);
}

static inline void talk_fin(void *context, enum side from, int64_t time)
{
	struct talk_flow *flow = context;

	(void)time;
	if (!flow->talk->quiet)
		text_printf(talk_line(flow), "%c fin\n", talk_side(from));
}

static inline void talk_reset(void *context, const struct flow_reset *reset)
{
	struct talk_flow *flow = context;

	if (!flow->talk->quiet)
		text_printf(talk_line(flow), "%c reset %+ld ttl %u id %u%s\n",
			talk_side(reset->from), (long)reset->distance, reset->ttl, reset->ip_id,
			reset->ack_fits ? "" : " bad ack");
}

static inline void talk_alive(void *context, enum side from, int64_t time)
{
	struct talk_flow *flow = context;

	(void)time;
	if (!flow->talk->quiet)
		text_printf(talk_line(flow), "%c alive\n", talk_side(from));
}

static inline void talk_conflict(void *context, const struct flow_conflict *conflict)
{
	struct talk_flow *flow = context;
	struct text *got = &flow->talk->got;

	assert_int_equal(conflict->counted.n, conflict->refused.n);
	assert_true(conflict->counted.n <= FLOW_CONFLICT_BYTES);
	if (flow->talk->quiet)
		return;
	text_printf(talk_line(flow), "%c conflict @%lu ", talk_side(conflict->from),
		(unsigned long)conflict->offset);
	text_printable(got, conflict->counted, 200);
	text_printf(got, " (%u) not ", conflict->ttl_counted);
	text_printable(got, conflict->refused, 200);
	text_printf(got, " (%u)\n", conflict->ttl_refused);
}

static inline void talk_close(void *context, const struct flow_facts *facts, enum flow_end why)
{
	static const char *const ends[] = {
#define X(name, text, comment) text,
		FLOW_END_LIST(X)
#undef X
	};
	struct talk_flow *flow = context;

	for (int i = 0; i < 2; i++) /* an ignored side moves on in silence */
		assert_true(facts->side[i].delivered >= flow->next[i]);
	if (!flow->talk->quiet)
		text_printf(talk_line(flow), "close %s%s\n", ends[why],
			facts->one_sided ? " one-sided" : "");
	free(flow);
}

static const struct flow_events talk_events = {
	.open = talk_open,
	.data = talk_data,
	.gap = talk_gap,
	.fin = talk_fin,
	.reset = talk_reset,
	.alive_after_reset = talk_alive,
	.conflict = talk_conflict,
	.close = talk_close,
};

static inline void talk_begin(struct talk *talk, const struct flow_params *params)
{
	talk->table = flow_table_new(params, &talk_events, talk);
}

/* The transcript; the caller frees it. */
static inline char *talk_end(struct talk *talk)
{
	flow_table_free(talk->table);
	text_puts(&talk->got, "");
	return talk->got.s;
}

static inline struct endpoint talk_endpoint(uint8_t host, uint16_t port)
{
	return (struct endpoint){ .addr = { .ip = { 192, 0, 2, host }, .length = 4 },
		.port = port };
}

/* An IP datagram for the checksum; the TCP header at 20. Sums as RFC 1071 says. */
static inline void talk_checksum(struct segment *segment, bool good, uint8_t *ip)
{
	size_t n = segment->payload.n + 20;
	uint32_t sum = (uint32_t)(6 + n);

	memset(ip, 0, 40);
	ip[32] = 5 << 4;
	ip[33] = segment->flags;
	memcpy(ip + 40, segment->payload.p, segment->payload.n);
	ip[40 + segment->payload.n] = 0;
	for (size_t i = 0; i < 4; i += 2) {
		sum += (uint32_t)(segment->from.addr.ip[i] << 8 | segment->from.addr.ip[i + 1]);
		sum += (uint32_t)(segment->to.addr.ip[i] << 8 | segment->to.addr.ip[i + 1]);
	}
	for (size_t i = 0; i < n; i += 2)
		sum += (uint32_t)(ip[20 + i] << 8 | ip[21 + i]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (!good)
		sum ^= 0x5555;
	ip[36] = (uint8_t)(sum >> 8);
	ip[37] = (uint8_t)sum;
	segment->ip = bytes_of(ip, 20 + n);
	segment->ip_header = 20;
}

/* The payload at @p (behind the opening quote) into @out. */
static inline size_t talk_payload(const char *p, uint8_t *out)
{
	size_t n = 0;

	for (; *p && *p != '"'; p++) {
		out[n] = (uint8_t)*p;
		if (*p == '\\' && p[1])
			out[n] = *++p == 'r' ? '\r' : '\n';
		n++;
	}
	return n;
}

static inline uint8_t talk_flags(const char *p)
{
	static const char letters[] = "FSRPAU";
	uint8_t flags = 0;

	for (; *p && *p != '-'; p++) {
		assert_non_null(strchr(letters, *p));
		flags |= (uint8_t)(1 << (strchr(letters, *p) - letters));
	}
	return flags;
}

/* Feed one line of a script. */
static inline void talk_feed_line(struct talk *talk, const char *line)
{
	struct packet packet = { .source = "file:test" };
	uint8_t payload[8192], ip[8192 + 41];
	struct segment segment = { .ttl = 64, .packet = &packet };
	char side, flags[8], word[32];
	unsigned int seq, ack, port = 4000;
	enum side from;
	int at = 0, n = 0, checksum = 0;
	size_t length = 0, cut = 0;
	long ms;

	assert_int_equal(sscanf(line, "%ld %c %7s %u %u%n", &ms, &side, flags, &seq, &ack, &at), 5);
	from = side == 'C' ? CLIENT : SERVER;
	for (const char *p = line + at; sscanf(p, "%31s%n", word, &n) == 1; p += n) {
		unsigned int value =
			strchr(word, '=') ? (unsigned int)atoi(strchr(word, '=') + 1) : 0;

		if (word[0] == '"') {
			length = talk_payload(strchr(p, '"') + 1, payload);
			break;
		} else if (text_starts(bytes_str(word), "fill=")) {
			for (length = 0; length < value; length++)
				payload[length] = (uint8_t)('a' + length % 26);
		} else if (text_starts(bytes_str(word), "ttl=")) {
			segment.ttl = (uint8_t)value;
		} else if (text_starts(bytes_str(word), "port=")) {
			port = value;
		} else if (text_starts(bytes_str(word), "id=")) {
			segment.ip_id = (uint16_t)value;
		} else if (text_starts(bytes_str(word), "cut=")) {
			cut = value;
		} else if (text_starts(bytes_str(word), "skipped=")) {
			packet.skipped = value;
		} else if (text_starts(bytes_str(word), "back=")) {
			packet.skipped_back = value;
		} else if (text_starts(bytes_str(word), "isn=")) {
			talk->isn[from] = value;
		} else if (strcmp(word, "altered") == 0) {
			segment.altered = true;
		} else {
			checksum = strcmp(word, "good") == 0 ? 1 : -1;
			assert_true(checksum == 1 || strcmp(word, "bad") == 0);
		}
	}
	segment.time = 1700000000000 * MS + ms * MS;
	segment.from = from == CLIENT ? talk_endpoint(1, (uint16_t)port) : talk_endpoint(2, 25);
	segment.to = from == CLIENT ? talk_endpoint(2, 25) : talk_endpoint(1, (uint16_t)port);
	segment.flags = talk_flags(flags);
	segment.seq = talk->isn[from] + seq;
	segment.ack = segment.flags & TCP_ACK ? talk->isn[side_other(from)] + ack : 0;
	segment.payload = guarded(bytes_of(payload, length - cut));
	segment.payload_length = (uint32_t)length;
	if (checksum)
		talk_checksum(&segment, checksum > 0, ip);
	flow_feed(talk->table, &segment);
	guarded_free(segment.payload);
}

/* Feed a whole script. Lines that begin with T are ticks: "T MS". */
static inline void talk_feed(struct talk *talk, const char *script)
{
	char line[512];

	while (*script) {
		size_t n = strcspn(script, "\n");

		assert_true(n < sizeof(line));
		memcpy(line, script, n);
		line[n] = '\0';
		if (line[0] == 'T')
			flow_tick(talk->table, 1700000000000 * MS + atol(line + 1) * MS);
		else if (n)
			talk_feed_line(talk, line);
		script += n + (script[n] == '\n');
	}
}

#endif
