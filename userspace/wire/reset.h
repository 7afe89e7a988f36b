/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RSTs: which of them refuse an attempt, which end a connection, and which are shown to be forged
 * because their alleged sender goes on. All are told; a flow's end waits for what follows.
 */
#ifndef WIRE_RESET_H
#define WIRE_RESET_H

#include "wire/flow_table.h"

/* Is the attempt @flow refused (or given up by its client) with this RST? RFC 9293 3.10.7.3 */
bool reset_refuses(const struct flow *flow, enum side from, const struct segment *segment);

/*
 * An RST on a flow that is told. One with exactly the sequence number that is due ends it after the
 * linger, one further ahead in the window (which today's receivers answer with a question, RFC 5961
 * 3.2, but which may also be exact behind bytes that the capture lost) after the half-open
 * time-out; any other one does nothing. Behind both FINs an RST is nothing special.
 */
void reset_take(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/*
 * Another segment came in LIFE_RESET or LIFE_DOUBTED: back to LIFE_OPEN if it shows that the sender
 * of the RST lives. Call before its acknowledgement is taken.
 */
void reset_reconsider(
	struct flow_table *table, struct flow *flow, enum side from, const struct segment *segment);

/* Bytes were told in LIFE_DOUBTED: the RST that was ahead may fit now. */
void reset_confirm(struct flow_table *table, struct flow *flow);

#endif
