// SPDX-License-Identifier: BSD-2-Clause
/*
 * Datagrams are cut into fragments, which arrive in every order, twice, with lies in them, too late
 * and in masses.
 */
#include "harness.h"

#include <stdlib.h>

#include "frames.h"
#include "wire/decode.h"
#include "wire/fragment.h"

#define SECOND INT64_C(1000000000)

static struct ports smtp_port;
static int64_t now;

static struct decoder *decoder_make(size_t max_bytes)
{
	const struct decode_params params = { .ports = &smtp_port,
		.max_fragment_bytes = max_bytes };

	ports_add(&smtp_port, 25);
	now = 1700000000 * SECOND;
	return decoder_new(&params);
}

/* A datagram and where it may be cut. */
struct whole {
	struct bytes ip;
	size_t header;  /* bytes that each fragment repeats */
	size_t next_at; /* IPv6: of the byte that names the protocol behind them */
	uint32_t id;
};

static uint8_t *writable(struct bytes b)
{
	return (uint8_t *)(uintptr_t)b.p;
}

static struct whole whole_make(bool ipv6, size_t payload_length)
{
	static const enum piece v4[] = { IP4, TCP, NONE };
	static const enum piece v6[] = { IP6, HOP_BY_HOP, DESTINATION, TCP, NONE };
	uint8_t *payload = malloc(payload_length);
	struct whole whole = { .header = 20, .id = 0x1234 };

	for (size_t i = 0; i < payload_length; i++)
		payload[i] = (uint8_t)('a' + i % 26);
	whole.ip = frame_build_around(ipv6 ? v6 : v4, bytes_of(payload, payload_length));
	if (ipv6)
		whole = (struct whole){ .ip = whole.ip, .header = 48, .next_at = 40, .id = 0xfeed };
	else
		writable(whole.ip)[6] = 0; /* no "do not fragment" */
	free(payload);
	return whole;
}

static void whole_free(struct whole *whole)
{
	frame_free(whole->ip);
}

static size_t data_length(const struct whole *whole)
{
	return whole->ip.n - whole->header;
}

static void put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* The fragment of @n bytes at @offset; the caller frees it. */
static struct bytes fragment_of(const struct whole *whole, size_t offset, size_t n, bool more)
{
	bool ipv6 = whole->next_at != 0;
	size_t header = whole->header + (ipv6 ? 8 : 0);
	uint8_t *out = calloc(1, header + n);

	memcpy(out, whole->ip.p, whole->header);
	if (offset + n <= data_length(whole))
		memcpy(out + header, whole->ip.p + whole->header + offset, n);
	if (ipv6) {
		put_u16(out + 4, header + n - 40);
		out[whole->header] = out[whole->next_at];
		out[whole->next_at] = 44;
		put_u16(out + whole->header + 2, offset | more);
		put_u16(out + whole->header + 6, whole->id);
	} else {
		put_u16(out + 2, header + n);
		put_u16(out + 4, whole->id);
		put_u16(out + 6, offset / 8 | (more ? 0x2000 : 0));
	}
	return bytes_of(out, header + n);
}

static const char *feed_raw(struct decoder *decoder, struct bytes frame, struct segment *segment)
{
	struct bytes guard = guarded(frame);
	struct packet packet = {
		.time = now, .frame = guard, .wire_length = (uint32_t)guard.n, .link_type = LINK_RAW
	};
	enum decode_result result = decode(decoder, &packet, segment);

	/* What was put together is the decoder's, not the packet's, which is gone now. */
	segment->packet = NULL;
	guarded_free(guard);
	return decode_result_name(result);
}

static const char *feed(struct decoder *decoder, const struct whole *whole, size_t offset, size_t n,
	bool more, struct segment *segment)
{
	struct bytes fragment = fragment_of(whole, offset, n, more);
	const char *result = feed_raw(decoder, fragment, segment);

	frame_free(fragment);
	return result;
}

/* Piece @i of pieces of @size bytes. */
static const char *feed_piece(struct decoder *decoder, const struct whole *whole, size_t size,
	size_t i, struct segment *segment)
{
	size_t rest = data_length(whole) - i * size;

	return feed(decoder, whole, i * size, rest < size ? rest : size, rest > size, segment);
}

