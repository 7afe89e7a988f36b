// SPDX-License-Identifier: BSD-2-Clause
#include "capture/live_ring.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define KINDS 4 /* more than enum sw_kind has */

/* How often the clocks are compared, at a few dozen ns, to be once undisturbed. */
#define CLOCK_LOOKS 3

/* Two clocks that differ by so little more than before do so by their measurement, ns. */
#define CLOCK_SLACK 1000000

struct live_ring {
	int map;
	struct ring_buffer *reader;
	size_t taken, enough; /* of one run */
	struct {
		live_ring_take *take;
		void *context;
	} takers[KINDS];
};

/* libbpf's callback: negative ends the run, and the record counts as consumed all the same. */
static int take(void *context, void *data, size_t size)
{
	struct live_ring *ring = context;
	struct sw_header header;

	if (size < sizeof(header))
		return 0;
	memcpy(&header, data, sizeof(header));
	if (header.kind < KINDS && ring->takers[header.kind].take)
		ring->takers[header.kind].take(
			ring->takers[header.kind].context, bytes_of(data, size));
	return ++ring->taken < ring->enough ? 0 : -EAGAIN;
}

/* libbpf's own words, the verifier's too, are for those who look into it: line by line. */
static int say(enum libbpf_print_level level, const char *format, va_list args)
{
	struct text words = { 0 };
	char *rest;

	(void)level;
	text_vprintf(&words, format, args);
	rest = words.s;
	for (const char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (*line)
			log_debug("capture: %s", line);
	text_free(&words);
	return 0;
}

struct live_ring *live_ring_new(size_t bytes)
{
	struct live_ring *ring = mem_alloc(sizeof(*ring));
	int error;

	libbpf_set_print(say);
	ring->map = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, (uint32_t)bytes, NULL);
	if (ring->map >= 0)
		ring->reader = ring_buffer__new(ring->map, take, ring, NULL);
	if (!ring->reader) {
		error = errno;
		live_ring_free(ring);
		errno = error;
		return NULL;
	}
	return ring;
}

void live_ring_free(struct live_ring *ring)
{
	if (!ring)
		return;
	ring_buffer__free(ring->reader);
	if (ring->map >= 0)
		close(ring->map);
	free(ring);
}

int live_ring_map(const struct live_ring *ring)
{
	return ring->map;
}

void live_ring_set(struct live_ring *ring, unsigned int kind, live_ring_take *taker, void *context)
{
	ring->takers[kind].take = taker;
	ring->takers[kind].context = context;
}

size_t live_ring_run(struct live_ring *ring, size_t enough)
{
	ring->taken = 0;
	ring->enough = enough;
	ring_buffer__consume(ring->reader);
	return ring->taken;
}

int live_ring_fd(const struct live_ring *ring)
{
	return ring_buffer__epoll_fd(ring->reader);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Of several looks the one that took the shortest time: the process may be interrupted in one. */
int64_t live_ring_clock(int64_t before)
{
	int64_t best = INT64_MAX, clock = 0;

	for (int i = 0; i < CLOCK_LOOKS; i++) {
		int64_t first = clock_ns(CLOCK_MONOTONIC), real = clock_ns(CLOCK_REALTIME);
		int64_t took = clock_ns(CLOCK_MONOTONIC) - first;

		if (took >= best)
			continue;
		best = took;
		clock = real - first - took / 2;
	}
	return llabs(clock - before) > CLOCK_SLACK + best ? clock : before;
}
