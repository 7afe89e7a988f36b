/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash table with a bound: when it is full, the entry that was used longest ago makes room.
 * Keys are byte strings, values are blocks of one size; the table owns both. A value is all zero
 * when it is made, and stays where it is until it is removed or makes room.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/bytes.h"

struct table;

/*
 * Called with each value before it goes, whatever the reason; it releases what the value owns,
 * not the value. May be NULL.
 */
typedef void table_drop(void *value);

/* At most @max entries (at least 1) with values of @value_size bytes. */
struct table *table_new(size_t max, size_t value_size, table_drop *drop);
void table_free(struct table *table);

/* The value of @key, which counts as a use, or NULL. */
void *table_get(struct table *table, struct bytes key);

/* The value of @key, made if it was not there (then *@made, if not NULL, is set to true). */
void *table_put(struct table *table, struct bytes key, bool *made);

/* True if there was one. */
bool table_remove(struct table *table, struct bytes key);

size_t table_count(const struct table *table);

/* How many entries have made room for others. */
uint64_t table_evicted(const struct table *table);

/*
 * Walk from the least to the most recently used entry: start with NULL, pass the last value on.
 * Returns NULL at the end; sets *@key if it is not NULL. The table must not change meanwhile.
 */
void *table_next(const struct table *table, const void *value, struct bytes *key);

#endif