static void check_whole(const struct whole *whole, const struct segment *segment)
{
	size_t tcp = segment->ip_header;

	assert_int_equal(segment->ip.n, whole->ip.n);
	/* All but the IPv4 header checksum, since this test's frames lost "do not fragment". */
	if (whole->next_at == 0) {
		uint32_t sum = 0;

		assert_memory_equal(segment->ip.p, whole->ip.p, 10);
		assert_memory_equal(segment->ip.p + 12, whole->ip.p + 12, whole->ip.n - 12);
		for (size_t i = 0; i < 20; i += 2)
			sum += (uint32_t)(segment->ip.p[i] << 8 | segment->ip.p[i + 1]);
		assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	} else {
		assert_memory_equal(segment->ip.p, whole->ip.p, whole->ip.n);
	}
	assert_int_equal(segment->from.port, 40000);
	assert_int_equal(segment->seq, FRAME_SEQ);
	assert_ptr_equal(segment->payload.p, segment->ip.p + tcp + 20);
	assert_int_equal(segment->payload.n, segment->payload_length);
	assert_int_equal(segment_checksum(segment), CHECKSUM_GOOD);
}

/* Four pieces in each of their 24 orders. */
static void any_order(void **state)
{
	struct decoder *decoder = decoder_make(0);

	(void)state;
	for (int ipv6 = 0; ipv6 <= 1; ipv6++) {
		struct whole whole = whole_make(ipv6, 100);
		size_t size = 32, n = (data_length(&whole) + size - 1) / size;

		assert_true(n >= 4);
		for (size_t order = 0; order < 256; order++) {
			size_t at[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 };
			struct segment segment;

			if ((1 << at[0] | 1 << at[1] | 1 << at[2] | 1 << at[3]) != 15)
				continue;
			for (size_t i = 4; i < n; i++)
				assert_string_equal(
					feed_piece(decoder, &whole, size, i, &segment), "fragment");
			for (size_t i = 0; i < 3; i++)
				assert_string_equal(
					feed_piece(decoder, &whole, size, at[i], &segment),
					"fragment");
			assert_string_equal(
				feed_piece(decoder, &whole, size, at[3], &segment), "segment");
			check_whole(&whole, &segment);
		}
		whole_free(&whole);
	}
	assert_int_equal(decoder_lost_datagrams(decoder), 0);
	decoder_free(decoder);
}

/* Every size of piece, the smallest included: what a stripper uses to hide a keyword. */
static void any_size(void **state)
{
	struct decoder *decoder = decoder_make(0);

	(void)state;
	for (int ipv6 = 0; ipv6 <= 1; ipv6++) {
		struct whole whole = whole_make(ipv6, 1400);

		/* IPv6: the first one must have the TCP header; 16 bytes of options precede it. */
		for (size_t size = ipv6 ? 40 : 8; size < data_length(&whole); size += 8) {
			size_t n = (data_length(&whole) + size - 1) / size;
			struct segment segment;

			for (size_t i = 0; i + 1 < n; i++)
				assert_string_equal(
					feed_piece(decoder, &whole, size, i, &segment), "fragment");
			assert_string_equal(
				feed_piece(decoder, &whole, size, n - 1, &segment), "segment");
			check_whole(&whole, &segment);
		}
		whole_free(&whole);
	}
	decoder_free(decoder);
}

static void copies_that_agree(void **state)
{
	struct decoder *decoder = decoder_make(0);

	(void)state;
	for (int ipv6 = 0; ipv6 <= 1; ipv6++) {
		struct whole whole = whole_make(ipv6, 100);
		size_t n = data_length(&whole);
		struct segment segment;

		assert_string_equal(feed(decoder, &whole, 40, 24, true, &segment), "fragment");
		assert_string_equal(feed(decoder, &whole, 40, 24, true, &segment), "fragment");
		/* Over both ends, then inside, then over a hole. */
		assert_string_equal(feed(decoder, &whole, 32, 40, true, &segment), "fragment");
		assert_string_equal(feed(decoder, &whole, 48, 8, true, &segment), "fragment");
		assert_string_equal(feed(decoder, &whole, 80, n - 80, false, &segment), "fragment");
		assert_string_equal(feed(decoder, &whole, 80, n - 80, false, &segment), "fragment");
		assert_string_equal(feed(decoder, &whole, 0, 88, true, &segment), "segment");
		check_whole(&whole, &segment);
		whole_free(&whole);
	}
	decoder_free(decoder);
}

struct step {
	size_t offset, n;
	bool more;
	bool lie;     /* one byte, the last, differs */
	int64_t wait; /* seconds of packet time before it */
	const char *want;
};

