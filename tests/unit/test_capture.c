// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "capture/capture.h"
#include "capture/source.h"
#include "capture_build.h"

/* Everything a source has to give, one line a packet; then whether it was faulty. */
static void describe_rest(struct source *source, struct text *out)
{
	struct packet packet;

	while (source_next(source, &packet)) {
		text_printf(out, "%lld %u", (long long)packet.time, packet.link_type);
		if (packet.interface)
			text_printf(out, " %s", packet.interface);
		text_printf(out, " %.*s/%u\n", (int)packet.frame.n, (const char *)packet.frame.p,
			packet.wire_length);
	}
	if (source->input.faulty)
		text_puts(out, "faulty\n");
	text_puts(out, ""); /* never NULL */
}

static void describe(struct bytes file, struct text *out)
{
	struct bytes b = guarded(file);
	struct source source;
	struct input input;

	input_open_bytes(&input, b, "test");
	text_reset(out);
	if (source_open_input(&source, "test", input))
		describe_rest(&source, out);
	else
		text_puts(out, "refused\n");
	source_close(&source);
	guarded_free(b);
}

static void check_file(const char *row, struct build *b, const char *want)
{
	struct text got = { 0 };

	describe(build_bytes(b), &got);
	assert_row_string(row, got.s, want);
	text_free(&got);
	text_free(&b->out);
}

