/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded, borrowed view of bytes that somebody else owns: the only way by which wire data is
 * read in this program. A reader takes from the front; a take that does not fit returns false and
 * changes nothing, so that a caller may wait for more bytes and try again. A length-prefixed field
 * becomes a view of its own, and code that parses it can't see past it.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *p;
	size_t n;
};

static inline struct bytes bytes_of(const void *p, size_t n)
{
	return (struct bytes){ .p = p, .n = n };
}

/* The bytes of a NUL-terminated string, without its NUL. */
static inline struct bytes bytes_str(const char *s)
{
	return bytes_of(s, strlen(s));
}

/* Take the first @n bytes off @from into @out. */
static inline bool bytes_take(struct bytes *from, size_t n, struct bytes *out)
{
	if (n > from->n)
		return false;
	*out = bytes_of(from->p, n);
	from->p += n;
	from->n -= n;
	return true;
}

static inline bool bytes_skip(struct bytes *from, size_t n)
{
	struct bytes skipped;

	return bytes_take(from, n, &skipped);
}

/* Unsigned integers in network order, 1 to 4 bytes wide. */
static inline bool bytes_uint(struct bytes *from, size_t width, uint32_t *out)
{
	struct bytes b;
	uint32_t value = 0;

	if (!bytes_take(from, width, &b))
		return false;
	for (size_t i = 0; i < width; i++)
		value = value << 8 | b.p[i];
	*out = value;
	return true;
}

static inline bool bytes_u8(struct bytes *from, uint8_t *out)
{
	uint32_t value;

	if (!bytes_uint(from, 1, &value))
		return false;
	*out = (uint8_t)value;
	return true;
}

static inline bool bytes_u16(struct bytes *from, uint16_t *out)
{
	uint32_t value;

	if (!bytes_uint(from, 2, &value))
		return false;
	*out = (uint16_t)value;
	return true;
}

static inline bool bytes_u24(struct bytes *from, uint32_t *out)
{
	return bytes_uint(from, 3, out);
}

static inline bool bytes_u32(struct bytes *from, uint32_t *out)
{
	return bytes_uint(from, 4, out);
}

/* A field behind a length of @width bytes (1 to 3) in network order; all of it or nothing. */
static inline bool bytes_prefixed(struct bytes *from, size_t width, struct bytes *out)
{
	struct bytes rest = *from;
	uint32_t length;

	if (!bytes_uint(&rest, width, &length) || !bytes_take(&rest, length, out))
		return false;
	*from = rest;
	return true;
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* True if @b starts with the NUL-terminated @prefix. */
static inline bool bytes_starts(struct bytes b, const char *prefix)
{
	size_t n = strlen(prefix);

	return b.n >= n && memcmp(b.p, prefix, n) == 0;
}

#endif