static void lies_and_nonsense(void **state)
{
	/* Of a datagram of 120 bytes behind the header; the last step may be the one that
	 * completes. */
	static const struct {
		const char *name;
		struct step steps[6];
	} rows[] = {
		{ "copy differs", { { 0, 64, true, false, 0, "fragment" },
					  { 0, 64, true, true, 0, "bad-fragment" },
					  { 64, 56, false, false, 0, "bad-fragment" } } },
		{ "the lie came first", { { 0, 64, true, true, 0, "fragment" },
						{ 0, 64, true, false, 0, "bad-fragment" },
						{ 64, 56, false, false, 0, "bad-fragment" } } },
		{ "overlap differs", { { 64, 56, false, false, 0, "fragment" },
					     { 0, 72, true, true, 0, "bad-fragment" },
					     { 0, 64, true, false, 0, "bad-fragment" } } },
		{ "condemned, until its time is over",
			{ { 0, 64, true, false, 0, "fragment" },
				{ 0, 64, true, true, 0, "bad-fragment" },
				{ 0, 64, true, false, 31, "fragment" },
				{ 64, 56, false, false, 0, "segment" } } },
		{ "two ends", { { 64, 56, false, false, 0, "fragment" },
				      { 64, 48, false, false, 0, "bad-fragment" } } },
		{ "two ends, the later one further",
			{ { 64, 48, false, false, 0, "fragment" },
				{ 64, 56, false, false, 0, "bad-fragment" } } },
		{ "behind the end", { { 64, 48, false, false, 0, "fragment" },
					    { 64, 56, true, false, 0, "bad-fragment" } } },
		{ "end before what is here",
			{ { 64, 56, true, false, 0, "fragment" },
				{ 64, 40, false, false, 0, "bad-fragment" } } },
		{ "not a multiple of eight", { { 0, 63, true, false, 0, "bad-fragment" },
						     { 0, 64, true, false, 0, "fragment" },
						     { 64, 56, false, false, 0, "segment" } } },
		{ "no data", { { 64, 0, true, false, 0, "bad-fragment" },
				     { 0, 64, true, false, 0, "fragment" },
				     { 64, 56, false, false, 0, "segment" } } },
		{ "no data at the end", { { 0, 120, true, false, 0, "fragment" },
						{ 120, 0, false, false, 0, "bad-fragment" } } },
		{ "beyond the longest datagram",
			{ { 65528, 8, false, false, 0, "bad-fragment" } } },
		{ "beyond it with its header",
			{ { 65504, 24, false, false, 0, "bad-fragment" },
				{ 65488, 8, false, false, 0, "fragment" } } },
		{ "in time", { { 0, 64, true, false, 0, "fragment" },
				     { 64, 56, false, false, 30, "segment" } } },
		{ "too late", { { 0, 64, true, false, 0, "fragment" },
				      { 64, 56, false, false, 31, "fragment" },
				      { 0, 64, true, false, 1, "segment" } } },
		{ "a copy does not extend the time",
			{ { 0, 64, true, false, 0, "fragment" },
				{ 0, 64, true, false, 20, "fragment" },
				{ 64, 56, false, false, 20, "fragment" } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int ipv6 = 0; ipv6 <= 1; ipv6++) {
			struct decoder *decoder = decoder_make(0);
			struct whole whole = whole_make(ipv6, ipv6 ? 84 : 100);
			struct segment segment;

			assert_int_equal(data_length(&whole), 120);
			for (const struct step *step = rows[i].steps; step->want; step++) {
				struct bytes fragment =
					fragment_of(&whole, step->offset, step->n, step->more);

				now += step->wait * SECOND;
				if (step->lie)
					writable(fragment)[fragment.n - 1] ^= 0x20;
				assert_row_string(rows[i].name,
					feed_raw(decoder, fragment, &segment), step->want);
				frame_free(fragment);
			}
			whole_free(&whole);
			decoder_free(decoder);
		}
	}
}

/* RFC 8200 4.5 for IPv6; IPv4 hosts do put it together. */
static void tiny_first_fragment(void **state)
{
	static const enum piece v6[] = { IP6, TCP, NONE };
	struct decoder *decoder = decoder_make(0);
	struct whole four = whole_make(false, 100);
	struct whole six = { .ip = frame_build(v6), .header = 40, .next_at = 6, .id = 5 };
	size_t n = data_length(&four);
	struct segment segment;

	(void)state;
	assert_string_equal(feed(decoder, &four, 0, 8, true, &segment), "fragment");
	assert_string_equal(feed(decoder, &four, 8, n - 8, false, &segment), "segment");
	check_whole(&four, &segment);

	n = data_length(&six);
	assert_string_equal(feed(decoder, &six, 0, 16, true, &segment), "bad-fragment");
	assert_string_equal(feed(decoder, &six, 16, n - 16, false, &segment), "fragment");
	/* An honest first one completes it. */
	assert_string_equal(feed(decoder, &six, 0, 24, true, &segment), "segment");
	check_whole(&six, &segment);
	whole_free(&four);
	whole_free(&six);
	decoder_free(decoder);
}

/* The same number does not make the same datagram. */
static void datagrams_do_not_mix(void **state)
{
	struct decoder *decoder = decoder_make(0);
	struct whole whole = whole_make(false, 100);
	struct segment segment;
	struct bytes fragment;

	(void)state;
	assert_string_equal(feed(decoder, &whole, 0, 64, true, &segment), "fragment");
	for (size_t at = 4; at < 20; at++) {
		if (at >= 6 && at != 9 && at < 12) /* but protocol and addresses */
			continue;
		fragment = fragment_of(&whole, 64, 56, false);
		writable(fragment)[at] = at == 9 ? 17 : (uint8_t)(fragment.p[at] ^ 1);
		assert_string_equal(feed_raw(decoder, fragment, &segment), "fragment");
		frame_free(fragment);
	}
	assert_string_equal(feed(decoder, &whole, 64, 56, false, &segment), "segment");
	check_whole(&whole, &segment);
	whole_free(&whole);
	decoder_free(decoder);
}

static void cut_fragments_are_not_kept(void **state)
{
	struct decoder *decoder = decoder_make(0);
	struct whole whole = whole_make(true, 100);
	struct bytes fragment = fragment_of(&whole, 0, 64, true);

	(void)state;
	for (size_t n = 0; n < fragment.n; n++) {
		struct bytes guard = guarded(bytes_of(fragment.p, n));
		struct packet packet = { .time = now,
			.frame = guard,
			.wire_length = (uint32_t)fragment.n,
			.link_type = LINK_RAW };
		struct segment segment;

		assert_int_equal(decode(decoder, &packet, &segment), DECODE_CUT);
		guarded_free(guard);
	}
	frame_free(fragment);
	whole_free(&whole);
	decoder_free(decoder);
}

/* A tunnel's datagram in fragments, and in it one that is a fragment itself. */
static void fragments_within_fragments(void **state)
{
	struct decoder *decoder = decoder_make(0);
	struct whole inner = whole_make(true, 100);
	const char *want[] = { "fragment", "segment" };
	struct segment segment;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct bytes fragment =
			fragment_of(&inner, i * 64, i ? data_length(&inner) - 64 : 64, i == 0);
		enum piece outer_layers[] = { IP4, TCP, NONE };
		struct whole outer = { .header = 20, .id = (uint32_t)i + 1 };

		/* Built around a TCP header, which makes room for the inner datagram instead. */
		outer.ip = frame_build_around(outer_layers, bytes_of(fragment.p, fragment.n));
		memmove(writable(outer.ip) + 20, fragment.p, fragment.n);
		outer.ip.n -= 20;
		writable(outer.ip)[6] = 0;
		writable(outer.ip)[9] = 41;
		put_u16(writable(outer.ip) + 2, outer.ip.n);
		assert_string_equal(
			feed(decoder, &outer, 32, fragment.n - 32, false, &segment), "fragment");
		assert_string_equal(feed(decoder, &outer, 0, 32, true, &segment), want[i]);
		frame_free(fragment);
		whole_free(&outer);
	}
	check_whole(&inner, &segment);
	whole_free(&inner);
	decoder_free(decoder);
}

