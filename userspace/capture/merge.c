// SPDX-License-Identifier: BSD-2-Clause
#include "capture/merge.h"

#include <stdlib.h>

#include "base/mem.h"

/* A source with its next packet. While it rests, only the time of that packet is valid. */
struct head {
	struct source *source;
	struct packet packet;
	bool resting;
};

/* A binary heap: no head is earlier than its parent. */
struct merge {
	struct head **heap;
	size_t n;
	struct head *heads; /* memory of all of them */
	bool given;         /* the packet of heap[0] was handed out: time for the next */
};

static bool earlier(const struct head *a, const struct head *b)
{
	if (a->packet.time != b->packet.time)
		return a->packet.time < b->packet.time;
	return a < b; /* they lie in the order in which they were added */
}

static void sift_down(struct merge *merge, size_t at)
{
	struct head *head = merge->heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < merge->n && earlier(merge->heap[child + 1], merge->heap[child]))
			child++;
		if (child >= merge->n || !earlier(merge->heap[child], head))
			break;
		merge->heap[at] = merge->heap[child];
		at = child;
	}
	merge->heap[at] = head;
}

/* The source at the top has another packet, or if not @there, none any more. */
static void replace_top(struct merge *merge, bool there)
{
	if (!there) {
		source_rest(merge->heap[0]->source);
		merge->heap[0] = merge->heap[--merge->n];
	}
	if (merge->n)
		sift_down(merge, 0);
}

static bool wake(struct head *head)
{
	head->resting = false;
	return source_resume(head->source) && source_next(head->source, &head->packet);
}

struct merge *merge_new(size_t max)
{
	struct merge *merge = mem_alloc(sizeof(*merge));

	merge->heap = mem_alloc(max * sizeof(struct head *));
	merge->heads = mem_alloc(max * sizeof(struct head));
	return merge;
}

void merge_free(struct merge *merge)
{
	if (!merge)
		return;
	free(merge->heap);
	free(merge->heads);
	free(merge);
}

void merge_add(struct merge *merge, struct source *source)
{
	struct head *head = &merge->heads[merge->n];
	size_t at = merge->n;

	head->source = source;
	if (!source_next(source, &head->packet)) {
		source_rest(source);
		return;
	}
	head->resting = source->input.seekable;
	if (head->resting)
		source_rest(source);
	merge->n++;
	for (; at && earlier(head, merge->heap[(at - 1) / 2]); at = (at - 1) / 2)
		merge->heap[at] = merge->heap[(at - 1) / 2];
	merge->heap[at] = head;
}

bool merge_next(struct merge *merge, struct packet *packet)
{
	if (merge->given) {
		struct head *top = merge->heap[0];

		replace_top(merge, source_next(top->source, &top->packet));
	}
	while (merge->n && merge->heap[0]->resting)
		replace_top(merge, wake(merge->heap[0]));
	merge->given = merge->n > 0;
	if (merge->given)
		*packet = merge->heap[0]->packet;
	return merge->given;
}
