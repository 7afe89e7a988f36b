/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several sources as one line of packets: always the source whose next packet is the earliest, and
 * of equals the first. The order within a source is its own, never changed.
 *
 * Files whose time has not come rest, without descriptor or buffer: thousands of files that a
 * capture was rotated into cost no more than those that overlap.
 */
#ifndef CAPTURE_MERGE_H
#define CAPTURE_MERGE_H

#include "capture/source.h"

struct merge;

/* For at most @max sources. */
struct merge *merge_new(size_t max);
void merge_free(struct merge *merge);

/*
 * Add an open source, borrowed until merge_free(), before the first merge_next(). Among equals, the
 * one added first comes first.
 */
void merge_add(struct merge *merge, struct source *source);

/* The next packet, borrowed until the next call; false when all sources are at their end. */
bool merge_next(struct merge *merge, struct packet *packet);

#endif