/* Half datagrams in masses push each other out, the oldest first; a whole one still gets through.
 */
static void bounded_in_bytes(void **state)
{
	const size_t bound = 16 * 1024;
	struct decoder *decoder = decoder_make(bound);
	struct whole whole = whole_make(false, 1400);
	size_t n = data_length(&whole);
	struct segment segment;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		whole.id = i;
		assert_string_equal(feed(decoder, &whole, 0, 1024, true, &segment), "fragment");
	}
	assert_true(decoder_lost_datagrams(decoder) >= 100 - bound / 1024);
	assert_string_equal(feed(decoder, &whole, 1024, n - 1024, false, &segment), "segment");
	whole.id = 0;
	assert_string_equal(feed(decoder, &whole, 1024, n - 1024, false, &segment), "fragment");
	whole_free(&whole);

	/* One that alone is too large condemns itself. */
	whole = whole_make(false, 30000);
	assert_string_equal(feed(decoder, &whole, 0, 8192, true, &segment), "fragment");
	assert_string_equal(feed(decoder, &whole, 8192, 8192, true, &segment), "bad-fragment");
	whole_free(&whole);
	decoder_free(decoder);
}

static void bounded_in_pieces(void **state)
{
	struct decoder *decoder = decoder_make(0);
	struct whole whole = whole_make(false, 30000);
	struct segment segment;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		assert_string_equal(feed(decoder, &whole, i * 16, 8, true, &segment), "fragment");
	assert_string_equal(feed(decoder, &whole, 256 * 16, 8, true, &segment), "bad-fragment");
	assert_int_equal(decoder_lost_datagrams(decoder), 1);
	whole_free(&whole);
	decoder_free(decoder);
}

