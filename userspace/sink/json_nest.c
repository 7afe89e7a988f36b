// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json_nest.h"

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

/* How many bytes at the front of @s stand for themselves: nearly always all of them. */
static size_t plain_run(struct bytes s)
{
	size_t n = 0;
	uint64_t word;

	for (; n + sizeof(word) <= s.n; n += sizeof(word)) {
		memcpy(&word, s.p + n, sizeof(word));
		if (has_special(word))
			break;
	}
	while (n < s.n && is_plain(s.p[n]))
		n++;
	return n;
}

void json_text(struct text *out, struct bytes s)
{
	text_putc(out, '"');
	while (s.n) {
		size_t plain = plain_run(s);

		text_add(out, bytes_of(s.p, plain));
		bytes_skip(&s, plain);
		if (s.n)
			escape(out, &s);
	}
	text_putc(out, '"');
}

static void put_key(struct json_nest *nest, struct bytes key)
{
	char *to = text_room(nest->out, key.n + 4);
	char *start = to;

	if (nest->comma)
		*to++ = ',';
	nest->comma = true;
	*to++ = '"';
	memcpy(to, key.p, key.n);
	to += key.n;
	*to++ = '"';
	*to++ = ':';
	*to = '\0';
	nest->out->n += (size_t)(to - start);
}

static void close_to(struct json_nest *nest, size_t depth)
{
	for (; nest->depth > depth; nest->depth--) {
		text_putc(nest->out, '}');
		nest->comma = true;
	}
}

/* Close and open objects until the last part of @name can be written, and write it as the key. */
void json_key(struct json_nest *nest, const char *name)
{
	const char *part = name, *dot, *last = nest->last ? nest->last : "";
	size_t shared = 0;

	/* The objects that the last name is in and this one, too. */
	for (size_t i = 0; name[i] && name[i] == last[i]; i++) {
		if (name[i] != '.' || name[i - 1] == ']')
			continue;
		shared++;
		part = name + i + 1;
	}
	close_to(nest, shared);
	while ((dot = strchr(part, '.')) && dot[-1] != ']') {
		put_key(nest, bytes_of(part, (size_t)(dot - part)));
		text_putc(nest->out, '{');
		nest->comma = false;
		nest->depth++;
		part = dot + 1;
	}
	/* "alerts[].level" goes into an array that is called "alerts". */
	put_key(nest, dot ? bytes_of(part, (size_t)(dot - part) - 2) : bytes_str(part));
	nest->last = name;
}

void json_begin(struct json_nest *nest, struct text *out)
{
	*nest = (struct json_nest){ .out = out };
	text_putc(out, '{');
}

void json_end(struct json_nest *nest)
{
	close_to(nest, 0);
	text_puts(nest->out, "}\n");
}

void json_put_string(struct json_nest *nest, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	json_key(nest, name);
	json_text(nest->out, bytes_str(value));
}

void json_put_uint(struct json_nest *nest, const char *name, uint64_t value)
{
	json_key(nest, name);
	text_uint(nest->out, value);
}

void json_put_time(struct json_nest *nest, const char *name, int64_t ns)
{
	json_key(nest, name);
	text_putc(nest->out, '"');
	text_time(nest->out, ns);
	text_putc(nest->out, '"');
}

/* A fixed array of words: a, b as ["a","b"]. */
void json_put_words(struct json_nest *nest, const char *name, const char *a, const char *b)
{
	json_key(nest, name);
	text_printf(nest->out, "[\"%s\",\"%s\"]", a, b);
}
