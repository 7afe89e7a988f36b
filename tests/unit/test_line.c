// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "dialogue/line.h"
#include "dialogue/smtp.h"

/* Lines as they were read: "text|" each, with '+' for CR LF, '~' where it was cut. */
struct reading {
	struct line_reader reader;
	struct text text;
	const char *name, *want;
	uint64_t length;
};

static void begin(void *context)
{
	struct reading *reading = context;

	text_reset(&reading->text);
	reading->length = 0;
}

static void feed(struct bytes piece, void *context)
{
	struct reading *reading = context;
	struct line line;

	while (piece.n && line_next(&reading->reader, &piece, &line)) {
		text_printable(&reading->text, line.text, 40);
		text_puts(&reading->text, line.crlf ? "+" : "");
		text_puts(&reading->text, line.cut ? "~|" : "|");
		reading->length += line.length;
		line_done(&reading->reader);
	}
	assert_int_equal(piece.n, 0);
}

static void end(size_t piece_size, void *context)
{
	struct reading *reading = context;

	(void)piece_size;
	text_printable(&reading->text, line_peek(&reading->reader), 40);
	reading->length += line_drop(&reading->reader);
	assert_true(line_at_start(&reading->reader));
	assert_row_string(reading->name, reading->text.s, reading->want);
}

static const struct splitter splitter = { begin, feed, end };

static void every_end(void **state)
{
	static const struct {
		const char *name, *in;
		size_t n;
		const char *want;
	} rows[] = {
#define ROW(name, in, want) { name, in, sizeof(in) - 1, want }
		ROW("CR LF", "a\r\nbc\r\n", "a+|bc+|"),
		ROW("bare LF", "a\nb\n", "a|b|"),
		ROW("CR CR LF", "a\r\r\nb", "a+|b"),
		ROW("a CR alone is text", "a\rb\r\n", "a\\rb+|"),
		ROW("empty lines", "\r\n\n\r\r\n", "+||+|"),
		ROW("NUL", "a\0b\r\n", "a\\x00b+|"),
		ROW("no end", "abc", "abc"),
		ROW("ends in CR", "abc\r", "abc\\r"),
#undef ROW
	};
	struct reading reading = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		reading.name = rows[i].name;
		reading.want = rows[i].want;
		every_split(bytes_of(rows[i].in, rows[i].n), &splitter, &reading);
		assert_row_int(rows[i].name, reading.length, rows[i].n);
	}
	text_free(&reading.text);
}

/* The text of a line of @n bytes is cut at SMTP_LINE_MAX, in one piece or in many. */
static void check_long(size_t n, size_t piece)
{
	struct line_reader reader = { 0 };
	size_t size = n + 3, at = 0, text = 0, lines = 0;
	uint8_t *bytes = malloc(size);
	struct line line;

	assert_non_null(bytes);
	memset(bytes, 'a', size);
	bytes[n - 1] = bytes[size - 1] = '\n';
	while (at < size) {
		size_t part = piece < size - at ? piece : size - at;
		struct bytes data = bytes_of(bytes + at, part);

		at += part;
		while (data.n && line_next(&reader, &data, &line)) {
			if (lines++ == 0) {
				text = line.text.n;
				assert_int_equal(line.length, n);
				assert_int_equal(line.cut, n > SMTP_LINE_MAX);
			} else {
				assert_int_equal(line.text.n, 2);
				assert_false(line.cut);
			}
			line_done(&reader);
		}
	}
	assert_int_equal(lines, 2);
	assert_int_equal(text, n > SMTP_LINE_MAX ? SMTP_LINE_MAX : n - 1);
	free(bytes);
}

static void long_lines(void **state)
{
	static const size_t lengths[] = { SMTP_LINE_MAX - 1, SMTP_LINE_MAX, SMTP_LINE_MAX + 1,
		3 * SMTP_LINE_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		for (size_t piece = 1; piece <= 4 * SMTP_LINE_MAX; piece *= 7)
			check_long(lengths[i], piece);
}

/* A line that is whole in the input is not copied. */
static void no_copy(void **state)
{
	struct line_reader reader = { 0 };
	struct bytes whole = BYTES("abc\r\ndef"), data = whole;
	struct line line;

	(void)state;
	assert_true(line_next(&reader, &data, &line));
	assert_ptr_equal(line.text.p, whole.p);
	assert_null(reader.held);
	line_done(&reader);
	assert_false(line_next(&reader, &data, &line));
	assert_int_equal(reader.n, 3);
	line_done(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_end),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(no_copy),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
