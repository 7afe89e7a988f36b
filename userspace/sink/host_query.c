// SPDX-License-Identifier: BSD-2-Clause
#include "sink/host_query.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

/* Owned by both the thread and who started it: the last to leave frees it. */
struct host_query {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *host, *port;
	struct addresses found;
	bool done;      /* the thread has left */
	bool abandoned; /* the other one has */
};

static void destroy(struct host_query *query)
{
	pthread_cond_destroy(&query->changed);
	pthread_mutex_destroy(&query->lock);
	free(query->host);
	free(query->port);
	free(query);
}

static void find(const struct host_query *query, struct addresses *found)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *list = NULL;
	int error = getaddrinfo(query->host, query->port, &hints, &list);

	if (error) {
		found->error = gai_strerror(error);
		return;
	}
	for (const struct addrinfo *at = list; at && found->n < HOST_ADDRESSES_MAX;
		at = at->ai_next) {
		memcpy(&found->list[found->n], at->ai_addr, at->ai_addrlen);
		found->length[found->n++] = at->ai_addrlen;
	}
	freeaddrinfo(list);
}

static void *run(void *context)
{
	struct host_query *query = context;
	struct addresses found = { 0 };
	bool abandoned;

	find(query, &found);
	pthread_mutex_lock(&query->lock);
	query->found = found;
	query->done = true;
	abandoned = query->abandoned;
	pthread_cond_signal(&query->changed);
	pthread_mutex_unlock(&query->lock);
	if (abandoned)
		destroy(query);
	return NULL;
}

/* A thread without signals: they are for those that know what to do with them. */
static int start_thread(struct host_query *query)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, run, query);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

struct host_query *host_query_start(const char *host, const char *port)
{
	struct host_query *query = mem_alloc(sizeof(*query));
	pthread_condattr_t clock;

	pthread_mutex_init(&query->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&query->changed, &clock);
	pthread_condattr_destroy(&clock);
	query->host = mem_strdup(host);
	query->port = mem_strdup(port);
	if (start_thread(query) == 0)
		return query;
	destroy(query);
	return NULL;
}

bool host_query_get(struct host_query *query, int timeout, struct addresses *out)
{
	struct timespec until;
	int error = 0;
	bool done;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout / 1000;
	until.tv_nsec += (long)(timeout % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&query->lock);
	while (!query->done && timeout > 0 && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&query->changed, &query->lock, &until);
	done = query->done;
	if (done)
		*out = query->found;
	pthread_mutex_unlock(&query->lock);
	return done;
}

void host_query_free(struct host_query *query)
{
	bool done;

	if (!query)
		return;
	pthread_mutex_lock(&query->lock);
	query->abandoned = true;
	done = query->done;
	pthread_mutex_unlock(&query->lock);
	if (done)
		destroy(query);
}
