// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/due.h"

#include <stdlib.h>

#include "base/mem.h"

/* Places count from 1, so that the children of p are 2p and 2p + 1. */
static struct due *node_at(const struct due_heap *heap, size_t place)
{
	return heap->nodes[place - 1];
}

static void set(struct due_heap *heap, size_t place, struct due *node)
{
	heap->nodes[place - 1] = node;
	node->place = place;
}

/* Move the node at @place to where it belongs, up or down. */
static void settle(struct due_heap *heap, size_t place)
{
	struct due *node = node_at(heap, place);

	while (place > 1 && node->at < node_at(heap, place / 2)->at) {
		set(heap, place, node_at(heap, place / 2));
		place /= 2;
	}
	for (size_t child = 2 * place; child <= heap->n; child = 2 * place) {
		if (child < heap->n && node_at(heap, child + 1)->at < node_at(heap, child)->at)
			child++;
		if (node_at(heap, child)->at >= node->at)
			break;
		set(heap, place, node_at(heap, child));
		place = child;
	}
	set(heap, place, node);
}

void due_put(struct due_heap *heap, struct due *node, int64_t at)
{
	node->at = at;
	if (!node->place) {
		heap->nodes = mem_grow(heap->nodes, heap->n, &heap->room, sizeof(*heap->nodes));
		heap->n++;
		set(heap, heap->n, node);
	}
	settle(heap, node->place);
}

void due_remove(struct due_heap *heap, struct due *node)
{
	size_t place = node->place;
	struct due *last;

	if (!place)
		return;
	last = node_at(heap, heap->n--);
	node->place = 0;
	if (last == node)
		return;
	set(heap, place, last);
	settle(heap, place);
}

struct due *due_first(const struct due_heap *heap)
{
	return heap->n ? node_at(heap, 1) : NULL;
}

void due_fini(struct due_heap *heap)
{
	free(heap->nodes);
	*heap = (struct due_heap){ 0 };
}
