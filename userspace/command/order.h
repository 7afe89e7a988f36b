/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the service thread of `watch` sends to the thread that judges, by a queue: answers of the
 * network, and what a reload brought. An order owns what it carries until it is obeyed or freed.
 */
#ifndef COMMAND_ORDER_H
#define COMMAND_ORDER_H

#include "base/queue.h"
#include "config.h"
#include "evidence/lookup.h"
#include "judge/rule.h"

enum order_kind {
	ORDER_ANSWER,   /* a DNS answer that was asked for */
	ORDER_POLICIES, /* the cache in the database has changed */
	ORDER_RELOAD,   /* judge by these from now on: all of them, or none */
};

struct order {
	enum order_kind kind;
	struct lookup_answer answer;  /* ORDER_ANSWER */
	/* ORDER_RELOAD: */
	struct ruleset *rules;
	struct evidence_files *files;
	struct config_scope scope;
};

struct order *order_new(enum order_kind kind);
void order_free(struct order *order);

/* Into @queue. False: it is full; the order is freed, and the queue counts it. */
bool order_send_take(struct queue *queue, struct order *order);

#endif
