/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The segments of one flow that can't be told yet: they lie behind a hole in their own stream, or
 * they were sent in knowledge of bytes of the other side that did not come yet. Copies, by side, in
 * order of their offsets and free of overlap: where two overlap, the one that came first stays.
 * Exists only while something waits. Who may go, and when, is stream.c's to decide.
 */
#ifndef WIRE_WAITING_H
#define WIRE_WAITING_H

#include "base/list.h"
#include "base/side.h"
#include "base/bytes.h"

struct flow;

/* What one segment, or a part of it, brings to its stream. */
struct piece {
	uint64_t offset;
	struct bytes data; /* what was captured */
	uint64_t length;   /* what was on the wire, at least data.n */
	uint64_t need;     /* offset in the other side's stream up to which its sender had read */
	int64_t time;
	uint8_t ttl;
	bool push;
	bool fin;      /* FIN stands behind its last byte */
	bool altered;  /* not all bytes are those that were sent: no matter for comparison */
	bool unproven; /* its receiver may not have taken it: a bad checksum, or it came with a SYN
			*/
};

struct chunk {
	struct chunk *next;
	struct piece piece; /* its data are the bytes below */
	uint32_t arrival;   /* order of coming, within the flow */
	bool syn;           /* came with a SYN */
	uint8_t bytes[];
};

struct waiting {
	struct flow *flow;
	struct chunk *first[2], *last[2]; /* by enum side */
	uint64_t *total;                  /* bytes that wait in all flows */
	size_t bytes;                     /* in this one, with the chunks' own size */
	uint32_t count;
	uint32_t unproven; /* of them */
	uint32_t arrivals;
	struct list all;      /* every flow that waits, by its beginning */
	struct list ripening; /* those whose hole the other side acknowledged, by @since */
	int64_t since;        /* when the hole at @next of @side was found acknowledged */
	uint64_t next;
	uint8_t side;
	bool ripe;     /* the three above mean something */
	bool heard[2]; /* since then a packet of this side came */
};

/* @total is kept up to date by what follows. */
struct waiting *waiting_new(struct flow *flow, uint64_t *total);
void waiting_free(struct waiting *waiting);

/* Told where a piece that came overlaps one that waits: @came is cut to what both have. */
typedef void waiting_overlap(void *context, const struct piece *held, const struct piece *came);

/*
 * Put in a copy of @piece, as far as its range is free. A FIN is put in behind it. The caller sees
 * to the bounds.
 */
void waiting_add(struct waiting *waiting, enum side side, const struct piece *piece,
	waiting_overlap *overlap, void *context);

/* A piece came that leaves no doubt: forget unproven ones in its range, [@start, @end). */
void waiting_drop_unproven(struct waiting *waiting, enum side side, uint64_t start, uint64_t end);

/* There is no doubt any more, or it does not matter. */
void waiting_prove(struct waiting *waiting, struct chunk *chunk);

/* Take out the first chunk of a side that has one; the caller frees it. */
struct chunk *waiting_pop(struct waiting *waiting, enum side side);

void waiting_drop(struct waiting *waiting, enum side side);

/* The first @n bytes of @piece; the rest, with the FIN, stays in @piece. */
struct piece piece_split(struct piece *piece, uint64_t n);

/* @piece without what lies before @offset, which is not behind its end. */
struct piece piece_cut_before(struct piece piece, uint64_t offset);

static inline uint64_t piece_end(const struct piece *piece)
{
	return piece->offset + piece->length;
}

#endif
