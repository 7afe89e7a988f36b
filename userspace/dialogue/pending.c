// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/pending.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

static struct pending_entry *entries(struct pending *pending)
{
	return pending->room ? pending->list : pending->few;
}

struct pending_entry pending_get(const struct pending *pending, size_t i)
{
	if (i >= pending->n)
		return (struct pending_entry){ PENDING_NONE, PENDING_NO_DOMAIN };
	return (pending->room ? pending->list : pending->few)[pending->first + i];
}

static void make_room(struct pending *pending)
{
	size_t room = pending->room ? pending->room : PENDING_FEW;
	struct pending_entry *list = entries(pending);

	if (pending->first + (size_t)pending->n < room)
		return;
	if (pending->first) {
		memmove(list, list + pending->first, pending->n * sizeof(*list));
		pending->first = 0;
		return;
	}
	list = mem_realloc(pending->room ? list : NULL, 2 * room * sizeof(*list));
	if (!pending->room)
		memcpy(list, pending->few, sizeof(pending->few));
	pending->list = list;
	pending->room = (uint16_t)(2 * room);
}

bool pending_push(struct pending *pending, unsigned int kind, uint8_t domain)
{
	if (pending->n >= PENDING_MAX)
		return false;
	make_room(pending);
	entries(pending)[pending->first + pending->n++] =
		(struct pending_entry){ (uint8_t)kind, domain };
	return true;
}

void pending_pop(struct pending *pending)
{
	assert(pending->n > 0);
	pending->first++;
	if (--pending->n)
		return;
	/* A long group was the exception: an idle session need not pay for it. */
	pending_free(pending);
}

void pending_become(struct pending *pending, unsigned int kind)
{
	assert(pending->n > 0);
	entries(pending)[pending->first].kind = (uint8_t)kind;
}

void pending_back_become(struct pending *pending, unsigned int kind)
{
	assert(pending->n > 0);
	entries(pending)[pending->first + pending->n - 1].kind = (uint8_t)kind;
}

void pending_free(struct pending *pending)
{
	if (pending->room)
		free(pending->list);
	*pending = (struct pending){ 0 };
}
