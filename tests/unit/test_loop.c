// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "evidence/loop.h"

/* What the callbacks of a test share. */
struct world {
	struct loop *loop;
	struct loop_watch *watch, *other;
	struct loop_timer *timer, *second;
	int fds[2];
	char said[32]; /* in which order what happened */
	size_t n;
	unsigned int events;
	uint64_t started;
};

static void say(struct world *world, char what)
{
	assert_true(world->n + 1 < sizeof(world->said));
	world->said[world->n++] = what;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->loop = loop_new();
	assert_non_null(world->loop);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, world->fds), 0);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	loop_watch_free(world->watch);
	loop_watch_free(world->other);
	loop_timer_free(world->timer);
	loop_timer_free(world->second);
	loop_free(world->loop);
	close(world->fds[0]);
	close(world->fds[1]);
	free(world);
	return 0;
}

static void ring_a(void *context)
{
	say(context, 'a');
}

static void ring_b(void *context)
{
	say(context, 'b');
}

static void ring_stop(void *context)
{
	struct world *world = context;

	say(world, 's');
	loop_stop(world->loop);
}

static void nothing_to_do(void **state)
{
	struct world *world = *state;

	world->timer = loop_timer_new(world->loop, ring_a, world);
	world->watch = loop_watch_new(world->loop, world->fds[0], NULL, NULL);
	loop_watch_set(world->watch, LOOP_READ);
	loop_watch_set(world->watch, 0);
	loop_timer_set(world->timer, 5);
	loop_timer_clear(world->timer);
	loop_run(world->loop);
	assert_string_equal(world->said, "");
}

static void timers_ring_in_order(void **state)
{
	struct world *world = *state;

	world->timer = loop_timer_new(world->loop, ring_a, world);
	world->second = loop_timer_new(world->loop, ring_b, world);
	loop_timer_set(world->timer, 20);
	loop_timer_set(world->second, 0);
	world->started = loop_now(world->loop);
	assert_string_equal(world->said, "");
	loop_run(world->loop);
	assert_string_equal(world->said, "ba");
	assert_true(loop_now(world->loop) >= world->started + 20);
	/* Again, and what was set last counts. */
	loop_timer_set(world->timer, 0);
	loop_timer_set(world->second, 0);
	loop_timer_set(world->timer, 10);
	loop_run(world->loop);
	assert_string_equal(world->said, "baba");
}

/* The loop's idea of now may be old: the time counts from the call. */
static void timer_after_a_pause(void **state)
{
	struct world *world = *state;

	world->timer = loop_timer_new(world->loop, ring_a, world);
	usleep(30000);
	loop_timer_set(world->timer, 20);
	world->started = loop_now(world->loop);
	loop_run(world->loop);
	assert_true(loop_now(world->loop) >= world->started + 20);
}

static void read_one(void *context, int fd, unsigned int events)
{
	struct world *world = context;
	char c;

	assert_true(events & LOOP_READ);
	assert_int_equal(fd, world->fds[0]);
	assert_int_equal(read(fd, &c, 1), 1);
	say(world, c);
	if (c == '.')
		loop_watch_set(world->watch, 0);
}

static void readable(void **state)
{
	struct world *world = *state;

	world->watch = loop_watch_new(world->loop, world->fds[0], read_one, world);
	loop_watch_set(world->watch, LOOP_READ);
	assert_int_equal(write(world->fds[1], "xyz.", 4), 4);
	loop_run(world->loop);
	assert_string_equal(world->said, "xyz.");
}

static void write_then_read(void *context, int fd, unsigned int events)
{
	struct world *world = context;

	world->events |= events;
	if (events & LOOP_WRITE) {
		assert_int_equal(write(world->fds[1], "x", 1), 1);
		loop_watch_set(world->watch, LOOP_READ);
	}
	if (events & LOOP_READ) {
		loop_watch_free(world->watch);
		world->watch = NULL;
	}
	assert_int_equal(fd, world->fds[0]);
}

/* Also: a watch is freed in its own callback. */
static void writable(void **state)
{
	struct world *world = *state;

	world->watch = loop_watch_new(world->loop, world->fds[0], write_then_read, world);
	loop_watch_set(world->watch, LOOP_WRITE);
	loop_run(world->loop);
	assert_int_equal(world->events, LOOP_READ | LOOP_WRITE);
	assert_null(world->watch);
}

