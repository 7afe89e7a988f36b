/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that prove a session, kept until it ends, for --evidence: the first ones up to a bound,
 * and the last few. They are kept as IP datagrams, without link layer and tunnels. Bytes that the
 * dialogue did not clear as public (content, local parts, AUTH data, whatever was never parsed) are
 * overwritten with 'x' before anything leaves.
 */
#ifndef SESSION_WITNESS_H
#define SESSION_WITNESS_H

#include "wire/flow.h"

struct witness;

struct witness *witness_new(size_t max_bytes);
void witness_free(struct witness *witness);

/* Keep @segment (a copy), if there is room. */
void witness_add(struct witness *witness, enum side from, const struct segment *segment);

/* Stream bytes from @start to before @end of one side may be shown. */
void witness_clear(struct witness *witness, enum side from, uint64_t start, uint64_t end);

/*
 * The kept packets in order, masked: start with *@at = 0. Times in ns; the view is borrowed until the
 * next call.
 */
bool witness_next(struct witness *witness, size_t *at, struct bytes *ip, uint32_t *wire_length,
	int64_t *time);

#endif
