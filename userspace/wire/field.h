/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of a header that was taken whole: numbers in network order at fixed places of a view whose
 * length is known to suffice. Where the length is a constant, the compiler drops the assertion.
 */
#ifndef WIRE_FIELD_H
#define WIRE_FIELD_H

#include <assert.h>
#include <endian.h>

#include "base/bytes.h"

static inline uint8_t field_u8(struct bytes header, size_t at)
{
	assert(at < header.n);
	return header.p[at];
}

static inline uint16_t field_u16(struct bytes header, size_t at)
{
	uint16_t value;

	assert(at + sizeof(value) <= header.n);
	memcpy(&value, header.p + at, sizeof(value));
	return be16toh(value);
}

static inline uint32_t field_u32(struct bytes header, size_t at)
{
	uint32_t value;

	assert(at + sizeof(value) <= header.n);
	memcpy(&value, header.p + at, sizeof(value));
	return be32toh(value);
}

#endif
