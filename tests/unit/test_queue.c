// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

#include "base/queue.h"

static bool readable(const struct queue *queue)
{
	struct pollfd fd = { .fd = queue_fd(queue), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

/* Items are numbers: nobody looks behind the pointers. NULL is none. */
static void *number(uintptr_t n)
{
	return (void *)n;
}

static void oldest_first(void **state)
{
	struct queue *queue = queue_new(3);

	(void)state;
	assert_non_null(queue);
	/* More rounds than places, so that the ring turns; with one item left over each time. */
	assert_true(queue_put(queue, number(1)));
	for (uintptr_t i = 1; i < 20; i++) {
		assert_true(queue_put(queue, number(i + 1)));
		assert_ptr_equal(queue_take(queue), number(i));
		assert_true(readable(queue));
	}
	assert_ptr_equal(queue_take(queue), number(20));
	assert_null(queue_take(queue));
	queue_free(queue);
}

static void full(void **state)
{
	struct queue *queue = queue_new(2);
	struct queue_stats stats;

	(void)state;
	assert_true(queue_put(queue, number(1)));
	assert_true(queue_put(queue, number(2)));
	assert_false(queue_put(queue, number(3)));
	assert_false(queue_put(queue, number(3)));
	queue_get_stats(queue, &stats);
	assert_int_equal(stats.length, 2);
	assert_int_equal(stats.max, 2);
	assert_int_equal(stats.refused, 2);
	assert_ptr_equal(queue_take(queue), number(1));
	assert_true(queue_put(queue, number(4)));
	assert_ptr_equal(queue_take(queue), number(2));
	assert_ptr_equal(queue_take(queue), number(4));
	queue_get_stats(queue, &stats);
	assert_int_equal(stats.length, 0);
	assert_int_equal(stats.peak, 2);
	assert_int_equal(stats.refused, 2);
	queue_free(queue);
}

static void descriptor(void **state)
{
	struct queue *queue = queue_new(4);

	(void)state;
	assert_false(readable(queue));
	assert_null(queue_take(queue));
	assert_true(queue_put(queue, number(1)));
	assert_true(readable(queue));
	assert_true(queue_put(queue, number(2)));
	assert_non_null(queue_take(queue));
	assert_true(readable(queue));
	assert_non_null(queue_take(queue));
	assert_false(readable(queue));
	assert_null(queue_take(queue));
	assert_false(readable(queue));
	assert_true(queue_put(queue, number(3)));
	assert_true(readable(queue));
	assert_non_null(queue_take(queue));
	queue_free(queue);
}

static void nothing_to_free(void **state)
{
	(void)state;
	queue_free(NULL);
}

enum { ITEMS = 1000000, PLACES = 1000 };

/* As many as there are, whatever is refused on the way. */
static void *send_all(void *context)
{
	struct queue *queue = context;
	uintptr_t refused = 0;

	for (uintptr_t i = 1; i <= ITEMS; i++)
		while (!queue_put(queue, number(i))) {
			refused++;
			sched_yield();
		}
	return number(refused);
}

/* The receiver sleeps on the descriptor: a wake-up that is lost ends the test by its bound. */
static void between_threads(void **state)
{
	const int bound = 60000;
	struct queue *queue = queue_new(PLACES);
	struct queue_stats stats;
	pthread_t sender;
	void *refused;
	uintptr_t got = 0;

	(void)state;
	assert_int_equal(pthread_create(&sender, NULL, send_all, queue), 0);
	while (got < ITEMS) {
		struct pollfd fd = { .fd = queue_fd(queue), .events = POLLIN };
		void *item;

		if (poll(&fd, 1, bound) != 1)
			fail_msg("nothing came after item %zu", (size_t)got);
		while ((item = queue_take(queue)))
			if (item != number(++got))
				fail_msg("item %zu came as %zu", (size_t)got,
					(size_t)(uintptr_t)item);
	}
	assert_int_equal(pthread_join(sender, &refused), 0);
	assert_false(readable(queue));
	queue_get_stats(queue, &stats);
	assert_int_equal(stats.length, 0);
	assert_int_equal(stats.refused, (uintptr_t)refused);
	assert_in_range(stats.peak, 1, PLACES);
	queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oldest_first),
		cmocka_unit_test(full),
		cmocka_unit_test(descriptor),
		cmocka_unit_test(nothing_to_free),
		cmocka_unit_test(between_threads),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