static struct fragment numbered(struct bytes header, uint32_t id, bool first, struct bytes data)
{
	return (struct fragment){
		.header = header,
		.protocol_at = 9,
		.protocol = 6,
		.id = id,
		.offset = first ? 0 : 64,
		.more = first,
		.data = data,
		.time = now,
	};
}

/* What is held never exceeds the bound, and is given back. */
static void memory_is_accounted(void **state)
{
	static const uint8_t header[20] = { 0x45 }, data[64];
	const size_t bound = 4096;
	struct fragments *fragments = fragments_new(bound);
	struct datagram datagram;
	struct fragment fragment;

	(void)state;
	now = 0;
	for (uint32_t i = 0; i < 3000; i++) {
		fragment = numbered(bytes_of(header, 20), i, true, bytes_of(data, 64));
		assert_int_equal(fragments_add(fragments, &fragment, &datagram), FRAGMENT_WAITS);
		assert_true(fragments_held(fragments) <= bound);
		assert_true(fragments_held(fragments) >= 64 + 20);
	}
	now += 31 * SECOND;
	fragment = numbered(bytes_of(header, 20), 5000, true, bytes_of(data, 64));
	assert_int_equal(fragments_add(fragments, &fragment, &datagram), FRAGMENT_WAITS);
	assert_int_equal(fragments_lost(fragments), 3000);
	fragment = numbered(bytes_of(header, 20), 5000, false, bytes_of(data, 64));
	assert_int_equal(fragments_add(fragments, &fragment, &datagram), FRAGMENT_WHOLE);
	assert_int_equal(datagram.whole.n, 20 + 128);
	assert_int_equal(datagram.header, 20);
	assert_int_equal(datagram.protocol, 6);
	assert_int_equal(fragments_held(fragments), 0);
	assert_int_equal(fragments_lost(fragments), 3000);
	fragments_free(fragments);
	fragments_free(NULL);
}

/* Many datagrams of few bytes: there is a bound on their number as well. */
static void bounded_in_datagrams(void **state)
{
	static const uint8_t header[20] = { 0x45 }, data[8];
	struct fragments *fragments = fragments_new(100 << 20);
	struct datagram datagram;
	struct fragment fragment;

	(void)state;
	now = 0;
	for (uint32_t i = 0; i < 5000; i++) {
		fragment = numbered(bytes_of(header, 20), i, true, bytes_of(data, 8));
		assert_int_equal(fragments_add(fragments, &fragment, &datagram), FRAGMENT_WAITS);
	}
	assert_true(fragments_lost(fragments) >= 3000);
	fragments_free(fragments);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(any_size),
		cmocka_unit_test(copies_that_agree),
		cmocka_unit_test(lies_and_nonsense),
		cmocka_unit_test(tiny_first_fragment),
		cmocka_unit_test(datagrams_do_not_mix),
		cmocka_unit_test(cut_fragments_are_not_kept),
		cmocka_unit_test(fragments_within_fragments),
		cmocka_unit_test(bounded_in_bytes),
		cmocka_unit_test(bounded_in_pieces),
		cmocka_unit_test(memory_is_accounted),
		cmocka_unit_test(bounded_in_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
