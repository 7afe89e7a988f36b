/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses of a host, found by a thread of its own: getaddrinfo(3) asks all that the machine is
 * set up to ask and waits as long as it likes, and nobody here may.
 */
#ifndef SINK_HOST_QUERY_H
#define SINK_HOST_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define HOST_ADDRESSES_MAX 8

struct addresses {
	struct sockaddr_storage list[HOST_ADDRESSES_MAX];
	socklen_t length[HOST_ADDRESSES_MAX];
	size_t n;
	const char *error; /* why there are none; a constant */
};

struct host_query;

/* For datagrams to @host (a name or an address) and @port, a number. NULL: no thread could be had. */
struct host_query *host_query_start(const char *host, const char *port);

/* True: it is done, and *@out filled in; waits up to @timeout ms for that. */
bool host_query_get(struct host_query *query, int timeout, struct addresses *out);

/* Whether it is done or not; never waits. */
void host_query_free(struct host_query *query);

#endif
