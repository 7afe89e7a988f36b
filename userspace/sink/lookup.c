// SPDX-License-Identifier: BSD-2-Clause
#include "sink/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

/* Owned by both the thread and who started it: the last to leave frees it. */
struct lookup {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char *host, *port;
	struct addresses found;
	bool done;      /* the thread has left */
	bool abandoned; /* the other one has */
};

static void destroy(struct lookup *lookup)
{
	pthread_cond_destroy(&lookup->changed);
	pthread_mutex_destroy(&lookup->lock);
	free(lookup->host);
	free(lookup->port);
	free(lookup);
}

static void find(const struct lookup *lookup, struct addresses *found)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *list = NULL;
	int error = getaddrinfo(lookup->host, lookup->port, &hints, &list);

	if (error) {
		found->error = gai_strerror(error);
		return;
	}
	for (const struct addrinfo *at = list; at && found->n < LOOKUP_ADDRESSES_MAX;
		at = at->ai_next) {
		memcpy(&found->list[found->n], at->ai_addr, at->ai_addrlen);
		found->length[found->n++] = at->ai_addrlen;
	}
	freeaddrinfo(list);
}

static void *run(void *context)
{
	struct lookup *lookup = context;
	struct addresses found = { 0 };
	bool abandoned;

	find(lookup, &found);
	pthread_mutex_lock(&lookup->lock);
	lookup->found = found;
	lookup->done = true;
	abandoned = lookup->abandoned;
	pthread_cond_signal(&lookup->changed);
	pthread_mutex_unlock(&lookup->lock);
	if (abandoned)
		destroy(lookup);
	return NULL;
}

/* A thread without signals: they are for those that know what to do with them. */
static int start_thread(struct lookup *lookup)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, run, lookup);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return error;
}

struct lookup *lookup_start(const char *host, const char *port)
{
	struct lookup *lookup = mem_alloc(sizeof(*lookup));
	pthread_condattr_t clock;

	pthread_mutex_init(&lookup->lock, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&lookup->changed, &clock);
	pthread_condattr_destroy(&clock);
	lookup->host = mem_strdup(host);
	lookup->port = mem_strdup(port);
	if (start_thread(lookup) == 0)
		return lookup;
	destroy(lookup);
	return NULL;
}

bool lookup_get(struct lookup *lookup, int timeout, struct addresses *out)
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
	pthread_mutex_lock(&lookup->lock);
	while (!lookup->done && timeout > 0 && error != ETIMEDOUT)
		error = pthread_cond_timedwait(&lookup->changed, &lookup->lock, &until);
	done = lookup->done;
	if (done)
		*out = lookup->found;
	pthread_mutex_unlock(&lookup->lock);
	return done;
}

void lookup_free(struct lookup *lookup)
{
	bool done;

	if (!lookup)
		return;
	pthread_mutex_lock(&lookup->lock);
	lookup->abandoned = true;
	done = lookup->done;
	pthread_mutex_unlock(&lookup->lock);
	if (done)
		destroy(lookup);
}
