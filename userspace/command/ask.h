/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asks the network on behalf of the thread that judges: what that wants comes by a queue, what came of
 * it goes back by another. Keeps the policy cache fresh. Belongs to the service thread, but for
 * ask_want() and ask_answered().
 */
#ifndef COMMAND_ASK_H
#define COMMAND_ASK_H

#include "base/queue.h"
#include "command/online.h"
#include "evidence/evidence.h"
#include "evidence/policy_refresh.h"

struct ask;

struct ask_params {
	struct online *online;
	const char *db;       /* the database, opened once more for this thread */
	struct queue *orders; /* where answers go */
	refresh_told *policy; /* what became of a policy */
	void *context;
};

/* NULL: logged. */
struct ask *ask_new(const struct ask_params *params);

/* Nothing goes back from here on; online_hang_up() comes next, and then ask_free(). */
void ask_stop(struct ask *ask);
void ask_free(struct ask *ask);

/*
 * evidence_params.want, called by the other thread: never waits for anything. Returns the number of
 * the wish; 0: there was no room for it, and what is known must do.
 */
uint64_t ask_want(void *context, enum wanted kind, const char *name);

/*
 * All wishes up to this number were answered, or have taken longer than a session may wait. Called
 * by the other thread: what came of them was put into the queue of orders before.
 */
uint64_t ask_answered(const struct ask *ask);

/* Wishes on their way. */
struct queue *ask_queue(const struct ask *ask);

/* Give wishes up whose time is over: to be called each second. */
void ask_tick(struct ask *ask);

#endif
