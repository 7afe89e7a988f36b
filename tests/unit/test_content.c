// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "base/text.h"
#include "dialogue/content.h"

struct reading {
	struct content content;
	struct line_reader reader;
	const char *name;
	bool bare, over;
	size_t taken, behind; /* bytes up to the end, and behind it */
	long want;            /* bytes up to the end; negative: there is none */
	bool want_report, want_loose;
};

static void begin(void *context)
{
	struct reading *reading = context;

	content_begin(&reading->content, reading->bare);
	reading->over = false;
	reading->taken = reading->behind = 0;
}

static void feed(struct bytes piece, void *context)
{
	struct reading *reading = context;
	size_t before = piece.n;

	if (!reading->over)
		reading->over = content_feed(&reading->content, &reading->reader, &piece);
	reading->taken += before - piece.n;
	reading->behind += piece.n;
	assert_true(reading->over || piece.n == 0);
}

static void end(size_t piece_size, void *context)
{
	struct reading *reading = context;

	line_drop(&reading->reader);
	if (reading->over != (reading->want >= 0) ||
		(reading->over && reading->taken != (size_t)reading->want))
		fail_msg("row \"%s\", pieces of %zu: %s at %zu", reading->name, piece_size,
			reading->over ? "ends" : "does not end", reading->taken);
	assert_row_int(reading->name, reading->content.tls_report, reading->want_report);
	assert_row_int(reading->name, reading->content.loose_end, reading->want_loose);
}

static const struct splitter splitter = { begin, feed, end };

#define NO_END (-1)

static void ends(void **state)
{
	static const struct {
		const char *name, *in;
		long want;
		bool bare, report, loose;
	} rows[] = {
		{ "header and body", "a: b\r\n\r\nc\r\n.\r\nQUIT\r\n", 14, false, false, false },
		{ "nothing", ".\r\nQUIT\r\n", 3, false, false, false },
		{ "header only", "a: b\r\n.\r\n", 9, false, false, false },
		{ "empty body", "a: b\r\n\r\n.\r\n", 11, false, false, false },
		{ "dots", "\r\n..\r\n.x\r\nx.\r\n . \r\n. \r\n.\r\n", 26, false, false, false },
		{ "dot, CR, text", "\r\n.\rx\r\n.\r\n", 10, false, false, false },
		{ "no end", "\r\nabc", NO_END, false, false, false },
		{ "no line end", "\r\n.", NO_END, false, false, false },
		{ "bare LFs throughout", "a: b\n\nc\n.\nQUIT\n", 10, true, false, false },
		{ "bare dot in the header", "a: b\n.\n", 7, true, false, false },
		/* Ends that a strict server does not take: they wait for its word. */
		{ "LF . LF", "a: b\r\n\r\nc\n.\nx", NO_END, false, false, false },
		{ "LF . LF, at the end", "a: b\r\n\r\nc\n.\n", NO_END, false, false, true },
		{ "LF . CR LF", "a: b\r\n\r\nc\n.\r\n", NO_END, false, false, true },
		{ "CR LF . LF", "a: b\r\n\r\nc\r\n.\n", NO_END, false, false, true },
		{ "CR LF . CR CR LF", "a: b\r\n\r\nc\r\n.\r\r\n", NO_END, false, false, true },
		{ "in the header, too", "a: b\r\n.\r\r\n", NO_END, false, false, true },
		{ "CR . CR LF", "a: b\r\n\r\nc\r.\r\n", NO_END, false, false, false },
		/* F20 */
		{ "TLS-RPT", "Content-Type: multipart/report; report-type=\"tlsrpt\"\r\n.\r\n", 57,
			false, true, false },
		{ "TLS-RPT, folded",
			"content-type: multipart/report;\r\n "
			"boundary=x;\r\n\tReport-Type=tlsrpt\r\n.\r\n",
			71, false, true, false },
		{ "another report", "Content-Type: multipart/report; report-type=x\r\n.\r\n", 50,
			false, false, false },
		{ "another header", "X: multipart/report; report-type=tlsrpt\r\n.\r\n", 44, false,
			false, false },
		{ "RFC 8689", "tls-required:no\r\n.\r\n", 20, false, true, false },
		{ "RFC 8689, in the body", "a: b\r\n\r\nTLS-Required: No\r\n.\r\n", 29, false,
			false, false },
	};
	struct reading reading = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		reading.name = rows[i].name;
		reading.bare = rows[i].bare;
		reading.want = rows[i].want;
		reading.want_report = rows[i].report;
		reading.want_loose = rows[i].loose;
		every_split(bytes_str(rows[i].in), &splitter, &reading);
	}
}

/* Behind a gap no dot is at the start of a line until a line has ended. */
static void gaps(void **state)
{
	struct line_reader reader = { 0 };
	struct content content;
	struct bytes data = BYTES("a: b\r\n\r\nc\r\n");

	(void)state;
	content_begin(&content, false);
	assert_false(content_feed(&content, &reader, &data));
	content_gap(&content);
	data = BYTES(".\r\n");
	assert_false(content_feed(&content, &reader, &data));
	data = BYTES(".\r\n");
	assert_true(content_feed(&content, &reader, &data));
}

/* Behind what was left out come bytes with an end, or the rest of an end. */
static void skips(void **state)
{
	static const struct {
		const char *name, *in;
		size_t want;
	} rows[] = {
		{ "the whole end", "\r\n.\r\nQUIT\r\n", 5 },
		{ "behind CR", "\n.\r\nQUIT\r\n", 4 },
		{ "behind CR LF", ".\r\nQUIT\r\n", 3 },
		{ "behind the dot", "\r\nQUIT\r\n", 2 },
		{ "behind CR LF . CR", "\nQUIT\r\n", 1 },
		{ "filled, then the end", "xxxx\r\n.\r\nQUIT\r\n", 9 },
		{ "filled, with an end's look-alike behind it", "x\r\n.\r\n.\r\n", 6 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes whole = guarded(bytes_str(rows[i].in)), data = whole;
		struct line_reader reader = { 0 };
		struct content content;

		content_begin(&content, false);
		content_skip(&content);
		assert_row(rows[i].name, content_feed(&content, &reader, &data));
		assert_row_int(rows[i].name, whole.n - data.n, rows[i].want);
		guarded_free(whole);
	}
}

static void chunk_headers(void **state)
{
	struct line_reader reader = { 0 };
	struct content content;

	(void)state;
	content_begin(&content, false);
	content_chunk(&content, &reader, BYTES("TLS-Req"));
	content_chunk(&content, &reader, BYTES("uired: No\r\n.\r\n\r\nx"));
	assert_true(content.tls_report);
	assert_false(content.header);
	line_drop(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends),
		cmocka_unit_test(gaps),
		cmocka_unit_test(skips),
		cmocka_unit_test(chunk_headers),
	};

	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
