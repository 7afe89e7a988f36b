/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When may waiting segments be told? Two rules hold a byte back: those before it in its own stream
 * come first, and so do those of the other side that its sender had acknowledged. What is missing
 * and was acknowledged is lost to the capture and becomes a gap after a while; what was not will be
 * sent again.
 */
#ifndef WIRE_ORDER_H
#define WIRE_ORDER_H

#include "wire/stream.h"

/* The first segment of @side that waits, or NULL. */
static inline struct chunk *order_front(const struct flow *flow, enum side side)
{
	return flow->waiting ? flow->waiting->first[side] : NULL;
}

/* Was everything of @side told that the other had read when it acknowledged @need? */
static inline bool order_is_met(const struct flow *flow, enum side side, uint64_t need)
{
	return need <= stream_reach(flow, side) || !stream_is_heard(flow, side) ||
	       flow->facts.side[side].fin || !flow_wants(flow, side);
}

/* Forget the first segment of @side that waits; there is one. */
void order_drop_front(struct flow *flow, enum side side);

/* Tell what may be told now: after something came, or time went by. */
void order_settle(struct flow_table *table, struct flow *flow);

/* An acknowledged hole of @flow ran out of patience while others' packets came. */
void order_overdue(struct flow_table *table, struct flow *flow);

/* Give holes up, as gaps, until at most @limit bytes wait. */
void order_force(struct flow_table *table, struct flow *flow, size_t limit, enum gap_reason why);

#endif
