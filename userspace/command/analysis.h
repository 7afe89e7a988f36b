/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of `watch` that judges: packets in, documents out, and nothing that waits for a network
 * or a peer. What it wants looked up, and what comes of it, goes by queues.
 */
#ifndef COMMAND_ANALYSIS_H
#define COMMAND_ANALYSIS_H

#include "base/queue.h"
#include "command/ask.h"
#include "command/board.h"
#include "config.h"
#include "judge/rule.h"

struct analysis_params {
	const struct config *config;
	struct live *live;
	struct cert_cache *certs;
	struct evidence_store *evidence;
	struct ruleset *rules;     /* the thread's from now on */
	struct queue *documents;   /* out: struct document */
	struct queue *orders;      /* in: struct order */
	struct ask *ask;           /* who looks names up; NULL: nobody */
	struct board *board;
	const char *host;
	bool text;                 /* documents carry text for people, too */
	bool colour;
};

struct analysis;

/* Open all it needs; all that @params point to lives longer. NULL: logged. */
struct analysis *analysis_new(const struct analysis_params *params);

/* From now on the thread runs. False: logged. */
bool analysis_start(struct analysis *analysis);

/* If it runs: what is in the ring is judged, sessions that are open end, and the thread is over. */
void analysis_free(struct analysis *analysis);

/* It has ended by itself. */
bool analysis_is_over(const struct analysis *analysis);

#endif
