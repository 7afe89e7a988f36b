// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the evidence shows of a stream: only bytes that were both cleared and delivered, wherever
 * and however often they were sent.
 */
#include "harness.h"

#include <stdlib.h>

#include "frames.h"
#include "session/witness.h"

#define ISN 0xfffffff0u /* sequence numbers wrap after 15 bytes */

/* A segment of the client around @payload, whose frame the caller frees. */
static struct segment segment_of(uint32_t seq, uint8_t flags, const char *payload, bool ipv6)
{
	static const enum piece v4[] = { IP4, TCP, NONE }, v6[] = { IP6, TCP, NONE };
	struct bytes ip = frame_build_around(ipv6 ? v6 : v4, bytes_str(payload));
	uint32_t header = ipv6 ? 40 : 20;

	return (struct segment){
		.time = 1700000000000000000 + seq,
		.seq = seq,
		.flags = flags,
		.ip = ip,
		.ip_header = header,
		.payload = bytes_of(ip.p + header + 20, strlen(payload)),
		.payload_length = (uint32_t)strlen(payload),
	};
}

static void add_from(
	struct witness *witness, enum side from, uint32_t seq, uint8_t flags, const char *payload)
{
	struct segment segment = segment_of(seq, flags, payload, from == SERVER);

	witness_add(witness, from, &segment);
	/* It was borrowed. */
	frame_free(segment.ip);
}

static void add(struct witness *witness, uint32_t seq, const char *payload)
{
	add_from(witness, CLIENT, seq, TCP_ACK, payload);
}

static void data(struct witness *witness, uint64_t offset, const char *bytes)
{
	witness_data(witness, CLIENT, offset, bytes_str(bytes));
}

/* The payloads that leave, a bar between packets. */
static char *shown(struct witness *witness)
{
	struct bytes ip;
	uint32_t wire_length;
	int64_t time;
	size_t at = 0, n = 0;
	char *out = calloc(1, 65536);

	while (witness_next(witness, &at, &ip, &wire_length, &time)) {
		size_t header = ip.p[0] >> 4 == 4 ? 40 : 60;

		assert_true(ip.n >= header);
		assert_true(wire_length >= ip.n);
		if (at > 1)
			out[n++] = '|';
		memcpy(out + n, ip.p + header, ip.n - header);
		n += ip.n - header;
	}
	return out;
}

struct step {
	enum { END, SYN, SEGMENT, DATA, CLEAR, SERVER_SEGMENT, SERVER_DATA, SERVER_CLEAR } what;
	uint64_t at; /* offset in the stream; CLEAR: its end is end */
	const char *bytes;
	uint64_t end;
};

