/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of many policies have a pattern that an MX name matches (RFC 8461 4.1), without a walk over
 * them: a name matches itself and "*." with what is behind its first dot, so two look-ups tell all.
 * The members are the caller's and come out in the caller's order.
 */
#ifndef EVIDENCE_PATTERN_INDEX_H
#define EVIDENCE_PATTERN_INDEX_H

#include <stddef.h>

struct pattern_index;
struct pattern_holders;

/* @compare: the order of two members as strcmp() tells it; equal ones are taken for the same. */
struct pattern_index *pattern_index_new(int (*compare)(const void *a, const void *b));
void pattern_index_free(struct pattern_index *index);

/* @member has @pattern ("mx.a.example" or "*.a.example", normalised). Twice is as good as once. */
void pattern_index_add(struct pattern_index *index, const char *pattern, const void *member);
void pattern_index_remove(struct pattern_index *index, const char *pattern, const void *member);

/* How many members have a pattern that @mx (normalised) matches. */
size_t pattern_index_count(struct pattern_index *index, const char *mx);

/* The same one by one, each once; the index must not change meanwhile. */
struct pattern_walk {
	const struct pattern_index *index;
	const struct pattern_holders *exact, *wild;
	size_t i, j;
};
struct pattern_walk pattern_index_walk(struct pattern_index *index, const char *mx);
const void *pattern_walk_next(struct pattern_walk *walk); /* NULL: no more */

#endif
