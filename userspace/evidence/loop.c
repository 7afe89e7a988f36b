// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/loop.h"

#include <assert.h>
#include <stdlib.h>

#include <uv.h>

#include "base/log.h"
#include "base/mem.h"

struct loop {
	uv_loop_t uv;
};

/* libuv's handles live until their close callback, so each owns itself once it is being closed. */
struct loop_watch {
	uv_poll_t uv;
	int fd;
	unsigned int events;
	void (*ready)(void *context, int fd, unsigned int events);
	void *context;
};

struct loop_timer {
	uv_timer_t uv;
	void (*ring)(void *context);
	void *context;
};

struct loop *loop_new(void)
{
	struct loop *loop = mem_alloc(sizeof(*loop));
	int error = uv_loop_init(&loop->uv);

	if (!error)
		return loop;
	log_err("evidence: event loop: %s", uv_strerror(error));
	free(loop);
	return NULL;
}

void loop_free(struct loop *loop)
{
	int error;

	if (!loop)
		return;
	/* Close callbacks of what was freed lately. A stop after the last run costs the first. */
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	error = uv_loop_close(&loop->uv);
	assert(!error);
	(void)error;
	free(loop);
}

void loop_run(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_turn(struct loop *loop)
{
	uv_run(&loop->uv, UV_RUN_NOWAIT);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

uint64_t loop_now(const struct loop *loop)
{
	return uv_now(&loop->uv);
}

static void on_ready(uv_poll_t *uv, int status, int events)
{
	struct loop_watch *watch = uv->data;
	unsigned int bits = 0;

	if (events & UV_READABLE)
		bits |= LOOP_READ;
	if (events & UV_WRITABLE)
		bits |= LOOP_WRITE;
	/* An error pending on the socket, which reading or writing tells. libuv has stopped
	 * watching. */
	if (status < 0) {
		bits = LOOP_READ | LOOP_WRITE;
		loop_watch_set(watch, watch->events);
	}
	if (bits)
		watch->ready(watch->context, watch->fd, bits);
}

struct loop_watch *loop_watch_new(struct loop *loop, int fd,
	void (*ready)(void *context, int fd, unsigned int events), void *context)
{
	struct loop_watch *watch = mem_alloc(sizeof(*watch));
	int error = uv_poll_init(&loop->uv, &watch->uv, fd);

	if (error) {
		log_err("evidence: event loop: fd %d: %s", fd, uv_strerror(error));
		free(watch);
		return NULL;
	}
	watch->uv.data = watch;
	watch->fd = fd;
	watch->ready = ready;
	watch->context = context;
	return watch;
}

void loop_watch_set(struct loop_watch *watch, unsigned int events)
{
	int bits = 0;

	watch->events = events;
	if (events & LOOP_READ)
		bits |= UV_READABLE;
	if (events & LOOP_WRITE)
		bits |= UV_WRITABLE;
	if (bits)
		uv_poll_start(&watch->uv, bits, on_ready);
	else
		uv_poll_stop(&watch->uv);
}

static void on_closed(uv_handle_t *uv)
{
	free(uv->data);
}

void loop_watch_free(struct loop_watch *watch)
{
	if (watch)
		uv_close((uv_handle_t *)&watch->uv, on_closed);
}

static void on_timer(uv_timer_t *uv)
{
	struct loop_timer *timer = uv->data;

	timer->ring(timer->context);
}

struct loop_timer *loop_timer_new(struct loop *loop, void (*ring)(void *context), void *context)
{
	struct loop_timer *timer = mem_alloc(sizeof(*timer));

	/* Neither this nor starting it can fail: no system call is involved. */
	uv_timer_init(&loop->uv, &timer->uv);
	timer->uv.data = timer;
	timer->ring = ring;
	timer->context = context;
	return timer;
}

void loop_timer_set(struct loop_timer *timer, uint64_t ms)
{
	/* From this moment, not from the start of a turn that may have taken its time. */
	uv_update_time(timer->uv.loop);
	uv_timer_start(&timer->uv, on_timer, ms, 0);
}

void loop_timer_clear(struct loop_timer *timer)
{
	uv_timer_stop(&timer->uv);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer)
		uv_close((uv_handle_t *)&timer->uv, on_closed);
}