static void masks(void **state)
{
	static const struct {
		const char *name;
		struct step steps[12];
		const char *want;
	} rows[] = {
		{ "nothing is cleared",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "EHLO a\r\n", 0 },
				{ DATA, 0, "EHLO a\r\n", 0 } },
			"|xxxxxxxx" },
		{ "cleared, never delivered",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "EHLO a\r\n", 0 },
				{ CLEAR, 0, NULL, 8 } },
			"|xxxxxxxx" },
		{ "all of it",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "EHLO a\r\n", 0 },
				{ DATA, 0, "EHLO a\r\n", 0 }, { CLEAR, 0, NULL, 8 } },
			"|EHLO a\r\n" },
		{ "a local part is not cleared",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "MAIL FROM:<joe@a>\r\n", 0 },
				{ DATA, 0, "MAIL FROM:<joe@a>\r\n", 0 }, { CLEAR, 0, NULL, 11 },
				{ CLEAR, 14, NULL, 19 } },
			"|MAIL FROM:<xxx@a>\r\n" },
		{ "across segments and the wrap of numbers",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "EHLO client.exam", 0 },
				{ DATA, 0, "EHLO client.exam", 0 },
				{ SEGMENT, 16, "ple\r\nMAIL", 0 }, { DATA, 16, "ple\r\nMAIL", 0 },
				{ CLEAR, 0, NULL, 21 } },
			"|EHLO client.exam|ple\r\nxxxx" },
		{ "one line over three deliveries of one packet",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "QUIT\r\n", 0 }, { DATA, 0, "QU", 0 },
				{ DATA, 2, "IT", 0 }, { DATA, 4, "\r\n", 0 },
				{ CLEAR, 0, NULL, 6 } },
			"|QUIT\r\n" },
		{ "sent again",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "NOOP\r\nsecret", 0 },
				{ DATA, 0, "NOOP\r\nsecret", 0 }, { CLEAR, 0, NULL, 6 },
				{ SEGMENT, 0, "NOOP\r\nsecret", 0 }, { SEGMENT, 4, "\r\nsec", 0 } },
			"|NOOP\r\nxxxxxx|NOOP\r\nxxxxxx|\r\nxxx" },
		{ "sent again with other bytes",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "STARTTLS\r\n", 0 },
				{ DATA, 0, "STARTTLS\r\n", 0 }, { CLEAR, 0, NULL, 10 },
				{ SEGMENT, 0, "SECRETLY\r\n", 0 } },
			/* What agrees with the delivered copy is public in any case. */
			"|STARTTLS\r\n|SxxRxTLx\r\n" },
		{ "the copy that came first does not count",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "private", 0 },
				{ SEGMENT, 0, "QUIT\r\n.", 0 }, { DATA, 0, "QUIT\r\n.", 0 },
				{ CLEAR, 0, NULL, 7 } },
			"|xxxxxxx|QUIT\r\n." },
		{ "out of order",
			{ { SYN, 0, "", 0 }, { SEGMENT, 5, "a\r\nDATA\r\n", 0 },
				{ SEGMENT, 0, "EHLO ", 0 }, { DATA, 0, "EHLO ", 0 },
				{ DATA, 5, "a\r\nDATA\r\n", 0 }, { CLEAR, 0, NULL, 8 } },
			"|a\r\nxxxxxx|EHLO " },
		{ "behind a hole",
			{ { SYN, 0, "", 0 }, { SEGMENT, 100, "RSET\r\n", 0 },
				{ DATA, 100, "RSET\r\n", 0 }, { CLEAR, 100, NULL, 106 } },
			"|RSET\r\n" },
		{ "no SYN: the first segment starts the stream",
			{ { SEGMENT, 0, "NOOP\r\n", 0 }, { DATA, 0, "NOOP\r\n", 0 },
				{ CLEAR, 0, NULL, 6 }, { SEGMENT, 6, "QUIT\r\n", 0 },
				{ DATA, 6, "QUIT\r\n", 0 }, { CLEAR, 6, NULL, 12 } },
			"NOOP\r\n|QUIT\r\n" },
		{ "no SYN, and the guess was wrong",
			{ { SEGMENT, 50, "", 0 }, { SEGMENT, 0, "NOOP\r\n", 0 },
				{ DATA, 0, "NOOP\r\n", 0 }, { CLEAR, 0, NULL, 6 },
				{ SEGMENT, 6, "QUIT\r\n", 0 }, { DATA, 6, "QUIT\r\n", 0 },
				{ CLEAR, 6, NULL, 12 } },
			"|NOOP\r\n|QUIT\r\n" },
		{ "no SYN, told from another offset on",
			{ { SEGMENT, 0, "NOOP\r\n", 0 }, { DATA, 1000, "NOOP\r\n", 0 },
				{ CLEAR, 1000, NULL, 1006 }, { SEGMENT, 6, "QUIT\r\n", 0 },
				{ DATA, 1006, "QUIT\r\n", 0 }, { CLEAR, 1006, NULL, 1010 } },
			"NOOP\r\n|QUITxx" },
		{ "a forged segment far ahead moves nothing",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "NOOP\r\n", 0 },
				{ DATA, 0, "NOOP\r\n", 0 }, { SEGMENT, 2000000000, "forged", 0 },
				{ SEGMENT, 6, "QUIT\r\n", 0 }, { DATA, 6, "QUIT\r\n", 0 },
				{ CLEAR, 0, NULL, 12 } },
			"|NOOP\r\n|xxxxxx|QUIT\r\n" },
		{ "sides do not mix",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "secret", 0 }, { DATA, 0, "secret", 0 },
				{ SERVER_SEGMENT, 0, "220 hi\r\n", 0 },
				{ SERVER_DATA, 0, "220 hi\r\n", 0 }, { SERVER_CLEAR, 0, NULL, 8 } },
			"|xxxxxx|220 hi\r\n" },
		{ "ranges that touch, overlap, repeat",
			{ { SYN, 0, "", 0 }, { SEGMENT, 0, "0123456789", 0 },
				{ DATA, 0, "0123456789", 0 }, { CLEAR, 1, NULL, 3 },
				{ CLEAR, 3, NULL, 5 }, { CLEAR, 2, NULL, 4 }, { CLEAR, 4, NULL, 6 },
				{ CLEAR, 8, NULL, 8 }, { CLEAR, 8, NULL, 9 },
				{ CLEAR, 0, NULL, 10 } },
			/* The last one came out of order: it may only be refused. */
			"|x12345xx8x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct witness *witness = witness_new(65536);
		char *got;

		for (const struct step *step = rows[i].steps; step->what != END; step++) {
			uint32_t seq = ISN + 1 + (uint32_t)step->at;

			switch (step->what) {
			case SYN:
				add_from(witness, CLIENT, ISN, TCP_SYN, "");
				break;
			case SEGMENT:
				add(witness, seq, step->bytes);
				break;
			case SERVER_SEGMENT:
				add_from(witness, SERVER, seq, TCP_ACK, step->bytes);
				break;
			case DATA:
			case SERVER_DATA:
				witness_data(witness, step->what == DATA ? CLIENT : SERVER,
					step->at, bytes_str(step->bytes));
				break;
			default:
				witness_clear(witness, step->what == CLEAR ? CLIENT : SERVER,
					step->at, step->end);
				break;
			}
		}
		got = shown(witness);
		assert_row_string(rows[i].name, got, rows[i].want);
		free(got);
		witness_free(witness);
	}
}

