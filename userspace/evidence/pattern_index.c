// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/pattern_index.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"

/* The members with one pattern, in order. A large provider's may be half of all. */
struct pattern_holders {
	const void **member;
	size_t n, room;
};

struct pattern_index {
	struct table *by_pattern; /* as it is written, "*.a" too → struct pattern_holders */
	int (*compare)(const void *a, const void *b);
};

static void drop_holders(void *value)
{
	struct pattern_holders *holders = value;

	free(holders->member);
}

struct pattern_index *pattern_index_new(int (*compare)(const void *a, const void *b))
{
	struct pattern_index *index = mem_alloc(sizeof(*index));

	/* What goes in is bounded by whoever puts it in; nothing may make room here. */
	index->by_pattern = table_new(SIZE_MAX, sizeof(struct pattern_holders), drop_holders);
	index->compare = compare;
	return index;
}

void pattern_index_free(struct pattern_index *index)
{
	if (!index)
		return;
	table_free(index->by_pattern);
	free(index);
}

/* Where @member stands, or would. */
static size_t place_of(const struct pattern_index *index, const struct pattern_holders *holders,
	const void *member)
{
	size_t low = 0, high = holders->n;

	/* Who fills an index in order puts each behind the last. */
	if (high && index->compare(holders->member[high - 1], member) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->compare(holders->member[middle], member) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool stands_at(const struct pattern_index *index, const struct pattern_holders *holders,
	size_t at, const void *member)
{
	return at < holders->n && index->compare(holders->member[at], member) == 0;
}

void pattern_index_add(struct pattern_index *index, const char *pattern, const void *member)
{
	struct pattern_holders *holders = table_put(index->by_pattern, bytes_str(pattern), NULL);
	size_t at = place_of(index, holders, member);

	if (stands_at(index, holders, at, member))
		return;
	holders->member =
		mem_grow(holders->member, holders->n, &holders->room, sizeof(*holders->member));
	memmove(holders->member + at + 1, holders->member + at,
		(holders->n - at) * sizeof(*holders->member));
	holders->member[at] = member;
	holders->n++;
}

void pattern_index_remove(struct pattern_index *index, const char *pattern, const void *member)
{
	struct pattern_holders *holders = table_get(index->by_pattern, bytes_str(pattern));
	size_t at = holders ? place_of(index, holders, member) : 0;

	if (!holders || !stands_at(index, holders, at, member))
		return;
	holders->n--;
	memmove(holders->member + at, holders->member + at + 1,
		(holders->n - at) * sizeof(*holders->member));
	if (!holders->n)
		table_remove(index->by_pattern, bytes_str(pattern));
}

/* Those with "*.REST" where @mx is LABEL.REST. */
static const struct pattern_holders *wildcard_holders(struct pattern_index *index, const char *mx)
{
	const char *dot = strchr(mx, '.');
	char pattern[DOMAIN_TEXT + 1];

	if (!dot || dot == mx || strlen(dot) >= DOMAIN_TEXT)
		return NULL;
	snprintf(pattern, sizeof(pattern), "*%s", dot);
	return table_get(index->by_pattern, bytes_str(pattern));
}

struct pattern_walk pattern_index_walk(struct pattern_index *index, const char *mx)
{
	static const struct pattern_holders nobody;
	const struct pattern_holders *exact = table_get(index->by_pattern, bytes_str(mx));
	const struct pattern_holders *wild = wildcard_holders(index, mx);

	return (struct pattern_walk){
		.index = index,
		.exact = exact ? exact : &nobody,
		.wild = wild ? wild : &nobody,
	};
}

/* Both are in order: the smaller of the two next, and what stands in both once. */
const void *pattern_walk_next(struct pattern_walk *walk)
{
	const void *a = walk->i < walk->exact->n ? walk->exact->member[walk->i] : NULL;
	const void *b = walk->j < walk->wild->n ? walk->wild->member[walk->j] : NULL;
	int order = a && b ? walk->index->compare(a, b) : a ? -1 : 1;

	walk->i += a && order <= 0;
	walk->j += b && order >= 0;
	return order <= 0 ? a : b;
}

/* Looks the fewer up among the more numerous: no walk over a provider's many. */
size_t pattern_index_count(struct pattern_index *index, const char *mx)
{
	struct pattern_walk walk = pattern_index_walk(index, mx);
	bool fewer = walk.exact->n < walk.wild->n;
	const struct pattern_holders *few = fewer ? walk.exact : walk.wild;
	const struct pattern_holders *many = fewer ? walk.wild : walk.exact;
	size_t n = few->n + many->n;

	for (size_t i = 0; i < few->n && many->n; i++)
		n -= stands_at(index, many, place_of(index, many, few->member[i]), few->member[i]);
	return n;
}