static void free_the_other(void *context, int fd, unsigned int events)
{
	struct world *world = context;
	bool first = fd == world->fds[0];
	struct loop_watch **other = first ? &world->other : &world->watch;

	(void)events;
	say(world, 'x');
	loop_watch_free(*other);
	*other = NULL;
	loop_watch_set(first ? world->watch : world->other, 0);
}

/* Both are ready in one turn; the one that was freed says nothing any more. */
static void freed_is_silent(void **state)
{
	struct world *world = *state;

	world->watch = loop_watch_new(world->loop, world->fds[0], free_the_other, world);
	world->other = loop_watch_new(world->loop, world->fds[1], free_the_other, world);
	loop_watch_set(world->watch, LOOP_WRITE);
	loop_watch_set(world->other, LOOP_WRITE);
	loop_run(world->loop);
	assert_string_equal(world->said, "x");
}

static void once(void *context, int fd, unsigned int events)
{
	struct world *world = context;

	(void)fd;
	(void)events;
	say(world, 'x');
	loop_watch_set(world->watch, 0);
}

/* A number that comes again for another file, before the loop has turned. */
static void fd_used_again(void **state)
{
	struct world *world = *state;
	int fd = dup(world->fds[0]);

	world->other = loop_watch_new(world->loop, fd, read_one, world);
	loop_watch_set(world->other, LOOP_READ);
	loop_watch_free(world->other);
	world->other = NULL;
	close(fd);
	assert_int_equal(dup2(world->fds[0], fd), fd);
	world->watch = loop_watch_new(world->loop, fd, once, world);
	assert_non_null(world->watch);
	assert_int_equal(write(world->fds[1], "x", 1), 1);
	loop_watch_set(world->watch, LOOP_READ);
	loop_run(world->loop);
	assert_string_equal(world->said, "x");
	loop_watch_free(world->watch);
	world->watch = NULL;
	close(fd);
}

static void note_error(void *context, int fd, unsigned int events)
{
	struct world *world = context;
	int error = 0;
	socklen_t length = sizeof(error);

	assert_int_equal(events, LOOP_READ | LOOP_WRITE);
	say(world, 'e');
	if (world->n == 1)
		return; /* not taken: it must come again */
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length), 0);
	assert_int_equal(error, ECONNREFUSED);
	loop_watch_free(world->watch);
	world->watch = NULL;
}

/* Nobody listens where a UDP datagram goes: the answer is an error of the socket. */
static void errors_are_told(void **state)
{
	struct world *world = *state;
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t length = sizeof(sin);
	int closed = socket(AF_INET, SOCK_DGRAM, 0), fd = socket(AF_INET, SOCK_DGRAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(closed, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(closed, (struct sockaddr *)&sin, &length), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	close(closed);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	world->watch = loop_watch_new(world->loop, fd, note_error, world);
	loop_watch_set(world->watch, LOOP_READ);
	loop_run(world->loop);
	assert_string_equal(world->said, "ee");
	close(fd);
}

static void stops_and_goes_on(void **state)
{
	struct world *world = *state;

	world->timer = loop_timer_new(world->loop, ring_stop, world);
	world->second = loop_timer_new(world->loop, ring_a, world);
	loop_timer_set(world->timer, 0);
	loop_timer_set(world->second, 15);
	loop_run(world->loop);
	assert_string_equal(world->said, "s");
	loop_run(world->loop);
	assert_string_equal(world->said, "sa");
	/* Too late for this one; tear_down() frees all the same. */
	loop_stop(world->loop);
}

static void free_timers(void *context)
{
	struct world *world = context;

	say(world, 'f');
	loop_timer_free(world->timer);
	loop_timer_free(world->second);
	world->timer = world->second = NULL;
}

static void timers_freed_in_a_callback(void **state)
{
	struct world *world = *state;

	world->timer = loop_timer_new(world->loop, free_timers, world);
	world->second = loop_timer_new(world->loop, free_timers, world);
	loop_timer_set(world->timer, 0);
	loop_timer_set(world->second, 0);
	loop_run(world->loop);
	assert_string_equal(world->said, "f");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(nothing_to_do),
		TEST(timers_ring_in_order),
		TEST(timer_after_a_pause),
		TEST(readable),
		TEST(writable),
		TEST(freed_is_silent),
		TEST(fd_used_again),
		TEST(errors_are_told),
		TEST(stops_and_goes_on),
		TEST(timers_freed_in_a_callback),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