static void pcap_variants(void **state)
{
	static const struct {
		const char *name;
		uint32_t magic, link_field, ticks;
		bool big;
		const char *want;
	} rows[] = {
		{ "us little", 0xa1b2c3d4, 1, 2, false, "1000002000 1 abc/3\n" },
		{ "us big", 0xa1b2c3d4, 1, 2, true, "1000002000 1 abc/3\n" },
		{ "ns little", 0xa1b23c4d, 276, 2, false, "1000000002 276 abc/3\n" },
		{ "ns big", 0xa1b23c4d, 276, 2, true, "1000000002 276 abc/3\n" },
		{ "FCS of 4 bytes", 0xa1b2c3d4, 0x24000001, 0, false, "1000000000 1 abc/3\n" },
		{ "no LINKTYPE_", 0xa1b2c3d4, 0x02240002, 0, true, "1000000000 65535 abc/3\n" },
		{ "all ticks", 0xa1b2c3d4, 1, UINT32_MAX, true, "4295967295000 1 abc/3\n" },
		{ "magic of nobody", 0xa1b2c3d5, 1, 0, false, "refused\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct build b = { .big = rows[i].big };

		build_pcap(&b, rows[i].magic, rows[i].link_field);
		build_record(&b, 1, rows[i].ticks, "abc", 3, 3);
		check_file(rows[i].name, &b, rows[i].want);
	}
}

static void pcap_modified(void **state)
{
	struct build b = { 0 };

	(void)state;
	build_pcap(&b, 0xa1b2cd34, 1);
	build_record(&b, 1, 0, "IIIIPPTxabc", 3, 9);
	build_record(&b, 2, 0, "IIIIPPTxd", 1, 1);
	check_file("modified", &b, "1000000000 1 abc/9\n2000000000 1 d/1\n");
}

static void pcap_lengths(void **state)
{
	static const struct {
		const char *name;
		uint32_t captured, wire_length;
		const char *want;
	} rows[] = {
		{ "whole", 3, 3, "1000000000 1 abc/3\n2000000000 1 d/1\n" },
		{ "cut", 3, 1500, "1000000000 1 abc/1500\n2000000000 1 d/1\n" },
		{ "shorter on the wire than in the file", 3, 2,
			"1000000000 1 abc/3\n2000000000 1 d/1\n" },
		{ "longer than the file", 99, 99, "faulty\n" },
		{ "longest that is believed", 16 << 20, 16 << 20, "faulty\n" },
		{ "out of reason", (16 << 20) + 1, 60, "faulty\n" },
		{ "all ones", UINT32_MAX, UINT32_MAX, "faulty\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct build b = { 0 };

		build_pcap(&b, 0xa1b2c3d4, 1);
		build_record(&b, 1, 0, "abc", rows[i].captured, rows[i].wire_length);
		build_record(&b, 2, 0, "d", 1, 1);
		check_file(rows[i].name, &b, rows[i].want);
	}
}

static void pcapng_clocks(void **state)
{
	static const struct {
		const char *name;
		uint64_t ticks;
		int64_t offset;
		int resolution;
		const char *want;
	} rows[] = {
		{ "us when nothing is said", 1500000000000001, 0, -1, "1500000000000001000" },
		{ "s", 1500000000, 0, 0, "1500000000000000000" },
		{ "ms", 1500000000001, 0, 3, "1500000000001000000" },
		{ "ns", 1500000000000000001, 0, 9, "1500000000000000001" },
		{ "ps", 1500000000001, 0, 12, "1500000000" },
		{ "10^-28 s", UINT64_MAX, 0, 28, "1" },
		{ "10^-29 s: no ns in 64 bits", UINT64_MAX, 0, 29, "0" },
		{ "10^-127 s", UINT64_MAX, 0, 127, "0" },
		{ "2^0 s", 7, 0, 0x80, "7000000000" },
		{ "2^-10 s", 1536, 0, 0x8a, "1500000000" },
		{ "2^-32 s", UINT64_C(0x180000000), 0, 0xa0, "1500000000" },
		{ "2^-127 s", UINT64_MAX, 0, 0xff, "0" },
		{ "offset", 1, 1500000000, 6, "1500000000000001000" },
		{ "offset backwards", 1, -2, 6, "-1999999000" },
		{ "more than there is time", UINT64_MAX, 0, 0, "4611686018427387903" },
		{ "offset beyond time", 0, INT64_MAX, 6, "4611686018427387903" },
		{ "offset before time", 0, INT64_MIN, 6, "-4611686018427387903" },
		{ "both far", UINT64_MAX, INT64_MIN, 0, "4611686018427387903" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		size_t row = i / 2;
		struct text want = { 0 };
		struct build b = { 0 };

		build_section(&b, i % 2);
		build_interface(&b, 1, 0, NULL, rows[row].resolution, rows[row].offset);
		build_packet(&b, 0, rows[row].ticks, "abc");
		text_printf(&want, "%s 1 abc/3\n", rows[row].want);
		check_file(rows[row].name, &b, want.s);
		text_free(&want);
	}
}

static void build_old_packet(struct build *b, uint16_t interface, uint32_t ticks, const char *frame)
{
	build_open(b, 2);
	build_u16(b, interface);
	build_u16(b, 0xffff);
	build_u32(b, 0);
	build_u32(b, ticks);
	build_u32(b, (uint32_t)strlen(frame));
	build_u32(b, 1500);
	text_puts(&b->out, frame);
	build_close(b);
}

static void build_simple_packet(struct build *b, uint32_t wire_length, const char *frame)
{
	build_open(b, 3);
	build_u32(b, wire_length);
	text_puts(&b->out, frame);
	build_close(b);
}

/* A block of a type that nobody knows. */
static void build_stranger(struct build *b)
{
	build_open(b, 0x0bad);
	text_puts(&b->out, "statistics, secrets and other things");
	build_close(b);
}

/* Two sections of different order, three link types, each kind of packet. */
static void build_mixture(struct build *b)
{
	build_section(b, true);
	build_interface(b, 1, 0, "eth0", 9, 0);
	build_stranger(b);
	build_packet(b, 0, 5, "abcd");
	build_interface(b, 101, 0, "tun0", 3, 0);
	build_packet(b, 1, 6, "e");
	build_simple_packet(b, 2, "fg");
	build_section(b, false);
	build_interface(b, 276, 3, NULL, -1, 0);
	build_interface(b, 1, 0, "eth0", -1, 0);
	build_old_packet(b, 1, 7, "hij");
	build_simple_packet(b, 40, "klm");
	build_packet(b, 0, UINT64_C(1) << 32, "");
}

static const char mixture[] = "5 1 eth0 abcd/4\n"
			      "6000000 101 tun0 e/1\n"
			      "6000000 1 eth0 fg/2\n"
			      "7000 1 eth0 hij/1500\n"
			      "7000 276 klm/40\n"
			      "4294967296000 276 /0\n";

static void pcapng_mixture(void **state)
{
	struct build b = { 0 };

	(void)state;
	build_mixture(&b);
	check_file("mixture", &b, mixture);
}

/* What is wrong with the middle one of three packets of a pcapng file. */
enum harm {
	HARM_NONE,
	HARM_NO_INTERFACE,
	HARM_LENGTHS_DIFFER,
	HARM_FRAME_LONGER,
	HARM_FRAME_LENGTH,
	HARM_TOO_SHORT,
	HARM_BLOCK_LENGTH,
	HARM_BLOCK_LENGTH_ODD,
	HARM_BLOCK_LENGTH_0,
	HARM_STRANGER_DIFFERS,
	HARM_VERSION,
	HARM_BYTE_ORDER,
};

static void build_harmed(struct build *b, enum harm harm)
{
	size_t start = b->out.n;

	if (harm == HARM_STRANGER_DIFFERS)
		build_stranger(b);
	else if (harm == HARM_VERSION || harm == HARM_BYTE_ORDER)
		build_section(b, b->big);
	else
		build_packet(b, harm == HARM_NO_INTERFACE, 2, "def");
	if (harm == HARM_LENGTHS_DIFFER || harm == HARM_STRANGER_DIFFERS)
		build_patch(b, b->out.n - 4, 99);
	else if (harm == HARM_FRAME_LONGER)
		build_patch(b, start + 20, 5); /* one more than the pad gives */
	else if (harm == HARM_FRAME_LENGTH)
		build_patch(b, start + 20, UINT32_MAX);
	else if (harm == HARM_BLOCK_LENGTH)
		build_patch(b, start + 4, (64 << 20) + 4);
	else if (harm == HARM_BLOCK_LENGTH_ODD)
		build_patch(b, start + 4, 37);
	else if (harm == HARM_BLOCK_LENGTH_0)
		build_patch(b, start + 4, 0);
	else if (harm == HARM_VERSION)
		build_patch(b, start + 12, 0x20002);
	else if (harm == HARM_BYTE_ORDER)
		build_patch(b, start + 8, 0);
	if (harm != HARM_TOO_SHORT)
		return;
	b->out.n = start + 8;
	build_close(b); /* no body at all */
}

static void pcapng_damage(void **state)
{
	static const struct {
		const char *name;
		enum harm harm;
		const char *want;
	} rows[] = {
#define BEFORE "1000 1 abc/3\n"
#define BEHIND "3000 1 ghi/3\n"
		{ "none", HARM_NONE, BEFORE "2000 1 def/3\n" BEHIND },
		/* The block is passed over, what follows is read. */
		{ "unknown interface", HARM_NO_INTERFACE, BEFORE BEHIND "faulty\n" },
		{ "lengths differ", HARM_LENGTHS_DIFFER, BEFORE BEHIND "faulty\n" },
		{ "frame longer than block", HARM_FRAME_LONGER, BEFORE BEHIND "faulty\n" },
		{ "frame without reason", HARM_FRAME_LENGTH, BEFORE BEHIND "faulty\n" },
		{ "block of nothing", HARM_TOO_SHORT, BEFORE BEHIND "faulty\n" },
		{ "unknown block, lengths differ", HARM_STRANGER_DIFFERS,
			BEFORE BEHIND "faulty\n" },
		/* Nobody knows where the next block starts, or how to read it. */
		{ "block too long", HARM_BLOCK_LENGTH, BEFORE "faulty\n" },
		{ "block length odd", HARM_BLOCK_LENGTH_ODD, BEFORE "faulty\n" },
		{ "block length 0", HARM_BLOCK_LENGTH_0, BEFORE "faulty\n" },
		{ "version 2", HARM_VERSION, BEFORE "faulty\n" },
		{ "section of no order", HARM_BYTE_ORDER, BEFORE "faulty\n" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		struct build b = { 0 };

		build_section(&b, i % 2);
		build_interface(&b, 1, 0, NULL, -1, 0);
		build_packet(&b, 0, 1, "abc");
		build_harmed(&b, rows[i / 2].harm);
		build_packet(&b, 0, 3, "ghi");
		check_file(rows[i / 2].name, &b, rows[i / 2].want);
	}
}

/* A damaged interface block keeps its number: no packet slips to the next one's link type. */
static void pcapng_bad_interface(void **state)
{
	struct build b = { 0 };

	(void)state;
	build_section(&b, false);
	build_interface(&b, 1, 0, "eth0", -1, 0);
	build_patch(&b, b.out.n - 4, 4);
	build_interface(&b, 101, 0, "tun0", -1, 0);
	build_packet(&b, 0, 1, "abc");
	build_packet(&b, 1, 2, "def");
	check_file("bad interface", &b, "1000 65535 abc/3\n2000 101 tun0 def/3\nfaulty\n");
}

/* Names that vary without end must not fill the memory; the interfaces stay right. */
static void pcapng_many_names(void **state)
{
	struct text got = { 0 };
	struct build b = { 0 };
	char name[16];

	(void)state;
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "veth%u", i);
		build_section(&b, false);
		build_interface(&b, 1, 0, name, -1, 0);
	}
	build_packet(&b, 0, 1, "abc");
	build_section(&b, false);
	build_interface(&b, 1, 0, "veth17", -1, 0);
	build_packet(&b, 0, 1, "abc");
	describe(build_bytes(&b), &got);
	assert_string_equal(got.s, "1000 1 abc/3\n1000 1 veth17 abc/3\n");
	text_free(&got);
	text_free(&b.out);
}

struct truncation {
	const char *whole;  /* the description of the whole file */
	size_t good[16];    /* lengths at which the file is complete, ascending; 0: no more */
	size_t packets[16]; /* packets up to there */
};

/* Lines of @text, up to @n of them, as bytes. */
static size_t lines_length(const char *text, size_t n)
{
	const char *at = text;

	while (n-- && *at)
		at = strchr(at, '\n') + 1;
	return (size_t)(at - text);
}

static void check_truncated(struct bytes prefix, void *context)
{
	const struct truncation *t = context;
	struct text got = { 0 };
	bool complete = false;
	size_t packets = 0, want;

	for (size_t i = 0; t->good[i] && t->good[i] <= prefix.n; i++) {
		complete = t->good[i] == prefix.n;
		packets = t->packets[i];
	}
	describe(prefix, &got);
	if (prefix.n < t->good[0]) {
		assert_true(strcmp(got.s, "refused\n") == 0 || strcmp(got.s, "faulty\n") == 0);
	} else {
		want = lines_length(t->whole, packets);
		assert_int_equal(strncmp(got.s, t->whole, want), 0);
		assert_string_equal(got.s + want, complete ? "" : "faulty\n");
	}
	text_free(&got);
}

static void truncations(void **state)
{
	struct truncation pcap = {
		.whole = "1000000000 1 abc/3\n2000000000 1 /0\n",
		.good = { 24, 24 + 19, 24 + 19 + 16 },
		.packets = { 0, 1, 2 },
	};
	struct truncation pcapng = {
		.whole = "1000 1 abc/3\n2000 1 d/1\n",
		.good = { 28, 28 + 24, 28 + 24 + 36, 28 + 24 + 36 + 48, 28 + 24 + 36 + 48 + 36 },
		.packets = { 0, 0, 1, 1, 2 },
	};
	struct build b = { 0 };

	(void)state;
	build_pcap(&b, 0xa1b2c3d4, 1);
	build_record(&b, 1, 0, "abc", 3, 3);
	build_record(&b, 2, 0, "", 0, 0);
	every_truncation(build_bytes(&b), check_truncated, &pcap);
	text_reset(&b.out);
	build_section(&b, true);
	build_interface(&b, 1, 0, NULL, -1, 0);
	build_packet(&b, 0, 1, "abc");
	build_stranger(&b);
	build_packet(&b, 0, 2, "d");
	assert_int_equal(b.out.n, pcapng.good[4]);
	every_truncation(build_bytes(&b), check_truncated, &pcapng);
	text_free(&b.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_variants),
		cmocka_unit_test(pcap_modified),
		cmocka_unit_test(pcap_lengths),
		cmocka_unit_test(pcapng_clocks),
		cmocka_unit_test(pcapng_mixture),
		cmocka_unit_test(pcapng_damage),
		cmocka_unit_test(pcapng_bad_interface),
		cmocka_unit_test(pcapng_many_names),
		cmocka_unit_test(truncations),
	};

	log_set_level(LOG_LEVEL_ERROR); /* hundreds of files are damaged on purpose */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
