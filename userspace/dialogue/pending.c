// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/pending.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

#define PENDING_ROOM 8

struct pending_entry pending_get(const struct pending *pending, size_t i)
{
	if (i >= pending->n)
		return (struct pending_entry){ PENDING_NONE, PENDING_NO_DOMAIN };
	return pending->list[pending->first + i];
}

static void make_room(struct pending *pending)
{
	if (pending->first + pending->n < pending->room)
		return;
	if (pending->first) {
		memmove(pending->list, pending->list + pending->first,
			pending->n * sizeof(*pending->list));
		pending->first = 0;
		return;
	}
	pending->room = pending->room ? (uint16_t)(pending->room * 2) : PENDING_ROOM;
	pending->list = mem_realloc(pending->list, pending->room * sizeof(*pending->list));
}

bool pending_push(struct pending *pending, unsigned int kind, uint8_t domain)
{
	if (pending->n >= PENDING_MAX)
		return false;
	make_room(pending);
	pending->list[pending->first + pending->n++] =
		(struct pending_entry){ (uint8_t)kind, domain };
	return true;
}

void pending_pop(struct pending *pending)
{
	assert(pending->n > 0);
	pending->first++;
	if (--pending->n)
		return;
	pending->first = 0;
	/* A long group was the exception: an idle session need not pay for it. */
	if (pending->room > PENDING_ROOM)
		pending_free(pending);
}

void pending_become(struct pending *pending, unsigned int kind)
{
	assert(pending->n > 0);
	pending->list[pending->first].kind = (uint8_t)kind;
}

void pending_back_become(struct pending *pending, unsigned int kind)
{
	assert(pending->n > 0);
	pending->list[pending->first + pending->n - 1].kind = (uint8_t)kind;
}

void pending_free(struct pending *pending)
{
	free(pending->list);
	*pending = (struct pending){ 0 };
}
