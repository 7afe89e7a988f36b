/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is due first: a heap through nodes inside its members. Looking is free, a change costs the
 * logarithm of their number. Owns nothing but its own array.
 */
#ifndef EVIDENCE_DUE_H
#define EVIDENCE_DUE_H

#include <stddef.h>
#include <stdint.h>

/* All zero: in no heap. */
struct due {
	int64_t at;
	size_t place; /* in the heap, from 1; 0: not in it */
};

/* All zero: empty and ready. */
struct due_heap {
	struct due **nodes;
	size_t n, room;
};

/* Put @node in, or move it, to be due at @at. */
void due_put(struct due_heap *heap, struct due *node, int64_t at);

/* Take it out; nothing if it isn't in. */
void due_remove(struct due_heap *heap, struct due *node);

/* The one due first; NULL: none. */
struct due *due_first(const struct due_heap *heap);

void due_fini(struct due_heap *heap);

#endif
