/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How connections begin: who is the client, what a SYN means on addresses that are in use already,
 * and when there is a connection rather than an attempt at one.
 */
#ifndef WIRE_HANDSHAKE_H
#define WIRE_HANDSHAKE_H

#include "wire/flow_table.h"

/* A SYN that came in the life of another flow, and now turns out to have begun a new one. */
struct handshake_syn {
	uint32_t isn;
	bool known;
};

/*
 * Does @segment of no known flow begin one? A SYN does, and payload of a connection that is older
 * than the capture; not a single byte, which may be a keep-alive, nor what ends with a FIN: mostly
 * that is the end of a connection which is forgotten, and was sent again for want of an ACK.
 */
bool handshake_begins(const struct segment *segment);

/*
 * The flow that @segment begins, and the side it comes from. @syn: how its client began, or NULL.
 * The caller has seen to the bounds.
 */
struct flow *handshake_begin(struct flow_table *table, const struct segment *segment, uint32_t hash,
	const struct handshake_syn *syn, enum side *from);

/*
 * Does @segment begin another connection on the addresses of @flow? A SYN does after the flow's
 * end, a FIN, or an RST that fits. Otherwise anybody may have forged it: it is remembered, and
 * counts as soon as the other side answers it, or, where no other side is seen, its sender goes on
 * from it.
 */
bool handshake_starts_over(struct flow *flow, enum side from, const struct segment *segment);

/* The SYN that @segment proves to be the beginning; for handshake_begin(). */
struct handshake_syn handshake_pending(const struct flow *flow, const struct segment *segment);

/*
 * A SYN or SYN-ACK: where its side's stream begins, and payload it may have. False for one that
 * does not belong to this connection.
 */
bool handshake_take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/* Is an attempt a connection now? After both SYNs, an ACK of the SYN-ACK, or any payload. */
bool handshake_is_answered(const struct flow *flow, enum side from, const struct segment *segment);

#endif
