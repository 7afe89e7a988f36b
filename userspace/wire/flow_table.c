// SPDX-License-Identifier: BSD-2-Clause
#include "wire/flow_table.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/mem.h"

/*
 * Flows come in slabs, so that none is allocated by itself; a slab stays until the table goes. Each
 * is twice as large as the one before, up to a huge page: where flows are many, their packets would
 * otherwise spend their time looking up addresses of pages.
 */
#define FIRST_SLAB ((size_t)64 << 10)
#define LAST_SLAB  ((size_t)2 << 20)

struct slab {
	struct slab *next;
	size_t room, used;
	struct flow flows[];
};

#define FIRST_BUCKETS 1024

static const struct {
	const char *name;
	unsigned int followers; /* bits of enum flow_life */
	enum flow_age age;
} lives[LIVES] = {
#define X(life, text, comment) [life] = { .name = text },
	FLOW_LIFE_LIST(X)
#undef X
#define LIFE(life, next, list) [life].followers = (next), [life].age = (list)
#define BIT(life)              (1u << (life))
		LIFE(LIFE_NEW, BIT(LIFE_OPEN), AGE_NEW),
	LIFE(LIFE_OPEN, BIT(LIFE_DOUBTED) | BIT(LIFE_RESET) | BIT(LIFE_FINISHED) | BIT(LIFE_ENDED),
		AGE_OPEN),
	LIFE(LIFE_DOUBTED, BIT(LIFE_OPEN) | BIT(LIFE_RESET) | BIT(LIFE_FINISHED) | BIT(LIFE_ENDED),
		AGE_DOUBTED),
	LIFE(LIFE_RESET, BIT(LIFE_OPEN), AGE_LINGER),
	LIFE(LIFE_FINISHED, BIT(LIFE_OPEN) | BIT(LIFE_ENDED), AGE_LINGER),
	LIFE(LIFE_ENDED, 0, AGE_LINGER),
#undef BIT
#undef LIFE
};

const char *flow_life_name(enum flow_life life)
{
	return lives[life].name;
}

bool flow_life_follows(enum flow_life from, enum flow_life to)
{
	return lives[from].followers >> to & 1;
}

void flow_table_init(struct flow_table *table)
{
	table->key = hash_key_new();
	table->mask = FIRST_BUCKETS - 1;
	table->buckets = mem_alloc(FIRST_BUCKETS * sizeof(struct flow *));
	table->due = TIME_MAX;
	for (int i = 0; i < AGES; i++)
		list_init(&table->age[i]);
	list_init(&table->waiting);
	list_init(&table->ripening);
}

void flow_table_fini(struct flow_table *table)
{
	struct slab *next;

	while (!list_is_empty(&table->waiting))
		waiting_free(list_entry(table->waiting.next, struct waiting, all));
	for (struct slab *slab = table->slabs; slab; slab = next) {
		next = slab->next;
		free(slab);
	}
	free(table->buckets);
}

/* The hash of one end. Of an IPv4 address the rest is zero, and one step does. */
static uint64_t end_hash(const struct hash_key *key, const struct endpoint *end)
{
	uint64_t hash = key->k[0], word[2];
	uint32_t four;

	if (end->addr.length == 4) {
		memcpy(&four, end->addr.ip, sizeof(four));
		return hash_mix(hash ^ ((uint64_t)four << 16 | end->port), key->k[1]);
	}
	memcpy(word, end->addr.ip, sizeof(word));
	hash = hash_mix(hash ^ word[0], key->k[1]);
	hash = hash_mix(hash ^ word[1], key->k[1]);
	return hash_mix(hash ^ end->port, key->k[1]);
}

/* The same for both directions: a sum knows no order. */
uint32_t flow_hash(
	const struct flow_table *table, const struct endpoint *from, const struct endpoint *to)
{
	const struct hash_key *key = &table->key;
	uint64_t hash = end_hash(key, from) + end_hash(key, to);

	hash = hash_mix(hash ^ key->k[0], key->k[1]);
	return (uint32_t)(hash ^ hash >> 32);
}

/*
 * Where flows are many, none of it is in the cache, unless flow_ahead() saw to it: then its lines
 * come at once rather than each when it is missed.
 */
struct flow *flow_find(const struct flow_table *table, const struct segment *segment, uint32_t hash,
	enum side *from)
{
	struct flow *flow = table->buckets[hash & table->mask];

	if (flow)
		ahead_fetch(flow, 0, FLOW_FETCHED);
	for (; flow; flow = flow->chain) {
		const struct endpoint *end = flow->facts.endpoint;

		if (flow->hash != hash)
			continue;
		*from = endpoint_equal(&end[CLIENT], &segment->from) ? CLIENT : SERVER;
		if (endpoint_equal(&end[side_other(*from)], &segment->to) &&
			(*from == CLIENT || endpoint_equal(&end[SERVER], &segment->from)))
			break;
	}
	return flow;
}

