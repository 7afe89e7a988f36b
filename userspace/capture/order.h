/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of a capture file, which are in the byte order of the machine that wrote it. As with
 * bytes_u32() and its kin, a take that does not fit changes nothing.
 */
#ifndef CAPTURE_ORDER_H
#define CAPTURE_ORDER_H

#include <assert.h>
#include <byteswap.h>
#include "base/bytes.h"

/* Whether a file's numbers have to be turned round; found by its magic number. */
enum order { ORDER_OURS, ORDER_SWAPPED };

static inline bool order_u16(struct bytes *from, enum order order, uint16_t *out)
{
	struct bytes b;
	uint16_t value;

	if (!bytes_take(from, sizeof(value), &b))
		return false;
	memcpy(&value, b.p, sizeof(value));
	*out = order == ORDER_SWAPPED ? bswap_16(value) : value;
	return true;
}

static inline bool order_u32(struct bytes *from, enum order order, uint32_t *out)
{
	struct bytes b;
	uint32_t value;

	if (!bytes_take(from, sizeof(value), &b))
		return false;
	memcpy(&value, b.p, sizeof(value));
	*out = order == ORDER_SWAPPED ? bswap_32(value) : value;
	return true;
}

static inline bool order_u64(struct bytes *from, enum order order, uint64_t *out)
{
	struct bytes b;
	uint64_t value;

	if (!bytes_take(from, sizeof(value), &b))
		return false;
	memcpy(&value, b.p, sizeof(value));
	*out = order == ORDER_SWAPPED ? bswap_64(value) : value;
	return true;
}

/*
 * The number at a fixed place of a header that is there whole. Where the view's length is a constant,
 * the compiler drops the assertion.
 */
static inline uint32_t order_u32_at(struct bytes header, enum order order, size_t at)
{
	uint32_t value;

	assert(at + sizeof(value) <= header.n);
	memcpy(&value, header.p + at, sizeof(value));
	return order == ORDER_SWAPPED ? bswap_32(value) : value;
}

#endif
