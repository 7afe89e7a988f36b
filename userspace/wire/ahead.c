// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where thousands of connections take turns, nothing that a packet needs is in the processor's
 * cache when its turn comes: not the bucket, not the flow, not what the listener keeps, nor what
 * that points to. Each is found through the one before, so a packet would wait for memory four
 * times in a row. Who sees packets coming can ask for one of these a packet while others are worked
 * on: four packets ahead the bucket, three the flow, two what the listener keeps, one what that
 * points to.
 *
 * Meanwhile flows come and go. So all that is kept of a packet that comes is its hash, and each
 * step begins at the bucket, which has been fetched by then: what it finds is alive, if perhaps not
 * the packet's. Nothing but memory is touched: to be wrong costs time, and no more.
 */
#include "wire/ahead.h"

#include "wire/flow_table.h"

static uint32_t hash_before(const struct ahead *ahead, uint32_t packets)
{
	return ahead->hash[(ahead->n - packets) % FLOW_AHEAD];
}

/* The listener's own for a flow with this hash; NULL: it knows none. */
static void *find_user(const struct flow_table *table, uint32_t hash)
{
	const struct flow *flow = table->buckets[hash & table->mask];

	while (flow && flow->hash != hash)
		flow = flow->chain;
	return flow && flow_is_told(flow) ? flow->user : NULL;
}

void flow_ahead(struct flow_table *table, const struct endpoint *from, const struct endpoint *to)
{
	struct ahead *ahead = &table->ahead;
	uint32_t hash = flow_hash(table, from, to);
	const struct flow *flow = table->buckets[hash_before(ahead, 1) & table->mask];
	void *user;

	__builtin_prefetch(&table->buckets[hash & table->mask]);
	if (flow)
		ahead_fetch(flow, 0, FLOW_FETCHED);
	user = find_user(table, hash_before(ahead, 2));
	if (user)
		ahead_fetch(user, 0, FLOW_AHEAD_BYTES);
	user = find_user(table, hash_before(ahead, 3));
	if (user && table->events->ahead)
		table->events->ahead(user);
	ahead->hash[ahead->n++ % FLOW_AHEAD] = hash;
}
