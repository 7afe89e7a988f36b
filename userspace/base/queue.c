// SPDX-License-Identifier: BSD-2-Clause
/*
 * A ring under a mutex. The descriptor changes only where the queue becomes empty or stops being
 * so, and under the same mutex: so it says what is true, and a stream of items costs no system
 * calls.
 */
#include "base/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"

struct queue {
	pthread_mutex_t mutex;
	int fd; /* its count is not 0 while the queue is not empty */
	void **items;
	size_t max;
	size_t first; /* the oldest, within max */
	size_t length;
	size_t peak;
	uint64_t refused;
};

struct queue *queue_new(size_t max)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct queue *queue;

	assert(max);
	if (fd < 0)
		return NULL;
	queue = mem_alloc(sizeof(*queue));
	queue->items = mem_alloc(max * sizeof(*queue->items));
	queue->max = max;
	queue->fd = fd;
	pthread_mutex_init(&queue->mutex, NULL);
	return queue;
}

void queue_free(struct queue *queue)
{
	if (!queue)
		return;
	assert(!queue->length);
	pthread_mutex_destroy(&queue->mutex);
	close(queue->fd);
	free(queue->items);
	free(queue);
}

/* Neither can fail: the count is 0 or 1, and the descriptor ours. */
static void raise_fd(const struct queue *queue)
{
	int failed = eventfd_write(queue->fd, 1);

	assert(!failed);
	(void)failed;
}

static void lower_fd(const struct queue *queue)
{
	eventfd_t count;
	int failed = eventfd_read(queue->fd, &count);

	assert(!failed);
	(void)failed;
}

bool queue_put(struct queue *queue, void *item)
{
	bool fits;

	assert(item);
	pthread_mutex_lock(&queue->mutex);
	fits = queue->length < queue->max;
	if (fits) {
		queue->items[(queue->first + queue->length) % queue->max] = item;
		if (queue->length++ == 0)
			raise_fd(queue);
		if (queue->length > queue->peak)
			queue->peak = queue->length;
	} else {
		queue->refused++;
	}
	pthread_mutex_unlock(&queue->mutex);
	return fits;
}

void *queue_take(struct queue *queue)
{
	void *item = NULL;

	pthread_mutex_lock(&queue->mutex);
	if (queue->length) {
		item = queue->items[queue->first];
		queue->first = (queue->first + 1) % queue->max;
		if (--queue->length == 0)
			lower_fd(queue);
	}
	pthread_mutex_unlock(&queue->mutex);
	return item;
}

int queue_fd(const struct queue *queue)
{
	return queue->fd;
}

void queue_get_stats(struct queue *queue, struct queue_stats *stats)
{
	pthread_mutex_lock(&queue->mutex);
	*stats = (struct queue_stats){
		.length = queue->length,
		.max = queue->max,
		.peak = queue->peak,
		.refused = queue->refused,
	};
	pthread_mutex_unlock(&queue->mutex);
}
