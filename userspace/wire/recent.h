/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was delivered lately, of all flows, in one ring of fixed size: so that a retransmission can
 * be compared with what was counted. Each stream's entries are linked from the newest back; a
 * stream keeps no more than the position of its newest one. Positions only grow, so an entry that
 * was written over is known by its position, and nothing has to be told when a flow ends.
 */
#ifndef WIRE_RECENT_H
#define WIRE_RECENT_H

#include "base/bytes.h"

/* Longer pieces aren't kept: they are bodies, not dialogue, and would push the dialogue out. */
#define RECENT_MAX 4096

struct recent;

/* A delivered piece; @bytes is borrowed until the next recent_add(). */
struct recent_copy {
	uint64_t offset; /* in its stream */
	struct bytes bytes;
	uint8_t ttl;
};

/* @bytes is the size of the ring; at least room for one piece is taken. */
struct recent *recent_new(size_t bytes);
void recent_free(struct recent *recent);

/*
 * Keep a copy of @data (1 to RECENT_MAX bytes) at @offset of a stream whose newest entry was
 * @newest (0: none). Returns the position of the new one.
 */
uint64_t recent_add(
	struct recent *recent, uint64_t newest, uint64_t offset, uint8_t ttl, struct bytes data);

/*
 * The entry at *@position, which moves on to the stream's entry before it. False when there is
 * none, or when it was written over.
 */
bool recent_get(const struct recent *recent, uint64_t *position, struct recent_copy *copy);

#endif