/* Sizes, times and headers are what they were; only a masked segment loses its checksum. */
static void headers_stay(void **state)
{
	struct witness *witness = witness_new(65536);
	struct segment open = segment_of(7, TCP_ACK, "QUIT\r\n", true);
	struct segment hidden = segment_of(13, TCP_ACK, "secret", true);
	struct bytes ip;
	uint32_t wire_length;
	int64_t time;
	size_t at = 0;

	(void)state;
	hidden.payload_length += 1000; /* cut by the capture */
	witness_add(witness, CLIENT, &open);
	data(witness, 0, "QUIT\r\n");
	witness_clear(witness, CLIENT, 0, 6);
	witness_add(witness, CLIENT, &hidden);

	assert_true(witness_next(witness, &at, &ip, &wire_length, &time));
	assert_int_equal(time, open.time);
	assert_int_equal(wire_length, 66);
	assert_true(bytes_equal(ip, open.ip));

	assert_true(witness_next(witness, &at, &ip, &wire_length, &time));
	assert_int_equal(time, hidden.time);
	assert_int_equal(wire_length, 1066);
	assert_int_equal(ip.n, 66);
	assert_memory_equal(ip.p, hidden.ip.p, 56);
	assert_memory_equal(ip.p + 56, "\0\0", 2);
	assert_memory_equal(ip.p + 58, hidden.ip.p + 58, 2);
	assert_memory_equal(ip.p + 60, "xxxxxx", 6);

	assert_false(witness_next(witness, &at, &ip, &wire_length, &time));
	frame_free(open.ip);
	frame_free(hidden.ip);
	witness_free(witness);
}

static size_t count(struct witness *witness, int64_t *first, int64_t *last)
{
	struct bytes ip;
	uint32_t wire_length;
	int64_t time;
	size_t at = 0, n = 0;

	while (witness_next(witness, &at, &ip, &wire_length, &time)) {
		if (n++ == 0)
			*first = time;
		*last = time;
	}
	return n;
}

