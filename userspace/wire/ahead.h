/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What flow_ahead() keeps, and how it asks for memory. For the inside of a flow table only.
 */
#ifndef WIRE_AHEAD_H
#define WIRE_AHEAD_H

#include "wire/flow.h"

/* The hashes of the packets that come, a ring: the newest is that before @n. */
struct ahead {
	uint32_t hash[FLOW_AHEAD];
	uint32_t n;
};

_Static_assert(
	(FLOW_AHEAD & (FLOW_AHEAD - 1)) == 0, "the ring must outlive an overflow of its count");

/* Ask for the bytes @from to @to of an object, dead or alive: this can't fault. */
static inline void ahead_fetch(const void *object, size_t from, size_t to)
{
	const size_t line = 64; /* bytes in the cache, on nearly all there is */

	for (size_t at = from; at < to; at += line)
		__builtin_prefetch((const void *)((uintptr_t)object + at));
}

#endif
