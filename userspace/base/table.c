// SPDX-License-Identifier: BSD-2-Clause
#include "base/table.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

/* In memory an entry is followed by its value (aligned) and then by its key. */
struct entry {
	struct entry *chain; /* next in the same bucket */
	struct entry *older, *newer;
	uint64_t hash;
	size_t key_length;
	alignas(max_align_t) uint8_t value[];
};

struct table {
	struct hash_key key;
	struct entry **buckets;
	size_t mask;
	size_t count, max, value_size;
	uint64_t evicted;
	struct entry *oldest, *newest;
	table_drop *drop;
};

static struct bytes key_of(const struct table *table, const struct entry *entry)
{
	return bytes_of(entry->value + table->value_size, entry->key_length);
}

static struct entry *entry_of(const void *value)
{
	return (struct entry *)((uintptr_t)value - offsetof(struct entry, value));
}

struct table *table_new(size_t max, size_t value_size, table_drop *drop)
{
	struct table *table = mem_alloc(sizeof(*table));

	table->key = hash_key_new();
	table->max = max ? max : 1;
	table->value_size = value_size;
	table->drop = drop;
	table->mask = 15;
	table->buckets = mem_alloc((table->mask + 1) * sizeof(struct entry *));
	return table;
}

static void unlink_age(struct table *table, struct entry *entry)
{
	*(entry->older ? &entry->older->newer : &table->oldest) = entry->newer;
	*(entry->newer ? &entry->newer->older : &table->newest) = entry->older;
}

static void link_newest(struct table *table, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = table->newest;
	*(table->newest ? &table->newest->newer : &table->oldest) = entry;
	table->newest = entry;
}

static void discard(struct table *table, struct entry *entry)
{
	struct entry **at = &table->buckets[entry->hash & table->mask];

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	unlink_age(table, entry);
	table->count--;
	if (table->drop)
		table->drop(entry->value);
	free(entry);
}

void table_free(struct table *table)
{
	if (!table)
		return;
	while (table->oldest)
		discard(table, table->oldest);
	free(table->buckets);
	free(table);
}

static struct entry *find(const struct table *table, struct bytes key, uint64_t hash)
{
	struct entry *entry = table->buckets[hash & table->mask];

	while (entry && (entry->hash != hash || !bytes_equal(key_of(table, entry), key)))
		entry = entry->chain;
	return entry;
}

static void double_buckets(struct table *table)
{
	size_t mask = table->mask * 2 + 1;

	free(table->buckets);
	table->buckets = mem_alloc((mask + 1) * sizeof(struct entry *));
	table->mask = mask;
	for (struct entry *entry = table->oldest; entry; entry = entry->newer) {
		entry->chain = table->buckets[entry->hash & mask];
		table->buckets[entry->hash & mask] = entry;
	}
}

/* The value of @key, which counts as a use, or NULL. */
static void *use(struct table *table, struct bytes key, uint64_t hash)
{
	struct entry *entry = find(table, key, hash);

	if (!entry)
		return NULL;
	if (entry != table->newest) {
		unlink_age(table, entry);
		link_newest(table, entry);
	}
	return entry->value;
}

void *table_get(struct table *table, struct bytes key)
{
	return use(table, key, hash_bytes(&table->key, key));
}

void *table_put(struct table *table, struct bytes key, bool *made)
{
	uint64_t hash = hash_bytes(&table->key, key);
	void *value = use(table, key, hash);
	struct entry *entry;

	if (made)
		*made = !value;
	if (value)
		return value;
	if (table->count == table->max) {
		discard(table, table->oldest);
		table->evicted++;
	}
	if (table->count > table->mask)
		double_buckets(table);
	entry = mem_alloc(sizeof(*entry) + table->value_size + key.n);
	entry->hash = hash;
	entry->key_length = key.n;
	if (key.n)
		memcpy(entry->value + table->value_size, key.p, key.n);
	entry->chain = table->buckets[hash & table->mask];
	table->buckets[hash & table->mask] = entry;
	link_newest(table, entry);
	table->count++;
	return entry->value;
}

bool table_remove(struct table *table, struct bytes key)
{
	struct entry *entry = find(table, key, hash_bytes(&table->key, key));

	if (entry)
		discard(table, entry);
	return entry != NULL;
}

size_t table_count(const struct table *table)
{
	return table->count;
}

uint64_t table_evicted(const struct table *table)
{
	return table->evicted;
}

void *table_next(const struct table *table, const void *value, struct bytes *key)
{
	struct entry *entry = value ? entry_of(value)->newer : table->oldest;

	if (entry && key)
		*key = key_of(table, entry);
	return entry ? entry->value : NULL;
}