/* The first packets up to the bound, then the last ones; in the order of time. */
static void bounded(void **state)
{
	struct witness *witness = witness_new(8192);
	struct bytes ip;
	uint32_t wire_length;
	int64_t time, before = 0, first = 0, last = 0;
	size_t at = 0, n, gaps = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		add(witness, 1 + i * 6, "NOOP\r\n");
		data(witness, (uint64_t)i * 6, "NOOP\r\n");
	}
	witness_clear(witness, CLIENT, 0, 6000);
	n = count(witness, &first, &last);
	assert_true(n > WITNESS_LAST + 8192 / 200 && n < WITNESS_LAST + 8192 / 46);
	assert_int_equal(first, 1700000000000000001);
	assert_int_equal(last, 1700000000000000001 + 999 * 6);
	while (witness_next(witness, &at, &ip, &wire_length, &time)) {
		assert_true(time > before);
		gaps += before && time != before + 6;
		before = time;
		assert_memory_equal(ip.p + 40, "NOOP\r\n", 6);
	}
	assert_int_equal(gaps, 1);
	witness_free(witness);

	/* Without room for any first packet the last ones are still kept. */
	witness = witness_new(1);
	add(witness, 1, "NOOP\r\n");
	assert_int_equal(count(witness, &first, &last), 1);
	witness_free(witness);
	witness_free(NULL);
}

/* Among the last ones a large packet is cut; what is left of it is masked as ever. */
static void large_last_packets(void **state)
{
	struct witness *witness = witness_new(1);
	char *payload = calloc(1, 5001);
	struct bytes ip;
	uint32_t wire_length;
	int64_t time;
	size_t at = 0;

	(void)state;
	memset(payload, 'p', 5000);
	memcpy(payload, "EHLO a\r\n", 8);
	add(witness, 1, payload);
	data(witness, 0, payload);
	witness_clear(witness, CLIENT, 0, 8);
	assert_true(witness_next(witness, &at, &ip, &wire_length, &time));
	assert_int_equal(ip.n, WITNESS_LAST_BYTES);
	assert_int_equal(wire_length, 5040);
	assert_memory_equal(ip.p + 40, "EHLO a\r\nxxxx", 12);
	assert_null(memchr(ip.p, 'p', ip.n));
	free(payload);
	witness_free(witness);
}

/* Streams longer than sequence numbers can count. */
static void beyond_four_gib(void **state)
{
	struct witness *witness = witness_new(65536);
	uint64_t offset = 0;
	char *got;

	(void)state;
	add_from(witness, CLIENT, 99, TCP_SYN, "");
	for (int i = 0; i < 6; i++, offset += 1000000000) {
		add(witness, 100 + (uint32_t)offset, i == 5 ? "QUIT\r\n" : "body\r\n");
		data(witness, offset, i == 5 ? "QUIT\r\n" : "body\r\n");
	}
	/* The place that the numbers of the last one had before they wrapped. */
	witness_clear(witness, CLIENT, 5000000000 - (UINT64_C(1) << 32), 705032710);
	witness_clear(witness, CLIENT, 5000000000, 5000000006);
	got = shown(witness);
	assert_string_equal(got, "|xxxxxx|xxxxxx|xxxxxx|xxxxxx|xxxxxx|QUIT\r\n");
	free(got);
	witness_free(witness);
}

/* More ranges than are remembered: the rest stays hidden. */
static void many_ranges(void **state)
{
	struct witness *witness = witness_new(1 << 20);
	char *got, line[] = "ab";

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		add(witness, 1 + i * 2, line);
		data(witness, (uint64_t)i * 2, line);
		witness_clear(witness, CLIENT, (uint64_t)i * 2, (uint64_t)i * 2 + 1);
	}
	got = shown(witness);
	assert_memory_equal(got, "ax|ax|", 6);
	assert_string_equal(got + strlen(got) - 5, "xx|xx");
	assert_null(strchr(got, 'b'));
	free(got);
	witness_free(witness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks),
		cmocka_unit_test(headers_stay),
		cmocka_unit_test(bounded),
		cmocka_unit_test(large_last_packets),
		cmocka_unit_test(beyond_four_gib),
		cmocka_unit_test(many_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
