// SPDX-License-Identifier: BSD-2-Clause
/* DNS messages out of a stream, in every split. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "dialogue/dns_stream.h"

struct reading {
	struct dns_stream stream;
	struct text said; /* a line for each message */
	const char *name, *want;
};

static void begin(void *context)
{
	struct reading *reading = context;

	text_reset(&reading->said);
	text_puts(&reading->said, "");
}

static void feed(struct bytes piece, void *context)
{
	struct reading *reading = context;
	struct bytes message;

	while (dns_stream_next(&reading->stream, &piece, &message)) {
		text_printf(&reading->said, "%zu:", message.n);
		text_printable(&reading->said, message, 40);
		text_putc(&reading->said, ' ');
	}
	assert_int_equal(piece.n, 0);
}

static void end(size_t piece_size, void *context)
{
	struct reading *reading = context;

	(void)piece_size;
	assert_row_string(reading->name, reading->said.s, reading->want);
	dns_stream_fini(&reading->stream);
}

static const struct splitter splitter = { begin, feed, end };

static void messages(void **state)
{
	static const struct {
		const char *name;
		struct bytes in;
		const char *want;
	} rows[] = {
		{ "nothing", { NULL, 0 }, "" },
		{ "one", { (const uint8_t *)"\0\5hello", 7 }, "5:hello " },
		{ "three", { (const uint8_t *)"\0\3one\0\3two\0\5three", 17 },
			"3:one 3:two 5:three " },
		{ "an empty one between", { (const uint8_t *)"\0\3one\0\0\0\3two", 12 },
			"3:one 0: 3:two " },
		{ "half a length", { (const uint8_t *)"\0\3one\0", 6 }, "3:one " },
		{ "not all of the second", { (const uint8_t *)"\0\3one\0\3tw", 9 }, "3:one " },
		{ "a length of two bytes", { (const uint8_t *)"\1\0one", 5 }, "" },
	};
	struct reading reading = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		reading.name = rows[i].name;
		reading.want = rows[i].want;
		every_split(rows[i].in, &splitter, &reading);
	}
	text_free(&reading.said);
}

/* Longer than answers are: passed over, and what is behind it is not lost. */
static void too_long(void **state)
{
	static const struct {
		const char *name;
		size_t length;
		bool told;
	} rows[] = {
		{ "as long as may be", DNS_STREAM_MESSAGE_MAX, true },
		{ "longer", DNS_STREAM_MESSAGE_MAX + 1, false },
		{ "the longest", UINT16_MAX, false },
	};
	static const size_t pieces[] = { 1, 7, 1460, SIZE_MAX };
	struct reading reading = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t length = rows[i].length;
		uint8_t *in = calloc(1, length + 8);
		char first[16];

		assert_non_null(in);
		memcpy(in, (uint8_t[]){ (uint8_t)(length >> 8), (uint8_t)length }, 2);
		memcpy(in + 2 + length, "\0\4next", 6);
		for (size_t j = 0; j < sizeof(pieces) / sizeof(*pieces); j++) {
			struct bytes rest = bytes_of(in, length + 8);

			begin(&reading);
			while (rest.n) {
				size_t n = rest.n < pieces[j] ? rest.n : pieces[j];

				feed(bytes_of(rest.p, n), &reading);
				bytes_skip(&rest, n);
			}
			snprintf(first, sizeof(first), "%zu:", length);
			assert_row(rows[i].name, (strncmp(reading.said.s, first, strlen(first)) ==
							 0) == rows[i].told);
			assert_row(rows[i].name,
				strcmp(reading.said.s + reading.said.n - 7, "4:next ") == 0);
			dns_stream_fini(&reading.stream);
		}
		free(in);
	}
	text_free(&reading.said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests_name("dns_stream", tests, NULL, NULL);
}
