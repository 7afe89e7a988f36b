// SPDX-License-Identifier: BSD-2-Clause
#include "wire/waiting.h"

#include <stdlib.h>

#include "base/mem.h"

struct waiting *waiting_new(struct flow *flow, uint64_t *total)
{
	struct waiting *waiting = mem_alloc(sizeof(*waiting));

	waiting->flow = flow;
	waiting->total = total;
	list_init(&waiting->all);
	list_init(&waiting->ripening);
	return waiting;
}

void waiting_free(struct waiting *waiting)
{
	if (!waiting)
		return;
	waiting_drop(waiting, CLIENT);
	waiting_drop(waiting, SERVER);
	list_remove(&waiting->all);
	list_remove(&waiting->ripening);
	free(waiting);
}

static size_t chunk_size(const struct chunk *chunk)
{
	return sizeof(*chunk) + chunk->piece.data.n;
}

/* @before: the chunk it goes behind, NULL: to the front. */
static struct chunk *insert(
	struct waiting *waiting, enum side side, struct chunk *before, const struct piece *piece)
{
	struct chunk *chunk = mem_alloc(sizeof(*chunk) + piece->data.n);
	struct chunk **at = before ? &before->next : &waiting->first[side];

	chunk->piece = *piece;
	chunk->piece.data.p = chunk->bytes;
	if (piece->data.n)
		memcpy(chunk->bytes, piece->data.p, piece->data.n);
	chunk->arrival = waiting->arrivals;
	chunk->next = *at;
	*at = chunk;
	if (!chunk->next)
		waiting->last[side] = chunk;
	waiting->count++;
	waiting->unproven += piece->unproven;
	waiting->bytes += chunk_size(chunk);
	*waiting->total += chunk_size(chunk);
	return chunk;
}

struct piece piece_split(struct piece *piece, uint64_t n)
{
	struct piece front = *piece;
	size_t captured = n < piece->data.n ? (size_t)n : piece->data.n;

	front.length = n;
	front.fin = false;
	front.data.n = captured;
	if (captured)
		bytes_skip(&piece->data, captured);
	piece->offset += n;
	piece->length -= n;
	return front;
}

struct piece piece_cut_before(struct piece piece, uint64_t offset)
{
	if (piece.offset < offset)
		piece_split(&piece, offset - piece.offset);
	return piece;
}

/* Only captured bytes occupy a range: a whole copy may still fill what a cut one lacks. */
static uint64_t captured_end(const struct chunk *chunk)
{
	return chunk->piece.offset + chunk->piece.data.n;
}

void waiting_add(struct waiting *waiting, enum side side, const struct piece *piece,
	waiting_overlap *overlap, void *context)
{
	struct chunk *before = waiting->last[side], *next = NULL;
	struct piece rest = *piece, part;

	waiting->arrivals++;
	if (before && captured_end(before) > rest.offset) { /* not simply at the end */
		before = NULL;
		next = waiting->first[side];
	}
	while (rest.length) {
		uint64_t n = rest.length;

		for (; next && captured_end(next) <= rest.offset; next = next->next)
			before = next;
		if (next && next->piece.offset <= rest.offset) {
			n = captured_end(next) - rest.offset;
			part = piece_split(&rest, n < rest.length ? n : rest.length);
			if (part.data.n)
				overlap(context, &next->piece, &part);
			continue;
		}
		if (next && next->piece.offset - rest.offset < n)
			n = next->piece.offset - rest.offset;
		part = piece_split(&rest, n);
		before = insert(waiting, side, before, &part);
	}
	if (!rest.fin)
		return;
	for (; next && captured_end(next) <= rest.offset; next = next->next)
		before = next;
	if (next && next->piece.offset < rest.offset)
		return; /* amid bytes that came before it: it does not count */
	if (!before || !before->piece.fin || before->piece.offset != rest.offset)
		insert(waiting, side, before, &rest);
}

/* @before: the chunk in front of it, NULL: it is the first. */
static struct chunk *take_out(struct waiting *waiting, enum side side, struct chunk *before)
{
	struct chunk **at = before ? &before->next : &waiting->first[side], *chunk = *at;

	*at = chunk->next;
	if (!chunk->next)
		waiting->last[side] = before;
	waiting->count--;
	waiting->unproven -= chunk->piece.unproven;
	waiting->bytes -= chunk_size(chunk);
	*waiting->total -= chunk_size(chunk);
	return chunk;
}

struct chunk *waiting_pop(struct waiting *waiting, enum side side)
{
	return take_out(waiting, side, NULL);
}

void waiting_drop_unproven(struct waiting *waiting, enum side side, uint64_t start, uint64_t end)
{
	struct chunk *before = NULL, *chunk = waiting->first[side], *next;

	for (; waiting->unproven && chunk && chunk->piece.offset < end; chunk = next) {
		next = chunk->next;
		if (chunk->piece.unproven && piece_end(&chunk->piece) > start)
			free(take_out(waiting, side, before));
		else
			before = chunk;
	}
}

void waiting_drop(struct waiting *waiting, enum side side)
{
	while (waiting->first[side])
		free(waiting_pop(waiting, side));
}

void waiting_prove(struct waiting *waiting, struct chunk *chunk)
{
	waiting->unproven -= chunk->piece.unproven;
	chunk->piece.unproven = false;
}
