/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telling the listener of bytes, gaps, FINs and conflicting copies, with the counts that go with
 * each. Whoever calls has seen to the order: what is told here is next in its stream. A side that
 * nobody listens to is counted and not told.
 */
#ifndef WIRE_DELIVER_H
#define WIRE_DELIVER_H

#include "wire/flow_table.h"

/* The next bytes, at least one. */
void deliver_data(struct flow_table *table, struct flow *flow, enum side from, struct bytes data,
	const struct delivery *how);

/* The next @length bytes were cut off by the snap length, and no copy brought them. */
void deliver_cut(struct flow_table *table, struct flow *flow, enum side from, uint64_t length);

/* The next piece. @missing: bytes behind it that were cut off. */
void deliver_piece(struct flow_table *table, struct flow *flow, enum side from,
	const struct piece *piece, uint64_t missing);

void deliver_gap(struct flow_table *table, struct flow *flow, enum side from, uint64_t length,
	enum gap_reason why);

void deliver_fin(struct flow_table *table, struct flow *flow, enum side from, int64_t time);

/* @held and @came are copies of one range, from its beginning on; @held counts. */
void deliver_compare(struct flow_table *table, struct flow *flow, enum side from,
	const struct piece *held, const struct piece *came);

/* @came was told before: compare it with what was, as far as that is still known. */
void deliver_compare_recent(
	struct flow_table *table, struct flow *flow, enum side from, const struct piece *came);

#endif
