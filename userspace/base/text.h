/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text for people and machines: a buffer that grows by appending, and the ways in which raw bytes,
 * numbers and times become printable. A struct text that is all zero is empty and ready;
 * text_free() releases it, text_reset() keeps its memory for the next use.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdint.h>
#include "base/bytes.h"

struct text {
	char *s; /* NUL-terminated once anything was added, else NULL */
	size_t n;
	size_t room;
};

void text_free(struct text *text);
void text_reset(struct text *text);

/* Grow @text so that @n more bytes and a NUL fit: see text_room(). */
void text_grow(struct text *text, size_t n);

/* Make sure that @n more bytes fit, and return where they go; the caller advances text->n. */
static inline char *text_room(struct text *text, size_t n)
{
	if (text->n + n >= text->room)
		text_grow(text, n);
	return text->s + text->n;
}

static inline void text_add(struct text *text, struct bytes b)
{
	char *to = text_room(text, b.n);

	if (b.n)
		memcpy(to, b.p, b.n);
	to[b.n] = '\0';
	text->n += b.n;
}

static inline void text_puts(struct text *text, const char *s)
{
	text_add(text, bytes_str(s));
}

static inline void text_putc(struct text *text, char c)
{
	char *to = text_room(text, 1);

	to[0] = c;
	to[1] = '\0';
	text->n++;
}

void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *text, const char *format, va_list args);
void text_uint(struct text *text, uint64_t value);

/*
 * Bytes of a peer as printable ASCII, at most @max of them: the rest becomes "…" as "...". Control
 * bytes, bytes above 0x7e and the backslash are written as \xHH (CR LF TAB as \r \n \t).
 */
void text_printable(struct text *text, struct bytes b, size_t max);

/* A byte that text_printable() leaves as it is. */
static inline bool text_is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '\\';
}

/* The same as a new string, which the caller frees. */
char *text_printable_string(struct bytes b, size_t max);

/* Hexadecimal digits, upper or lower case. */
void text_hex(struct text *text, struct bytes b, bool upper);

/* @ns nanoseconds since 1970 as RFC 3339, UTC, nine decimals: 2026-11-24T06:10:00.000000000Z. */
void text_time(struct text *text, int64_t ns);

/* The same to whole seconds. */
void text_time_seconds(struct text *text, int64_t seconds);

/* A length of time in ns as people say it: "3 s", "2 min", "5 h", "12 days". */
void text_duration(struct text *text, int64_t ns);

/*
 * A decimal number that is all of @b, at most @max. False (and *@out unchanged) for anything else:
 * empty, signs, blanks, too large.
 */
bool text_parse_uint(struct bytes b, uint64_t max, uint64_t *out);

/* ASCII-only case folding and tests, deaf to the locale. */
static inline char text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline char text_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

/* True if @b is @word, letters compared without case. */
bool text_is(struct bytes b, const char *word);

/* True if @b starts with @word, letters compared without case. */
bool text_starts(struct bytes b, const char *word);

/* True if @word stands anywhere in @b, letters compared without case. For short @b. */
bool text_contains(struct bytes b, const char *word);

#endif
