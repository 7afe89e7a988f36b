/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded queue of pointers from one thread to another, with a descriptor that can be polled. What
 * does not fit is refused and counted: the sender keeps it, and never waits.
 */
#ifndef BASE_QUEUE_H
#define BASE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue;

/* NULL: no descriptor could be had, errno says why. */
struct queue *queue_new(size_t max);
/* Must be empty: who put something in knows how to free it. */
void queue_free(struct queue *queue);

/* Hand @item over. False: the queue is full, and @item stays the caller's. */
bool queue_put(struct queue *queue, void *item);

/* The oldest, NULL if there is none. Afterwards queue_fd() is readable only if there is more. */
void *queue_take(struct queue *queue);

/* Readable while something is in it. */
int queue_fd(const struct queue *queue);

struct queue_stats {
	size_t length, max, peak;
	uint64_t refused;
};
void queue_get_stats(struct queue *queue, struct queue_stats *stats);

#endif
