/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event loop of everything that waits for the network: file descriptors and timers. The only file
 * that knows libuv. One thread; callbacks run inside loop_run().
 */
#ifndef EVIDENCE_LOOP_H
#define EVIDENCE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

enum loop_event { LOOP_READ = 1, LOOP_WRITE = 2 };

/* NULL: logged. */
struct loop *loop_new(void);
/* Every watch and timer must have been freed. */
void loop_free(struct loop *loop);

/* Run until loop_stop(), or until no watch waits for anything and no timer is set. May be run again. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Do what is ready by now, and wait for nothing. */
void loop_turn(struct loop *loop);

/* Monotonic ms, as of the start of this turn, or of the last timer that was set in it. */
uint64_t loop_now(const struct loop *loop);

/*
 * Watch @fd, which stays the caller's and must outlive the watch; it is made non-blocking. @events: enum
 * loop_event bits, both where the socket has an error to tell. NULL: logged. Watches and timers may be
 * freed anywhere, in their own callbacks too, and are silent from then on.
 */
struct loop_watch *loop_watch_new(struct loop *loop, int fd,
	void (*ready)(void *context, int fd, unsigned int events), void *context);
void loop_watch_set(struct loop_watch *watch, unsigned int events); /* 0: none */
void loop_watch_free(struct loop_watch *watch);

/* A timer, not yet set. loop_timer_set() again replaces; it rings once, never from inside the call. */
struct loop_timer *loop_timer_new(struct loop *loop, void (*ring)(void *context), void *context);
void loop_timer_set(struct loop_timer *timer, uint64_t ms);
void loop_timer_clear(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

#endif
