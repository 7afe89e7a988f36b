/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers appended to a buffer of bytes, in network order or in the other one.
 */
#ifndef TOOLS_DLG_PUT_H
#define TOOLS_DLG_PUT_H

#include "base/text.h"

static inline void put_order(struct text *out, uint64_t value, unsigned int width, bool big)
{
	for (unsigned int i = 0; i < width; i++) {
		unsigned int shift = 8 * (big ? width - 1 - i : i);

		text_putc(out, (char)(value >> shift & 0xff));
	}
}

static inline void put(struct text *out, uint64_t value, unsigned int width)
{
	put_order(out, value, width, true);
}

/* Overwrite two bytes at @at, for lengths and checksums that are known last. */
static inline void put_u16_at(struct text *out, size_t at, uint16_t value)
{
	out->s[at] = (char)(value >> 8);
	out->s[at + 1] = (char)(value & 0xff);
}

static inline struct bytes text_bytes(const struct text *text)
{
	return bytes_of(text->s, text->n);
}

#endif
