// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json_text.h"

/* Length of a well-formed UTF-8 sequence at the front of @s, 0 if there is none (RFC 3629). */
static size_t utf8_length(struct bytes s)
{
	uint8_t first = s.p[0], low = 0x80, high = 0xbf;
	size_t n;

	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		n = 2;
	else if (first >= 0xe0 && first <= 0xef)
		n = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		n = 4;
	else
		return 0;
	/* No over-long forms, no surrogates, nothing beyond U+10FFFF. */
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	if (s.n < n || s.p[1] < low || s.p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((s.p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void escape(struct text *out, struct bytes *s)
{
	uint8_t c = s->p[0];
	size_t n = 1;

	if (c == '"' || c == '\\')
		text_printf(out, "\\%c", c);
	else if (c == '\n')
		text_puts(out, "\\n");
	else if (c == '\r')
		text_puts(out, "\\r");
	else if (c == '\t')
		text_puts(out, "\\t");
	else if (c < 0x20 || c == 0x7f)
		text_printf(out, "\\u%04x", c);
	else if ((n = utf8_length(*s)) > 0)
		text_add(out, bytes_of(s->p, n));
	else
		text_puts(out, "\xef\xbf\xbd");
	bytes_skip(s, n ? n : 1);
}

#define EACH_BYTE(b) (0x0101010101010101u * (b))

/* Not 0 if one of the eight bytes of @word is 0. */
static uint64_t has_zero(uint64_t word)
{
	return (word - EACH_BYTE(0x01)) & ~word & EACH_BYTE(0x80);
}

/* Not 0 if one of the eight bytes is no plain one: see is_plain(). It may err to the safe side. */
static uint64_t has_special(uint64_t word)
{
	return (word & EACH_BYTE(0x80)) | ((word - EACH_BYTE(0x20)) & EACH_BYTE(0x80)) |
	       has_zero(word ^ EACH_BYTE('"')) | has_zero(word ^ EACH_BYTE('\\')) |
	       has_zero(word ^ EACH_BYTE(0x7f));
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/*
 * Copy the bytes at the front of @s that stand for themselves, nearly always all of them, to @to, where
 * there is room for all; returns how many.
 */
static size_t copy_plain(char *to, struct bytes s)
{
	size_t n = 0;
	uint64_t word;

	for (; n + sizeof(word) <= s.n; n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if (has_special(word))
			break;
		memcpy(to + n, &word, sizeof(word));
	}
	/* The rest, as the last whole word: it begins in what was copied already. */
	if (n && n < s.n && s.n - n < sizeof(word)) {
		memcpy(&word, s.p + s.n - sizeof(word), sizeof(word));
		if (!has_special(word)) {
			memcpy(to + s.n - sizeof(word), &word, sizeof(word));
			return s.n;
		}
	}
	for (; n < s.n && is_plain(s.p[n]); n++)
		to[n] = (char)s.p[n];
	return n;
}

void json_text(struct text *out, struct bytes s)
{
	text_putc(out, '"');
	for (;;) {
		char *to = text_room(out, s.n + 1);
		size_t plain = copy_plain(to, s);

		out->n += plain;
		bytes_skip(&s, plain);
		if (!s.n)
			break;
		escape(out, &s);
	}
	text_putc(out, '"');
}