static void double_buckets(struct flow_table *table)
{
	size_t old = table->mask + 1, mask = 2 * old - 1;
	struct flow **buckets = mem_alloc((mask + 1) * sizeof(struct flow *));
	struct flow *flow, *next;

	for (size_t i = 0; i < old; i++) {
		for (flow = table->buckets[i]; flow; flow = next) {
			next = flow->chain;
			flow->chain = buckets[flow->hash & mask];
			buckets[flow->hash & mask] = flow;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->mask = mask;
}

static struct slab *slab_new(struct slab *next)
{
	size_t size = next ? 2 * (sizeof(*next) + next->room * sizeof(struct flow)) : FIRST_SLAB;
	struct slab *slab = NULL;

	if (size >= LAST_SLAB) {
		size = LAST_SLAB;
		slab = aligned_alloc(size, size);
		if (slab)
			madvise(slab, size, MADV_HUGEPAGE);
	}
	if (!slab)
		slab = mem_alloc(size);
	slab->next = next;
	slab->room = (size - sizeof(*slab)) / sizeof(struct flow);
	slab->used = 0;
	return slab;
}

static struct flow *take_unused(struct flow_table *table)
{
	struct flow *flow = table->unused;

	if (flow) {
		table->unused = flow->chain;
	} else {
		if (!table->slabs || table->slabs->used == table->slabs->room)
			table->slabs = slab_new(table->slabs);
		flow = &table->slabs->flows[table->slabs->used++];
	}
	memset(flow, 0, sizeof(*flow));
	return flow;
}

static void place(struct flow_table *table, struct flow *flow)
{
	enum flow_age age = lives[flow->life].age;

	list_append(&table->age[age], &flow->age);
	flow->stamp = table->moment;
	flow_table_due(table, flow->stamp + table->timeout[age] + table->grain[age]);
}

struct flow *flow_make(struct flow_table *table, const struct endpoint *client,
	const struct endpoint *server, uint32_t hash)
{
	struct flow *flow = take_unused(table), **bucket;

	if (2 * table->stats.flows > table->mask) /* few share a bucket */
		double_buckets(table);
	bucket = &table->buckets[hash & table->mask];
	flow->facts.endpoint[CLIENT] = *client;
	flow->facts.endpoint[SERVER] = *server;
	flow->hash = hash;
	flow->chain = *bucket;
	*bucket = flow;
	flow->life = LIFE_NEW;
	place(table, flow);
	table->stats.flows++;
	table->new_flows++;
	return flow;
}

void flow_drop(struct flow_table *table, struct flow *flow)
{
	struct flow **at = &table->buckets[flow->hash & table->mask];

	while (*at != flow)
		at = &(*at)->chain;
	*at = flow->chain;
	list_remove(&flow->age);
	waiting_free(flow->waiting);
	table->stats.flows--;
	table->new_flows -= flow->life == LIFE_NEW;
	flow->chain = table->unused;
	table->unused = flow;
}

void flow_enter(struct flow_table *table, struct flow *flow, enum flow_life life)
{
	assert(flow_life_follows((enum flow_life)flow->life, life));
	table->new_flows -= flow->life == LIFE_NEW;
	flow->life = (uint8_t)life;
	list_remove(&flow->age);
	place(table, flow);
}

/* At most once in a grain: most packets then leave the list, and their neighbours in it, alone. */
void flow_renew(struct flow_table *table, struct flow *flow)
{
	int64_t grain = table->grain[lives[flow->life].age];

	if (!grain || table->moment - flow->stamp < grain)
		return;
	list_remove(&flow->age);
	place(table, flow);
}

struct flow *flow_oldest(const struct flow_table *table, enum flow_age age)
{
	const struct list *list = &table->age[age];

	return list_is_empty(list) ? NULL : list_entry(list->next, struct flow, age);
}

/*
 * The lists are sorted by stamp, but for a packet whose clock was far ahead of all others: its flow
 * would stop those behind it for as long, so it is stamped anew.
 */
struct flow *flow_overdue(struct flow_table *table, enum flow_age age)
{
	int64_t patience = table->timeout[age] + table->grain[age];
	struct flow *flow;

	while ((flow = flow_oldest(table, age)) && flow->stamp > table->moment) {
		flow->stamp = table->now;
		list_remove(&flow->age);
		list_append(&table->age[age], &flow->age);
	}
	if (!flow)
		return NULL;
	if (table->now - flow->stamp >= patience)
		return flow;
	flow_table_due(table, flow->stamp + patience);
	return NULL;
}
