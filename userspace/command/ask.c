// SPDX-License-Identifier: BSD-2-Clause
#include "command/ask.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "command/order.h"
#include "evidence/lookup.h"

/* Names that wait to be looked up. What finds no room is wanted again by the next session. */
#define WANTS_MAX 4096

/* A session is judged with what is known then: ms. */
#define PATIENCE 5000

struct want {
	enum wanted kind;
	uint64_t number;
	char name[];
};

/* A wish that is being looked up. */
struct pending {
	uint64_t want, lookup;
	uint64_t since; /* ms */
};

struct ask {
	struct loop *loop;
	struct store *store;
	struct policy_cache *cache;
	struct lookup *lookup;
	struct ask_params params;
	struct queue *wants;
	struct loop_watch *watch;
	struct pending pending[WANTS_MAX]; /* a ring, oldest first */
	size_t first, count;
	uint64_t last_want;        /* of the other thread */
	_Atomic uint64_t answered;
};

static int64_t now_seconds(void)
{
	return time(NULL);
}

static void on_answer(void *context, const struct lookup_answer *answer)
{
	struct ask *ask = context;
	struct order *order = order_new(ORDER_ANSWER);

	lookup_answer_copy(&order->answer, answer);
	(void)order_send_take(ask->params.orders, order);
}

static void on_policy(void *context, const struct refresh_result *result)
{
	struct ask *ask = context;

	ask->params.policy(ask->params.context, result);
	if (result->policy)
		(void)order_send_take(ask->params.orders, order_new(ORDER_POLICIES));
}

/* Answers come in any order; numbers are told in theirs. */
static void settle(struct ask *ask, uint64_t now)
{
	uint64_t done = lookup_answered(ask->lookup), answered = 0;

	while (ask->count) {
		const struct pending *pending = &ask->pending[ask->first];

		if (pending->lookup > done && now - pending->since < PATIENCE)
			break;
		answered = pending->want;
		ask->first = (ask->first + 1) % WANTS_MAX;
		ask->count--;
	}
	if (answered)
		atomic_store(&ask->answered, answered);
}

static void on_advanced(void *context)
{
	struct ask *ask = context;

	settle(ask, loop_now(ask->loop));
}

static void look_up(struct ask *ask, const struct want *want)
{
	struct pending *pending;

	if (ask->count == WANTS_MAX)
		settle(ask, UINT64_MAX); /* the oldest have waited long enough, then */
	pending = &ask->pending[(ask->first + ask->count++) % WANTS_MAX];
	pending->want = want->number;
	pending->since = loop_now(ask->loop);
	pending->lookup = want->kind == WANTED_DOMAIN ? lookup_domain(ask->lookup, want->name)
						      : lookup_host(ask->lookup, want->name);
}

static void on_wants(void *context, int fd, unsigned int events)
{
	struct ask *ask = context;
	struct want *want;

	(void)fd;
	(void)events;
	while ((want = queue_take(ask->wants)) != NULL) {
		look_up(ask, want);
		free(want);
	}
	settle(ask, loop_now(ask->loop));
}

void ask_tick(struct ask *ask)
{
	settle(ask, loop_now(ask->loop));
}

static bool open_cache(struct ask *ask, const char *db)
{
	ask->store = store_open(db);
	ask->cache = ask->store ? policy_cache_open(ask->store) : NULL;
	return ask->cache != NULL;
}

static bool watch_wants(struct ask *ask, struct loop *loop)
{
	ask->wants = queue_new(WANTS_MAX);
	if (!ask->wants) {
		log_err("watch: queues: %s", strerror(errno));
		return false;
	}
	ask->watch = loop_watch_new(loop, queue_fd(ask->wants), on_wants, ask);
	if (ask->watch)
		loop_watch_set(ask->watch, LOOP_READ);
	return ask->watch != NULL;
}

struct ask *ask_new(const struct ask_params *params)
{
	struct ask *ask = mem_alloc(sizeof(*ask));
	struct online *online = params->online;
	struct lookup_params lookup = {
		.loop = online->loop,
		.resolver = online->resolver,
		.fetcher = online->fetcher,
		.believes_ad = online->believes_ad,
		.now = now_seconds,
		.told = on_answer,
		.policy_told = on_policy,
		.advanced = on_advanced,
		.context = ask,
	};

	ask->params = *params;
	ask->loop = online->loop;
	if (!open_cache(ask, params->db) || !watch_wants(ask, online->loop)) {
		ask_free(ask);
		return NULL;
	}
	lookup.cache = ask->cache;
	ask->lookup = lookup_new(&lookup);
	lookup_keep_fresh(ask->lookup);
	return ask;
}

void ask_stop(struct ask *ask)
{
	if (ask)
		lookup_stop(ask->lookup);
}

void ask_free(struct ask *ask)
{
	struct want *want;

	if (!ask)
		return;
	lookup_free(ask->lookup);
	loop_watch_free(ask->watch);
	while (ask->wants && (want = queue_take(ask->wants)) != NULL)
		free(want);
	queue_free(ask->wants);
	policy_cache_close(ask->cache);
	store_close(ask->store);
	free(ask);
}

uint64_t ask_want(void *context, enum wanted kind, const char *name)
{
	struct ask *ask = context;
	size_t n = strlen(name) + 1;
	struct want *want = mem_alloc(sizeof(*want) + n);

	want->kind = kind;
	want->number = ask->last_want + 1;
	memcpy(want->name, name, n);
	if (!queue_put(ask->wants, want)) {
		free(want);
		return 0;
	}
	return ++ask->last_want;
}

struct queue *ask_queue(const struct ask *ask)
{
	return ask->wants;
}

uint64_t ask_answered(const struct ask *ask)
{
	return atomic_load(&ask->answered);
}
